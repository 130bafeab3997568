import { describe, expect, it } from 'vitest';
import { createRtuLink } from '../../../drivers/modbus/rtu-link.ts';
import { createTcpLink } from '../../../drivers/modbus/tcp-link.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import type { LineEvent } from '../../../src/domain/transaction.ts';
import { monoMs } from '../../../src/domain/units.ts';
import { createFakeLine } from '../../support/fake-line.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { answerTo, askOf, at, outcomeOf, RESERVED, read, tcpAnswerTo, wordsAt } from './rig.ts';

const TIMEOUT_MS = 1000;
const IDLE_MS = 50;

/**
 * A clock whose process can be held up: the clock has gone on by `ms` when the next timer fires, and what arrived
 * meanwhile is only handed over after that timer, as Node does it.
 */
function createBlockableClock() {
  const base = createSteppedClock();
  let heldMs = 0;
  const clock: Clock = {
    now: base.now,
    mono: () => monoMs(base.mono() + heldMs),
    setTimeout: base.setTimeout,
    clearTimeout: base.clearTimeout,
  };
  const blockAt = (afterMs: number, ms: number) =>
    base.setTimeout(() => {
      heldMs += ms;
    }, afterMs);
  return { base, clock, blockAt };
}

const makers = {
  rtu: { make: createRtuLink, answer: answerTo },
  tcp: { make: createTcpLink, answer: tcpAnswerTo },
} as const;

async function blockedRig(kind: keyof typeof makers) {
  const { base, clock, blockAt } = createBlockableClock();
  const events: LineEvent[] = [];
  const line = createFakeLine({ clock });
  const { make, answer } = makers[kind];
  const pace = { baud: 19_200, gapMs: 0, idleMs: IDLE_MS };
  const link = make({ ...pace, line, clock, observer: { onEvent: (event) => events.push(event) } });
  await link.open();
  line.answer((request) => [at(5, answer(request))]);
  const ask = (address: number, count: number) =>
    base.settle(outcomeOf(link.transact(askOf(read(1, address, count), TIMEOUT_MS))));
  await ask(RESERVED.address, RESERVED.count);
  return { base, line, link, events, ask, answer, blockAt };
}

describe.each(['rtu', 'tcp'] as const)('a process that is held up for 5 s (%s)', (kind) => {
  it('F53 takes the answer that came meanwhile, and counts no timeout', async () => {
    const rig = await blockedRig(kind);
    // The deadline's timer fires first, the bytes are handed over right after it.
    rig.line.answer((request) => {
      rig.blockAt(900, 5000);
      return [at(TIMEOUT_MS + 15, rig.answer(request))];
    });
    expect((await rig.ask(4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.events).toEqual([]);
  });

  it('F53 takes the rest of an answer that came meanwhile', async () => {
    const rig = await blockedRig(kind);
    rig.line.answer((request) => {
      rig.blockAt(110, 5000);
      const frame = rig.answer(request);
      return [at(100, frame.subarray(0, 12)), at(IDLE_MS + 3, frame.subarray(12))];
    });
    expect((await rig.ask(4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.events).toEqual([]);
  });

  it('F53 still calls it a timeout when nothing came', async () => {
    const rig = await blockedRig(kind);
    rig.line.answer(() => {
      rig.blockAt(900, 5000);
      return [];
    });
    expect(await rig.ask(4000, 10)).toMatchObject({ code: 'LINE_TIMEOUT' });
    expect(rig.events.map(({ kind: event }) => event)).toEqual(['timeout']);
  });

  it('F53 the same answer without the block is late', async () => {
    const rig = await blockedRig(kind);
    rig.line.answer((request) => [at(TIMEOUT_MS + 15, rig.answer(request))]);
    expect(await rig.ask(4000, 10)).toMatchObject({ code: 'LINE_TIMEOUT' });
  });
});
