import type { AlarmRule } from './alarm-rules.ts';
import type { AnalyzerId, DeviceId } from './units.ts';
import type { VirtualConfig } from './virtual.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const FAULT_KINDS = [
  'silence',
  'late',
  'crc',
  'truncated',
  'echo',
  'noise',
  'exception',
  'reboot',
  'jump',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault of a simulated meter: `fromMs` after start, for `forMs`. */
export type SimulatedFault = {
  readonly analyzerId: AnalyzerId;
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly forMs: number;
};

export type SerialSettings = {
  readonly port: string;
  readonly baud: number;
  readonly bits: 7 | 8;
  readonly parity: 'N' | 'E' | 'O';
  readonly stop: 1 | 2;
};

/** Where a device's bytes go. */
export type Endpoint =
  | ({ readonly type: 'serial' } & SerialSettings)
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'rtu-tcp'; readonly host: string; readonly port: number }
  | {
      readonly type: 'simulated';
      readonly protocol: 'rtu' | 'cvm' | 'tcp';
      readonly baud: number;
      readonly seed: number;
      readonly faults: readonly SimulatedFault[];
    };

/** One communications endpoint of config.xml with the times that its line keeps, all in ms. */
export type DeviceConfig = {
  readonly id: DeviceId;
  readonly enabled: boolean;
  readonly endpoint: Endpoint;
  readonly timeoutMs: number;
  /** Pause between transactions beside the silence of 3.5 characters. */
  readonly gapMs: number;
  readonly retries: number;
  /** Silence after which an unfinished answer is given up. */
  readonly idleMs: number;
  readonly connectDelayMs: number;
  readonly closeAfterPoll: boolean;
  /** The texts of the file by element name, for GETCONF. */
  readonly texts: Readonly<Record<string, string>>;
};

export type ExportConfig = {
  readonly type: string;
  /** As written; localFile targets are resolved in `path`. */
  readonly target: string;
  /** Absolute folder of a localFile target, checked to lie where it may; null for others. */
  readonly path: string | null;
  readonly options: Readonly<Record<string, string>>;
};

/** One `analitzador`, with its profile found and its consultes checked against it. */
export type AnalyzerConfig = {
  readonly id: AnalyzerId;
  readonly name: string;
  readonly location: string;
  readonly deviceId: DeviceId;
  /** Bus address; its id unless `address` says otherwise. */
  readonly address: number;
  /** The model as the file names it, and the profile that it led to. */
  readonly model: string;
  readonly profileId: string;
  readonly driver: string;
  readonly dataDriver: string;
  readonly readingMs: number;
  readonly recordingMs: number;
  readonly consultes: readonly string[];
  /** A second, faster grid for some consultes; null: none. */
  readonly rapid: { readonly readingMs: number; readonly consultes: readonly string[] } | null;
  /** null: the profile's, else the device's. */
  readonly timeoutMs: number | null;
  readonly nominalV: number | null;
  /** Factor of an external current transformer that the meter does not know; 1: none. */
  readonly ratio: number;
  /** The current transformers are mounted backwards: power and its energies change sign. */
  readonly invert: boolean;
  readonly exports: readonly ExportConfig[];
  /** Name of its contract in `tariffs/`; absent: it has none. */
  readonly tariff?: string;
  readonly params: Readonly<Record<string, string>>;
};

/** Everything that lector.ini and config.xml say, checked. Paths are absolute. */
export type Installation = {
  readonly iniFile: string | null;
  readonly configFile: string;
  readonly general: {
    readonly logLevel: LogLevel;
    readonly autoStart: boolean;
    readonly logDir: string;
    readonly dataDir: string;
    readonly absoluteTargets: boolean;
  };
  readonly control: {
    readonly host: string;
    readonly port: number;
    readonly socket: string;
    readonly tokenFile: string | null;
    readonly trust: readonly string[];
    readonly allowInsecure: boolean;
  };
  readonly node: { readonly id: number; readonly name: string; readonly location: string; readonly timezone: string };
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly AnalyzerConfig[];
  /** Sums of analyzers; absent: none. */
  readonly virtuals?: readonly VirtualConfig[];
  /** What is watched, the rules on by default among them. */
  readonly alarms: readonly AlarmRule[];
};
