import { systemClock } from '../../src/clock.ts';
import { consultedOf } from '../../src/domain/consulted.ts';
import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { OwedRecord } from '../../src/domain/store-port.ts';
import type { ExporterContext } from '../../src/exporters/ports.ts';
import type { PlantEvent } from '../../src/protocol/events.ts';
import type { Operator } from '../../src/protocol/operator.ts';
import type { SiteWire } from '../../src/protocol/site-wire.ts';
import type { AnalyzerView, ListView } from '../../src/protocol/views.ts';
import { analyzerConfig, PROFILES } from './installation.ts';
import { createLogLines } from './log-lines.ts';
import { readingAt, recordFrom } from './records.ts';

/** What is kept of the plant around an exporter, for a test to change. */
export type FakePlant = {
  readonly context: ExporterContext;
  readonly log: ReturnType<typeof createLogLines>;
  readonly views: Map<number, AnalyzerView>;
  /** What is configured from now on; tell the exporter by `installed`. */
  configure(analyzers: readonly AnalyzerConfig[], node?: number): void;
  /** Changes the view of an analyzer and tells whoever listens. */
  tell(id: number, change: Partial<AnalyzerView>, event?: 'reading' | 'analyzer'): void;
  listeners(): number;
  /** How often it was said that the destination can be reached. */
  reached(): number;
  /** Records of an analyzer, one a minute. */
  owed(count: number, first?: number, analyzer?: AnalyzerConfig): readonly OwedRecord[];
};

export type FakePlantOptions = {
  readonly type: string;
  readonly target: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly analyzers?: readonly AnalyzerConfig[];
  readonly clock?: Clock;
  readonly list?: Partial<ListView>;
  readonly operator?: Partial<Operator>;
};

export const NOON = Date.UTC(2026, 10, 25, 12);
const MINUTE_MS = 60_000;

export function fakePlant(o: FakePlantOptions): FakePlant {
  const clock = o.clock ?? systemClock();
  const log = createLogLines();
  const views = new Map<number, AnalyzerView>();
  const listeners = new Set<(event: PlantEvent) => void>();
  let analyzers = o.analyzers ?? [analyzerConfig()];
  let site = siteOf(analyzers, 4);
  let reached = 0;
  const configure = (next: readonly AnalyzerConfig[], node = 4) => {
    analyzers = next;
    site = siteOf(next, node);
    for (const each of next) if (!views.has(each.id)) views.set(each.id, viewOf(each));
    for (const id of views.keys()) if (!next.some((each) => each.id === id)) views.delete(id);
  };
  configure(analyzers);
  const operator = {
    analyzer: (id: number) => {
      const data = views.get(id);
      return data === undefined
        ? { ok: false, error: { code: 'NO_SUCH_ANALYZER', message: '', hint: '' } }
        : { ok: true, data };
    },
    subscribe(listener: (event: PlantEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    list: () => ({ ...o.list, analyzers: [...views.values()] }),
    ...o.operator,
  } as unknown as Operator;
  const config = { type: o.type, target: o.target, path: null, options: o.options ?? {} };
  return {
    context: {
      ...{ id: `${o.type}:${o.target}`, config, clock, random: () => 0.5, log, offsetAt: () => 3_600_000 },
      site: () => site,
      analyzerIds: () => analyzers.map(({ id }) => id),
      identification: () => 'PM710',
      order: () => ['TPF', 'PAT', 'CEA'],
      operator: () => operator,
      records: () => [],
      reachable() {
        reached += 1;
      },
    },
    ...{ log, views, configure, listeners: () => listeners.size, reached: () => reached },
    tell(id, change, event = 'reading') {
      const view = { ...views.get(id)!, ...change };
      views.set(id, view);
      const told = event === 'analyzer' ? { event, data: view } : { event, data: { id, reading: view.lastReading } };
      for (const listener of listeners) listener(told as PlantEvent);
    },
    owed: (count, first = 1, analyzer = analyzers[0]!) =>
      Array.from({ length: count }, (_, n) => {
        const end = NOON + (first + n) * MINUTE_MS;
        const values = { TPF: [230.1, 231.2, null], PAT: [first + n + 0.5], CEA: [1000 + n] };
        return { sequence: first + n, record: recordFrom(analyzer, end, [readingAt(end - 1000, values)]) };
      }),
  };
}

/** What a lector says of itself, with the variables of the profiles. */
export function siteOf(analyzers: readonly AnalyzerConfig[], node: number): SiteWire {
  return {
    ...{ node, name: 'School', location: 'Vic', timezone: 'Europe/Madrid', version: '0.1.0' },
    ...{ instance: '6f0f1c1e-8a55-4b7e-9d52-2f6a3d1b9c01', now: '2026-11-25T13:00:00.000+01:00' },
    analyzers: analyzers.map((analyzer) => {
      const { id, name, location, model, profileId, recordingMs } = analyzer;
      const profile = PROFILES.get(profileId)!;
      const phases = new Map(profile.registers.map((register) => [register.id, register.phase]));
      const variables = consultedOf(analyzer).flatMap(
        (code) => profile.variables.find((each) => each.code === code) ?? [],
      );
      return {
        ...{ id, name, location, vendor: profile.vendor, model, recordingMs },
        variables: variables.map(({ registers, ...rest }) => ({
          ...rest,
          phases: registers.map((register) => phases.get(register) ?? 'none'),
        })),
      };
    }),
  };
}

/** An analyzer that has just been read. */
export function viewOf({ id, name, location, model, readingMs, recordingMs, deviceId }: AnalyzerConfig): AnalyzerView {
  const at = '2026-11-25T13:00:00.000+01:00';
  return {
    ...{ id, name, location, vendor: 'Schneider', model, profile: 'pm710', device: deviceId, address: id },
    ...{ simulated: true, state: 'polling', since: at, comm: true, identification: null, error: null, attempt: 0 },
    ...{ nextTry: null, pausedUntil: null, pausedBy: null, readingMs, rapidMs: null, recordingMs, nominalV: null },
    ...{ readings: { good: 1, failed: 0 }, errors: {}, errorShare: 0, ageMs: 100, spark: [], lastRecord: null },
    lastReading: {
      ...{ at, nominal: at, grid: 'normal', forced: false, flags: {}, failure: null },
      values: { TPF: [230.1, 231.2, null], PAT: [12.5], CEA: [1000] },
    },
    today: { energyKwh: null, energyFrom: null, cost: null, range: {} },
  };
}
