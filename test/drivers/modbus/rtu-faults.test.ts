import { describe, expect, it } from 'vitest';
import { asked, flipped, wordsFrame } from '../../support/modbus-frames.ts';
import { answerTo, at, healthy, IDLE_MS, RESERVED, read, rtuRig, TIMEOUT_MS, wordsAt } from './rig.ts';

const CHAR_MS = 11_000 / 19_200;
const addressesFrom = (rig: Awaited<ReturnType<typeof rtuRig>>, from: number) =>
  rig.line.written.slice(from).map(({ bytes }) => asked(bytes).address);

describe('no answer', () => {
  it('F01 rejects with a quiet window; then only the reserved read is sent, until it is answered', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    const startedAt = rig.clock.mono();
    const outcome = await rig.read(1, 4000, 10);
    expect(outcome).toMatchObject({ code: 'LINE_TIMEOUT', facts: { unit: 1, quietMs: TIMEOUT_MS } });
    expect(rig.clock.mono() - startedAt).toBeLessThan(TIMEOUT_MS + 12);
    const before = rig.line.written.length;
    const timeoutAt = rig.clock.mono();
    await rig.read(1, 4000, 10);
    expect(rig.line.written[before]!.at - timeoutAt).toBeGreaterThanOrEqual(TIMEOUT_MS);
    rig.line.answer(healthy);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(addressesFrom(rig, before)).toEqual([RESERVED.address, RESERVED.address, 4000]);
    expect(rig.kinds()).toEqual(['timeout', 'timeout', 'resync']);
  });

  it('F01 does not keep another unit waiting for the quiet window', async () => {
    const rig = await rtuRig({ units: [1, 2] });
    rig.line.answer((request) => (request[0] === 1 ? [] : healthy(request, 0)));
    await rig.read(1, 4000, 10);
    const startedAt = rig.clock.mono();
    expect((await rig.read(2, 4000, 10)).words).toEqual(wordsAt(2, 4000, 10));
    expect(rig.clock.mono() - startedAt).toBeLessThan(10);
  });

  it('F01 the probe of a dead meter is its reserved read alone, and its answer ends the resync', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    await rig.read(1, 4000, 10);
    rig.line.answer(healthy);
    const before = rig.line.written.length;
    await rig.read(1, RESERVED.address, RESERVED.count);
    await rig.read(1, 4000, 10);
    expect(addressesFrom(rig, before)).toEqual([RESERVED.address, 4000]);
    expect(rig.kinds()).toEqual(['timeout', 'resync']);
  });
});

describe('late answers', () => {
  it.each([
    1.4, 1.9, 2.6, 4.2,
  ])('F02 an answer after %f timeouts is thrown away, the next value is right', async (share) => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(share * TIMEOUT_MS, answerTo(request))]);
    await rig.read(1, 4000, 10);
    rig.line.answer(healthy);
    expect((await rig.read(1, 5000, 20)).words).toEqual(wordsAt(1, 5000, 20));
    await rig.clock.advance(5 * TIMEOUT_MS);
    expect((await rig.read(1, 6000, 30)).words).toEqual(wordsAt(1, 6000, 30));
    expect(rig.count('late', 1)).toBe(1);
  });

  it('F02 the quiet window ends when the late answer has been seen whole', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(1.2 * TIMEOUT_MS, answerTo(request))]);
    await rig.read(1, 4000, 10);
    rig.line.answer(healthy);
    const startedAt = rig.clock.mono();
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.clock.mono() - startedAt).toBeGreaterThan(0.2 * TIMEOUT_MS - 10);
    expect(rig.clock.mono() - startedAt).toBeLessThan(0.2 * TIMEOUT_MS + 40);
  });

  it('F02 a late answer that arrives while nobody asks is counted and forgotten', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [{ afterMs: 1.3 * TIMEOUT_MS, bytes: answerTo(request), paceMs: CHAR_MS }]);
    await rig.read(1, 4000, 10);
    await rig.clock.advance(TIMEOUT_MS);
    expect(rig.kinds()).toEqual(['timeout', 'late']);
    rig.line.answer(healthy);
    expect((await rig.read(1, 4000, 12)).words).toEqual(wordsAt(1, 4000, 12));
    expect(rig.count('junk')).toBe(0);
  });

  it('F03 a late frame of another unit is thrown away and costs the one that was asked nothing', async () => {
    const rig = await rtuRig({ units: [1, 2] });
    rig.line.answer((request) => [at(request[0] === 1 ? TIMEOUT_MS + 20 : 60, answerTo(request))]);
    await rig.read(1, 4000, 10);
    expect((await rig.read(2, 4000, 10)).words).toEqual(wordsAt(2, 4000, 10));
    expect(rig.kinds()).toEqual(['timeout', 'late', 'unexpectedUnit']);
    expect(rig.events.slice(1).map(({ unit }) => unit)).toEqual([1, 1]);
  });

  it('F03 a frame of a unit that nobody knows is told as unexpected', async () => {
    const rig = await rtuRig();
    const foreign = wordsFrame(77, 4, [1, 2, 3]);
    rig.line.answer((request) => [at(5, foreign), at(5, answerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.events).toMatchObject([{ kind: 'unexpectedUnit', unit: 77 }]);
  });

  it.each([
    { how: 'glued', between: 0 },
    { how: 'a moment later', between: 1 },
    { how: 'into the next request', between: 8 },
  ])('an answer that comes twice, $how, never answers the next request', async ({ between }) => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, answerTo(request)), at(between, answerTo(request))]);
    for (let round = 0; round < 30; round += 1) {
      const count = 10 + (round % 4);
      expect((await rig.read(1, 4000 + 100 * (round % 4), count)).words).toEqual(
        wordsAt(1, 4000 + 100 * (round % 4), count),
      );
    }
    expect(rig.count('late')).toBeGreaterThan(20);
    expect(rig.count('timeout')).toBe(0);
  });
});

describe('answers that are not whole', () => {
  const length = 5 + 2 * 10;

  it('F04 a flipped bit in any byte is never a value, fails by idle, and the next read is right', async () => {
    for (let byte = 0; byte < length; byte += 1) {
      const rig = await rtuRig();
      rig.line.answer((request) => [at(5, flipped(answerTo(request), byte, byte % 8))]);
      const startedAt = rig.clock.mono();
      const outcome = await rig.read(1, 4000, 10);
      expect(outcome.code).toMatch(/^FRAME_(CRC|TRUNCATED)$/);
      expect(rig.clock.mono() - startedAt).toBeLessThan(10 + 260 * CHAR_MS + IDLE_MS);
      rig.line.answer(healthy);
      expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
      expect(rig.count('crc') + rig.count('truncated')).toBe(1);
    }
  });

  it('F04 is asked again one idle window after the wrong CRC', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, flipped(answerTo(request), 12))]);
    await rig.read(1, 4000, 10);
    const wrongAt = rig.line.written.at(-1)!.at + 5;
    rig.line.answer(healthy);
    await rig.read(1, 4000, 10);
    expect(rig.line.written.at(-1)!.at - wrongAt).toBeLessThanOrEqual(IDLE_MS + 1);
    expect(addressesFrom(rig, -1)).toEqual([4000]);
  });

  it('F05 an answer cut after any number of bytes fails after the idle limit, not at the timeout', async () => {
    for (let cut = 1; cut < length; cut += 1) {
      const rig = await rtuRig();
      rig.line.answer((request) => [{ afterMs: 5, bytes: answerTo(request).subarray(0, cut), paceMs: CHAR_MS }]);
      const outcome = await rig.read(1, 4000, 10);
      expect([cut, outcome.code]).toEqual([cut, 'FRAME_TRUNCATED']);
      const failedAfter = rig.clock.mono() - rig.line.written.at(-1)!.at;
      expect(failedAfter).toBeLessThan(5 + length * CHAR_MS + IDLE_MS + 7);
      rig.line.answer(healthy);
      expect((await rig.read(1, 4000, 12)).words).toEqual(wordsAt(1, 4000, 12));
      expect(rig.count('truncated', 1)).toBe(1);
    }
  });

  it('F05 the rest of a torn answer that comes after it was given up is no value', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => {
      const answer = answerTo(request);
      return [at(5, answer.subarray(0, 9)), at(40, answer.subarray(9))];
    });
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_TRUNCATED' });
    rig.line.answer(healthy);
    expect((await rig.read(1, 4000, 12)).words).toEqual(wordsAt(1, 4000, 12));
  });

  it('F07 single bytes 16 ms apart are an answer', async () => {
    const rig = await rtuRig({ idleMs: 50 });
    rig.line.answer((request) => [{ afterMs: 16, bytes: answerTo(request), paceMs: 16 }]);
    const outcome = await rig.ask(read(1, 4000, 52), 3000);
    expect(outcome.words).toEqual(wordsAt(1, 4000, 52));
  });

  it('F07 drips that take longer than a timeout from the first byte are given up', async () => {
    const rig = await rtuRig({ idleMs: 50 });
    rig.line.answer((request) => [{ afterMs: 500, bytes: answerTo(request), paceMs: 40 }]);
    const startedAt = rig.clock.mono();
    expect(await rig.read(1, 4000, 52)).toMatchObject({ code: 'FRAME_TRUNCATED' });
    expect(rig.clock.mono() - startedAt).toBeLessThan(500 + TIMEOUT_MS + 60);
  });

  it('F07 drips of which some always wait are given up all the same', async () => {
    const rig = await rtuRig({ idleMs: 50 });
    rig.line.answer((request) => [{ afterMs: 5, bytes: answerTo(request), paceMs: 3 }]);
    const startedAt = rig.clock.mono();
    expect(await rig.ask(read(1, 4000, 52), 100)).toMatchObject({ code: 'FRAME_TRUNCATED' });
    expect(rig.clock.mono() - startedAt).toBeLessThan(160);
  });

  it('F05 a beginning that may not have been one leaves the unit to be resynchronised', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, Uint8Array.of(1)), at(IDLE_MS + 40, answerTo(request))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_TRUNCATED' });
    const before = rig.line.written.length;
    rig.line.answer(healthy);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(addressesFrom(rig, before)).toEqual([RESERVED.address, 4000]);
  });

  it.each([
    { what: 'silence', answer: () => [] },
    { what: 'a torn answer', answer: (request: Uint8Array) => [at(5, answerTo(request).subarray(0, 9))] },
  ])('what $what leaves on the line is flushed', async ({ answer }) => {
    const rig = await rtuRig();
    rig.line.answer(answer);
    await rig.read(1, 4000, 10);
    expect(rig.line.counts.flushes).toBe(1);
  });

  it('a slow line may take longer for an answer than its timeout', async () => {
    const rig = await rtuRig({ baud: 1200, idleMs: 50 });
    rig.line.answer((request) => [{ afterMs: 20, bytes: answerTo(request), paceMs: 11_000 / 1200 }]);
    expect((await rig.read(1, 4000, 120)).words).toEqual(wordsAt(1, 4000, 120));
  });

  it('an answer in two pieces that an adapter held back is one answer', async () => {
    for (let cut = 1; cut < length; cut += 1) {
      const rig = await rtuRig({ idleMs: 50 });
      rig.line.answer((request) => [
        at(5, answerTo(request).subarray(0, cut)),
        at(16, answerTo(request).subarray(cut)),
      ]);
      expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
      expect(rig.kinds()).toEqual([]);
    }
  });
});
