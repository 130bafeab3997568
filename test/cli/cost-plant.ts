import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LectorRecord, RecordedVariable } from '../../src/domain/record.ts';
import { openSample } from '../store/samples.ts';
import { plantXml, SIMULATED, writePlant } from '../support/lector-process.ts';
import { quarters, six } from '../tariff/contracts.ts';

/** The contract of the worked bill of test/tariff/bill.test.ts, as a file. */
export const SCHOOL = {
  ...{ name: 'school', tariff: '3.0TD', territory: 'baleares', powerYear: 365, none: ['reactive'] },
  contractedKw: [{ from: '2024-01-01', ...six(30) }],
  energyPrices: [{ from: '2024-01-01', ...six(0.2, 0.18, 0.16, 0.14, 0.12, 0.1) }],
  powerPrices: [{ from: '2024-01-01', ...six(36.5, 18.25, 7.3, 7.3, 3.65, 3.65) }],
  excess: [{ from: '2024-01-01', rule: 'maximeter', perKw: six(2) }],
  rental: [{ from: '2024-01-01', perDay: 0.05 }],
  electricityTax: [{ from: '2024-01-01', percent: 5.11269632 }],
  vat: [{ from: '2024-01-01', percent: 21 }],
};

export const recorded = (
  aggregate: RecordedVariable['aggregate'],
  number: number,
  change: Partial<RecordedVariable> = {},
) =>
  ({
    ...{ aggregate, values: [number], min: [number], max: [number], n: [15], expected: 15 },
    ...{ delta: [null], baseline: [null], at: null, flags: [] },
    ...change,
  }) satisfies RecordedVariable;

/** Quarter hours of an analyzer from one local date to another, as a PM710 records them; the counter began at 1000. */
export function quarterRecords(
  analyzerId: number,
  [from, to]: readonly [string, string],
  kwAt: (end: number) => number,
): readonly LectorRecord[] {
  let counter = 1000;
  return quarters(from, to, kwAt).map(({ start, end, kw }, index): LectorRecord => {
    const added = (kw ?? 0) / 4;
    counter += added;
    const counted = { delta: [index === 0 ? null : added], at: end };
    return {
      ...{ nodeId: 1, analyzerId, model: 'PM710', start, end, generation: 0, n: 15, expected: 15, ratio: null },
      variables: { PAT: recorded('mean', kw ?? 0), CEA: recorded('counter', counter, counted) },
    };
  });
}

/** A plant of two analyzers in `folder` with these records, and `tariffs/school.json`. */
export async function costPlant(folder: string, records: readonly LectorRecord[]) {
  const xml = plantXml(
    [{ id: 1, ...SIMULATED }],
    [
      { id: 1, device: 1, model: 'PM710' },
      { id: 2, device: 1, model: 'PM710' },
    ],
  );
  writePlant(folder, xml.replace('<analitzador id="1"', '<analitzador name="Main switchboard" id="1"'));
  mkdirSync(join(folder, 'tariffs'), { recursive: true });
  writeFileSync(join(folder, 'tariffs', 'school.json'), JSON.stringify(SCHOOL));
  const { store } = await openSample({ dir: join(folder, 'data'), recordsMaxMs: 1e15 });
  for (let from = 0; from < records.length; from += 500) {
    await Promise.all(records.slice(from, from + 500).map((record) => store.putRecord(record)));
  }
  await store.close();
  return { config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') };
}
