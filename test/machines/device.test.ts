import { describe, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { deviceMachine } from '../../machines/device.ts';
import { askLine, type DeviceNews } from '../../machines/device-setup.ts';
import { type Facts, LectorError } from '../../src/domain/errors.ts';
import type { LineRequest } from '../../src/domain/queue.ts';
import type { Answer } from '../../src/domain/transaction.ts';
import { monoMs } from '../../src/domain/units.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';
import { analyzerNames, createHost } from './host.ts';

const SECOND = 1000;

/** A device whose line a test opens, answers and loses by hand. */
async function createBench({ analyzers = [1, 2], closeAfterPoll = false } = {}) {
  const clock = createSteppedClock();
  const calls: string[] = [];
  const news: DeviceNews[] = [];
  const asked: { unit: number; resolve(answer: Answer): void; reject(error: LectorError): void }[] = [];
  let openError: LectorError | null = null;
  const logic = deviceMachine({ now: clock.now, mono: clock.mono, random: () => 0 }).provide({
    actors: {
      openLine: fromPromise(async () => {
        calls.push('open');
        if (openError) throw openError;
      }),
      closeLine: fromPromise<void, { deviceId: number }>(async () => void calls.push('close')),
    },
    actions: {
      announce: (_, params) => void news.push(params),
      transact: askLine(
        (_, ask) =>
          new Promise<Answer>((resolve, reject) => {
            asked.push({ unit: ask.transaction.unit, resolve, reject });
          }),
      ),
    },
  });
  const input = { deviceId: 1, kind: 'serial', analyzers, closeAfterPoll };
  const host = createHost({ clock, name: 'device:1', logic, input, listeners: analyzerNames(analyzers) });
  let requestId = 0;
  const bench = {
    ...host,
    clock,
    calls,
    news,
    asked,
    failToOpen: (error: LectorError | null) => {
      openError = error;
    },
    async request(analyzerId: number, deadlineMs = 60 * SECOND): Promise<void> {
      requestId += 1;
      host.send({ type: 'REQUEST', request: requestOf(requestId, analyzerId, clock.mono() + deadlineMs) });
      await settleTurns();
    },
    async answer(): Promise<void> {
      asked.shift()?.resolve({ kind: 'words', words: [1], at: clock.now(), tookMs: 5 });
      await settleTurns();
    },
    async fail(code: LectorError['code'], facts: Facts = {}): Promise<void> {
      asked.shift()?.reject(new LectorError(code, code, facts));
      await settleTurns();
    },
    /** Kinds of the replies that an analyzer got since last asked, a failure as its code. */
    replies: (id: number) =>
      host
        .heard(`analyzer:${id}`, 'REPLY')
        .map(({ reply }) => (reply.kind === 'failed' ? reply.failure.code : reply.kind)),
  };
  await settleTurns();
  return bench;
}

function requestOf(requestId: number, analyzerId: number, deadline: number): LineRequest {
  const reserved = { kind: 'registers', unit: analyzerId, function: 3, address: 0, count: 1 } as const;
  const ask = { transaction: { ...reserved, count: 10 }, timeoutMs: SECOND, reserved };
  return { requestId, analyzerId, unit: analyzerId, ask, deadline: monoMs(deadline) };
}

describe('a device', () => {
  it('leaves its port alone until somebody asks, then opens it; only an opening after a loss is told', async () => {
    const bench = await createBench();
    expect([bench.state(), bench.calls]).toEqual(['resting', []]);
    await bench.request(1);
    expect(bench.calls).toEqual(['open']);
    expect(bench.asked.map((each) => each.unit)).toEqual([1]);
    expect(bench.heard('analyzer:2', 'LINE')).toEqual([]);
    bench.send({ type: 'LOST', cause: { code: 'LINE_CLOSED', message: 'unplugged', facts: {} } });
    await bench.clock.advance(SECOND);
    expect(bench.heard('analyzer:2', 'LINE')).toMatchObject([{ up: false }, { up: true }]);
  });

  it('keeps one transaction on the line and answers each request once', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.request(2);
    await bench.request(2);
    expect(bench.asked).toHaveLength(1);
    await bench.answer();
    await bench.answer();
    await bench.answer();
    expect([bench.replies(1), bench.replies(2)]).toEqual([['answered'], ['answered', 'answered']]);
    expect(bench.state()).toEqual({ open: { idle: 'free' } });
  });

  it('asks the others while a silent unit must be left alone', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.fail('LINE_TIMEOUT', { quietMs: 800 });
    await bench.request(1);
    expect(bench.asked).toEqual([]);
    await bench.request(2);
    expect(bench.asked.map((each) => each.unit)).toEqual([2]);
    await bench.answer();
    await bench.clock.advance(799);
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.asked.map((each) => each.unit)).toEqual([1]);
  });

  it('F11 leaves a busy meter alone for a fifth of a second before it is asked again', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.fail('DEVICE_BUSY');
    await bench.request(1);
    await bench.clock.advance(199);
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.asked.map((each) => each.unit)).toEqual([1]);
  });

  it('asks a unit again as soon as its late answer has passed', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.fail('LINE_TIMEOUT', { quietMs: 800 });
    await bench.request(1);
    bench.send({ type: 'NOTICED', event: { kind: 'late', unit: 1 } });
    await settleTurns();
    expect(bench.asked.map((each) => each.unit)).toEqual([1]);
    expect(bench.context().desk.counts).toEqual({ 1: { late: 1 } });
  });

  it('F14 answers everything at once when the port is lost, and opens it again after 1, 2, 4 ... 30 s', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.request(2);
    bench.failToOpen(new LectorError('LINE_OPEN_FAILED', 'no such port'));
    bench.send({ type: 'LOST', cause: { code: 'LINE_CLOSED', message: 'unplugged', facts: {} } });
    await settleTurns();
    expect([bench.replies(1), bench.replies(2)]).toEqual([['LINE_CLOSED'], ['LINE_CLOSED']]);
    expect(bench.heard('analyzer:2', 'LINE').at(-1)).toMatchObject({ up: false, cause: { message: 'unplugged' } });
    const opened: number[] = [];
    const start = bench.clock.mono();
    for (let second = 0; second < 100; second += 1) {
      const before = bench.calls.filter((call) => call === 'open').length;
      await bench.clock.advance(SECOND);
      const after = bench.calls.filter((call) => call === 'open').length;
      if (after > before) opened.push((bench.clock.mono() - start) / SECOND);
    }
    expect(opened).toEqual([1, 3, 7, 15, 31, 61, 91]);
    bench.failToOpen(null);
    await bench.clock.advance(30 * SECOND);
    expect(bench.state()).toEqual({ open: { idle: 'free' } });
    expect(bench.heard('analyzer:1', 'LINE').at(-1)).toMatchObject({ up: true });
    expect(bench.news.map((each) => each.news).filter((each) => each !== 'openFailed')).toEqual([
      'opened',
      'lost',
      'opened',
    ]);
  });

  it('refuses at once, with the reason, while the line cannot be used', async () => {
    const bench = await createBench();
    bench.failToOpen(new LectorError('LINE_OPEN_FAILED', 'no such port'));
    await bench.request(1);
    expect(bench.replies(1)).toEqual(['LINE_OPEN_FAILED']);
    await bench.request(2);
    expect(bench.replies(2)).toEqual(['LINE_OPEN_FAILED']);
    expect(bench.clock.pending()).toBe(1);
  });

  it('F16 waits a minute before it tries a port again that it may not open', async () => {
    const bench = await createBench();
    bench.failToOpen(new LectorError('LINE_OPEN_FAILED', 'permission denied', { errno: 'EACCES' }));
    await bench.request(1);
    await bench.clock.advance(59 * SECOND);
    expect(bench.calls.filter((call) => call === 'open')).toHaveLength(1);
    await bench.clock.advance(SECOND);
    expect(bench.calls.filter((call) => call === 'open')).toHaveLength(2);
  });

  it('F18 takes a line on which nobody answers for a broken adapter, and opens it anew once a minute', async () => {
    const bench = await createBench();
    for (let cycle = 0; cycle < 3; cycle += 1) {
      for (const id of [1, 2]) await bench.request(id);
      await bench.fail('LINE_TIMEOUT');
      await bench.fail('LINE_TIMEOUT');
    }
    expect(bench.state()).toBe('reopening');
    expect(bench.news.at(-1)).toMatchObject({ news: 'adapter' });
    await bench.clock.advance(SECOND);
    for (let cycle = 0; cycle < 5; cycle += 1) {
      for (const id of [1, 2]) await bench.request(id);
      await bench.fail('LINE_TIMEOUT');
      await bench.fail('LINE_TIMEOUT');
    }
    expect(bench.calls.filter((call) => call === 'open')).toHaveLength(2);
  });

  it('does not blame the adapter while one analyzer answers', async () => {
    const bench = await createBench();
    for (let cycle = 0; cycle < 6; cycle += 1) {
      for (const id of [1, 2]) await bench.request(id);
      if (bench.asked[0]?.unit === 1) await bench.fail('LINE_TIMEOUT');
      await bench.answer();
      if (bench.asked.length > 0) await bench.fail('LINE_TIMEOUT');
    }
    expect(bench.news.map((each) => each.news)).toEqual(['opened']);
  });

  it('closes the port when every analyzer has left, and not before', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.answer();
    await bench.request(2);
    await bench.answer();
    bench.send({ type: 'LEAVE', analyzerId: 1 });
    await settleTurns();
    expect(bench.calls).toEqual(['open']);
    bench.send({ type: 'LEAVE', analyzerId: 2 });
    await settleTurns();
    expect([bench.state(), bench.calls]).toEqual(['resting', ['open', 'close']]);
  });

  it('F36 closes after the poll where it is told to, but not between the blocks of a reading', async () => {
    const bench = await createBench({ closeAfterPoll: true });
    await bench.request(1);
    await bench.answer();
    await bench.request(1);
    expect(bench.calls).toEqual(['open']);
    await bench.answer();
    await bench.clock.advance(200);
    expect([bench.state(), bench.calls]).toEqual(['resting', ['open', 'close']]);
    await bench.request(2);
    expect(bench.asked.map((each) => each.unit)).toEqual([2]);
  });

  it('finishes the transaction in flight before it closes for good', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.request(2);
    bench.send({ type: 'CLOSE' });
    await settleTurns();
    expect([bench.replies(1), bench.replies(2)]).toEqual([[], ['CANCELLED']]);
    await bench.answer();
    expect(bench.replies(1)).toEqual(['answered']);
    expect(bench.calls).toEqual(['open', 'close']);
    expect(bench.heard('root', 'DEVICE_CLOSED')).toMatchObject([{ deviceId: 1 }]);
  });

  it('stays open for who takes off what it asked for, answers it no more, and goes on with the others', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.request(1);
    await bench.request(2);
    bench.send({ type: 'WITHDRAW', analyzerId: 1 });
    await bench.answer();
    expect(bench.heard('analyzer:1', 'REPLY')).toMatchObject([{ requestId: 0 }]);
    expect(bench.asked.map((each) => each.unit)).toEqual([2]);
    await bench.answer();
    await bench.clock.advance(SECOND);
    expect([bench.replies(2), bench.calls]).toEqual([['answered'], ['open']]);
  });

  it('stays open when all that waited for a quiet unit is taken off', async () => {
    const bench = await createBench();
    await bench.request(1);
    await bench.fail('LINE_TIMEOUT', { quietMs: 500 });
    await bench.request(1);
    bench.send({ type: 'WITHDRAW', analyzerId: 1 });
    await bench.clock.advance(SECOND);
    expect([bench.asked, bench.calls]).toEqual([[], ['open']]);
    await bench.request(2);
    expect(bench.asked).toHaveLength(1);
  });

  it('tells those that are on it by then that its line went down', async () => {
    const bench = await createBench();
    await bench.request(1);
    bench.send({ type: 'MEMBERS', analyzers: [2] });
    bench.send({ type: 'LOST', cause: { code: 'LINE_CLOSED', message: 'pulled', facts: {} } });
    await settleTurns();
    expect([bench.heard('analyzer:1', 'LINE'), bench.heard('analyzer:2', 'LINE')]).toMatchObject([[], [{ up: false }]]);
  });
});
