import { describe, expect, it } from 'vitest';
import type { Piece } from '../../support/fake-line.ts';
import { answerOf, ask, type Bus, CHAR_MS, type Command, dataOf, openBus, requestText, TIMEOUT_MS } from './cvm-bus.ts';

const UNITS = [3, 4, 5] as const;
const ASKED: readonly Command[] = ['RVI', 'RPI', 'RAI', 'RVM', 'RFI', 'RWH', 'RHI'];

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(chance: () => number, from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;

/** Faults of a bad line. Answers of one unit keep their order, as a meter's do, whatever their delay. */
const FAULTS = ['lost', 'late', 'veryLate', 'doubled', 'doubledLate', 'truncated', 'bent', 'glued', 'noise'] as const;
type Fault = (typeof FAULTS)[number] | 'none';

function spoil(fault: Fault, whole: Uint8Array, chance: () => number): readonly Piece[] {
  const once = { afterMs: 0, bytes: whole, paceMs: CHAR_MS };
  const cut = 1 + Math.floor(chance() * (whole.length - 1));
  switch (fault) {
    case 'lost':
      return [];
    case 'none':
    case 'late':
    case 'veryLate':
      return [once];
    case 'doubled':
      return [once, { ...once, afterMs: pick(chance, [0, 2, 30]) }];
    case 'doubledLate':
      return [once, { ...once, afterMs: chance() * 3 * TIMEOUT_MS }];
    case 'truncated':
      return [{ ...once, bytes: whole.subarray(0, cut) }];
    case 'bent':
      return [{ ...once, bytes: whole.map((byte, n) => (n === cut ? byte ^ (1 << Math.floor(chance() * 8)) : byte)) }];
    case 'glued':
      return [{ ...once, bytes: Uint8Array.from([...whole.subarray(0, cut), ...whole]) }];
    case 'noise':
      return [{ ...once, bytes: Uint8Array.from({ length: cut }, () => Math.floor(chance() * 256)) }, once];
  }
}

type Plan = { readonly faults: readonly (Fault | 'none')[]; readonly share: number };

/** The other side of the line: each unit answers in order, spoiled by chance. */
function misbehave(bus: Bus, chance: () => number, { faults, share }: Plan): void {
  const freeAt = new Map<string, number>();
  bus.line.answer((request, n) => {
    const unit = requestText(request).slice(0, 1);
    const fault = chance() < share ? pick(chance, faults) : 'none';
    const delay =
      fault === 'late' ? (0.9 + chance()) * TIMEOUT_MS : fault === 'veryLate' ? chance() * 8 * TIMEOUT_MS : 20;
    const now = bus.clock.mono();
    const from = Math.max(now + delay, freeAt.get(unit) ?? 0);
    const pieces = spoil(fault, answerOf(request, n), chance);
    const lasts = pieces.reduce((sum, { afterMs, bytes }) => sum + afterMs + bytes.length * CHAR_MS, 0);
    freeAt.set(unit, from + lasts + 1);
    return pieces.map((piece, index) => (index === 0 ? { ...piece, afterMs: from - now } : piece));
  });
}

type Score = { good: number; wrong: string[]; failures: number };

/** Asks `count` times, now and then after a pause or a reopening, and checks every value that comes back. */
async function run(seed: number, count: number, plan: Plan): Promise<Score> {
  const chance = createChance(seed);
  const bus = await openBus();
  misbehave(bus, chance, plan);
  const score: Score = { good: 0, wrong: [], failures: 0 };
  for (let n = 0; n < count; n += 1) {
    const [unit, name] = [pick(chance, UNITS), pick(chance, ASKED)];
    const reserved = unit === 5 ? 'RHI' : 'VER';
    try {
      const answer = await bus.transact(ask(unit, name, reserved));
      const expected = dataOf(unit, name, bus.line.written.length);
      if (answer.kind === 'text' && answer.text === expected) score.good += 1;
      else
        score.wrong.push(`seed ${seed}, ask ${n}: ${unit}${name} expected ${expected}, saw ${JSON.stringify(answer)}`);
    } catch {
      score.failures += 1;
    }
    if (chance() < 0.05) await bus.clock.advance(chance() * 5_000);
    if (chance() < 0.01) {
      bus.line.lose();
      await bus.link.open();
    }
  }
  await bus.link.close();
  return score;
}

describe('thousands of requests on a bad CVM line', () => {
  // every value is a function of unit, command and request, so any that is not its own is seen
  it.each([
    ['all faults', FAULTS, 0.25],
    ['all faults, more often than not', FAULTS, 0.6],
    ['answers later than the timeout', ['late', 'veryLate'], 0.5],
    ['doubled answers, at once and late', ['doubled', 'doubledLate'], 0.7],
    ['late and doubled answers', ['late', 'veryLate', 'doubled', 'doubledLate'], 0.5],
    ['bent, torn and glued answers', ['bent', 'truncated', 'glued', 'noise'], 0.6],
    ['answers that are lost', ['lost'], 0.5],
  ] as const)('%s (%j, share %d): no value is wrong', async (_, faults, share) => {
    for (const seed of [1, 2, 3]) {
      const score = await run(seed, 500, { faults, share });
      expect(score.wrong).toEqual([]);
      expect(score.good, `seed ${seed}`).toBeGreaterThan(50);
    }
  });

  it('a good line loses nothing', async () => {
    expect(await run(7, 300, { faults: [], share: 0 })).toEqual({ good: 300, wrong: [], failures: 0 });
  });
});
