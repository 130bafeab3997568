import type { LectorRecord } from '../../../src/domain/record.ts';
import type { OwedRecord } from '../../../src/domain/store-port.ts';
import { createDestined } from '../../../src/exporters/create.ts';
import type { ExporterContext } from '../../../src/exporters/ports.ts';
import type { SiteWire } from '../../../src/protocol/site-wire.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { madrid, owed } from '../written.ts';

export const SITE: SiteWire = {
  ...{ node: 4, name: 'School', location: 'Sa Pobla', timezone: 'Europe/Madrid', version: '9.9.9' },
  ...{ instance: '0b9c1f4e-0000-4000-8000-000000000004', now: '2026-05-04T10:00:00.000+02:00', analyzers: [] },
};

/** 2026-05-04 12:00 UTC. */
export const NOW = Date.UTC(2026, 4, 4, 12);

/** What an exporter of a test is given; records are those that the store holds. */
export function contextFor(
  type: string,
  target: string,
  options: Readonly<Record<string, string>> = {},
  change: Partial<ExporterContext> & { readonly stored?: readonly LectorRecord[] } = {},
) {
  const log = createLogLines();
  const clock = createSteppedClock(NOW);
  const stored = change.stored ?? [];
  const context: ExporterContext = {
    ...{ id: `${type}:${target}`, config: { type, target, path: null, options }, clock, random: () => 0, log },
    ...{ offsetAt: madrid, site: () => SITE, analyzerIds: () => [...new Set(stored.map((each) => each.analyzerId))] },
    ...{ identification: () => '', order: () => [], reachable: () => {} },
    operator: () => {
      throw new Error('not asked for');
    },
    records: (id, after, until) =>
      stored.filter(({ analyzerId, end }) => analyzerId === id && end > after && end <= until),
    ...change,
  };
  return { context, log, clock };
}

/** The exporter of a destination, closed when the test ends. */
export function exporterFor(...args: Parameters<typeof contextFor>) {
  const made = contextFor(...args);
  const { exporter, live } = createDestined(made.context);
  if (exporter === null) throw new Error('it has no exporter');
  afterTest(() => exporter.close());
  return { ...made, exporter, live };
}

/** So many records of one analyzer, a quarter of an hour apart, ending with one at `last`. */
export function quarters(count: number, analyzerId = 1, last = NOW): readonly OwedRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const end = new Date(last - (count - 1 - index) * 900_000).toISOString();
    return owed(analyzerId * 100_000 + index, end, { TPF: [230.12, 229.8, index] }, { analyzerId });
  });
}

export const kinds = (results: readonly { readonly kind: string }[]): readonly string[] =>
  results.map(({ kind }) => kind);
