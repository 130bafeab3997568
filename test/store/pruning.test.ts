import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { encodeReading, encodeRecord } from '../../src/store/codec.ts';
import { type Environment, openEnvironment } from '../../src/store/environment.ts';
import { GAP_SPAN, gapKey, type OutboxEntry, outboxKey, readingKey, recordKey } from '../../src/store/keys.ts';
import { createPruning, type PruningLimits } from '../../src/store/pruning.ts';
import { createSteppedClock, type SteppedClock } from '../support/stepped-clock.ts';
import { QUARTER_MS, sampleReading, sampleRecord, T0 } from './sample-rows.ts';
import { createKeptLog, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const HOUR_MS = 3_600_000;
const ROOMY: PruningLimits = {
  readingsMaxMs: 48 * HOUR_MS,
  readingsMaxBytes: 2 ** 40,
  recordsMaxMs: 400 * 24 * HOUR_MS,
  recordsMaxBytes: 2 ** 40,
  minFreeBytes: 0,
};

type Setup = {
  readonly clock: SteppedClock;
  readonly limits?: Partial<PruningLimits>;
  readonly owedBy?: (entry: OutboxEntry) => readonly string[];
  readonly freeBytes?: number;
};

async function setUp({ clock, limits, owedBy = () => [], freeBytes = 2 ** 40 }: Setup) {
  const log = createKeptLog();
  const environment = await openEnvironment(
    temporaryFolder((end) => ends.push(end)),
    clock,
    log,
  );
  ends.push(() => environment.close());
  const pruning = createPruning({
    environment,
    clock,
    log,
    limits: { ...ROOMY, ...limits },
    lastAlive: null,
    space: async () => ({ freeBytes, totalBytes: 2 ** 40 }),
    owedBy,
    withdraw: owedBy,
    ownersKnown: () => true,
  });
  /** Steps until it has nothing more to do, at most `max` times; returns the sizes of the steps. */
  const prune = async (max = 200) => {
    const sizes: number[] = [];
    for (let steps = 0; steps < max; steps += 1) {
      const { removed, more } = await pruning.step();
      sizes.push(removed);
      if (!more) break;
    }
    return sizes;
  };
  return { environment, pruning, prune, log };
}

const fillReadings = (environment: Environment, analyzerId: number, seconds: readonly number[]) =>
  environment.commit((writes) => {
    for (const second of seconds) {
      const reading = sampleReading(analyzerId, second);
      writes.put('readings', readingKey(reading), encodeReading(reading));
    }
  });

const fillRecords = (environment: Environment, numbers: readonly number[], analyzerId = 1) =>
  environment.commit((writes) => {
    for (const number of numbers) {
      const record = sampleRecord(analyzerId, number);
      const entry = { sequence: number * 10 + analyzerId, analyzerId, end: record.end, generation: 0 };
      writes.put('records', recordKey(record), encodeRecord(record));
      writes.put('root', outboxKey(entry), Buffer.from([1]));
    }
  });

const upTo = (count: number, every = 1) => Array.from({ length: count }, (_, index) => (index + 1) * every);
const places = (environment: Environment, table: 'readings' | 'records', analyzerId: number, unitMs: number) =>
  [...environment.keys(table, { start: [analyzerId], end: [analyzerId, '\uffff'] })].map(
    (key) => (Number(key[1]) - T0) / unitMs,
  );
const readingHours = (environment: Environment, analyzerId: number) =>
  places(environment, 'readings', analyzerId, HOUR_MS);
const recordNumbers = (environment: Environment, analyzerId = 1) =>
  places(environment, 'records', analyzerId, QUARTER_MS);

describe('pruning of readings', () => {
  it('F57 takes those older than 48 h, but never those of a window that is not closed', async () => {
    const clock = createSteppedClock(T0 + 60 * HOUR_MS);
    const { environment, prune } = await setUp({ clock });
    const hours = upTo(20, 3600);
    await fillReadings(environment, 1, hours);
    await fillReadings(environment, 2, hours);
    // analyzer 1 closed its windows up to hour 10, analyzer 2 up to hour 50
    await fillRecords(environment, [40], 1);
    await fillRecords(environment, [200], 2);
    await prune();
    expect(readingHours(environment, 1)).toEqual(upTo(20).slice(10));
    expect(readingHours(environment, 2)).toEqual(upTo(20).slice(12));
  });

  it('F57 keeps the readings of an analyzer that never recorded for a week, not for ever', async () => {
    const clock = createSteppedClock(T0 + 6 * 24 * HOUR_MS);
    const { environment, prune } = await setUp({ clock });
    await fillReadings(environment, 1, upTo(5, 3600));
    await prune();
    expect(readingHours(environment, 1)).toHaveLength(5);
    await clock.advance(2 * 24 * HOUR_MS);
    await prune();
    expect(readingHours(environment, 1)).toEqual([]);
  });

  it('F57 takes the oldest of all analyzers alike when there are too many bytes, in bounded steps', async () => {
    const clock = createSteppedClock(T0 + 10 * HOUR_MS);
    const { environment, prune } = await setUp({ clock, limits: { readingsMaxBytes: 400_000 } });
    for (const id of [1, 2]) await fillReadings(environment, id, upTo(2_000, 10));
    for (const id of [1, 2]) await fillRecords(environment, [40], id);
    const sizes = await prune();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(environment.usage().readingsBytes).toBeLessThanOrEqual(400_000);
    expect(environment.usage().readingsBytes).toBeGreaterThan(250_000);
    const [first, second] = [readingHours(environment, 1)[0], readingHours(environment, 2)[0]];
    expect(Math.abs((first ?? 0) - (second ?? 0))).toBeLessThanOrEqual(1 / 6);
  });

  it('does not judge by age while the wall clock has just jumped', async () => {
    const clock = createSteppedClock(T0 + 10 * HOUR_MS);
    const { environment, prune } = await setUp({ clock });
    await fillReadings(environment, 1, upTo(5, 3600));
    await fillRecords(environment, [20, 21]);
    await prune();
    clock.setWall(epochMs(T0 + 10 * 365 * 24 * HOUR_MS));
    await prune();
    expect([readingHours(environment, 1).length, recordNumbers(environment).length]).toEqual([5, 2]);
    await clock.advance(25 * HOUR_MS);
    await prune();
    expect([readingHours(environment, 1).length, recordNumbers(environment).length]).toEqual([0, 1]);
  });
});

describe('pruning of marks of gaps', () => {
  const days = (n: number) => epochMs(T0 + n * 24 * HOUR_MS);
  const fillGaps = (environment: Environment, analyzerId: number, ends: readonly number[]) =>
    environment.commit((writes) => {
      for (const end of ends)
        writes.put('root', gapKey(analyzerId, days(end), days(end - 0.5)), Buffer.from('"stopped"'));
    });
  const gapsOf = (environment: Environment) =>
    [...environment.keys('root', GAP_SPAN)].map(([, id, to]) => [id, (Number(to) - T0) / 24 / HOUR_MS]);

  it('F57 takes those that ended more than 400 days ago, of every analyzer, and nothing beside them', async () => {
    const clock = createSteppedClock(T0 + 500 * 24 * HOUR_MS);
    const { environment, prune } = await setUp({ clock });
    await fillGaps(environment, 1, [1, 99, 101, 400]);
    await fillGaps(environment, 2, [2, 300]);
    await fillRecords(environment, [1]);
    await prune();
    expect(gapsOf(environment)).toEqual([
      [1, 101],
      [1, 400],
      [2, 300],
    ]);
    expect(recordNumbers(environment)).toEqual([1]);
  });

  it('F57 comes to the old ones behind a thousand young ones, and begins again at the first', async () => {
    const clock = createSteppedClock(T0 + 500 * 24 * HOUR_MS);
    const { environment, prune } = await setUp({ clock });
    await fillGaps(
      environment,
      1,
      upTo(1500).map((n) => 200 + n / 10),
    );
    await fillGaps(environment, 2, [1]);
    for (let steps = 0; steps < 3; steps += 1) await prune();
    expect(gapsOf(environment)).toHaveLength(1500);
    await fillGaps(environment, 1, [2]);
    for (let steps = 0; steps < 3; steps += 1) await prune();
    expect(gapsOf(environment)).toHaveLength(1500);
  });

  it('does not judge by age while the wall clock has just jumped', async () => {
    const clock = createSteppedClock(T0);
    const { environment, prune } = await setUp({ clock });
    await fillGaps(environment, 1, [1]);
    clock.setWall(days(500));
    await prune();
    expect(gapsOf(environment)).toHaveLength(1);
  });
});

describe('pruning of records', () => {
  it('F57 takes those older than 400 days that nobody owes, and keeps the last of each analyzer', async () => {
    const clock = createSteppedClock(T0 + 500 * 24 * HOUR_MS);
    const { environment, prune } = await setUp({
      clock,
      owedBy: (entry) => (entry.sequence === 31 ? ['rest'] : []),
    });
    await fillRecords(environment, upTo(6));
    await fillRecords(environment, [2], 2);
    await prune();
    expect(recordNumbers(environment)).toEqual([3, 6]);
    expect(recordNumbers(environment, 2)).toEqual([2]);
  });

  it('F57 takes the oldest when there are too many bytes, steps over owed ones, and goes no further', async () => {
    const clock = createSteppedClock(T0 + 30 * 24 * HOUR_MS);
    const { environment, prune } = await setUp({
      clock,
      limits: { recordsMaxBytes: 300_000 },
      owedBy: (entry) => (entry.sequence <= 15_001 ? ['rest'] : []),
    });
    await fillRecords(environment, upTo(2_800));
    const sizes = await prune();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(250);
    const left = recordNumbers(environment);
    expect(left.slice(0, 1_500)).toEqual(upTo(1_500));
    expect(environment.usage().recordsBytes).toBeGreaterThan(250_000);
    expect(left.at(-1)).toBe(2_800);
  });

  it('F57 takes owed ones only when the disk is nearly full, counts them for each exporter and says so', async () => {
    const clock = createSteppedClock(T0 + 30 * 24 * HOUR_MS);
    const owedBy = (entry: OutboxEntry) => (entry.sequence <= 10_001 ? ['rest'] : []);
    const limits = { minFreeBytes: 1_600_000 };
    const roomy = await setUp({ clock, owedBy, limits, freeBytes: 1_700_000 });
    await fillRecords(roomy.environment, upTo(2_000));
    await roomy.prune();
    expect(roomy.pruning.trouble()).toBeNull();
    expect(recordNumbers(roomy.environment)).toHaveLength(2_000);

    const { environment, pruning, prune, log } = await setUp({ clock, owedBy, limits, freeBytes: 1_000_000 });
    await fillRecords(environment, upTo(2_000));
    await prune();
    const left = recordNumbers(environment);
    expect(left.filter((number) => number > 1_000).slice(0, 5)).toEqual([2_000]);
    const dropped = 1_000 - left.filter((number) => number <= 1_000).length;
    expect(dropped).toBeGreaterThan(0);
    expect(pruning.droppedOwed().get('rest')).toBe(dropped);
    expect(pruning.trouble()).toMatch(/^DISK NEARLY FULL: 0 MiB free, 1 wanted; \d+ records that rest had not/);
    expect(log.lines.some((line) => line.includes('before these exporters had delivered'))).toBe(true);
    // it goes on only until the data file need not grow
    expect(environment.usage().reusableBytes).toBeGreaterThan(400_000);
  });
});
