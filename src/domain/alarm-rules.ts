import type { AnalyzerId, DeviceId, VariableCode } from './units.ts';

/**
 * What a rule watches. silent: an analyzer that should be read is not; lineLost: a line cannot be opened; diskLow: the
 * disk of the data folder is nearly full, or refuses; frozen: values or the energy counter stand still though the meter
 * answers; above, below: a value; demand: the mean power of an interval; owed: records that wait for a destination.
 */
export const ALARM_KINDS = ['silent', 'lineLost', 'diskLow', 'frozen', 'above', 'below', 'demand', 'owed'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

export type AlarmSeverity = 'warning' | 'error';

/** Where a secret stands: it is read when it is needed, and is in no view. */
export type SecretPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string };

/** What is done when an alarm begins, is still there, and ends. Paths are absolute. */
export type AlarmAction =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      /** Signs what is sent. */
      readonly secret: SecretPlace | null;
      /** Sent as `Authorization: Bearer`. */
      readonly token: SecretPlace | null;
      readonly caFile: string | null;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: 'mqtt';
      readonly url: string;
      readonly topic: string;
      readonly retain: boolean;
      readonly user: string;
      readonly password: SecretPlace | null;
      readonly caFile: string | null;
    }
  | {
      readonly kind: 'command';
      /** The program and its arguments, as they are: no shell reads them. */
      readonly argv: readonly [string, ...string[]];
      /** Where it runs. */
      readonly folder: string;
    };

/** Local hours of every day, in minutes since midnight; [from, to), over midnight where `to` is the lesser. */
export type QuietHours = { readonly from: number; readonly to: number };

/** How much of a disk must be free: a share of it, and no more than `mostBytes`; null: that share of any disk. */
export type DiskLimit = { readonly percent: number | null; readonly mostBytes: number | null };

/** One rule of `<alarms>`, checked. */
export type AlarmRule = {
  /** What people call it; no other rule has it. An alarm goes on over a reload by this name. */
  readonly name: string;
  readonly when: AlarmKind;
  readonly severity: AlarmSeverity;
  /** null: all that no other list leaves out. */
  readonly analyzers: readonly AnalyzerId[] | null;
  readonly devices: readonly DeviceId[] | null;
  /** An exporter's id, its type, or any part of its id; null: each. */
  readonly exporter: string | null;
  /** What this rule leaves to others of its kind: of the ones on by default only. */
  readonly except: readonly (AnalyzerId | DeviceId | string)[];
  /** above, below; frozen where a person named one. */
  readonly variable: VariableCode | null;
  /** Which of the variable's values, from 0 on; null: whichever is worst. */
  readonly index: number | null;
  /** above, below: in the variable's unit; demand: kW. */
  readonly limit: number | null;
  /** The value at which it is over: `limit` unless told otherwise. */
  readonly clear: number | null;
  readonly disk: DiskLimit | null;
  /** How long it must be so. silent: without a reading; owed: age of the oldest record; frozen: without a change. */
  readonly forMs: number;
  /** demand: the interval, on the clock of the node; null: the analyzer's recording interval. */
  readonly demandMs: number | null;
  /** Told again every so often while it lasts; null: never. */
  readonly repeatMs: number | null;
  readonly quiet: readonly QuietHours[];
  /** None: it is shown and said in the log. */
  readonly actions: readonly AlarmAction[];
  /** Nobody wrote it. */
  readonly isDefault: boolean;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const QUARTER_MS = 15 * MINUTE_MS;

/** Records that are older than this should have been taken. */
export const OWED_FOR_MS = 24 * HOUR_MS;

/** How severe each kind is, and how long it must last, unless the rule tells. */
export const ALARM_DEFAULTS = {
  silent: { severity: 'error', forMs: 15 * MINUTE_MS },
  lineLost: { severity: 'error', forMs: 2 * MINUTE_MS },
  diskLow: { severity: 'error', forMs: 0 },
  frozen: { severity: 'warning', forMs: 4 * HOUR_MS },
  above: { severity: 'warning', forMs: 0 },
  below: { severity: 'warning', forMs: 0 },
  demand: { severity: 'warning', forMs: 0 },
  owed: { severity: 'warning', forMs: OWED_FOR_MS },
} as const satisfies Readonly<Record<AlarmKind, { readonly severity: AlarmSeverity; readonly forMs: number }>>;

/** Free space of the data disk below which it is low: of a large one, 5 % are years of records. */
export const DISK_FREE: DiskLimit = { percent: 5, mostBytes: 2_000_000_000 };

/** A rule of a kind that says nothing more. */
export function plainRule(when: AlarmKind): AlarmRule {
  return {
    ...{ name: when, when, ...ALARM_DEFAULTS[when] },
    ...{ analyzers: null, devices: null, exporter: null, except: [] },
    ...{ variable: null, index: null, limit: null, clear: null, disk: when === 'diskLow' ? DISK_FREE : null },
    ...{ demandMs: when === 'demand' ? QUARTER_MS : null, repeatMs: null, quiet: [], actions: [], isDefault: true },
  };
}

/** What is watched though nobody asked for it: shown and said in the log, nothing else. */
const ON_BY_DEFAULT = ['silent', 'lineLost', 'diskLow', 'frozen', 'owed'] as const satisfies readonly AlarmKind[];

/** Who a rule names; null: everyone. */
const namesOf = ({ when, analyzers, devices, exporter }: AlarmRule): readonly (number | string)[] | null => {
  if (when === 'diskLow') return null;
  if (when === 'lineLost') return devices;
  return when === 'owed' ? (exporter === null ? null : [exporter]) : analyzers;
};

/**
 * Rules with those on by default before them. One of a kind that somebody wrote takes the default's place for whom it
 * names: a frozen rule about one variable does not, for it watches something else.
 */
export function withDefaults(written: readonly AlarmRule[]): readonly AlarmRule[] {
  const defaults = ON_BY_DEFAULT.flatMap((when) => {
    const others = written.filter((rule) => rule.when === when && rule.variable === null);
    const named = others.map(namesOf);
    if (named.includes(null)) return [];
    const base = plainRule(when);
    const name = freeName(when, new Set(written.map((rule) => rule.name)));
    return [{ ...base, name, except: [...new Set(named.flatMap((each) => each ?? []))] }];
  });
  return [...defaults, ...written];
}

/** `silent`, or `silent 2` where that is taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted} ${n}`;
  return name;
}

export const DEFAULT_ALARMS: readonly AlarmRule[] = withDefaults([]);
