import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { AnalyzerView, DeliveryView, DeviceView, ListView, ReadingView } from '../../src/protocol/views.ts';

/** An instant of the day of all samples, at +01:00. */
export const at = (time: string): string => `2026-11-25T${time}+01:00`;

export const READING: ReadingView = {
  at: at('18:05:42.123'),
  nominal: at('18:05:42.000'),
  grid: 'normal',
  forced: false,
  values: { TPF: [230.12, 229.8, 231.04], PAT: [12.4], CEA: [123456], FPT: [null] },
  flags: {},
  failure: null,
};

export const record = (end: string, n: number): RecordWire => ({
  node: 4,
  analyzer: 1,
  model: 'PM710',
  start: at('17:45:00.000'),
  end,
  generation: 0,
  n,
  expected: 15,
  ratio: n / 15,
  variables: {
    PAT: {
      aggregate: 'mean',
      values: [12.41],
      min: [11.9],
      max: [13.02],
      n: [n],
      expected: 15,
      delta: [null],
      at: null,
      flags: [],
    },
    CEA: {
      aggregate: 'last',
      values: [123456],
      min: [123453],
      max: [123456],
      n: [n],
      expected: 15,
      delta: [3.1],
      at: at('17:59:00.000'),
      flags: [],
    },
  },
});

const analyzer = (id: number, name: string, more: Partial<AnalyzerView> = {}): AnalyzerView => ({
  id,
  name,
  location: 'Sa Pobla',
  vendor: 'Schneider',
  model: 'PM710',
  profile: 'pm710',
  device: 1,
  address: id,
  simulated: false,
  state: 'polling',
  since: at('08:00:00.000'),
  comm: true,
  identification: 'PM710 v3.02',
  error: null,
  attempt: 0,
  nextTry: null,
  pausedUntil: null,
  pausedBy: null,
  readingMs: 60_000,
  rapidMs: null,
  recordingMs: 900_000,
  nominalV: 230,
  readings: { good: 600, failed: 1 },
  errors: {},
  errorShare: 0.01,
  lastReading: READING,
  ageMs: 1200,
  spark: [12.1, 12.4],
  today: { energyKwh: 84.2, energyFrom: 'counter', cost: null, range: {} },
  lastRecord: { end: at('18:00:00.000'), n: 15, expected: 15 },
  ...more,
});

export const FAILED = analyzer(2, 'Pump room', {
  model: 'CVMk',
  state: 'failed',
  since: at('17:00:05.000'),
  comm: false,
  identification: null,
  error: { code: 'LINE_TIMEOUT', message: 'no answer within 1 s' },
  attempt: 7,
  nextTry: at('18:07:00.000'),
  lastReading: null,
  ageMs: null,
  errorShare: 1,
  today: { energyKwh: null, energyFrom: null, cost: null, range: {} },
  lastRecord: null,
});

export const DEVICE: DeviceView = {
  id: 1,
  type: 'serial',
  description: '/dev/ttyUSB0 19200 8N1',
  enabled: true,
  state: 'open',
  since: at('08:00:00.000'),
  error: null,
  analyzers: [1, 2],
};

export const DELIVERY: DeliveryView = {
  exporter: 'localFile dades',
  type: 'localFile',
  target: 'dades',
  analyzers: [1, 2],
  state: 'idle',
  since: at('18:00:01.000'),
  owed: 3,
  oldest: at('17:45:00.000'),
  parked: 0,
  perMinute: 2,
  error: null,
  nextTry: null,
};

export const LIST: ListView = {
  node: {
    id: 4,
    name: 'IES Sa Garriga',
    location: 'Sa Pobla',
    timezone: 'Europe/Madrid',
    version: '0.1.0',
    now: at('18:05:43.323'),
    startedAt: at('08:00:00.000'),
    configFile: 'config.xml',
    state: 'running',
    troubles: [],
  },
  devices: [DEVICE],
  analyzers: [analyzer(1, 'Main switchboard'), FAILED],
  deliveries: [DELIVERY],
};
