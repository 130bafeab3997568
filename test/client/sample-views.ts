import type {
  AlarmsView,
  DefsView,
  HistoryView,
  LinesView,
  MeterStatusView,
  OwedView,
  ParkedView,
  RecordsView,
  ReloadView,
  TreeNode,
  VarsView,
  VersionView,
  WhyView,
} from '../../src/protocol/answers.ts';
import { helpView } from '../../src/protocol/commands.ts';
import type { ReadingEvent, Snapshot } from '../../src/protocol/events.ts';
import { at, DELIVERY, DEVICE, LIST, READING, record } from './sample-plant.ts';

export { DEVICE, FAILED, LIST, READING } from './sample-plant.ts';

const VERSION: VersionView = {
  product: 'lector',
  version: '0.1.0',
  protocol: 1,
  runtime: 'Node 24.21.0',
  pid: 4242,
  startedAt: at('08:00:00.000'),
  access: 'full',
};

const VARS: VarsView = { id: 1, reading: READING, ageMs: 1200 };

const DEFS: DefsView = {
  id: 1,
  profile: 'pm710',
  model: 'PM710',
  variables: [
    {
      code: 'TPF',
      quantity: 'voltage',
      unit: 'V',
      description: 'Tensió Fase-Neutre',
      aggregate: 'mean',
      phases: ['L1', 'L2', 'L3'],
    },
    {
      code: 'PAT',
      quantity: 'activePower',
      unit: 'kW',
      description: 'Potència Activa total',
      aggregate: 'mean',
      phases: ['total'],
    },
    {
      code: 'CEA',
      quantity: 'activeEnergyImport',
      unit: 'kWh',
      description: 'Energia Activa',
      aggregate: 'last',
      phases: ['total'],
    },
    {
      code: 'FPT',
      quantity: 'powerFactor',
      unit: '1',
      description: 'Factor de potència',
      aggregate: 'powerFactor',
      phases: ['total'],
    },
  ],
  definitions: { PAT: { registre: 4006, numRegs: 1 } },
};

const METER_STATUS: MeterStatusView = {
  id: 1,
  lastTime: at('18:05:42.000'),
  HMU: [1234, 56],
  ERR: 0,
  ERR_MSG: [],
  VSO: 302,
  NSN: null,
};

const HISTORY: HistoryView = {
  id: 1,
  variable: DEFS.variables[1] as HistoryView['variable'],
  from: at('17:05:43.000'),
  to: at('18:05:43.000'),
  every: 1,
  points: [
    { at: at('18:04:42.123'), values: [12.3] },
    { at: at('18:05:42.123'), values: [null] },
  ],
};

const RECORDS: RecordsView = { id: 1, records: [record(at('17:45:00.000'), 15), record(at('18:00:00.000'), 14)] };

const TREE: TreeNode = {
  name: 'root',
  kind: 'root',
  label: 'IES Sa Garriga',
  state: 'running',
  since: at('08:00:00.000'),
  restarts: { used: 1, max: 3 },
  held: null,
  children: [
    {
      name: 'device:1',
      kind: 'device',
      label: '/dev/ttyUSB0 19200 8N1',
      state: 'open',
      since: at('08:00:00.000'),
      restarts: { used: 0, max: 3 },
      held: null,
      children: [
        {
          name: 'analyzer:2',
          kind: 'analyzer',
          label: 'Pump room',
          state: 'held',
          since: at('17:00:05.000'),
          restarts: { used: 4, max: 3 },
          held: { cause: { code: 'UNEXPECTED', message: 'unexpected: x is undefined' }, nextTry: at('18:10:00.000') },
          children: [],
        },
      ],
    },
  ],
};

const WHY: WhyView = {
  name: 'analyzer:2',
  label: 'Pump room',
  changes: [
    {
      at: at('17:00:05.000'),
      state: 'failed',
      words: 'it is not read: no answer within 1 s',
      cause: { code: 'LINE_TIMEOUT', message: 'no answer within 1 s' },
      nextTry: at('18:07:00.000'),
    },
    { at: at('08:00:01.000'), state: 'polling', words: 'it answers', cause: null, nextTry: null },
  ],
};

const OWED: OwedView = { deliveries: [DELIVERY] };

const PARKED: ParkedView = {
  deliveries: [
    {
      exporter: 'clientRest:https://centre/ws',
      parked: 1,
      records: [{ analyzer: 2, end: at('17:45:00.000'), reason: 'another record of this window is there' }],
    },
  ],
};

const ALARMS: AlarmsView = {
  alarms: [
    {
      severity: 'error',
      subject: 'analyzer:2',
      label: 'Pump room',
      since: at('17:00:05.000'),
      message: 'no answer within 1 s',
      rule: 'silent',
    },
  ],
};

const LINES: LinesView = {
  lines: [
    {
      ...DEVICE,
      utilisation: 0.074,
      planned: 0.07,
      transactions: { total: 12_345, perSecond: 0.55 },
      errors: { timeout: 7 },
      asking: { analyzer: 2, what: 'FC3 3999..4050', ms: 312 },
      waiting: 1,
    },
  ],
};

const RELOAD: ReloadView = {
  applied: false,
  changes: [{ subject: 'analyzer:3', change: 'changed', what: ['address 3 -> 4'], effect: 'it is identified anew' }],
  needsRestart: ['[Control] port 50007 -> 50008'],
  warnings: [],
};

const done = (words: string) => ({ analyzers: [1], words });

const SNAPSHOT: Snapshot = { what: ['readings'], list: LIST, records: null, log: null, frames: null };

export const READING_EVENT: ReadingEvent = {
  id: 1,
  reading: READING,
  comm: true,
  readings: { good: 601, failed: 1 },
  errorShare: 0.01,
  energyKwh: 84.4,
  cost: 13.2,
  minuteKw: 12.4,
};

/** The data of an answer to each command of the JSON dialect. */
export const SAMPLES = {
  VERSION,
  LIST,
  STATUS: LIST.analyzers[0],
  GETID: { id: 1, identification: 'PM710 v3.02  ' },
  GETVARS: VARS,
  GETDEFS: DEFS,
  GETSTATUS: METER_STATUS,
  GETCONF: { devices: { 1: { type: 'serial' } }, equips: { 1: { config: { device: '1' } } } },
  HISTORY,
  RECORDS,
  TREE,
  WHY,
  OWED,
  PARKED,
  ALARMS,
  LINES,
  START: done('analyzer 1 (PM710, Main switchboard) is started'),
  STARTALL: done('analyzer 1 is started'),
  STOP: done('analyzer 1 (PM710, Main switchboard) is stopped'),
  PAUSE: done('analyzer 1 (PM710, Main switchboard) is paused until 18:15:00'),
  RESUME: done('analyzer 1 (PM710, Main switchboard) goes on'),
  FORCEREQ: done('analyzer 1 (PM710, Main switchboard) is read now'),
  IDENT: { id: 1, identification: 'PM710 v3.02  ' },
  RELOAD,
  RETRY: { ...done('clientRest:https://centre is tried now'), exporter: 'clientRest:https://centre', owedAgain: 1 },
  SHUTDOWN: done('the server ends'),
  FAULT: { ...done('analyzer 1 is silent for 30 s'), kind: 'silence', forMs: 30_000 },
  HELP: helpView(),
  SUBSCRIBE: SNAPSHOT,
} as const;
