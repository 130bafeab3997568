import type { LineEventKind } from '../domain/transaction.ts';
import type { VirtualConfig } from '../domain/virtual.ts';

/** An instant as ISO 8601 with the node's own offset, to the ms: `2026-11-25T18:05:42.123+01:00`. */
export type IsoTime = string;

/** One number per value of a variable, in the profile's order; null: not available, never 0 and never an old value. */
export type NumberList = readonly (number | null)[];

/** Why something is not as it should be: a code for programs, one sentence for people. */
export type ErrorView = { readonly code: string; readonly message: string };

export type NodeView = {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly timezone: string;
  readonly version: string;
  readonly now: IsoTime;
  readonly startedAt: IsoTime;
  readonly configFile: string;
  /** starting, running, draining, stopped. */
  readonly state: string;
  /** Sentences for a banner: the disk refuses, the clock is untrusted, records are dropped. */
  readonly troubles: readonly string[];
  /** Alarms that rules raised, worst first, 100 at most; absent: none. */
  readonly alarms?: readonly AlarmView[];
};

/** Something that is wrong now. */
export type AlarmView = {
  readonly severity: 'warning' | 'error';
  /** `analyzer:3`, `device:1`, `delivery:...`, `node`. */
  readonly subject: string;
  readonly label: string;
  readonly since: IsoTime | null;
  readonly message: string;
  /** The rules of `<alarms>` that raised it, with commas between; null: none did, or not yet. */
  readonly rule: string | null;
};

export const DEVICE_STATES = [
  'resting',
  'opening',
  'open',
  'reopening',
  'paused',
  'closing',
  'closed',
  'held',
  'disabled',
] as const;
/** resting: closed, for nobody wants anything; paused: closed by hand; reopening: lost, tried again with waits. */
export type DeviceState = (typeof DEVICE_STATES)[number];

export type DeviceView = {
  readonly id: number;
  readonly type: 'serial' | 'tcp' | 'rtu-tcp' | 'simulated';
  /** What a person calls it: `/dev/ttyUSB0 19200 8E1`, `192.168.1.20:502`, `simulated rtu 19200`. */
  readonly description: string;
  readonly enabled: boolean;
  readonly state: DeviceState;
  readonly since: IsoTime | null;
  readonly error: ErrorView | null;
  readonly analyzers: readonly number[];
};

export const ANALYZER_STATES = [
  'connecting',
  'polling',
  'recording',
  'failed',
  'paused',
  'stopped',
  'held',
  'disabled',
] as const;
/** held: its actor crashed too often; disabled: its device has enabled="false". */
export type AnalyzerState = (typeof ANALYZER_STATES)[number];

/** What one reading said; `failure` tells what is missing of it, `values` what was read all the same. */
export type ReadingView = {
  readonly at: IsoTime;
  /** The instant of the grid that it belongs to. */
  readonly nominal: IsoTime;
  readonly grid: 'normal' | 'rapid';
  /** Asked for by hand: shown, and part of no record. */
  readonly forced: boolean;
  readonly values: Readonly<Record<string, NumberList>>;
  /** Values that are kept and doubted, by variable: implausible, inconsistent. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly failure: ErrorView | null;
};

export type TodayView = {
  /** Energy consumed since midnight, kWh; null: not known. `energyFrom` says what it was made of. */
  readonly energyKwh: number | null;
  readonly energyFrom: 'counter' | 'power' | null;
  /** What that energy costs with its taxes, by the contract of the analyzer; null: there is none, or a price lacks. */
  readonly cost: number | null;
  /** Least and greatest value of each variable since midnight. */
  readonly range: Readonly<Record<string, { readonly min: NumberList; readonly max: NumberList }>>;
};

export type AnalyzerView = {
  readonly id: number;
  readonly name: string;
  readonly location: string;
  readonly vendor: string;
  readonly model: string;
  readonly profile: string;
  readonly device: number;
  readonly address: number;
  readonly simulated: boolean;
  readonly state: AnalyzerState;
  /** Since when it is in this state (recording counts as polling). */
  readonly since: IsoTime | null;
  /** The last transaction with it was good. */
  readonly comm: boolean;
  readonly identification: string | null;
  readonly error: ErrorView | null;
  /** While failed: how often it was lost in a row, and when it is tried next. */
  readonly attempt: number;
  readonly nextTry: IsoTime | null;
  /** While paused: when it resumes by itself; null: by hand. */
  readonly pausedUntil: IsoTime | null;
  /** While paused: it alone, or its whole line; null: it is not paused. */
  readonly pausedBy: 'analyzer' | 'line' | null;
  readonly readingMs: number;
  readonly rapidMs: number | null;
  readonly recordingMs: number;
  readonly nominalV: number | null;
  /** Name of its contract; absent: it has none. */
  readonly tariff?: string;
  /** Since the server started. */
  readonly readings: { readonly good: number; readonly failed: number };
  /** What went wrong on the line with its address, by class, since the server started; absent: none of that class. */
  readonly errors: Readonly<Partial<Record<LineEventKind, number>>>;
  /** Share of the last 100 readings that failed, 0..1; null before the first. */
  readonly errorShare: number | null;
  /** The last values of every variable, those of both grids together; null before the first. */
  readonly lastReading: ReadingView | null;
  readonly ageMs: number | null;
  /** Mean active power of each of the last 60 minutes, kW, oldest first; null: nothing was read. */
  readonly spark: NumberList;
  readonly today: TodayView;
  readonly lastRecord: { readonly end: IsoTime; readonly n: number; readonly expected: number } | null;
};

export type ListView = {
  readonly node: NodeView;
  readonly devices: readonly DeviceView[];
  readonly analyzers: readonly AnalyzerView[];
  readonly deliveries: readonly DeliveryView[];
  /** Sums of analyzers, as the file says; what they say now follows from the analyzers. Absent: none. */
  readonly virtuals?: readonly VirtualConfig[];
};

export const DELIVERY_STATES = ['idle', 'sending', 'backingOff', 'parked', 'held'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What one exporter owes. */
export type DeliveryView = {
  readonly exporter: string;
  readonly type: string;
  readonly target: string;
  readonly analyzers: readonly number[];
  readonly state: DeliveryState;
  readonly since: IsoTime | null;
  readonly owed: number;
  readonly oldest: IsoTime | null;
  /** Set aside, for the destination refuses them. */
  readonly parked: number;
  /** Records delivered in the last minute. */
  readonly perMinute: number;
  readonly error: ErrorView | null;
  readonly nextTry: IsoTime | null;
};
