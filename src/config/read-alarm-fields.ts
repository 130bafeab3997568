import { z } from 'zod';
import { parseQuiet } from '../domain/alarm-hours.ts';
import {
  ALARM_KINDS,
  type AlarmKind,
  type AlarmRule,
  DISK_FREE,
  type DiskLimit,
  QUARTER_MS,
} from '../domain/alarm-rules.ts';
import { durationText } from '../domain/alarm-words.ts';
import type { Placed } from './fields.ts';
import { RECORDING_MINUTES } from './read-analyzer.ts';
import { type Report, seen } from './report.ts';
import { oneOf, optional, required, type Typed, text, whole } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** `30s`, `15m`, `1h`, `1d`, as ms; up to a year. */
const span: Typed<number> = {
  schema: z
    .string()
    .regex(/^\d{1,6}[smhd]$/)
    .transform((value) => Number.parseInt(value, 10) * (UNITS_MS[value.slice(-1)] ?? 0))
    .pipe(z.number().max(366 * DAY_MS)),
  expected: 'a time such as 30s, 15m, 1h or 1d',
};

const number: Typed<number> = {
  schema: z
    .string()
    .regex(/^-?\d{1,12}(\.\d{1,9})?$/)
    .transform(Number),
  expected: 'a number such as 250 or -0.5',
};

const NONE = Number.NaN;
/** The attributes of a rule. */
export const RULE = {
  when: required(oneOf(ALARM_KINDS), 'silent' as AlarmKind),
  name: optional(text(60), ''),
  analyzers: optional(text(2000, 'ids such as 1, 3, 5-9'), ''),
  devices: optional(text(2000, 'ids such as 1, 2'), ''),
  exporter: optional(text(500), ''),
  variable: optional(text(20), ''),
  value: optional(whole(1, 100, ', which value of the variable'), 0),
  limit: optional(text(30), ''),
  clear: optional(number, NONE),
  for: optional(span, -1),
  interval: optional(text(20), ''),
  repeat: optional(span, -1),
  quiet: optional(text(200), ''),
  severity: optional(oneOf(['warning', 'error']), ''),
} as const;

/** Which attributes each kind takes, beside those that all take. */
export const OWN = {
  silent: ['analyzers', 'for'],
  lineLost: ['devices', 'for'],
  diskLow: ['limit', 'for'],
  frozen: ['analyzers', 'variable', 'for'],
  above: ['analyzers', 'variable', 'value', 'limit', 'clear', 'for'],
  below: ['analyzers', 'variable', 'value', 'limit', 'clear', 'for'],
  demand: ['analyzers', 'limit', 'clear', 'interval'],
  owed: ['exporter', 'for'],
} as const satisfies Readonly<Record<AlarmKind, readonly (keyof typeof RULE)[]>>;
export const COMMON: readonly string[] = ['when', 'name', 'repeat', 'quiet', 'severity'];

export type Read = Placed<{ readonly [Name in keyof typeof RULE]: (typeof RULE)[Name]['otherwise'] }>;

/** A rule that is being read. */
export type Rule = { readonly read: Read; readonly element: XmlElement; readonly report: Report };

/** Repeated more often, an alarm is noise. */
const REPEAT_LEAST_MS = 60_000;

type Limits = Pick<AlarmRule, 'limit' | 'clear' | 'disk'>;

export function limitsOf({ read, element, report }: Rule): Limits {
  const { when, limit: written, clear } = read.values;
  const none: Limits = { limit: null, clear: null, disk: null };
  if (when === 'diskLow') return { ...none, disk: written === '' ? DISK_FREE : diskOf(written, read, report) };
  if (when !== 'above' && when !== 'below' && when !== 'demand') return none;
  const parsed = number.schema.safeParse(written);
  if (!parsed.success) {
    const unit = when === 'demand' ? ' (kW)' : '';
    const at = written === '' ? element.at : read.at('limit');
    report.error(
      at,
      `limit="..." of when="${when}": ${number.expected}${unit}`,
      written === '' ? 'none' : seen(written),
      '',
    );
    return none;
  }
  const limit = parsed.data;
  const end = Number.isNaN(clear) ? limit : clear;
  const isBeyond = when === 'below' ? end < limit : end > limit;
  if (isBeyond) {
    const side = when === 'below' ? 'at or above' : 'at or below';
    report.error(
      read.at('clear'),
      `clear: the value at which it is over, ${side} the limit`,
      String(end),
      'correct one of them',
    );
  }
  return { ...none, limit, clear: end };
}

const SIZES: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

function diskOf(written: string, read: Read, report: Report): DiskLimit {
  const [, amount = '', unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\s*(%|MB|GB|TB)$/i.exec(written) ?? [];
  const size = SIZES[unit.toUpperCase()];
  if (unit === '%' && Number(amount) < 100) return { percent: Number(amount), mostBytes: null };
  if (size !== undefined) return { percent: null, mostBytes: Number(amount) * size };
  report.error(read.at('limit'), 'limit: free space of the disk such as 5% or 500MB', seen(written), 'correct it');
  return DISK_FREE;
}

export function intervalOf({ read, report }: Rule): number | null {
  const written = read.values.interval;
  if (written === '') return QUARTER_MS;
  if (written === 'recording') return null;
  const parsed = span.schema.safeParse(written);
  if (parsed.success && RECORDING_MINUTES.includes(parsed.data / 60_000)) return parsed.data;
  const expected = 'interval: one that fits an hour or a day, such as 15m, 30m or 1h, or recording (as it is recorded)';
  report.error(read.at('interval'), expected, seen(written), 'correct it');
  return QUARTER_MS;
}

export function repeatOf({ read: { values, at }, report }: Rule): number | null {
  if (values.repeat < 0) return null;
  if (values.repeat >= REPEAT_LEAST_MS) return values.repeat;
  report.error(
    at('repeat'),
    `repeat: at least ${durationText(REPEAT_LEAST_MS)}`,
    durationText(values.repeat),
    'leave it out for no repeat',
  );
  return null;
}

export function quietOf({ read: { values, at }, report }: Rule): AlarmRule['quiet'] {
  if (values.quiet === '') return [];
  const quiet = parseQuiet(values.quiet);
  if (quiet === null) {
    const expected = 'quiet: local hours such as 22:00-07:00, several with commas';
    report.error(at('quiet'), expected, seen(values.quiet), 'correct it');
  }
  return quiet ?? [];
}
