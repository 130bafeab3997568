import type { FaultKind } from '../domain/installation.ts';
import type { Aggregate, Phase, Quantity } from '../domain/profile.ts';
import type { LineEventKind } from '../domain/transaction.ts';
import type { RecordWire } from './record-wire.ts';
import type {
  AlarmView,
  AnalyzerState,
  DeliveryState,
  DeliveryView,
  DeviceState,
  DeviceView,
  ErrorView,
  IsoTime,
  NumberList,
  ReadingView,
} from './views.ts';

export type { AlarmView } from './views.ts';

export type VersionView = {
  readonly product: 'lector';
  readonly version: string;
  /** Of the JSON dialect; raised when something that was there changes its meaning. */
  readonly protocol: 1;
  readonly runtime: string;
  readonly pid: number;
  readonly startedAt: IsoTime;
  /** What this client may do: everything, or only look. */
  readonly access: 'full' | 'readOnly';
};

/** What the values of an analyzer are: enough to print them. */
export type VariableView = {
  readonly code: string;
  readonly quantity: Quantity;
  readonly unit: string;
  readonly description: string;
  readonly aggregate: Aggregate;
  readonly phases: readonly Phase[];
};

export type IdentificationView = { readonly id: number; readonly identification: string };

/** The last values of one analyzer. */
export type VarsView = { readonly id: number; readonly reading: ReadingView | null; readonly ageMs: number | null };

/** `definitions` are the predecessor's, key by key, as the classic GETDEFS gives them. */
export type DefsView = {
  readonly id: number;
  readonly profile: string;
  readonly model: string;
  readonly variables: readonly VariableView[];
  readonly definitions: Readonly<Record<string, unknown>>;
};

/** What the meter says of itself; null: not read yet, or the meter does not say. */
export type MeterStatusView = {
  readonly id: number;
  readonly lastTime: IsoTime | null;
  readonly HMU: readonly [number, number] | null;
  readonly ERR: number | null;
  /** Each error in words; empty: none; null: not read. */
  readonly ERR_MSG: readonly string[] | null;
  readonly VSO: number | null;
  readonly NSN: number | null;
};

/** The predecessor's GETCONF. */
export type ConfView = { readonly devices: unknown; readonly equips: unknown };

export type HistoryView = {
  readonly id: number;
  readonly variable: VariableView;
  readonly from: IsoTime;
  readonly to: IsoTime;
  /**
   * Readings that each point stands for; 1: nothing was left out. A point of several is their mean: of power factors
   * that of their angles; a counter, a state or bits are what they were last.
   */
  readonly every: number;
  readonly points: readonly { readonly at: IsoTime; readonly values: NumberList }[];
};

export type RecordsView = { readonly id: number; readonly records: readonly RecordWire[] };

/** A node of the supervision tree: the root, a device, an analyzer, a delivery. */
export type TreeNode = {
  /** `root`, `device:1`, `analyzer:3`, `delivery:...`. */
  readonly name: string;
  readonly kind: 'root' | 'device' | 'analyzer' | 'delivery';
  readonly label: string;
  readonly state: string;
  readonly since: IsoTime | null;
  /** Restarts that count against its budget now, of so many; `max` 0, the root: those of all others together. */
  readonly restarts: { readonly used: number; readonly max: number };
  readonly held: { readonly cause: ErrorView; readonly nextTry: IsoTime | null } | null;
  readonly children: readonly TreeNode[];
};

/** What happened to a device, analyzer or delivery. */
export type Change = {
  readonly at: IsoTime;
  /** How it was from then on: what happened in a state, and left it, is in `words` alone. */
  readonly state: AnalyzerState | DeviceState | DeliveryState;
  /** One sentence. */
  readonly words: string;
  readonly cause: ErrorView | null;
  readonly nextTry: IsoTime | null;
};

/** `changes`: the last 20, newest first. */
export type WhyView = { readonly name: string; readonly label: string; readonly changes: readonly Change[] };

export type OwedView = { readonly deliveries: readonly DeliveryView[] };

/** Records that destinations refuse: they are kept, and are not tried until somebody asks for it. */
export type ParkedView = {
  readonly deliveries: readonly {
    readonly exporter: string;
    /** How many there are; the oldest of them are listed. */
    readonly parked: number;
    readonly records: readonly ParkedRecordView[];
  }[];
};

export type ParkedRecordView = { readonly analyzer: number; readonly end: IsoTime; readonly reason: string };

/** What is wrong now, worst first. */
export type AlarmsView = { readonly alarms: readonly AlarmView[] };

export type LineView = DeviceView & {
  /** Share of the last 60 s in which a transaction was under way, 0..1. */
  readonly utilisation: number;
  /** Share that reading everything takes as planned; null: not known (TCP). */
  readonly planned: number | null;
  readonly transactions: { readonly total: number; readonly perSecond: number };
  /** Since the server started. */
  readonly errors: Readonly<Partial<Record<LineEventKind, number>>>;
  /** Who is asked now, and what in words; null: nobody. */
  readonly asking: { readonly analyzer: number; readonly what: string; readonly ms: number } | null;
  readonly waiting: number;
};
export type LinesView = { readonly lines: readonly LineView[] };

export type ReloadChange = {
  /** `analyzer:3`, `device:1`, `delivery:...`, `node`, `lector.ini`. */
  readonly subject: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What differs, one short text each: `address 3 -> 4`. */
  readonly what: readonly string[];
  /** What is done about it, one sentence: `it is identified anew; the others of its line go on`. */
  readonly effect: string;
};

export type ReloadView = {
  /** false: only looked at. */
  readonly applied: boolean;
  readonly changes: readonly ReloadChange[];
  /** Changes that count only at the next start, one sentence each. */
  readonly needsRestart: readonly string[];
  readonly warnings: readonly string[];
};

/** What a command did to whom. */
export type DoneView = {
  /** Analyzers that it concerned. */
  readonly analyzers: readonly number[];
  /** One sentence: `analyzer 1 (PM710, Main switchboard) is paused until 18:15:00`. */
  readonly words: string;
};

export type FaultView = DoneView & { readonly kind: FaultKind; readonly forMs: number };

/** `owedAgain`: records that it had refused. */
export type RetryView = DoneView & { readonly exporter: string; readonly owedAgain: number };
