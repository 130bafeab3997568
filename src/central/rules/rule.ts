import { parseQuiet } from '../../domain/alarm-hours.ts';
import type { QuietHours } from '../../domain/alarm-rules.ts';
import { safe } from '../../domain/safe.ts';

/**
 * demand: mean power of a quarter hour. baseLoad: the least mean power of an hour of the night. cost: what the month
 * that runs will have cost at its end.
 */
export const RULE_KINDS = ['demand', 'baseLoad', 'cost'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/**
 * '%': of the power that the contract has in the period (demand), or above the median of the four weeks before
 * (baseLoad). 'money': in the currency of the contract.
 */
export const LIMIT_UNITS = ['kW', '%', 'money'] as const;
export type Limit = { readonly value: number; readonly unit: (typeof LIMIT_UNITS)[number] };

/** Where it is told; `secret` and `token` are names, of which whoever serves knows what they stand for. */
export type Hook = { readonly url: string; readonly secret: string | null; readonly token: string | null };

/** What is watched, and where it is told. */
export type Rule = {
  readonly when: RuleKind;
  /** null: all of them; then `analyzer` is null too. */
  readonly node: number | null;
  /** Or a virtual meter; null: every analyzer of the node, and every virtual meter. */
  readonly analyzer: number | null;
  readonly limit: Limit;
  /** So much below its limit it must be to be over, in percent of the limit. */
  readonly clearPercent: number;
  /** How often it is said again while it lasts; null: it is not. */
  readonly repeatMs: number | null;
  /** How long records are waited for before it is judged by those that are there. */
  readonly graceMs: number;
  /** baseLoad: hours of the clock of the node, `01:00-05:00`; else null. */
  readonly night: string | null;
  readonly webhook: Hook;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1440;

type Kind = {
  readonly units: readonly Limit['unit'][];
  readonly graceMs: number;
  readonly night: string | null;
  /** For the list, and for a person who wrote another unit. */
  readonly limits: string;
};

/** What each kind takes, and has where nothing is said. */
export const KINDS = {
  demand: { units: ['kW', '%'], graceMs: 15 * MINUTE_MS, night: null, limits: '50kW, or 95% of the contracted power' },
  baseLoad: {
    ...{ units: ['kW', '%'], graceMs: 2 * HOUR_MS, night: '01:00-05:00' },
    limits: '3kW, or 30% above the median of the four weeks before',
  },
  cost: { units: ['money'], graceMs: 0, night: null, limits: '400, in the currency of the contract' },
} as const satisfies Readonly<Record<RuleKind, Kind>>;

export const CLEAR_PERCENT = 5;
export const CLEAR_PERCENT_MAX = 90;
export const REPEAT_MIN_MS = 15 * MINUTE_MS;
export const REPEAT_MAX_MS = 366 * 24 * HOUR_MS;
export const GRACE_MAX_MS = 24 * HOUR_MS;
const LIMIT_MAX = 1e9;
const URL_MAX = 2_000;
/** What names a secret: nothing that leads out of a folder, nor into another variable. */
const SECRET_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,49}$/;

/** What is wrong with a rule, in words; null: nothing. */
export function ruleProblem(rule: Rule): string | null {
  const { units, limits } = KINDS[rule.when];
  const { value, unit } = rule.limit;
  if (!(units as readonly string[]).includes(unit))
    return `expected a limit such as ${limits}, saw ${limitText(rule.limit)}`;
  if (!(value > 0 && value <= LIMIT_MAX)) return `expected a limit above 0 and at most ${LIMIT_MAX}, saw ${value}`;
  if (rule.node === null && rule.analyzer !== null) return 'an analyzer is one of a node: expected the node too';
  if (!within(rule.clearPercent, 0, CLEAR_PERCENT_MAX)) return `expected a clearing of 0 to ${CLEAR_PERCENT_MAX} %`;
  if (rule.repeatMs !== null && !within(rule.repeatMs, REPEAT_MIN_MS, REPEAT_MAX_MS)) {
    return 'expected to be told again after 15 minutes to 366 days';
  }
  if (!within(rule.graceMs, 0, GRACE_MAX_MS)) return 'expected a grace of at most 24 hours';
  return nightProblem(rule) ?? hookProblem(rule.webhook);
}

const within = (value: number, min: number, max: number) => value >= min && value <= max;

function nightProblem({ when, night }: Rule): string | null {
  if (when !== 'baseLoad') return night === null ? null : 'only a rule on the base load has a night';
  if (nightOf(night ?? '') !== null) return null;
  return `expected a night of at least an hour such as 01:00-05:00, saw ${night}`;
}

/** Minutes of the day; null: it is no night. */
export function nightOf(text: string): QuietHours | null {
  const [night, another] = parseQuiet(text) ?? [];
  if (night === undefined || another !== undefined) return null;
  return (night.to - night.from + DAY_MINUTES) % DAY_MINUTES >= HOUR_MINUTES ? night : null;
}

function hookProblem({ url, secret, token }: Hook): string | null {
  // new URL() leaves them out, and so another address would be called than the one that is shown
  if (/[\p{Cc}\s]/u.test(url))
    return `expected the address of a webhook without blanks and control characters, saw "${safe(url, 80)}"`;
  const parsed = url.length <= URL_MAX && URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    return 'expected an address such as https://example.org/hook, http or https, for the webhook';
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return 'a user or password in the address of a webhook would stand in the database: give a token by its name';
  }
  const wrong = [secret, token].find((name) => name !== null && !SECRET_NAME.test(name));
  if (wrong === undefined) return null;
  return 'expected the name of a secret (letters, digits, - and _), never the secret itself';
}

export const limitText = ({ value, unit }: Limit): string => (unit === 'money' ? String(value) : `${value} ${unit}`);
