import { createCentreApp } from '../../../src/central/api/app.ts';
import type { AppDeps, CentreApp } from '../../../src/central/api/app-types.ts';
import { API_SETTINGS } from '../../../src/central/api/settings.ts';
import { createContracts } from '../../../src/central/cost/contracts.ts';
import { createMeters } from '../../../src/central/cost/meters.ts';
import { createUsageRows } from '../../../src/central/cost/usage-rows.ts';
import { createHistory } from '../../../src/central/history/history.ts';
import { createIngest } from '../../../src/central/ingest/ingest.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { createRegistry } from '../../../src/central/registry/registry.ts';
import { createRules } from '../../../src/central/rules/rules.ts';
import { systemClock } from '../../../src/clock.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/zone.ts';
import { afterTest } from '../../support/afterwards.ts';
import { testDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { record, VIEWS, variable } from '../history/sample-records.ts';

export const QUARTER_MS = 900_000;
export const MADRID = zoneOffset('Europe/Madrid');
/** The first instant of a date of 2026 in winter, in Madrid. */
export const winter = (date: string) => Date.parse(`${date}T00:00:00+01:00`);

/** Prices that bills can be worked out with by hand: one period, and nothing but energy and VAT. */
export const PLAIN = {
  ...{ name: 'Plain', tariff: 'flat', timezone: 'Europe/Madrid' },
  periods: [{ from: '2020-01-01', rules: [{ period: 'all' }] }],
  energyPrices: [{ from: '2020-01-01', all: 0.2 }],
  vat: [{ from: '2020-01-01', percent: 10 }],
  none: ['power', 'excess', 'reactive', 'electricityTax', 'rental'],
};
/** Dear by day, cheap by night. */
export const DAY_NIGHT = {
  ...PLAIN,
  ...{ name: 'Day and night', tariff: 'day/night' },
  periods: [{ from: '2020-01-01', rules: [{ period: 'P1', hours: [['08:00', '24:00']] }, { period: 'P2' }] }],
  energyPrices: [{ from: '2020-01-01', P1: 0.3, P2: 0.1 }],
};

/** Quarter hours of a counter without gaps, of so many kW each. */
export function quarterHours(from: number, to: number, kwAt: (end: number) => number): readonly CentralRecord[] {
  const made: CentralRecord[] = [];
  let counter = 1_000;
  for (let end = from + QUARTER_MS; end <= to; end += QUARTER_MS) {
    const kw = kwAt(end);
    counter += kw / 4;
    const CEA = variable('counter', [counter], { delta: [kw / 4], at: epochMs(end) });
    made.push(record(end, { variables: { PAT: variable('mean', [kw]), PRT: variable('mean', [0]), CEA } }));
  }
  return made;
}

/** A centre on a database of its own, with analyzer 1 of node 4, at an instant that does not pass. */
export async function supply(now: string) {
  const { database, drop } = await testDatabase();
  afterTest(drop);
  const [clock, log] = [createSteppedClock(Date.parse(now)), createLogLines()];
  const registry = createRegistry({ database, clock, log });
  const ingest = createIngest({ database, clock: systemClock(), log });
  afterTest(() => ingest.close());
  const contracts = createContracts({ database });
  const meters = createMeters({ database });
  const deps: AppDeps = {
    ...{ registry, ingest, history: createHistory({ database, clock }), contracts, meters, live: null as never },
    ...{ readUsage: createUsageRows(database), rules: createRules({ database, clock }) },
    ...{ clock, log, version: '9.9.9', zoneOffset, isDatabaseUp: () => true },
  };
  const app: CentreApp = createCentreApp(deps, API_SETTINGS);
  afterTest(() => app.close());
  await registry.addNode(4, { name: 'School', timezone: 'Europe/Madrid' });
  await registry.addAnalyzer(4, 1, { name: 'Main' });
  await database.pool.query('UPDATE analyzers SET recording_ms = $1, variables = $2', [
    QUARTER_MS,
    JSON.stringify(VIEWS),
  ]);
  const headers = { authorization: `Bearer ${await registry.issueAdminToken('test')}` };
  return {
    ...{ app, headers, registry, contracts, meters, deps, database },
    async store(records: readonly CentralRecord[]) {
      for (let at = 0; at < records.length; at += 400) await ingest.put(records.slice(at, at + 400), true);
    },
    async call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
      const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
      const body = answer.body === '' ? null : answer.json();
      return { code: answer.statusCode, body, text: answer.body };
    },
  };
}
