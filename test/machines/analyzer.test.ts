import { describe, expect, it } from 'vitest';
import { createBench, failureOf, SECOND } from './analyzer-bench.ts';

const down = { type: 'LINE', up: false, cause: failureOf('LINE_CLOSED') } as const;
const up = { type: 'LINE', up: true, cause: null } as const;

describe('an analyzer that connects', () => {
  it('asks the meter what it is before anything else, and then waits for its first instant', async () => {
    const bench = await createBench();
    expect([bench.link(), bench.news.map(({ news }) => news)]).toEqual(['connecting', ['connecting']]);
    expect(bench.request()?.ask.transaction).toEqual(bench.request()?.ask.reserved);
    await bench.connect();
    expect([bench.link(), bench.request()]).toEqual(['polling.waiting', null]);
    expect(bench.learnt).toMatchObject([{ profileId: 'test' }]);
  });

  it('says for each instant meanwhile that nothing was read, and why', async () => {
    const bench = await createBench();
    await bench.due(10_000);
    expect(bench.outcomes()).toEqual([[10_000, 'LINE_CLOSED', '']]);
    await bench.connect();
    await bench.due(20_000);
    await bench.answer();
    await bench.answer();
    expect(bench.outcomes().at(-1)).toEqual([20_000, 'good', 'UI']);
  });

  it('does not ask twice for what it knows already', async () => {
    const bench = await createBench();
    await bench.connect();
    const [identity] = bench.learnt;
    const again = await createBench({ identity: identity! });
    await again.connect();
    expect(again.learnt).toEqual([]);
  });

  it('is failed when nobody answers, after one retry', async () => {
    const bench = await createBench();
    await bench.fail('LINE_TIMEOUT');
    expect(bench.link()).toBe('connecting');
    await bench.fail('LINE_TIMEOUT');
    expect([bench.link(), bench.request()]).toEqual(['failed.resting', null]);
    expect(bench.news.at(-1)).toMatchObject({ news: 'failed', failure: { code: 'LINE_TIMEOUT' } });
  });

  it('is failed at once when there is no device to ask: it was held after crashes', async () => {
    const bench = await createBench({ spec: { ...(await createBench()).context().session.spec, deviceId: 9 } });
    expect(bench.link()).toBe('failed.resting');
    expect(bench.news.at(-1)).toMatchObject({ failure: { code: 'LINE_CLOSED' } });
  });
});

describe('an analyzer that polls', () => {
  it('makes one reading of each instant, one request at a time', async () => {
    const bench = await createBench();
    await bench.connect();
    for (const instant of [10_000, 20_000]) {
      await bench.due(instant);
      expect(bench.link()).toBe('polling.reading');
      await bench.answer();
      await bench.answer();
      expect([bench.link(), bench.request()]).toEqual(['polling.waiting', null]);
    }
    expect(bench.outcomes()).toEqual([
      [10_000, 'good', 'UI'],
      [20_000, 'good', 'UI'],
    ]);
    expect(bench.context().session.tally).toEqual({ good: 2, failed: 0 });
  });

  it('keeps what was read of a reading that fails on its way', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.answer();
    await bench.beSilent(2);
    const [reading] = bench.readings;
    expect(reading).toMatchObject({ failure: { code: 'LINE_TIMEOUT' } });
    expect(reading?.values).toEqual({ U: [7, 7], I: [null, null, null] });
    expect(bench.link()).toBe('failed.resting');
  });

  it('takes no answer for its own but that of the request in flight', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    const { requestId } = bench.request()!;
    const answer = { kind: 'words', words: Array(20).fill(9), at: bench.start, tookMs: 5 };
    for (const other of [requestId - 1, requestId + 1, 0]) {
      await bench.tell({ type: 'REPLY', requestId: other, reply: { kind: 'answered', answer } });
    }
    expect([bench.link(), bench.readings]).toEqual(['polling.reading', []]);
  });

  it('that is too slow misses the instant in between, and says so', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.due(20_000);
    await bench.due(30_000);
    expect(bench.outcomes()).toEqual([[20_000, 'DEADLINE_PASSED', '']]);
    for (let n = 0; n < 4; n += 1) await bench.answer();
    expect(bench.outcomes().slice(1)).toEqual([
      [10_000, 'good', 'UI'],
      [30_000, 'good', 'UI'],
    ]);
  });

  it('lets the reading of one grid wait for that of the other, and misses neither', async () => {
    const bench = await createBench({ rapidMs: 2 * SECOND });
    await bench.connect();
    await bench.due(10_000);
    await bench.due(10_000, 'rapid');
    for (let n = 0; n < 3; n += 1) await bench.answer();
    expect(bench.readings.map(({ grid, failure }) => [grid, failure])).toEqual([
      ['normal', null],
      ['rapid', null],
    ]);
  });

  it('asks with the time of its next instant as deadline', async () => {
    const bench = await createBench({ readingMs: 3 * SECOND, rapidMs: SECOND });
    await bench.connect();
    await bench.due(3000);
    expect(bench.request()?.deadline).toBe(bench.clock.mono() + 3 * SECOND);
    await bench.answer();
    await bench.answer();
    await bench.due(4000, 'rapid');
    expect(bench.request()?.deadline).toBe(bench.clock.mono() + SECOND);
  });

  it('that had no turn before its deadline stays: that says nothing about the meter', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.fail('DEADLINE_PASSED');
    expect([bench.link(), bench.outcomes()]).toEqual(['polling.waiting', [[10_000, 'DEADLINE_PASSED', '']]]);
  });

  it('identifies its meter anew when it is told to', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.tell({ type: 'IDENTIFY' });
    expect(bench.link()).toBe('connecting');
    await bench.connect();
  });
});

describe('F01 an analyzer whose meter is silent', () => {
  it('F01 probes after 2, 4, 8 ... 300 s, once each, and says nothing more about it', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.beSilent(2);
    const told = bench.news.length;
    const waits: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      waits.push(await bench.secondsToRequest());
      expect(bench.request()?.ask.transaction).toEqual(bench.request()?.ask.reserved);
      await bench.fail('LINE_TIMEOUT');
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(bench.news).toHaveLength(told);
  });

  it('F01 leaves a failed reading for each instant, and reads again at the next one after an answer', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.beSilent(2);
    await bench.due(20_000);
    await bench.secondsToRequest();
    await bench.answer();
    expect(bench.link()).toBe('connecting');
    await bench.connect();
    await bench.due(30_000);
    await bench.answer();
    await bench.answer();
    expect(bench.outcomes()).toEqual([
      [10_000, 'LINE_TIMEOUT', ''],
      [20_000, 'LINE_TIMEOUT', ''],
      [30_000, 'good', 'UI'],
    ]);
  });

  it.each(['DEVICE_REFUSED', 'DEVICE_BUSY'] as const)('takes %s to a probe for a sign of life', async (code) => {
    const bench = await createBench();
    await bench.beSilent(2);
    await bench.secondsToRequest();
    await bench.fail(code);
    expect(bench.link()).toBe('connecting');
  });

  it('waits ever longer for one that answers probes but is never read whole', async () => {
    const bench = await createBench();
    await bench.connect();
    const waits: number[] = [];
    for (let n = 1; n <= 4; n += 1) {
      await bench.due(n * 10_000);
      await bench.answer();
      await bench.beSilent(2);
      waits.push(await bench.secondsToRequest());
      await bench.answer();
      await bench.connect();
    }
    expect(waits).toEqual([2, 4, 8, 16]);
    await bench.due(90_000);
    await bench.answer();
    await bench.answer();
    await bench.due(100_000);
    await bench.beSilent(2);
    expect(await bench.secondsToRequest()).toBe(2);
  });

  it('is a wrong model at once for five minutes', async () => {
    const bench = await createBench();
    await bench.fail('MODEL_MISMATCH');
    expect(await bench.secondsToRequest()).toBe(300);
  });
});

describe('an analyzer whose line goes down', () => {
  it('is failed with the cause while it asks, and connects as soon as the line is back', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.tell(down);
    expect([bench.link(), bench.outcomes()]).toEqual(['failed.resting', [[10_000, 'LINE_CLOSED', '']]]);
    await bench.tell(up);
    expect(bench.link()).toBe('connecting');
  });

  it('is not troubled while it asks nothing', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.tell(down);
    await bench.tell(up);
    expect([bench.link(), bench.readings]).toEqual(['polling.waiting', []]);
  });

  it('that was silent before is not read because of the line, from then on', async () => {
    const bench = await createBench();
    await bench.beSilent(2);
    await bench.due(10_000);
    await bench.tell(down);
    await bench.due(20_000);
    expect(bench.outcomes().map(([, code]) => code)).toEqual(['LINE_TIMEOUT', 'LINE_CLOSED']);
  });

  it('ends a probe, and connects on the line that is back', async () => {
    const bench = await createBench();
    await bench.beSilent(2);
    await bench.secondsToRequest();
    expect(bench.link()).toBe('failed.probing');
    await bench.tell(down);
    expect(bench.link()).toBe('failed.resting');
    await bench.tell(up);
    expect(bench.link()).toBe('connecting');
  });
});
