import { describe, expect, it } from 'vitest';
import { watchDatabase } from '../../src/central/database-watch.ts';
import { keepRetention } from '../../src/central/retention-days.ts';
import type { Database } from '../../src/central/schema/database.ts';
import { within } from '../../src/central/within.ts';
import { createLogLines } from '../support/log-lines.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

describe('old records', () => {
  function setUp(apply: () => Promise<{ partitions: number; records: number }>) {
    const clock = createSteppedClock();
    const log = createLogLines();
    const times: number[] = [];
    const count = () => {
      times.push(clock.now());
      return apply();
    };
    const kept = keepRetention({ database: {} as Database, clock, log }, count);
    return { clock, log, times, kept, from: clock.now() };
  }

  it('are removed a minute after the start and daily then; what was removed is told', async () => {
    const { clock, log, times, from, kept } = setUp(async () => ({ partitions: 1, records: 7 }));
    await clock.advance(MINUTE_MS + 2 * 24 * HOUR_MS);
    expect(times.map((at) => at - from)).toEqual([MINUTE_MS, MINUTE_MS + 24 * HOUR_MS, MINUTE_MS + 48 * HOUR_MS]);
    expect(log.matching(/^removed what is too old: 1 whole month, 7 records$/)).toHaveLength(3);
    kept.stop();
    expect(clock.pending()).toBe(0);
  });

  it('that could not be removed are tried again in an hour', async () => {
    const { clock, log, times, from } = setUp(() => Promise.reject(new Error('the disk is full')));
    await clock.advance(MINUTE_MS + HOUR_MS);
    expect(times.map((at) => at - from)).toEqual([MINUTE_MS, MINUTE_MS + HOUR_MS]);
    expect(log.matching(/could not be removed/)).toHaveLength(2);
  });

  it('nothing to remove is not told', async () => {
    const { clock, log } = setUp(async () => ({ partitions: 0, records: 0 }));
    await clock.advance(MINUTE_MS);
    expect(log.lines).toEqual([]);
  });
});

describe('a PostgreSQL that we do not run', () => {
  it('is looked at, and told when it goes and comes', async () => {
    const clock = createSteppedClock();
    const log = createLogLines();
    let query = () => Promise.resolve({});
    const watch = watchDatabase({ query: () => query() } as never, clock, log);
    await clock.advance(10_000);
    expect([watch.isUp(), log.lines.length]).toEqual([true, 0]);
    query = () => Promise.reject(new Error('refused'));
    await clock.advance(10_000);
    expect([watch.isUp(), log.matching(/does not answer/).length]).toEqual([false, 1]);
    query = () => new Promise(() => undefined);
    await clock.advance(10_000);
    expect(watch.isUp()).toBe(false);
    query = () => Promise.resolve({});
    await clock.advance(10_000);
    expect([watch.isUp(), log.matching(/answers again/).length]).toEqual([true, 1]);
    watch.stop();
    expect(clock.pending()).toBe(0);
  });

  it('one of our own that hangs is told too; one that is down is not asked', async () => {
    const clock = createSteppedClock();
    const log = createLogLines();
    let isRunning = false;
    const watch = watchDatabase({ query: () => new Promise(() => undefined) } as never, clock, log, () => isRunning);
    await clock.advance(20_000);
    expect([watch.isUp(), log.lines.length]).toEqual([true, 0]);
    isRunning = true;
    await clock.advance(20_000);
    expect([watch.isUp(), log.matching(/does not answer/).length]).toEqual([false, 1]);
    watch.stop();
  });
});

describe('within', () => {
  it('passes on what comes in time, and leaves no timer', async () => {
    const clock = createSteppedClock();
    expect(await within(clock, 100, Promise.resolve(7))).toBe(7);
    await expect(within(clock, 100, Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(clock.pending()).toBe(0);
  });

  it('rejects what does not', async () => {
    const clock = createSteppedClock();
    const late = within(clock, 100, new Promise(() => undefined));
    const told = expect(late).rejects.toMatchObject({ code: 'DEADLINE_PASSED' });
    await clock.advance(100);
    await told;
  });
});
