import { describe, expect, it } from 'vitest';
import { asked, flipped, mbap, wordsBody } from '../../support/modbus-frames.ts';
import { askOf, at, outcomeOf, RESERVED, read, TIMEOUT_MS, tcpAnswerTo, tcpRig, wordsAt } from './rig.ts';

const numberOf = (request: Uint8Array) => (request[0]! << 8) | request[1]!;
const addressOf = (request: Uint8Array) => asked(request.subarray(6)).address;

describe('a Modbus TCP link whose meter is well', () => {
  it('sends MBAP with a new number each time and answers with words', async () => {
    const rig = await tcpRig();
    const sentAt = rig.clock.now();
    const { answer } = await rig.read(1, 4000, 10);
    expect(answer).toEqual({ kind: 'words', words: wordsAt(1, 4000, 10), at: sentAt, tookMs: 5 });
    await rig.read(255, 4000, 2);
    await rig.read(0, 4000, 2);
    const [first, second, third] = rig.line.written.map(({ bytes }) => bytes);
    expect(first!.subarray(2)).toEqual(Uint8Array.of(0, 0, 0, 6, 1, 3, 4000 >> 8, 4000 & 0xff, 0, 10));
    expect(numberOf(second!)).toBe((numberOf(first!) + 1) & 0xffff);
    expect(third![6]).toBe(0);
    expect(rig.kinds()).toEqual([]);
    expect(rig.frames.map(({ direction }) => direction)).toEqual(Array(3).fill(['request', 'answer']).flat());
  });

  it('goes on after number 65535', async () => {
    const rig = await tcpRig();
    await rig.read(1, 4000, 1);
    const left = 0xffff - numberOf(rig.line.written[0]!.bytes);
    for (let n = 0; n <= Math.min(left, 70_000); n += 1) {
      const pending = rig.link.transact(askOf(read(1, 4000, 1)));
      await rig.clock.settle(pending);
      if (n > 300) break;
    }
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
  });

  it('keeps the gap between an answer and the next request, not before the first', async () => {
    const rig = await tcpRig(25);
    const openedAt = rig.clock.mono();
    for (const count of [3, 4]) await rig.read(1, 4000, count);
    const [first, second] = rig.line.written;
    expect(first!.at).toBe(openedAt);
    expect(second!.at - first!.at).toBe(5 + 25);
  });

  it('F34 takes an answer in any two pieces, and two frames in one piece', async () => {
    const rig = await tcpRig();
    const length = 9 + 20;
    for (let cut = 1; cut < length; cut += 1) {
      rig.line.answer((request) => {
        const frame = tcpAnswerTo(request);
        return [at(5, frame.subarray(0, cut)), at(30, frame.subarray(cut))];
      });
      expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    }
    rig.line.answer((request) => {
      const earlier = mbap((numberOf(request) - 1) & 0xffff, ...wordsBody(1, 3, Array(10).fill(0)));
      return [at(5, Uint8Array.from([...earlier, ...tcpAnswerTo(request)]))];
    });
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.kinds()).toEqual(['late']);
    expect(rig.line.counts.opens).toBe(1);
  });
});

describe('answers that are not the one', () => {
  const body = (count: number) => wordsBody(1, 3, wordsAt(1, 4000, count));
  it.each([
    { what: 'another unit', opens: 1, answer: [2, ...body(10).slice(1)] },
    { what: 'another function', opens: 1, answer: [1, 4, ...body(10).slice(2)] },
    { what: 'F12 fewer bytes than were asked for', opens: 1, answer: body(9) },
    { what: 'F12 more bytes than were asked for', opens: 1, answer: body(11) },
    { what: 'a byte count that its length belies', opens: 2, answer: body(10).slice(0, -1) },
    { what: 'an exception that is too long', opens: 2, answer: [1, 0x83, 2, 0] },
  ])('$what is rejected at once and the unit resynchronised; only a wrong length ends the connection', async ({
    answer,
    opens,
  }) => {
    const rig = await tcpRig();
    rig.line.answer((request) => [at(5, mbap(numberOf(request), ...answer))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_MALFORMED' });
    expect(rig.clock.mono() - rig.line.written[0]!.at).toBe(5);
    rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.written.map(({ bytes }) => addressOf(bytes))).toEqual([4000, RESERVED.address, 4000]);
    expect(rig.line.counts.opens).toBe(opens);
  });

  it('F02 a late answer is told by its number, and the next value is right', async () => {
    const rig = await tcpRig();
    await rig.read(1, 4000, 10);
    rig.line.answer((request) => [at(1.4 * TIMEOUT_MS, tcpAnswerTo(request))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_TIMEOUT' });
    rig.line.answer((request) => [at(0.5 * TIMEOUT_MS, tcpAnswerTo(request))]);
    expect((await rig.read(1, 5000, 10)).words).toEqual(wordsAt(1, 5000, 10));
    expect(rig.kinds()).toEqual(['timeout', 'late', 'resync']);
  });

  it.each([
    { code: 2, rejects: 'DEVICE_REFUSED' },
    { code: 11, rejects: 'DEVICE_BUSY' },
  ])('exception $code rejects $rejects', async ({ code, rejects }) => {
    const rig = await tcpRig();
    rig.line.answer((request) => [at(5, mbap(numberOf(request), 1, 0x83, code))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({
      code: rejects,
      facts: { exception: code, function: 3, address: 4000, unit: 1 },
    });
  });

  it.each([
    { what: 'length 0', head: [0, 0, 0, 0] },
    { what: 'length 1', head: [0, 0, 0, 1] },
    { what: 'length 65535', head: [0, 0, 255, 255] },
    { what: 'protocol 1', head: [0, 1, 0, 23] },
  ])('F35 $what ends the connection; the next ask makes a new one', async ({ head }) => {
    const rig = await tcpRig();
    rig.line.answer((request) => [at(5, Uint8Array.from([...request.subarray(0, 2), ...head, ...Array(40).fill(1)]))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_MALFORMED' });
    expect(rig.kinds()).toEqual(['malformed']);
    expect(rig.line.counts.closes).toBe(1);
    rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.counts.opens).toBe(2);
    expect(rig.lost).toEqual([]);
  });

  it('F35 rubbish while nobody asks ends the connection too', async () => {
    const rig = await tcpRig();
    rig.line.give(at(1, Uint8Array.from([9, 9, 9, 9, 9, 9, 9])));
    await rig.clock.advance(10);
    expect(rig.kinds()).toEqual(['malformed']);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.counts.opens).toBe(2);
  });

  it('F34 an answer that stops half way is given up, and its rest is not read as another one', async () => {
    const rig = await tcpRig();
    rig.line.answer((request) => [at(5, tcpAnswerTo(request).subarray(0, 12))]);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'FRAME_TRUNCATED' });
    expect(rig.line.counts.closes).toBe(1);
    rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
  });
});

describe('connections that are gone', () => {
  it('two timeouts in a row make a new connection, one does not', async () => {
    const rig = await tcpRig();
    rig.line.answer(() => []);
    await rig.read(1, 4000, 10);
    expect(rig.line.counts.closes).toBe(0);
    await rig.read(1, 4000, 10);
    expect(rig.line.counts.closes).toBe(1);
    rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    expect(rig.line.counts.opens).toBe(2);
    expect(rig.lost).toEqual([]);
  });

  it('an answer between two timeouts keeps the connection', async () => {
    const rig = await tcpRig();
    for (let round = 0; round < 3; round += 1) {
      rig.line.answer(() => []);
      await rig.read(1, 4000, 10);
      rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
      await rig.read(2, 4000, 10);
    }
    expect(rig.line.counts.opens).toBe(1);
  });

  it('a new connection that is refused rejects and is told as a loss, once', async () => {
    const rig = await tcpRig();
    rig.line.answer(() => []);
    await rig.read(1, 4000, 10);
    await rig.read(1, 4000, 10);
    rig.line.refuseOpen(true);
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_OPEN_FAILED' });
    expect(await rig.read(1, 4000, 10)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(rig.lost.length).toBe(1);
    rig.line.refuseOpen(false);
    rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
    await rig.link.open();
    expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
  });

  it('a peer that closes rejects the pending ask at once, and idle connections too', async () => {
    const rig = await tcpRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf(read(1, 4000, 10))));
    await rig.clock.advance(50);
    const closedAt = rig.clock.mono();
    rig.line.lose();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(rig.clock.mono()).toBe(closedAt);
    expect(rig.lost.length).toBe(1);
    await rig.link.open();
    rig.line.lose();
    await rig.clock.advance(0);
    expect(rig.lost.length).toBe(2);
    expect(rig.count('lost')).toBe(2);
  });

  it('a close rejects what is pending, tells no loss and leaves no timer', async () => {
    const rig = await tcpRig();
    rig.line.answer(() => []);
    const pending = outcomeOf(rig.link.transact(askOf(read(1, 4000, 10))));
    await rig.clock.advance(50);
    await rig.link.close();
    expect(await rig.clock.settle(pending)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(rig.lost).toEqual([]);
    expect(rig.clock.pending()).toBe(0);
  });

  it('a flipped byte in a header never gives a value of something else', async () => {
    for (let byte = 0; byte < 9; byte += 1) {
      const rig = await tcpRig();
      rig.line.answer((request) => [at(5, flipped(tcpAnswerTo(request), byte, 1))]);
      expect((await rig.read(1, 4000, 10)).code).toBeDefined();
      rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
      expect((await rig.read(1, 4000, 10)).words).toEqual(wordsAt(1, 4000, 10));
    }
  });
});

describe('identification over TCP', () => {
  const text = (value: string) => [...Buffer.from(value)];

  it('FC17 and FC43 give their texts', async () => {
    const rig = await tcpRig();
    rig.line.answer((request) => {
      const number = numberOf(request);
      if (request[7] === 17) return [at(5, mbap(number, 1, 17, 8, 1, 0xff, ...text('SDM630')))];
      return [at(5, mbap(number, 1, 43, 14, 1, 1, 0, 0, 2, 0, 4, ...text('Acme'), 1, 2, ...text('M1')))];
    });
    expect(await rig.ask({ kind: 'serverId', unit: 1 })).toMatchObject({ text: 'SDM630' });
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ text: 'Acme M1' });
  });

  it('FC43 with an object longer than its frame is malformed', async () => {
    const rig = await tcpRig();
    rig.line.answer((request) => [at(5, mbap(numberOf(request), 1, 43, 14, 1, 1, 0, 0, 1, 0, 99, ...text('Acme')))]);
    expect(await rig.ask({ kind: 'deviceId', unit: 1 })).toMatchObject({ code: 'FRAME_MALFORMED' });
  });
});
