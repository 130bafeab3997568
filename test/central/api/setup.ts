import { createCentreApp } from '../../../src/central/api/app.ts';
import type { AppDeps, CentreDeps } from '../../../src/central/api/app-types.ts';
import { problem } from '../../../src/central/api/problems.ts';
import { API_LIMITS, API_SETTINGS, type ApiLimits, type ApiSettings } from '../../../src/central/api/settings.ts';
import type { RecordWire } from '../../../src/protocol/record-wire.ts';
import type { SiteWire } from '../../../src/protocol/site-wire.ts';
import { emptyColumns } from '../../../src/tariff/usage-columns.ts';
import { zoneOffset } from '../../../src/zone.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { createFakeCentre } from '../fakes.ts';

const START = Date.UTC(2026, 10, 25, 12);

type Setup = Partial<Omit<ApiSettings, 'limits'>> & {
  readonly limits?: Partial<ApiLimits>;
  readonly databaseUp?: boolean;
};

/** No lector can be reached. */
const NOBODY: CentreDeps['live'] = {
  ask: () => Promise.reject(problem('lector-unreachable', 'nobody is there')),
  watch: async () => () => undefined,
  close: async () => undefined,
};

/** Costs are tried on a database. */
const NO_CONTRACTS: AppDeps['contracts'] = {
  contracts: async () => [],
  contract: async () => null,
  putContract: () => Promise.reject(problem('conflict', 'nothing is kept')),
  removeContract: () => Promise.reject(problem('conflict', 'nothing is kept')),
  assignments: async () => [],
  assign: () => Promise.reject(problem('conflict', 'nothing is kept')),
  unassign: async () => 0,
};

const NO_RULES = {} as AppDeps['rules'];
const NO_METERS: AppDeps['meters'] = {
  virtuals: async () => [],
  virtual: async () => null,
  putVirtual: () => Promise.reject(problem('conflict', 'nothing is kept')),
  removeVirtual: () => Promise.reject(problem('conflict', 'nothing is kept')),
  events: async () => [],
  addEvent: () => Promise.reject(problem('conflict', 'nothing is kept')),
  removeEvent: () => Promise.reject(problem('conflict', 'nothing is kept')),
};

/** A centre's API over what is kept in memory, on a clock that stands still. */
export function setUp({ limits, databaseUp = true, ...settings }: Setup = {}, start = START) {
  const clock = createSteppedClock(start);
  const log = createLogLines();
  const fake = createFakeCentre(clock.now());
  const deps: AppDeps = {
    ...{ registry: fake.registry, ingest: fake.ingest, history: fake.history },
    ...{
      live: NOBODY,
      contracts: NO_CONTRACTS,
      meters: NO_METERS,
      rules: NO_RULES,
      readUsage: async () => emptyColumns(0, []),
    },
    ...{ clock, log, version: '9.9.9', zoneOffset },
    isDatabaseUp: () => databaseUp,
  };
  const app = createCentreApp(deps, { ...API_SETTINGS, ...settings, limits: { ...API_LIMITS, ...limits } });
  afterTest(() => app.close());
  return { app, clock, log, fake, registry: fake.registry };
}

/** Somewhere else: no right comes from this address. */
export const ELSEWHERE = '192.0.2.7';
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export const SITE: SiteWire = {
  ...{ node: 4, name: 'School', location: 'Girona', timezone: 'Europe/Madrid', version: '1.0.0' },
  ...{ instance: '7d9c0f1e-0000-4000-8000-000000000001', now: '2026-11-25T12:04:00.000Z' },
  analyzers: [
    {
      ...{ id: 1, name: 'Main', location: 'Cellar', vendor: 'Schneider', model: 'PM710', recordingMs: 900_000 },
      variables: [
        {
          ...{ code: 'TPF', quantity: 'voltage', unit: 'V', description: 'Tensions', aggregate: 'mean' },
          phases: ['L1', 'L2', 'L3'],
        },
      ],
    },
  ],
};

/** The record of node 4's analyzer 1 that ended at `end`. */
export const wire = (end = '2026-11-25T12:45:00.000+01:00', change: Partial<RecordWire> = {}): RecordWire => ({
  ...{ node: 4, analyzer: 1, model: 'PM710', start: new Date(Date.parse(end) - 900_000).toISOString(), end },
  ...{ generation: 0, n: 15, expected: 15, ratio: null },
  variables: {
    TPF: {
      ...{ aggregate: 'mean', values: [230.125, 229.5, 231], min: [229, 228, 230], max: [232, 231, 233] },
      ...{ n: [15, 15, 15], expected: 15, delta: [null, null, null], at: null, flags: [] },
    },
  },
  ...change,
});

export const ndjson = (...lines: readonly (RecordWire | string)[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
