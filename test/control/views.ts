import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { AnalyzerView, DeviceView, ListView, ReadingView } from '../../src/protocol/views.ts';

export const AT = '2026-05-04T10:00:00.000+02:00';

export const readingView = (value: number): ReadingView => ({
  at: AT,
  nominal: AT,
  grid: 'normal',
  forced: false,
  values: { TPF: [value, null, 231] },
  flags: {},
  failure: null,
});

export function analyzerView(id: number, more: Partial<AnalyzerView> = {}): AnalyzerView {
  return {
    id,
    name: `Meter ${id}`,
    location: 'Cellar',
    vendor: 'Schneider',
    model: 'PM710',
    profile: 'schneider-pm710',
    device: 1,
    address: id,
    simulated: true,
    state: 'polling',
    since: AT,
    comm: true,
    identification: 'Schneider PM710',
    error: null,
    attempt: 0,
    nextTry: null,
    pausedUntil: null,
    pausedBy: null,
    readingMs: 1000,
    rapidMs: null,
    recordingMs: 900_000,
    nominalV: 230,
    readings: { good: 10, failed: 0 },
    errors: {},
    errorShare: 0,
    lastReading: readingView(230.1),
    ageMs: 200,
    spark: Array.from({ length: 60 }, () => 12.5),
    today: { energyKwh: 3.5, energyFrom: 'counter', cost: null, range: { TPF: { min: [229], max: [231] } } },
    lastRecord: { end: AT, n: 900, expected: 900 },
    ...more,
  };
}

export const deviceView = (id: number, analyzers: readonly number[]): DeviceView => ({
  id,
  type: 'simulated',
  description: 'simulated rtu 19200',
  enabled: true,
  state: 'open',
  since: AT,
  error: null,
  analyzers,
});

export const listView = (analyzers: readonly AnalyzerView[]): ListView => ({
  node: {
    id: 4,
    name: 'Node',
    location: 'Here',
    timezone: 'Europe/Rome',
    version: '1.0.0',
    now: AT,
    startedAt: AT,
    configFile: 'config.xml',
    state: 'running',
    troubles: [],
  },
  devices: [
    deviceView(
      1,
      analyzers.map(({ id }) => id),
    ),
  ],
  analyzers,
  deliveries: [],
});

/** A record of `analyzer` that ended in the given minute. */
export const recordWire = (analyzer: number, minute: number): RecordWire => ({
  node: 4,
  analyzer,
  model: 'PM710',
  start: `2026-05-04T10:${String(minute - 1).padStart(2, '0')}:00.000+02:00`,
  end: `2026-05-04T10:${String(minute).padStart(2, '0')}:00.000+02:00`,
  generation: 0,
  n: 60,
  expected: 60,
  ratio: null,
  variables: {},
});
