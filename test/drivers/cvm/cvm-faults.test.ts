import { describe, expect, it } from 'vitest';
import { encodeCvmAnswer } from '../../../drivers/cvm/frames.ts';
import { INBOX_BYTES } from '../../../drivers/cvm/inbox.ts';
import type { Clock } from '../../../src/domain/ports.ts';
import { monoMs } from '../../../src/domain/units.ts';
import type { Answerer, Piece } from '../../support/fake-line.ts';
import type { SteppedClock } from '../../support/stepped-clock.ts';
import { answerOf, ask, CHAR_MS, dataOf, goodAnswer, IDLE_MS, openBus, requestText, TIMEOUT_MS } from './cvm-bus.ts';

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Answers well but to the requests named here, "3RVI" for the first such one only. */
function butFor(script: Readonly<Record<string, Answerer>>): Answerer {
  const left = new Map(Object.entries(script));
  return (request, n) => {
    const name = requestText(request);
    const special = left.get(name);
    left.delete(name);
    return (special ?? goodAnswer)(request, n);
  };
}

const silent: Answerer = () => [];
const lateBy =
  (afterMs: number): Answerer =>
  (request, n) => [{ afterMs, bytes: answerOf(request, n), paceMs: CHAR_MS }];

describe('a meter that does not answer', () => {
  it('F01 costs one timeout; then it must answer the reserved command before it is asked again', async () => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3RVI': silent }));
    await bus.transact(ask(3, 'VER'));
    const began = bus.clock.mono();
    const failure = await bus.fails(ask(3, 'RVI'));
    expect(bus.clock.mono() - began).toBeLessThan(TIMEOUT_MS + 30);
    expect(failure).toMatchObject({ code: 'LINE_TIMEOUT', facts: { unit: 3, command: 'RVI', quietMs: TIMEOUT_MS } });
    expect(failure.message).toContain('unit 3 on line 1 did not answer RVI within 1000 ms: check its number');
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', 5) });
    // the answer to the first VER may come doubled, so RHI proves that RVI's has passed
    expect(bus.sent()).toBe('3VER 3RVI 3VER 3RHI 3RVI');
    expect(bus.kinds()).toEqual(['timeout 3', 'resync 3']);
  });

  it('F01 is not asked while its quiet window lasts, but others are', async () => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3VER': silent }));
    await bus.fails(ask(3, 'VER'));
    const failedAt = bus.clock.mono();
    await bus.transact(ask(4, 'RVI'));
    expect(bus.clock.mono() - failedAt).toBeLessThan(200);
    await bus.transact(ask(3, 'VER'));
    expect(bus.line.written.at(-1)?.at).toBeGreaterThanOrEqual(failedAt + TIMEOUT_MS);
  });

  it('F02 its late answer ends the quiet window, and is never the answer to what is asked next', async () => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3RVI': lateBy(1.4 * TIMEOUT_MS) }));
    await bus.transact(ask(3, 'RFI'));
    await bus.fails(ask(3, 'RVI'));
    const failedAt = bus.clock.mono();
    expect(await bus.transact(ask(3, 'RPI'))).toMatchObject({ text: dataOf(3, 'RPI', bus.line.written.length) });
    const resumed = bus.line.written.find(({ at }) => at > failedAt)?.at ?? 0;
    expect(resumed - failedAt).toBeGreaterThan(400);
    expect(resumed - failedAt).toBeLessThan(520);
    expect(bus.kinds()).toEqual(['timeout 3', 'late 3', 'resync 3']);
  });

  it.each([
    1.1, 1.9, 2.1, 3, 5, 9,
  ])('F02 a meter whose answers all come %s timeouts late never gives a wrong value', async (factor) => {
    const bus = await openBus();
    let freeAt = 0;
    bus.line.answer((request, n) => {
      const at = Math.max(bus.clock.mono() + factor * TIMEOUT_MS, freeAt);
      freeAt = at + 50;
      return [{ afterMs: at - bus.clock.mono(), bytes: answerOf(request, n) }];
    });
    let good = 0;
    for (let n = 0; n < 60; n += 1) {
      const name = (['RVI', 'RPI', 'RAI', 'RFI'] as const)[n % 4] ?? 'RVI';
      const answer = await bus.transact(ask(3, name)).catch(() => null);
      if (answer === null) continue;
      good += 1;
      expect(answer).toMatchObject({ text: dataOf(3, name, bus.line.written.length) });
    }
    expect(good).toBeLessThanOrEqual(60);
  });

  it('F03 a late answer of another unit is discarded and told', async () => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3VER': lateBy(TIMEOUT_MS + 60), '4VER': lateBy(200) }));
    await bus.fails(ask(3, 'VER'));
    expect(await bus.transact(ask(4, 'VER'))).toMatchObject({ text: 'CVMK unit 4 v3' });
    expect(bus.kinds()).toEqual(['timeout 3', 'late 3', 'unexpectedUnit 3']);
  });
});

describe('an answer that is damaged', () => {
  const damaged =
    (change: (answer: Uint8Array) => Uint8Array): Answerer =>
    (request, n) => [{ afterMs: 20, bytes: change(answerOf(request, n)), paceMs: CHAR_MS }];

  it.each([
    ['a bent digit', 'FRAME_CRC', 'crc 3', (a: Uint8Array) => a.map((byte, n) => (n === 10 ? byte ^ 1 : byte))],
    [
      'a bent address',
      'FRAME_MALFORMED',
      'malformed 3',
      (a: Uint8Array) => a.map((byte, n) => (n === 2 ? byte ^ 1 : byte)),
    ],
    ['half of it missing', 'FRAME_TRUNCATED', 'truncated 3', (a: Uint8Array) => a.subarray(0, 20)],
    ['no terminator', 'FRAME_TRUNCATED', 'truncated 3', (a: Uint8Array) => a.subarray(0, -1)],
    ['an empty line', 'FRAME_MALFORMED', 'malformed 3', () => latin('$03A7\n')],
  ] as const)('F04 F05 %s fails after the idle limit, not at the timeout, and is read again', async (...row) => {
    const [, code, event, change] = row;
    const bus = await openBus();
    bus.line.answer(butFor({ '3RVI': damaged(change) }));
    await bus.transact(ask(3, 'VER'));
    const began = bus.clock.mono();
    expect(await bus.fails(ask(3, 'RVI'))).toMatchObject({ code, facts: { quietMs: IDLE_MS } });
    expect(bus.clock.mono() - began).toBeLessThan(20 + 42 * CHAR_MS * 2 + IDLE_MS + 30);
    expect(bus.kinds().filter((kind) => !kind.startsWith('junk'))).toEqual([event]);
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', bus.line.written.length) });
  });

  it('F05 cut anywhere, it is never taken for an answer and never costs a timeout', async () => {
    for (let cut = 1; cut < 42; cut += 1) {
      const bus = await openBus();
      bus.line.answer(butFor({ '3RVI': damaged((whole) => whole.subarray(0, cut)) }));
      const began = bus.clock.mono();
      expect(await bus.fails(ask(3, 'RVI'))).toMatchObject({ code: 'FRAME_TRUNCATED' });
      expect(bus.clock.mono() - began).toBeLessThan(TIMEOUT_MS / 2);
    }
  });

  it('F07 in single-byte drips it is accepted', async () => {
    const bus = await openBus();
    bus.line.answer((request, n) => [{ afterMs: 20, bytes: answerOf(request, n), paceMs: 16 }]);
    expect(await bus.transact(ask(3, 'RVI', 'VER', 3_000))).toMatchObject({ text: dataOf(3, 'RVI', 2) });
  });

  it('a long answer is whole although its bytes are handed over a little late', async () => {
    const bus = await openBus({ readMs: 30 });
    expect(await bus.transact(ask(3, 'RAL'))).toMatchObject({ text: dataOf(3, 'RAL', 2) });
  });

  it('F12 an answer of a length that nothing explains says to check the model', async () => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3RWH': () => [{ afterMs: 20, bytes: encodeCvmAnswer(3, '0'.repeat(18)) }] }));
    const failure = await bus.fails(ask(3, 'RWH'));
    expect(failure).toMatchObject({ code: 'FRAME_MALFORMED' });
    expect(failure.message).toContain('is 18 characters, expected 9 characters of values: check the model');
  });
});

describe('F20 a CVM line with rubbish on it', () => {
  const good: Piece = { afterMs: 30, bytes: latin('') };
  const withGood =
    (...before: readonly Piece[]): Answerer =>
    (request, n) => [...before, { ...good, bytes: answerOf(request, n), paceMs: CHAR_MS }];

  it.each([
    ['a lone CR', latin('\r')],
    ['8-bit noise', Uint8Array.from({ length: 40 }, (_, n) => 0x80 + n)],
    ['a line of another unit', encodeCvmAnswer(9, '500')],
    ['a torn line', latin('$03000000')],
    ['an empty line', latin('\n\n\n')],
  ])('F20 %s in front of an answer costs nothing', async (_, bytes) => {
    const bus = await openBus();
    bus.line.answer(withGood({ afterMs: 5, bytes }));
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', 2) });
  });

  it.each([
    ['a lone CR', latin('\r')],
    ['8-bit noise', Uint8Array.from({ length: 40 }, (_, n) => 0x80 + n)],
    ['a line without a terminator of another unit', encodeCvmAnswer(9, '500').subarray(0, -1)],
    ['a line of another unit', encodeCvmAnswer(9, '500')],
  ])('F20 %s alone is no answer: a timeout, and the next one is right', async (_, bytes) => {
    const bus = await openBus();
    bus.line.answer(butFor({ '3RVI': () => [{ afterMs: 5, bytes }] }));
    expect(await bus.fails(ask(3, 'RVI'))).toMatchObject({ code: 'LINE_TIMEOUT' });
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', bus.line.written.length) });
  });

  it.each([
    ['digits', 0x37],
    ['dollars', 0x24],
    ['line feeds', 0x0a],
  ])('F20 a line of 1 MB of %s is given up, little of it is kept, and the next answer is right', async (_, value) => {
    const bus = await openBus();
    const megabyte = new Uint8Array(1 << 20).fill(value);
    bus.line.answer(butFor({ '3RVI': () => [{ afterMs: 5, bytes: megabyte }] }));
    const failure = await bus.fails(ask(3, 'RVI'));
    expect(['LINE_NOISY', 'FRAME_MALFORMED', 'LINE_TIMEOUT']).toContain(failure.code);
    const shown = bus.frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
    expect(shown).toBeLessThan(3 * INBOX_BYTES);
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', bus.line.written.length) });
  });

  it('F09 a line that is never silent is called noisy, and nothing is sent on it', async () => {
    const bus = await openBus();
    const babble = Array.from({ length: 4_000 }, (_, n) => ({ afterMs: 1, bytes: Uint8Array.of(n & 0xff) }));
    bus.line.give(...babble);
    await bus.clock.advance(50);
    expect(await bus.fails(ask(3, 'VER'))).toMatchObject({ code: 'LINE_NOISY' });
    expect(bus.sent()).toBe('');
    await bus.clock.advance(4_000);
    expect(bus.line.counts.reads).toBeLessThan(500);
    expect(await bus.transact(ask(3, 'VER'))).toMatchObject({ kind: 'text' });
  });

  it('F08 the echo of the request is skipped, with a hint', async () => {
    const bus = await openBus();
    bus.line.answer((request, n) => [{ afterMs: 1, bytes: request }, ...goodAnswer(request, n)]);
    expect(await bus.transact(ask(3, 'RVI'))).toMatchObject({ text: dataOf(3, 'RVI', 2) });
    expect(bus.kinds()).toEqual(['echo 3', 'echo 3']);
    expect(bus.events[0]?.text).toContain('adapter');
  });

  it('F30 a version text is passed on as it is, whatever is in it', async () => {
    const bus = await openBus();
    const nasty = '\x1b[2J\0v1\xff';
    bus.line.answer(() => [{ afterMs: 20, bytes: encodeCvmAnswer(3, nasty) }]);
    expect(await bus.transact(ask(3, 'VER'))).toMatchObject({ text: nasty });
  });
});

describe('an answer that comes twice', () => {
  it.each([0, 3, 30])('is dropped when the second follows after %i ms, and never answers the next', async (gap) => {
    const bus = await openBus();
    bus.line.answer((request, n) => [
      ...goodAnswer(request, n),
      { afterMs: gap, bytes: answerOf(request, n), paceMs: CHAR_MS },
    ]);
    for (const name of ['RVI', 'RPI', 'RAI', 'RAI', 'RFI', 'RHI'] as const) {
      expect(await bus.transact(ask(3, name))).toMatchObject({ text: dataOf(3, name, bus.line.written.length) });
    }
  });
});

/** The clock of a process whose event loop stands still: `lag` passes at once, and timers that were due fire late. */
function laggingClock(stepped: SteppedClock): Clock & { lagMs: number } {
  const clock = {
    ...stepped,
    lagMs: 0,
    mono: () => monoMs(stepped.mono() + clock.lagMs),
  };
  return clock;
}

describe('F53 an event loop that was blocked', () => {
  it('F53 is no timeout of the meter: what waits in the port is read before anybody is blamed', async () => {
    let lagging: ReturnType<typeof laggingClock> | undefined;
    const bus = await openBus({
      clock(stepped) {
        lagging = laggingClock(stepped);
        return lagging;
      },
    });
    await bus.transact(ask(3, 'VER'));
    // the answer comes into the port while 5 s pass at once; the timer of the timeout fires before the read does
    bus.line.answer((request, n) => [{ afterMs: TIMEOUT_MS + 15, bytes: answerOf(request, n) }]);
    const asked = bus.link.transact(ask(3, 'RVI'));
    await bus.clock.advance(500);
    if (lagging) lagging.lagMs = 5_000;
    expect(await bus.clock.settle(asked)).toMatchObject({ text: dataOf(3, 'RVI', 2) });
    expect(bus.events).toEqual([]);
  });
});
