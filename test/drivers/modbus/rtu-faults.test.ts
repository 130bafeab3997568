import { describe, expect, it } from 'vitest';
import { asked, exceptionFrame, flipped, rtu, wordsFrame } from '../../support/modbus-frames.ts';
import {
  answerTo,
  askOf,
  at,
  faultyBlocks,
  healthy,
  IDLE_MS,
  isReserved,
  outcomeOf,
  RESERVED,
  read,
  rtuRig,
  TIMEOUT_MS,
  wordsAt,
} from './rig.ts';

const CHAR_MS = 11_000 / 19_200;
const addressesFrom = (rig: Awaited<ReturnType<typeof rtuRig>>, from: number) =>
  rig.line.written.slice(from).map(({ bytes }) => asked(bytes).address);

describe('no answer', () => {
  it('F01 rejects after the timeout with a quiet window; then only the reserved read is sent until it is answered', async () => {
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
      expect(failedAfter).toBeLessThan(5 + length * CHAR_MS + IDLE_MS + 5);
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

describe('bytes around an answer', () => {
  it.each([
    { what: 'a turning driver', junk: [0], gap: 100 },
    { what: 'noise', junk: [0x55, 0xaa, 0x12, 0xff], gap: 0 },
    { what: 'noise long before', junk: [0x55, 0xaa, 0x12, 0xff], gap: 400 },
    { what: 'the beginning of an answer', junk: [1, 3, 20, 7], gap: 0 },
    { what: 'the unit alone', junk: [1], gap: 0 },
    { what: 'bytes that look like a longer answer', junk: [1, 3, 200, 1, 1, 3, 250], gap: 0 },
  ])('F06 junk in front ($what) costs nothing', async ({ junk, gap }) => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, Uint8Array.from(junk)), at(gap, answerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.count('junk', 1)).toBe(1);
    expect(rig.count('timeout') + rig.count('crc') + rig.count('truncated')).toBe(0);
  });

  it('F06 junk behind costs nothing and is not part of the next answer', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, Uint8Array.from([...answerTo(request), 1, 3, 24, 9]))]);
    for (const count of [10, 12, 11]) expect((await rig.read(1, 4000, count)).words).toEqual(wordsAt(1, 4000, count));
    expect(rig.kinds().every((kind) => kind === 'junk')).toBe(true);
  });

  it('F06 nothing but junk is told in other words than silence, and the unit is resynchronised', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [at(5, Uint8Array.from([0x80, 0xf0, 0x13, 0x77, 0x80]))]);
    const outcome = await rig.read(1, 4000, 10);
    expect(outcome).toMatchObject({ code: 'FRAME_MALFORMED', facts: { junk: 5, quietMs: TIMEOUT_MS } });
    expect(outcome.message).toContain('baud');
    rig.line.answer(healthy);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.count('resync')).toBe(1);
  });

  it('F08 an echo of each request is stepped over and told with a hint', async () => {
    const rig = await rtuRig();
    const echoing = (request: Uint8Array) => [
      { afterMs: CHAR_MS, bytes: request, paceMs: CHAR_MS },
      { afterMs: 60, bytes: answerTo(request), paceMs: CHAR_MS },
    ];
    rig.line.answer(echoing);
    for (const count of [10, 12, 11]) expect((await rig.read(1, 4000, count)).words).toEqual(wordsAt(1, 4000, count));
    expect(rig.kinds()).toEqual(['echo', 'echo', 'echo']);
    expect(rig.events[0]!.text).toMatch(/^echo: .*wiring/);
  });

  it('F08 an echo that looks like the beginning of the answer is still an echo', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(1, Uint8Array.from([...request, ...answerTo(request)]))]);
    const address = (20 << 8) | 7;
    expect((await rig.read(1, address, 10)).words).toEqual(wordsAt(1, address, 10));
    expect(rig.kinds()).toEqual(['echo']);
  });

  it('F08 an echo without an answer is a timeout, and no value', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(1, request)]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_TIMEOUT' });
    expect(rig.kinds()).toEqual(['echo', 'timeout']);
  });

  it.each([
    { more: 'fewer', words: 9 },
    { more: 'more', words: 11 },
  ])('F12 an answer with $more bytes than were asked for is rejected', async ({ words }) => {
    const rig = await rtuRig();
    rig.line.answer(faultyBlocks(() => [at(5, wordsFrame(1, 3, wordsAt(1, 4000, words)))]));
    const outcome = await rig.read(1, 4000, 10);
    expect(outcome).toMatchObject({ code: 'FRAME_MALFORMED' });
    expect(rig.clock.mono() - rig.line.written.at(-1)!.at).toBeLessThan(5 + IDLE_MS + 5);
    expect(rig.kinds()).toEqual(['malformed']);
  });

  it('F12 an answer with the wrong function is no answer', async () => {
    const rig = await rtuRig();
    rig.line.answer(faultyBlocks(() => [at(5, wordsFrame(1, 4, wordsAt(1, 4000, 10)))]));
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_MALFORMED' });
  });
});

describe('babble', () => {
  const babble = (bytes: number, paceMs: number) => {
    let state = 12345;
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (state >> 16) & 0xff;
    };
    return { afterMs: 0, bytes: Uint8Array.from({ length: bytes }, next), paceMs };
  };

  it('F09 while nobody asks is read seldom, and then nothing is sent: the line is noisy', async () => {
    const rig = await rtuRig();
    const writes = rig.line.written.length;
    rig.line.give(babble(3000, 1));
    await rig.clock.advance(1000);
    const readsBefore = rig.line.counts.reads;
    await rig.clock.advance(500);
    expect(rig.line.counts.reads - readsBefore).toBeLessThan(60);
    const outcome = await rig.read(1, 4000, 10);
    expect(outcome).toMatchObject({ code: 'LINE_NOISY' });
    expect(rig.line.written.length).toBe(writes);
    expect(rig.kinds()).toEqual(['noisy']);
    expect(Math.max(...rig.frames.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1024);
    await rig.clock.advance(3000);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
  });

  it('F09 in place of an answer ends it after 600 bytes, and few reads', async () => {
    const rig = await rtuRig();
    rig.line.answer(faultyBlocks(() => [babble(2000, CHAR_MS)]));
    const readsBefore = rig.line.counts.reads;
    expect(await rig.ask(read(1, 4000, 10), 5000)).toMatchObject({ code: 'FRAME_MALFORMED' });
    expect(rig.clock.mono() - rig.line.written.at(-1)!.at).toBeLessThan(700 * CHAR_MS);
    expect(rig.line.counts.reads - readsBefore).toBeLessThan(40);
    expect(rig.count('junk', 1)).toBe(1);
  });

  it('F09 in one piece larger than what is kept is thrown away', async () => {
    const rig = await rtuRig();
    rig.line.give({ afterMs: 0, bytes: babble(100_000, 0).bytes });
    await rig.clock.advance(10);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.count('junk', 0)).toBe(1);
  });
});

describe('identification', () => {
  const serverId = rtu(1, 17, 13, 0xfa, 0xff, ...Buffer.from('PM710 Meter'));
  const part = (more: number, next: number, objects: readonly (readonly [number, string])[], count = objects.length) =>
    rtu(
      1,
      43,
      14,
      1,
      1,
      more,
      next,
      count,
      ...objects.flatMap(([id, text]) => [id, text.length, ...Buffer.from(text)]),
    );

  it('FC17 gives the text after the id and the run status', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [{ afterMs: 5, bytes: serverId, paceMs: CHAR_MS }]);
    expect(await rig.ask({ kind: 'serverId', unit: 1 })).toMatchObject({ text: 'PM710 Meter' });
    expect(rig.line.written.at(-1)!.bytes).toEqual(rtu(1, 17));
  });

  it('FC17 survives an echo, junk in front and pieces', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [
      ...[at(1, request), at(9, Uint8Array.of(0, 1))],
      ...[at(2, serverId.subarray(0, 2)), at(6, serverId.subarray(2))],
    ]);
    expect(await rig.ask({ kind: 'serverId', unit: 1 })).toMatchObject({ text: 'PM710 Meter' });
  });

  it('FC43 joins vendor, product and revision, asking for what follows', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) =>
      request[4] === 0
        ? [
            at(
              5,
              part(0xff, 2, [
                [0, 'Square D'],
                [1, 'PM5110'],
              ]),
            ),
          ]
        : [at(5, part(0, 0, [[2, 'V1.2\0']]))],
    );
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Square D PM5110 V1.2' });
    expect(rig.line.written.slice(-2).map(({ bytes }) => bytes[4])).toEqual([0, 2]);
  });

  it('FC43 takes a frame that announces the objects of all frames', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [
      {
        afterMs: 5,
        bytes: part(
          0,
          0,
          [
            [0, 'Acme'],
            [1, 'M1'],
          ],
          9,
        ),
        paceMs: CHAR_MS,
      },
    ]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Acme M1' });
  });

  it('FC43 whose rest stays silent is a timeout, and ends nothing else', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => (request[4] === 0 ? [at(5, part(0xff, 1, [[0, 'Acme']]))] : []));
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ code: 'LINE_TIMEOUT' });
  });

  it('FC43 that sends the asker round in circles ends', async () => {
    const rig = await rtuRig();
    rig.line.answer((request) => [at(5, part(0xff, (request[4]! + 1) & 0xff, [[0, 'Acme']]))]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Acme' });
    expect(rig.line.written.length).toBeLessThan(8);
  });

  it('after a refused probe the next request may be swallowed: the reserved read is sent twice, nothing is counted', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => [at(5, exceptionFrame(1, 43, 1))]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({
      code: 'DEVICE_REFUSED',
      facts: { function: 43 },
    });
    const before = rig.line.written.length;
    rig.line.answer((request, n) => (n === before + 1 ? [] : healthy(request, n)));
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.written.slice(before).map(({ bytes }) => isReserved(bytes))).toEqual([true, true, false]);
    expect(rig.count('timeout')).toBe(0);
  });

  it('asks that are cut off by a close reject', async () => {
    const rig = await rtuRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf({ kind: 'serverId', unit: 1 })));
    await rig.clock.advance(5);
    await rig.link.close();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
  });
});
