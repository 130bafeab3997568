import { describe, expect, it } from 'vitest';
import { createRtuLink } from '../../../drivers/modbus/rtu-link.ts';
import { type Answerer, createFakeLine, type Piece } from '../../support/fake-line.ts';
import { asked, flipped, wordsFrame } from '../../support/modbus-frames.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { askOf, at, outcomeOf, RESERVED, read } from './rig.ts';

const TIMEOUT_MS = 100;
const UNITS = [1, 2, 3] as const;
/** Counts differ pairwise per unit, as the planner sees to. */
const BLOCKS = [
  { address: 4000, count: 10 },
  { address: 4010, count: 12 },
  { address: 4100, count: 9 },
] as const;
const SHARES = [0.5, 0.9, 1.02, 1.3, 1.9, 2.5, 3.3, 4.1, 5] as const;

/** A small generator with a seed, so that a failing run can be run again. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every word tells its unit, its address and which request of this run it answers. */
const wordOf = (unit: number, address: number, sequence: number): number =>
  (unit * 40_503 + address * 2_654 + sequence * 977) & 0xffff;

type Faults = 'late' | 'everything';

/** A meter that answers in order, each answer after the one before, with a delay drawn for each request. */
function slaves(random: () => number, now: () => number, faults: Faults): Answerer {
  const busyUntil = new Map<number, number>();
  const faulty = (frame: Uint8Array): readonly Uint8Array[] => {
    const dice = random();
    if (faults === 'late' || dice < 0.6) return [frame];
    if (dice < 0.68) return [flipped(frame, Math.floor(random() * frame.length), Math.floor(random() * 8))];
    if (dice < 0.76) return [frame.subarray(0, 1 + Math.floor(random() * (frame.length - 1)))];
    if (dice < 0.84) return [frame, frame];
    if (dice < 0.92) return [Uint8Array.from({ length: 1 + Math.floor(random() * 20) }, () => random() * 256), frame];
    return [];
  };
  return (request, n) => {
    const { unit, code, address, count } = asked(request);
    const words = Array.from({ length: count }, (_, offset) => wordOf(unit, address + offset, n));
    const share = random() < 0.5 ? 0.05 : SHARES[Math.floor(random() * SHARES.length)]!;
    const readyAt = Math.max(busyUntil.get(unit) ?? 0, now()) + share * TIMEOUT_MS;
    busyUntil.set(unit, readyAt);
    const echo = faults === 'everything' && random() < 0.1 ? [at(1, request)] : [];
    const [first, ...others] = faulty(wordsFrame(unit, code as 3 | 4, words));
    if (!first) return echo;
    const gaps = others.map((frame) => at(random() < 0.5 ? 0 : Math.floor(random() * 30), frame));
    return [...echo, at(Math.max(0, readyAt - now() - echo.length), first), ...gaps];
  };
}

async function run(seed: number, asks: number, faults: Faults, baud: number | null) {
  const random = randomOf(seed);
  const clock = createSteppedClock();
  const line = createFakeLine({ clock });
  const link = createRtuLink({ line, clock, baud, gapMs: 0, idleMs: 15, observer: {} });
  line.answer(slaves(random, () => clock.mono(), faults));
  await link.open();
  const tally = { right: 0, wrong: 0, failed: 0 };
  for (let n = 0; n < asks; n += 1) {
    const unit = UNITS[Math.floor(random() * UNITS.length)]!;
    const { address, count } = BLOCKS[n % BLOCKS.length]!;
    const outcome = await clock.settle(outcomeOf(link.transact(askOf(read(unit, address, count), TIMEOUT_MS))));
    const sequence = line.written.length;
    const expected = Array.from({ length: count }, (_, offset) => wordOf(unit, address + offset, sequence));
    if (!outcome.words) tally.failed += 1;
    else if (outcome.words.join() === expected.join()) tally.right += 1;
    else tally.wrong += 1;
    if (random() < 0.3) await clock.advance(Math.floor(random() * 2 * TIMEOUT_MS));
  }
  await link.close();
  return tally;
}

describe('answers of 0.5 to 5 timeouts, thousands of times', () => {
  it.each([
    { seed: 1, faults: 'late', baud: 19_200, right: 250 },
    { seed: 2, faults: 'late', baud: null, right: 250 },
    { seed: 3, faults: 'everything', baud: 19_200, right: 60 },
    { seed: 4, faults: 'everything', baud: 9600, right: 60 },
    { seed: 5, faults: 'everything', baud: null, right: 60 },
  ] as const)('F02 no value is that of another unit, address or request (seed $seed, $faults, $baud)', async (o) => {
    const tally = await run(o.seed, 1000, o.faults, o.baud);
    expect(tally.wrong).toBe(0);
    expect(tally.right).toBeGreaterThan(o.right);
    expect(tally.failed).toBeGreaterThan(100);
  });

  it('a word tells its request: the check would see a swap', () => {
    const words = new Set<number>();
    for (const unit of UNITS)
      for (const { address } of BLOCKS) for (let n = 0; n < 20; n += 1) words.add(wordOf(unit, address, n));
    expect(words.size).toBe(UNITS.length * BLOCKS.length * 20);
    expect(BLOCKS.map(({ count }): number => count)).not.toContain(RESERVED.count);
  });
});

describe('one answer of ten is faulty', () => {
  type Fault = (frame: Uint8Array, request: Uint8Array, random: () => number) => readonly Piece[];
  const kinds: Readonly<Record<string, Fault>> = {
    crc: (frame, _request, random) => [at(5, flipped(frame, 3 + Math.floor(random() * (frame.length - 3))))],
    truncated: (frame, _request, random) => [at(5, frame.subarray(0, 1 + Math.floor(random() * (frame.length - 1))))],
    missing: () => [],
    late: (frame) => [at(1.4 * TIMEOUT_MS, frame)],
    // Within a round of the blocks: what comes when the same block is asked again, nothing on the wire tells apart.
    doubled: (frame, _request, random) => [at(5, frame), at(Math.floor(random() * 12), frame)],
    junk: (frame, _request, random) => [at(3, Uint8Array.from([0, 9, 250])), at(Math.floor(random() * 50), frame)],
    echo: (frame, request) => [at(1, request), at(20, frame)],
    split: (frame, _request, random) => {
      const cut = 1 + Math.floor(random() * (frame.length - 1));
      return [at(5, frame.subarray(0, cut)), at(12, frame.subarray(cut))];
    },
  };
  const harmless = ['doubled', 'junk', 'echo', 'split'];

  it.each(Object.keys(kinds))('and no reading beyond the faulted ones is lost or wrong: %s', async (kind) => {
    const random = randomOf(7);
    const clock = createSteppedClock();
    const line = createFakeLine({ clock });
    const link = createRtuLink({ line, clock, baud: 19_200, gapMs: 0, idleMs: 15, observer: {} });
    let faulted = 0;
    line.answer((request, n) => {
      const { unit, code, address, count } = asked(request);
      const words = Array.from({ length: count }, (_, offset) => wordOf(unit, address + offset, n));
      const frame = wordsFrame(unit, code as 3 | 4, words);
      if (random() >= 0.1) return [at(5, frame)];
      faulted += 1;
      return kinds[kind]!(frame, request, random);
    });
    await link.open();
    const failed: string[] = [];
    for (let n = 0; n < 600; n += 1) {
      const { address, count } = BLOCKS[n % BLOCKS.length]!;
      const outcome = await clock.settle(outcomeOf(link.transact(askOf(read(1, address, count), TIMEOUT_MS))));
      const expected = Array.from({ length: count }, (_, offset) => wordOf(1, address + offset, line.written.length));
      if (outcome.words) expect(outcome.words).toEqual(expected);
      else failed.push(outcome.code ?? '');
    }
    expect(faulted).toBeGreaterThan(30);
    expect(failed.length).toBeLessThanOrEqual(harmless.includes(kind) ? 0 : faulted);
  });
});
