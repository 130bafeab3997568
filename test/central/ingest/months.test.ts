import { beforeEach, describe, expect, it } from 'vitest';
import type { Ingest } from '../../../src/central/ports.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY, QUARTER_MS } from '../../support/central-records.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { createLogLines } from '../../support/log-lines.ts';
import type { SteppedClock } from '../../support/stepped-clock.ts';
import { twoIngests } from '../../support/two-centres.ts';

const DAY_MS = 86_400_000;
const STORED = { status: 'stored' };
const DUPLICATE = { status: 'duplicate' };

describe('months of records', () => {
  let tested: TestDatabase;
  let clock: SteppedClock;
  let log: ReturnType<typeof createLogLines>;
  let ingest: Ingest;
  let other: Ingest;

  beforeEach(async () => {
    ({ tested, clock, log, ingest, other } = await twoIngests());
  });

  const partitionOf = async (end: number) => {
    const text = 'SELECT tableoid::regclass::text AS name FROM records WHERE end_at = $1';
    return (await tested.database.pool.query(text, [new Date(end)])).rows[0]?.name;
  };

  it('get their partition when their first record comes, the others lie in the default one', async () => {
    const ends = [MAY, Date.UTC(2019, 1, 28), MAY + 40 * DAY_MS, MAY + 60 * DAY_MS, Date.UTC(1999, 11, 31)];
    await ingest.put(
      ends.map((end) => centralRecord({ end: epochMs(end) })),
      true,
    );
    const names: unknown[] = [];
    for (const end of ends) names.push(await partitionOf(end));
    const fallback = 'records_default';
    expect(names).toEqual(['records_2026_05', 'records_2019_02', 'records_2026_06', fallback, fallback]);
  });

  it('take what lay in the default partition before they could be right', async () => {
    const august = epochMs(Date.UTC(2026, 7, 1));
    await ingest.put([centralRecord({ end: august })], true);
    expect(await partitionOf(august)).toBe('records_default');
    await clock.advance(80 * DAY_MS);
    expect(await other.put([centralRecord({ end: epochMs(august + QUARTER_MS) })], true)).toEqual([STORED]);
    expect(await partitionOf(august)).toBe('records_2026_08');
    expect(await ingest.put([centralRecord({ end: august })], true)).toEqual([DUPLICATE]);
  });

  it('are not waited for while the default partition is in use', async () => {
    const july = epochMs(Date.UTC(2025, 6, 1));
    const reader = await tested.database.pool.connect();
    try {
      await reader.query('BEGIN; SELECT count(*) FROM records_default');
      expect(await ingest.put([centralRecord({ end: july })], true)).toEqual([STORED]);
    } finally {
      await reader.query('COMMIT');
      reader.release();
    }
    expect(await partitionOf(july)).toBe('records_default');
    expect(log.matching(/records_2025_07 is not there yet/)).toHaveLength(1);
    await clock.advance(60_000);
    await ingest.put([centralRecord({ end: epochMs(july + QUARTER_MS) })], true);
    expect(await partitionOf(july)).toBe('records_2025_07');
  });
});
