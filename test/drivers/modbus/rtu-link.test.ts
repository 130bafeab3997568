import { describe, expect, it } from 'vitest';
import { createRtuLink } from '../../../drivers/modbus/rtu-link.ts';
import { createFakeLine } from '../../support/fake-line.ts';
import { asked, exceptionFrame, rtu } from '../../support/modbus-frames.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import {
  answerTo,
  askOf,
  at,
  faultyBlocks,
  healthy,
  IDLE_MS,
  outcomeOf,
  RESERVED,
  read,
  rtuRig,
  TIMEOUT_MS,
  wordsAt,
} from './rig.ts';

const CHAR_MS = 11_000 / 19_200;
const SILENCE_MS = 3.5 * CHAR_MS;

describe('an RTU link whose meter is well', () => {
  it('answers with the words, the instant of the request and the time it took', async () => {
    const rig = await rtuRig();
    await rig.clock.advance(500);
    const sentAt = rig.clock.now();
    const { answer } = await rig.read(1, 4000, 10);
    expect(answer).toEqual({ kind: 'words', words: wordsAt(1, 4000, 10), at: sentAt, tookMs: 5 });
    expect(rig.kinds()).toEqual([]);
  });

  it('sends a unit that it has never heard its reserved read first', async () => {
    const rig = await rtuRig();
    await rig.read(7, 4000, 10);
    const requests = rig.line.written.slice(1).map(({ bytes }) => asked(bytes));
    expect(requests.map(({ unit, address, count }) => [unit, address, count])).toEqual([
      [7, RESERVED.address, RESERVED.count],
      [7, 4000, 10],
    ]);
    expect(rig.kinds()).toEqual([]);
  });

  it.each([
    { baud: 9600, gapMs: 0, charBits: 11, silenceMs: 3.5 * (11_000 / 9600) },
    { baud: 19_200, gapMs: 0, charBits: 11, silenceMs: SILENCE_MS },
    { baud: 19_200, gapMs: 0, charBits: 10, silenceMs: 3.5 * (10_000 / 19_200) },
    { baud: 19_200, gapMs: 25, charBits: 11, silenceMs: SILENCE_MS + 25 },
    { baud: 115_200, gapMs: 0, charBits: 11, silenceMs: 1.75 },
    { baud: null, gapMs: 0, charBits: 11, silenceMs: 1 },
  ])('keeps $silenceMs ms of silence at $baud baud with a gap of $gapMs', async ({ silenceMs, ...pace }) => {
    const rig = await rtuRig(pace);
    const lastByteAt = rig.clock.mono();
    await rig.read(1, 4000, 10);
    const silence = rig.line.written.at(-1)!.at - lastByteAt;
    expect(silence).toBeGreaterThanOrEqual(silenceMs);
    expect(silence).toBeLessThan(silenceMs + 1);
  });

  it('reads few times for an answer that arrives byte by byte', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [{ afterMs: 10, bytes: answerTo(request), paceMs: CHAR_MS }]);
    const before = rig.line.counts.reads;
    for (let round = 0; round < 20; round += 1) {
      const count = 50 + (round % 3);
      expect((await rig.read(1, 4000, count)).words).toEqual(wordsAt(1, 4000, count));
    }
    expect((rig.line.counts.reads - before) / 20).toBeLessThanOrEqual(3.3);
  });

  it('ends within two ms of the last byte of an answer', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [{ afterMs: 10, bytes: answerTo(request), paceMs: CHAR_MS }]);
    const { answer } = await rig.read(1, 4000, 52);
    expect(answer!.tookMs).toBeGreaterThanOrEqual(10 + 108 * CHAR_MS);
    expect(answer!.tookMs).toBeLessThan(10 + 108 * CHAR_MS + 2);
  });

  it('shows every frame as it passes', async () => {
    const rig = await rtuRig();
    await rig.read(1, 4000, 2);
    const request = rtu(1, 3, 4000 >> 8, 4000 & 0xff, 0, 2);
    expect(rig.frames.map(({ direction, bytes }) => [direction, bytes])).toEqual([
      ['request', request],
      ['answer', answerTo(request)],
    ]);
  });

  it('refuses a second ask while one is under way, and the first is not disturbed', async () => {
    const rig = await rtuRig();
    const first = outcomeOf(rig.link.transact(askOf(read(1, 4000, 10))));
    expect(await outcomeOf(rig.link.transact(askOf(read(1, 4100, 20))))).toMatchObject({ code: 'QUEUE_FULL' });
    expect((await rig.clock.settle(first)).words).toEqual(wordsAt(1, 4000, 10));
  });

  it.each([
    { what: 'no registers', transaction: read(1, 4000, 0) },
    { what: 'more than 125 registers', transaction: read(1, 4000, 126) },
    { what: 'registers beyond the last one', transaction: read(1, 65_530, 10) },
    { what: 'a unit beyond 255', transaction: read(256, 4000, 10) },
    { what: 'a CVM command', transaction: { kind: 'cvm', unit: 1, command: 'RVI', length: 27 } as const },
  ])('refuses $what without sending anything', async ({ transaction }) => {
    const rig = await rtuRig({ units: [1, 256 & 0xff] });
    const before = rig.line.written.length;
    expect(await rig.ask(transaction)).toMatchObject({ code: 'PROFILE_INVALID' });
    expect(rig.line.written.length).toBe(before);
  });
});

describe('exceptions on an RTU link', () => {
  it.each([
    ...[1, 2, 3].map((exception) => ({ exception, code: 'DEVICE_REFUSED', event: 'exception' })),
    ...[4, 5, 6, 7, 8, 10, 11, 99].map((exception) => ({ exception, code: 'DEVICE_BUSY', event: 'busy' })),
  ])('$exception rejects $code with its facts', async ({ exception, code, event }) => {
    const rig = await rtuRig();
    rig.line.answer(faultyBlocks(() => [at(5, exceptionFrame(1, 3, exception))]));
    const outcome = await rig.read(1, 4000, 10);
    expect(outcome).toMatchObject({ code, facts: { exception, function: 3, address: 4000, unit: 1 } });
    expect(rig.kinds()).toEqual([event]);
  });

  it('are not waited for as if they were as long as an answer', async () => {
    const rig = await rtuRig();
    rig.line.answer(faultyBlocks(() => [{ afterMs: 5, bytes: exceptionFrame(1, 3, 2), paceMs: CHAR_MS }]));
    const startedAt = rig.clock.mono();
    await rig.read(1, 4000, 125);
    expect(rig.clock.mono() - startedAt).toBeLessThan(SILENCE_MS + 5 + 5 * CHAR_MS + 4);
  });

  it('to the reserved read count as its answer only the second time, the first may be a late one', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) =>
      asked(request).address === RESERVED.address ? [at(5, exceptionFrame(1, 3, 2))] : healthy(request, 0),
    );
    rig.line.answer(() => []);
    await rig.read(1, 4000, 10);
    const before = rig.line.written.length;
    rig.line.answer((request, n) => (n <= before + 2 ? [at(5, exceptionFrame(1, 3, 2))] : healthy(request, n)));
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    const addresses = rig.line.written.slice(before).map(({ bytes }) => asked(bytes).address);
    expect(addresses).toEqual([RESERVED.address, RESERVED.address, 4000]);
  });

  it('of a gateway whose meter is silent leave the unit unheard', async () => {
    const rig = await rtuRig({ units: [] });
    rig.line.answer(() => [at(5, exceptionFrame(9, 3, 11))]);
    expect(await rig.read(9, 4000, 10)).toMatchObject({ code: 'DEVICE_BUSY', facts: { exception: 11 } });
    expect(rig.line.written.length).toBe(1);
  });
});

describe('the life of an RTU link', () => {
  it('tells a loss once, at once, also while nobody asks', async () => {
    const rig = await rtuRig();
    rig.line.lose();
    await rig.clock.advance(0);
    expect(rig.lost.length).toBe(1);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(rig.lost.length).toBe(1);
    expect(rig.count('lost')).toBe(1);
  });

  it('rejects the pending ask at once when the line is lost, and resynchronises its unit afterwards', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf(read(1, 4000, 10))));
    await rig.clock.advance(50);
    const lostAt = rig.clock.mono();
    rig.line.lose();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(rig.clock.mono()).toBe(lostAt);
    await rig.link.open();
    rig.line.answer(healthy);
    const before = rig.line.written.length;
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(asked(rig.line.written[before]!.bytes).address).toBe(RESERVED.address);
  });

  it('rejects the pending ask when it is closed, and tells no loss', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf(read(1, 4000, 10))));
    await rig.clock.advance(50);
    await rig.link.close();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
    await rig.clock.advance(TIMEOUT_MS * 3);
    expect(rig.lost).toEqual([]);
    expect(rig.clock.pending()).toBe(0);
  });

  it('passes on why it cannot be opened, and rejects asks before it is', async () => {
    const clock = createSteppedClock();
    const line = createFakeLine({ clock });
    const link = createRtuLink({ line, clock, baud: 9600, gapMs: 0, idleMs: IDLE_MS, observer: {} });
    expect(await outcomeOf(link.transact(askOf(read(1, 4000, 10))))).toMatchObject({ code: 'LINE_CLOSED' });
    line.refuseOpen(true);
    await expect(link.open()).rejects.toMatchObject({ code: 'LINE_OPEN_FAILED' });
    line.refuseOpen(false);
    await link.open();
    line.answer(healthy);
    const outcome = await clock.settle(outcomeOf(link.transact(askOf(read(1, 4000, 10)))));
    expect(outcome.words).toEqual(wordsAt(1, 4000, 10));
  });

  it('a blocked write rejects, and the unit is resynchronised when the line takes bytes again', async () => {
    const rig = await rtuRig();
    rig.line.blockWrites(true);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_WRITE_BLOCKED' });
    rig.line.blockWrites(false);
    const before = rig.line.written.length;
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(asked(rig.line.written[before]!.bytes).address).toBe(RESERVED.address);
  });

  it('leaves no timer behind when nothing happens', async () => {
    const rig = await rtuRig();
    await rig.read(1, 4000, 10);
    await rig.clock.advance(100);
    expect(rig.clock.pending()).toBe(0);
  });
});
