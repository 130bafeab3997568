import { beforeEach, describe, expect, it } from 'vitest';
import type { CentralRecord, Ingest } from '../../../src/central/ports.ts';
import { NUMBER_LISTS } from '../../../src/central/schema/number-lists.ts';
import { recordOf, type StoredRow } from '../../../src/central/schema/row-codec.ts';
import type { Shape } from '../../../src/central/schema/tables.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY, oldCentralRecord, QUARTER_MS, variable } from '../../support/central-records.ts';
import type { TestDatabase } from '../../support/database.ts';
import { twoIngests } from '../../support/two-centres.ts';

const STORED = { status: 'stored' };
const DUPLICATE = { status: 'duplicate' };
const at = (n: number) => centralRecord({ end: epochMs(MAY + n * QUARTER_MS) });

describe('readings of old lectors', () => {
  let tested: TestDatabase;
  let ingest: Ingest;
  let other: Ingest;
  beforeEach(async () => {
    ({ tested, ingest, other } = await twoIngests());
  });
  const stored = async (where = ''): Promise<(StoredRow & { readonly variables: Shape })[]> => {
    const text = `SELECT * FROM records JOIN shapes ON id = shape_id ${where} ORDER BY end_at`;
    return (await tested.database.pool.query({ text, types: NUMBER_LISTS })).rows;
  };

  it('a record from files of 2 decimals is a duplicate of the whole one', async () => {
    await ingest.put([at(0)], true);
    const old = oldCentralRecord();
    expect(await ingest.put([old], false)).toEqual([DUPLICATE]);
    const far = { ...old, variables: { ...old.variables, CEA: { ...old.variables.CEA!, values: [1234.51] } } };
    const reason = 'another record of that end is stored: CEA differs';
    expect(await ingest.put([far], false)).toEqual([{ status: 'differs', reason }]);
  });

  it('the whole record takes the place of a reading of an old lector that says the same, and less', async () => {
    const told: CentralRecord[] = [];
    ingest.onStored((record) => told.push(record));
    await ingest.put([oldCentralRecord(), oldCentralRecord({ analyzer: 2 })], true);
    expect(await ingest.put([at(0), at(0), at(1)], true)).toEqual([STORED, DUPLICATE, STORED]);
    const [row] = await stored('WHERE analyzer_id = 1');
    expect(recordOf(row!, row!.variables)).toEqual(at(0));
    expect((await stored('WHERE analyzer_id = 2'))[0]!.n).toBeNull();
    expect(told.map(({ start }) => start !== null)).toEqual([false, false, true, true]);
    expect(await ingest.put([at(0), oldCentralRecord()], false)).toEqual([DUPLICATE, DUPLICATE]);
    expect((await stored()).length).toBe(3);
  });

  it('one that says another thing does not: the first stays, and the sender is told', async () => {
    await ingest.put([oldCentralRecord()], true);
    const whole = at(0);
    const far = { ...whole, variables: { ...whole.variables, CEA: variable('counter', [1240]) } };
    expect(await ingest.put([far], true)).toMatchObject([{ status: 'differs', reason: /CEA/ }]);
    expect((await stored())[0]!.n).toBeNull();
  });

  it('two that bring the whole record at once store it once', async () => {
    await ingest.put([oldCentralRecord()], true);
    const said = (await Promise.all([ingest.put([at(0)], true), other.put([at(0)], true)])).flat();
    expect(said.filter(({ status }) => status === 'stored')).toHaveLength(1);
    expect(said.map(({ status }) => status)).not.toContain('differs');
    expect(await ingest.put([at(0)], true)).toEqual([DUPLICATE]);
  });
});
