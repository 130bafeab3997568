import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../src/domain/ports.ts';
import type { LectorRecord, RecordedVariable } from '../../src/domain/record.ts';
import type { OwedRecord } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { createLocalFile, type LocalFileOptions } from '../../src/exporters/local-file.ts';
import { zoneOffset } from '../../src/zone.ts';
import { afterTest } from '../support/afterwards.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

export const madrid = zoneOffset('Europe/Madrid');

/** A folder of its own, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dades-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An exporter into a temporary folder with what it logged, and a look at what it wrote. */
export function exporting(change: Partial<LocalFileOptions> = {}) {
  const folder = change.folder ?? temporaryFolder();
  const warnings: string[] = [];
  const silent = () => {};
  const log: Log = { debug: silent, info: silent, warn: (_, text) => warnings.push(text), error: silent };
  const exporter = createLocalFile({
    ...{
      id: 'localFile:dades',
      folder,
      offsetAt: madrid,
      identification: () => 'PM710 Power Meter',
      order: () => ['TPF'],
    },
    ...{ log, clock: createSteppedClock(Date.parse('2014-05-01T10:15:00Z')) },
    ...change,
  });
  return {
    ...{ exporter, folder, warnings },
    text: (name: string) => readFileSync(join(folder, name), 'utf8'),
    names: (name = '') => readdirSync(join(folder, name)).sort(),
  };
}

const variable = (values: readonly (number | null)[]): RecordedVariable => ({
  ...{ aggregate: 'mean', values, min: values, max: values, n: values.map(() => 1), expected: 1 },
  ...{ delta: values.map(() => null), baseline: values.map(() => null), at: null, flags: [] },
});

/** A record owed as number `sequence`, that ends at `end`. */
export function owed(
  sequence: number,
  end: string,
  values: Readonly<Record<string, readonly (number | null)[]>>,
  change: Partial<LectorRecord> = {},
): OwedRecord {
  const at = Date.parse(end);
  const variables = Object.fromEntries(Object.entries(values).map(([code, each]) => [code, variable(each)]));
  return {
    sequence,
    record: {
      ...{ nodeId: 4, analyzerId: 1, model: 'PM710', start: epochMs(at - 900_000), end: epochMs(at), generation: 0 },
      ...{ n: 1, expected: 1, ratio: null, variables },
      ...change,
    },
  };
}
