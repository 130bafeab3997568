import type { VariableView } from '../../src/protocol/answers.ts';
import type { AnalyzerView, DeliveryView, DeviceView, IsoTime, ListView, NodeView } from '../../src/protocol/views.ts';

/** The invented node's clock is an hour ahead of UTC. */
export const isoOf = (at: number): IsoTime => `${new Date(at + 3_600_000).toISOString().slice(0, 23)}+01:00`;

/** 2026-11-25 18:05:42 there. */
export const NOW = Date.UTC(2026, 10, 25, 17, 5, 42);

export const nodeView = (over: Partial<NodeView> = {}, now = NOW): NodeView => ({
  id: 1,
  name: 'IES Sa Garriga',
  location: "Vall d'en Ferrer (main building)",
  timezone: 'Europe/Madrid',
  version: '0.1.0',
  now: isoOf(now),
  startedAt: isoOf(now - 7_200_000),
  configFile: '/etc/lector/config.xml',
  state: 'running',
  troubles: [],
  ...over,
});

export const VARIABLES: readonly VariableView[] = [
  variable('TPF', 'voltage', 'V', ['L1', 'L2', 'L3']),
  variable('IPF', 'current', 'A', ['L1', 'L2', 'L3']),
  variable('PAT', 'activePower', 'kW', ['total']),
  variable('FPT', 'powerFactor', '1', ['total']),
  variable('FRE', 'frequency', 'Hz', ['total']),
  variable('CEA', 'activeEnergyImport', 'kWh', ['total']),
];

export const PROBES: readonly VariableView[] = [
  variable('AMC', 'analog', '1', ['CH1', 'CH2', 'CH3', 'CH4', 'CH5', 'CH6', 'CH7', 'CH8']),
];

function variable(
  code: string,
  quantity: VariableView['quantity'],
  unit: string,
  phases: VariableView['phases'],
): VariableView {
  return { code, quantity, unit, description: code, aggregate: 'mean', phases };
}

/** Values that wander a little: a function of the meter and the time alone. */
export function valuesAt(id: number, at: number): Record<string, readonly number[]> {
  const wave = (period: number) => Math.sin(at / period + id * 1.7);
  const volts = [230 + wave(7_000), 230 + wave(9_000), 231 + wave(11_000)];
  const amps = [
    (12 + 3 * wave(60_000)) * (1 + (id % 7)),
    (11 + 2 * wave(50_000)) * (1 + (id % 7)),
    10 * (1 + (id % 7)),
  ];
  const pf = 0.95 + 0.03 * wave(90_000);
  const kw = (volts.reduce((sum, v, n) => sum + v * (amps[n] ?? 0), 0) * pf) / 1_000;
  return { TPF: volts, IPF: amps, PAT: [kw], FPT: [pf], FRE: [50 + 0.02 * wave(5_000)], CEA: [123_456 + at / 3.6e6] };
}

export function analyzerView(id: number, over: Partial<AnalyzerView> = {}, now = NOW): AnalyzerView {
  const values = valuesAt(id, now - 1_000);
  return {
    id,
    name: `Meter ${id}`,
    location: 'Ground floor',
    vendor: 'Schneider',
    model: 'PM710',
    profile: 'pm710',
    device: 1,
    address: id,
    simulated: true,
    state: 'polling',
    since: isoOf(now - 7_000_000),
    comm: true,
    identification: 'Schneider Electric PM710 V3.1  ',
    error: null,
    attempt: 0,
    nextTry: null,
    pausedUntil: null,
    pausedBy: null,
    readingMs: 2_000,
    rapidMs: null,
    recordingMs: 60_000,
    nominalV: 230,
    readings: { good: 3_500, failed: 0 },
    errors: {},
    errorShare: 0,
    lastReading: {
      at: isoOf(now - 1_000),
      nominal: isoOf(now - 1_000),
      grid: 'normal',
      forced: false,
      values,
      flags: {},
      failure: null,
    },
    ageMs: 1_000,
    spark: Array.from({ length: 60 }, (_, n) => valuesAt(id, now - (60 - n) * 60_000).PAT?.[0] ?? null),
    today: {
      energyKwh: 123.4 + id,
      energyFrom: 'counter',
      cost: null,
      range: Object.fromEntries(
        Object.entries(values).map(([code, list]) => [
          code,
          { min: list.map((v) => v * 0.98), max: list.map((v) => v * 1.03) },
        ]),
      ),
    },
    lastRecord: { end: isoOf(now - 42_000), n: 30, expected: 30 },
    ...over,
  };
}

export const failedView = (id: number, over: Partial<AnalyzerView> = {}, now = NOW): AnalyzerView =>
  analyzerView(
    id,
    {
      state: 'failed',
      comm: false,
      since: isoOf(now - 250_000),
      error: { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' },
      attempt: 5,
      nextTry: isoOf(now + 30_000),
      ageMs: 252_000,
      errorShare: 0.61,
      readings: { good: 3_300, failed: 120 },
      errors: { timeout: 118, crc: 2 },
      lastReading: null,
      ...over,
    },
    now,
  );

export const deviceView = (id: number, over: Partial<DeviceView> = {}, now = NOW): DeviceView => ({
  id,
  type: 'serial',
  description: `/dev/ttyUSB${id - 1} 19200 8E1`,
  enabled: true,
  state: 'open',
  since: isoOf(now - 7_000_000),
  error: null,
  analyzers: [],
  ...over,
});

export const deliveryView = (over: Partial<DeliveryView> = {}): DeliveryView => ({
  exporter: 'localFile:dades',
  type: 'localFile',
  target: 'dades',
  analyzers: [1, 2, 3],
  state: 'idle',
  since: isoOf(NOW - 42_000),
  owed: 0,
  oldest: null,
  parked: 0,
  perMinute: 5,
  error: null,
  nextTry: null,
  ...over,
});

/** Everything is read. */
export const calmPlant = (now = NOW): ListView => ({
  node: nodeView({}, now),
  devices: [deviceView(1, { analyzers: [1, 2] }, now), deviceView(2, { analyzers: [3] }, now)],
  analyzers: [
    analyzerView(1, { name: 'Main switchboard' }, now),
    analyzerView(2, { name: 'Kitchen', model: 'PM500', profile: 'pm500' }, now),
    analyzerView(3, { name: 'Sports hall', model: 'CVMk', vendor: 'Circutor', profile: 'cvmk', device: 2 }, now),
  ],
  deliveries: [deliveryView()],
});

/** One of everything that can be wrong. */
export const faultyPlant = (now = NOW): ListView => ({
  node: nodeView({}, now),
  devices: [
    deviceView(1, { analyzers: [1, 2, 6, 7] }, now),
    deviceView(
      2,
      {
        analyzers: [3, 8],
        state: 'reopening',
        since: isoOf(now - 95_000),
        error: { code: 'LINE_OPEN_FAILED', message: '/dev/ttyUSB1 is not there: the adapter is unplugged' },
      },
      now,
    ),
    deviceView(3, { type: 'tcp', description: '192.168.1.20:502', analyzers: [4, 5] }, now),
  ],
  analyzers: [
    analyzerView(1, { name: 'Main switchboard' }, now),
    failedView(2, { name: 'Kitchen', model: 'PM500', profile: 'pm500' }, now),
    failedView(
      3,
      {
        ...{ name: 'Sports hall', model: 'CVMk', device: 2, since: isoOf(now - 95_000), ageMs: 97_000 },
        error: { code: 'LINE_OPEN_FAILED', message: '/dev/ttyUSB1 is not there: the adapter is unplugged' },
      },
      now,
    ),
    analyzerView(
      4,
      {
        ...{ name: 'Boiler room probes', model: 'DAS-8000', profile: 'das-8000', device: 3, spark: [], nominalV: null },
        lastReading: {
          ...{
            at: isoOf(now - 1_000),
            nominal: isoOf(now - 1_000),
            grid: 'normal',
            forced: false,
            flags: {},
            failure: null,
          },
          values: { AMC: [20.1, 35.2, 60, 55.5, null, 12, 0, 3.3] },
        },
        today: { energyKwh: null, energyFrom: null, cost: null, range: {} },
      },
      now,
    ),
    analyzerView(5, { name: 'Workshop', model: 'SDM630', device: 3, errorShare: 0.07 }, now),
    analyzerView(6, { name: 'Lift', state: 'paused', since: isoOf(now - 600_000), ageMs: 601_000 }, now),
    analyzerView(
      7,
      { name: 'Laundry', state: 'stopped', since: isoOf(now - 7_000_000), ageMs: null, lastReading: null },
      now,
    ),
    failedView(
      8,
      { name: 'Library', state: 'held', device: 2, error: { code: 'UNEXPECTED', message: 'x is not a function' } },
      now,
    ),
  ],
  deliveries: [
    deliveryView(),
    deliveryView({
      ...{
        exporter: 'clientRest:http://central.example/ws/v2',
        type: 'clientRest',
        target: 'http://central.example/ws/v2',
      },
      ...{ state: 'backingOff', owed: 412, oldest: isoOf(now - 5_400_000), perMinute: 0, nextTry: isoOf(now + 55_000) },
      error: { code: 'EXPORT_FAILED', message: 'http://central.example/ws/v2: connection refused' },
    }),
  ],
});

/** `count` meters on ten lines. */
export const largePlant = (count: number, now = NOW): ListView => ({
  node: nodeView({}, now),
  devices: Array.from({ length: 10 }, (_, n) => deviceView(n + 1, {}, now)),
  analyzers: Array.from({ length: count }, (_, n) =>
    analyzerView(n + 1, { name: `Floor ${Math.floor(n / 20) + 1} panel ${(n % 20) + 1}`, device: (n % 10) + 1 }, now),
  ),
  deliveries: [deliveryView()],
});
