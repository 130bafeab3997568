import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import { partitionsOf } from '../../../src/central/schema/partitions.ts';
import { applyRetention, keptSince, setRetentionDays } from '../../../src/central/schema/retention.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY } from '../../support/central-records.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';

const DAY_MS = 86_400_000;
const NOW = epochMs(MAY);

describe('retention', () => {
  let tested: TestDatabase;

  beforeAll(async () => {
    tested = await testDatabase();
  });
  afterAll(() => tested.drop());
  beforeEach(async () => {
    await tested.database.pool.query('TRUNCATE records, nodes, settings CASCADE');
    for (const { name, from } of await partitionsOf(tested.database.pool)) {
      if (from !== null) await tested.database.pool.query(`DROP TABLE ${name}`);
    }
  });

  /** Stores a record of each of these days before now. */
  async function store(days: readonly number[], generations = 1): Promise<void> {
    const ingest = createIngest({ database: tested.database, clock: createSteppedClock(), log: createLogLines() });
    const records = days.flatMap((day) =>
      Array.from({ length: generations }, (_, generation) =>
        centralRecord({ end: epochMs(MAY - day * DAY_MS), generation }),
      ),
    );
    const said = await ingest.put(records, true);
    expect(said.every(({ status }) => status === 'stored')).toBe(true);
    await ingest.close();
  }

  async function left(): Promise<readonly number[]> {
    const { rows } = await tested.database.pool.query('SELECT DISTINCT end_at FROM records ORDER BY end_at DESC');
    return rows.map(({ end_at }) => (MAY - end_at.getTime()) / DAY_MS);
  }

  it('keeps all while nobody said otherwise', async () => {
    await store([0, 4_000]);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 0 });
    expect(await left()).toEqual([0, 4_000]);
  });

  it('removes what a wrong clock dated before 2000 once it was here so long, never what it dated ahead', async () => {
    const { pool } = tested.database;
    await store([0, 12_000, -4_000]);
    await setRetentionDays(pool, 30);
    await pool.query('UPDATE records SET received_at = $1', [new Date(NOW - 29 * DAY_MS)]);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 0 });
    await pool.query('UPDATE records SET received_at = $1', [new Date(NOW - 31 * DAY_MS)]);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 1 });
    expect(await left()).toEqual([-4_000, 0]);
  });

  it('says since when all is kept', async () => {
    const { pool } = tested.database;
    expect(await keptSince(pool, NOW)).toBeNull();
    await setRetentionDays(pool, 50);
    expect(await keptSince(pool, NOW)).toBeNull();
    await store([3]);
    expect(await keptSince(pool, NOW)).toBe(NOW - 53 * DAY_MS);
    expect(await keptSince(pool, epochMs(NOW - 4 * DAY_MS))).toBe(NOW - 54 * DAY_MS);
  });

  it('drops whole months, and of the month in which it ends what is older', async () => {
    // 4 May, 24 and 4 April, 25 and 5 March, 4 February
    await store([0, 10, 30, 40, 60, 89]);
    await setRetentionDays(tested.database.pool, 50);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 1, records: 1 });
    expect(await left()).toEqual([0, 10, 30, 40]);
    const names = (await partitionsOf(tested.database.pool)).map(({ name }) => name);
    expect(names).toEqual(['records_2026_03', 'records_2026_04', 'records_2026_05', 'records_default']);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 0 });
  });

  it('keeps one that is exactly as old as may be', async () => {
    await store([0, 50]);
    await setRetentionDays(tested.database.pool, 50);
    await applyRetention(tested.database, NOW);
    expect(await left()).toEqual([0, 50]);
    await applyRetention(tested.database, epochMs(NOW + 1));
    expect(await left()).toEqual([0, 50]);
    await store([-0.5]);
    await applyRetention(tested.database, epochMs(NOW + 1));
    expect(await left()).toEqual([-0.5, 0]);
  });

  it('costs nothing when the clock of the centre jumps ten years ahead, or sites are silent for long', async () => {
    await store([0, 10]);
    await setRetentionDays(tested.database.pool, 30);
    expect(await applyRetention(tested.database, epochMs(NOW + 3_650 * DAY_MS))).toEqual({ partitions: 0, records: 0 });
    expect(await left()).toEqual([0, 10]);
  });

  it('does not wait for who reads a month: its rows go, and the month next time', async () => {
    await store([0, 100]);
    await setRetentionDays(tested.database.pool, 30);
    const reader = await tested.database.pool.connect();
    try {
      await reader.query('BEGIN; SELECT count(*) FROM records');
      expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 1 });
    } finally {
      await reader.query('COMMIT');
      reader.release();
    }
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 1, records: 0 });
  });

  it('a month that was dropped is made again when a record of it comes', async () => {
    await store([0, 100]);
    await setRetentionDays(tested.database.pool, 30);
    await applyRetention(tested.database, NOW);
    await store([100]);
    expect(await left()).toEqual([0, 100]);
  });

  it('removes more rows than one statement takes', async () => {
    await store([0, 35]);
    await tested.database.pool.query(
      `INSERT INTO records (node_id, analyzer_id, end_at, generation, shape_id, model, "values")
       SELECT 4, 1, '2026-03-30T00:00Z', generation, 1, 'PM710', '{1}' FROM generate_series(1, 20001) AS generation`,
    );
    await setRetentionDays(tested.database.pool, 34);
    expect(await applyRetention(tested.database, NOW)).toEqual({ partitions: 0, records: 20_002 });
    expect(await left()).toEqual([0]);
  });
});
