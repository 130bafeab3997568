import { describe, expect, it } from 'vitest';
import { wordsFrame } from '../../support/modbus-frames.ts';
import { answerTo, at, faultyBlocks, healthy, IDLE_MS, read, rtuRig, TIMEOUT_MS, wordsAt } from './rig.ts';

const CHAR_MS = 11_000 / 19_200;

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

  it.each([1, 3, 8, 14, 19])('F09 that nobody has read is no silence: %i ms after the first byte', async (laterMs) => {
    const rig = await rtuRig();
    await rig.clock.advance(50);
    const from = rig.clock.mono();
    // the first byte is read, and the line then left alone for 20 ms, in which eleven more come
    rig.line.give(babble(12, 2));
    await rig.clock.advance(laterMs);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.written.at(-1)!.at).toBeGreaterThanOrEqual(from + 12 * 2 + 3.5 * CHAR_MS);
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

  it('F09 in place of an answer leaves the line alone for one idle window, other units too', async () => {
    const rig = await rtuRig({ units: [1, 2] });
    rig.line.answer((request) => (request[0] === 1 ? [at(5, babble(700, 0).bytes)] : healthy(request, 0)));
    await rig.read(1, 4000, 10);
    const failedAt = rig.clock.mono();
    expect((await rig.read(2, 4000, 10)).words).toEqual(wordsAt(2, 4000, 10));
    expect(rig.line.written.at(-1)!.at - failedAt).toBeGreaterThanOrEqual(IDLE_MS);
  });

  it('F09 in one piece larger than what is kept is thrown away', async () => {
    const rig = await rtuRig();
    rig.line.give({ afterMs: 0, bytes: babble(100_000, 0).bytes });
    await rig.clock.advance(10);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.count('junk', 0)).toBe(1);
  });
});
