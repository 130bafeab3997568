import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { API_SETTINGS } from '../../src/central/api/settings.ts';
import { type Centre, createCentre } from '../../src/central/centre.ts';
import { systemClock } from '../../src/clock.ts';
import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import { createClientRest } from '../../src/exporters/client-rest/client-rest.ts';
import { zoneOffset } from '../../src/zone.ts';
import { openSample } from '../store/samples.ts';
import { EVER } from '../support/central-account.ts';
import { fastClock } from '../support/fast-clock.ts';
import { deviceConfig } from '../support/installation.ts';
import { createLogLines } from '../support/log-lines.ts';
import { quickAnalyzers } from '../support/quick-plant.ts';
import { type QuickProcess, startQuick } from '../support/quick-process.ts';
import { readingAt, recordFrom } from '../support/records.ts';
import { runApp } from '../support/running-app.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const MINUTE_MS = 60_000;
/** When the quick plant of these tests begins, before now; what it owes is older. */
const BEGAN_MS = 50 * MINUTE_MS;

export type QuickSite = {
  readonly dir: string;
  readonly exporterId: string;
  /** Begins, or goes on after it was ended. */
  start(): QuickProcess;
};

export type QuickSiteOptions = {
  readonly folder: string;
  readonly type: 'clientRest' | 'mqtt';
  readonly target: string;
  /** Records of each analyzer that are owed before it begins: of a night without network. */
  readonly owed: number;
  readonly onEnd: (end: () => unknown) => void;
};

/** A plant whose clock is quick, in a process of its own, that delivers what it records. */
export async function quickSite({ folder, type, target, owed, onEnd }: QuickSiteOptions): Promise<QuickSite> {
  const dir = join(folder, 'data');
  const exporterId = `${type}:${target}`;
  const last = Date.now() - BEGAN_MS - 10 * MINUTE_MS;
  await owing({ dir, exporterId, analyzers: quickAnalyzers(''), count: owed, last });
  const exports = [{ type, target, path: null, options: {} }];
  const folders = { dir, dades: join(folder, 'dades'), journal: join(folder, 'journal'), exports };
  let before: QuickProcess | null = null;
  return {
    ...{ dir, exporterId },
    start() {
      const began = Math.floor((Date.now() - BEGAN_MS) / MINUTE_MS) * MINUTE_MS;
      const process = startQuick({ ...folders, from: before?.latest() ?? began });
      onEnd(() => process.end('SIGKILL'));
      before = process;
      return process;
    },
  };
}

export type OwingOptions = {
  readonly dir: string;
  readonly exporterId: string;
  readonly analyzers: readonly AnalyzerConfig[];
  /** Records of each analyzer, one a minute, the last one at most so late. */
  readonly count: number;
  readonly last: number;
};

/** A data folder that owes a destination some records: of a night without network. */
export async function owing({ dir, exporterId, analyzers, count, last }: OwingOptions): Promise<void> {
  const { store } = await openSample({ dir });
  const ids = analyzers.map(({ id }) => id);
  await store.outbox.register(exporterId, ids);
  const until = Math.floor(last / MINUTE_MS) * MINUTE_MS;
  const records = analyzers.flatMap((analyzer) =>
    Array.from({ length: count }, (_, n) => {
      const end = until - (count - 1 - n) * MINUTE_MS;
      const values = { TPF: [230.1 + n / 100, 231.2, null], PAT: [n + 0.5], CEA: [1000 + n] };
      return recordFrom(analyzer, end, [readingAt(end - 1000, values)]);
    }),
  );
  await Promise.all(records.map((record) => store.putRecord(record)));
  await store.close();
}

export type SteppedSiteOptions = {
  /** Of the centre, which it delivers to. */
  readonly origin: string;
  /** When it begins. */
  readonly at: number;
  readonly analyzers: readonly AnalyzerConfig[];
  /** How often as fast as the world's the delivery's own waits are. */
  readonly speed: number;
  readonly onEnd: (end: () => unknown) => void;
};

/**
 * A plant in stepped time that delivers to a real centre, whose answers take time of the world: what is owed is waited
 * for after each step.
 */
export async function steppedSite({ origin, at, analyzers, speed, onEnd }: SteppedSiteOptions) {
  const target = `${origin}/ws/v2`;
  const exports = [{ type: 'clientRest', target, path: null, options: { timeout: '300' } }];
  const plant = await runApp({
    devices: [deviceConfig()],
    analyzers: analyzers.map((each) => ({ ...each, exports })),
    clock: createSteppedClock(at),
    destined: (context) => createClientRest({ ...context, clock: fastClock(speed) }),
  });
  const { clock, store } = plant;
  onEnd(() => plant.stop());
  const owed = () => store.outbox.owed(`clientRest:${target}`);
  return {
    plant,
    owed,
    records: () => analyzers.flatMap(({ id }) => [...store.records(id, ...EVER)]),
    /** So many steps of so many ms, after each of which all that was recorded has arrived. */
    async deliver(steps: number, ms: number) {
      for (let step = 0; step < steps; step += 1) {
        await clock.advance(ms);
        while (owed().count > 0) {
          await pause(2);
          await clock.advance(50);
        }
      }
    },
  };
}

/** A centre on a database, in this process. */
export async function centreOn(url: string, onEnd: (end: () => unknown) => void, port = 0): Promise<Centre> {
  const about = { database: { url }, port, settings: API_SETTINGS, version: '9.9.9', zoneOffset };
  const centre = await createCentre({ ...about, clock: systemClock(), log: createLogLines() });
  onEnd(() => centre.close());
  return centre;
}
