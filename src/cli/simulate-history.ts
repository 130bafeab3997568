import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { systemClock } from '../clock.ts';
import { LectorError } from '../domain/errors.ts';
import { windowOf } from '../domain/grid.ts';
import type { AnalyzerConfig, Installation } from '../domain/installation.ts';
import type { Log } from '../domain/ports.ts';
import type { Profile } from '../domain/profile.ts';
import type { Reading } from '../domain/reading.ts';
import type { LectorRecord } from '../domain/record.ts';
import { recordOf } from '../domain/record-of.ts';
import type { Store } from '../domain/store-port.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { openStore } from '../store/store.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import type { ConfigOptions } from './options.ts';

const DAY_MS = 86_400_000;
/** A quarter hour, whatever the configuration records: what bills are made of, and a year of it is soon made. */
const RECORDING_MS = 900_000;
/** Three readings a record are enough to be believed. */
const READING_MS = 300_000;
const DAYS_MAX = 400;
/** Records that share a commit. */
const GROUP = 500;
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Days in `400d`. Throws USAGE. */
export function historyDays(text: string): number {
  const days = Number(/^(\d{1,4})d$/.exec(text.trim())?.[1] ?? Number.NaN);
  if (days >= 1 && days <= DAYS_MAX) return days;
  throw new LectorError('USAGE', `--history: expected days from 1d to ${DAYS_MAX}d, saw "${text.slice(0, 20)}"`);
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/**
 * `lector simulate --history 400d`: records of so many days until now, of every simulated analyzer of the configuration
 * that has none yet, as if Lector had read them all the time; its counters go on in the server that starts afterwards.
 * For trying what needs a past. Resolves with 0; rejects STORE_LOCKED while a server runs.
 */
export async function simulateHistory(options: ConfigOptions, days: number): Promise<number> {
  const { installation, profiles } = await configurationOf(options);
  const clock = systemClock();
  const store = await openStore({ dir: installation.general.dataDir, clock, log: SILENT });
  try {
    const simulated = simulatedOf(installation);
    const fresh = simulated.filter(({ analyzer }) => store.lastRecord(analyzer.id) === null);
    if (fresh.length === 0) {
      const why = simulated.length === 0 ? 'no analyzer is simulated' : 'every simulated analyzer has records already';
      throw new LectorError('USAGE', `there is nothing to write: ${why}; use a new data_dir`);
    }
    for (const each of fresh) {
      const made = recordsOf({
        ...each,
        installation,
        profile: profiles.get(each.analyzer.profileId)!,
        now: clock.now(),
        days,
      });
      const count = await write(store, made);
      const told = `${countOf(count, 'record')} of ${countOf(days, 'day')}`;
      process.stdout.write(`analyzer ${each.analyzer.id} (${each.analyzer.model}): ${told}\n`);
    }
    return 0;
  } finally {
    await store.close();
  }
}

type Simulated = { readonly analyzer: AnalyzerConfig; readonly seed: number };

function simulatedOf({ devices, analyzers }: Installation): readonly Simulated[] {
  return analyzers.flatMap((analyzer) => {
    const endpoint = devices.find(({ id }) => id === analyzer.deviceId)?.endpoint;
    return endpoint?.type === 'simulated' ? [{ analyzer, seed: endpoint.seed }] : [];
  });
}

type Past = Simulated & {
  readonly installation: Installation;
  readonly profile: Profile;
  readonly now: EpochMs;
  readonly days: number;
};

/** By end, up to the last quarter hour that has passed. */
function* recordsOf({ analyzer, seed, installation, profile, now, days }: Past): Generator<LectorRecord> {
  const { id: nodeId, timezone } = installation.node;
  const offsetAt = zoneOffset(timezone);
  const meter = createSimulatedMeter({ profile, seed, analyzerId: analyzer.id, offsetAt });
  const read = { ...analyzer, readingMs: READING_MS, recordingMs: RECORDING_MS, rapid: null };
  const codes = [...analyzer.consultes, ...(analyzer.rapid?.consultes ?? [])];
  const readingAt = (at: EpochMs): Reading => ({
    ...{
      analyzerId: analyzer.id,
      nominal: at,
      at,
      counterAt: {},
      flags: {},
      ratio: null,
      failure: null,
      grid: 'normal',
    },
    values: Object.fromEntries(codes.map((code) => [code, meter.truth(code, at)])),
  });
  let previous: LectorRecord | null = null;
  let window = windowOf(epochMs(now - days * DAY_MS), RECORDING_MS, offsetAt);
  for (; window.end <= now; window = windowOf(epochMs(window.end + 1), RECORDING_MS, offsetAt)) {
    const readings: Reading[] = [];
    for (let at = window.start + READING_MS; at <= window.end; at += READING_MS) readings.push(readingAt(epochMs(at)));
    const analyzerRead = { ...read, consultes: codes };
    previous = recordOf({ nodeId, analyzer: analyzerRead, profile, window, generation: 0, readings, previous });
    yield previous;
  }
}

async function write(store: Store, records: Iterable<LectorRecord>): Promise<number> {
  let count = 0;
  let group: Promise<unknown>[] = [];
  for (const record of records) {
    group.push(store.putRecord(record));
    count += 1;
    if (group.length < GROUP) continue;
    await Promise.all(group);
    group = [];
  }
  await Promise.all(group);
  return count;
}
