import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { type CostSource, storeSource } from '../../src/cli/cost-source.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { usageOf } from '../../src/tariff/usage.ts';
import { temporaryFolder } from '../store/samples.ts';
import { costPlant, quarterRecords } from './cost-plant.ts';

const DAY_MS = 86_400_000;
const [from, to] = [epochMs(Date.parse('2025-07-10T00:00:00Z')), epochMs(Date.parse('2025-07-11T00:00:00Z'))];
const { profiles } = loadProfiles([]);
const profile = findProfile(profiles, 'PM710');
const ends: (() => void)[] = [];
let source: CostSource | null = null;

/** Four records a day of a year; analyzer 1 has never a counter, 2 has it once in spring and once in autumn. */
beforeAll(async () => {
  const folder = temporaryFolder((end) => ends.push(end));
  const some = quarterRecords(1, ['2025-01-01', '2026-01-01'], () => 8).filter((_, index) => index % 24 === 0);
  const powerAlone = (record: LectorRecord): LectorRecord => {
    const { CEA: _, ...variables } = record.variables;
    return { ...record, variables };
  };
  /** Of an analyzer whose counter is read twice in the year. */
  const second = some.map((record, index): LectorRecord => {
    const [value, delta] = index < 1_000 ? [0, null] : [5_000, 5_000];
    const CEA = { ...record.variables.CEA!, values: [value], delta: [delta] };
    return index === 400 || index === 1_100
      ? { ...record, variables: { ...record.variables, CEA } }
      : powerAlone(record);
  });
  const records = [...some.map(powerAlone), ...second.map((record) => ({ ...record, analyzerId: 2 }))];
  await costPlant(folder, records);
  source = storeSource(`${folder}/data`, () => ({ profile, recordingMs: 900_000 }));
});
afterAll(async () => {
  await source?.close();
  for (const end of ends) end();
});

describe('records that a cost is made of', () => {
  it('of a meter without counters are those of the time and of some days around it, not all of them', async () => {
    const { records } = await source!.read(1, from, to);
    expect(records).toHaveLength(5 * 4);
    expect([records[0]!.end > from - 2 * DAY_MS, records.at(-1)!.end <= to + 2 * DAY_MS]).toEqual([true, true]);
  });

  it('have the last value of a counter before, and the first one after, however far they are', async () => {
    const { records, variables, recordingMs } = await source!.read(2, from, to);
    expect(records.length).toBeLessThan(5 * 4 + 2 * 31 * 4 + 1);
    const { imported } = usageOf(records, variables, recordingMs);
    const place = imported.kwh.findIndex((kwh) => !Number.isNaN(kwh));
    expect(imported.kwh[place]).toBe(5_000);
    expect([imported.from[place]! < from, imported.to[place]! > to]).toEqual([true, true]);
  });
});
