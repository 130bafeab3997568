import { CLEAR_PERCENT, KINDS, type Limit, RULE_KINDS, type Rule, type RuleKind } from '../../central/rules/rule.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { PlaceOptions } from './options.ts';
import { analyzerWord, nodeWord } from './words.ts';

export type RuleOptions = PlaceOptions & {
  readonly when?: string;
  readonly node?: string;
  readonly analyzer?: string;
  readonly limit?: string;
  readonly webhook?: string;
  readonly secret?: string;
  readonly token?: string;
  readonly clear?: string;
  readonly repeat?: string;
  readonly grace?: string;
  readonly night?: string;
};

type Change = { -readonly [Name in keyof Rule]?: Rule[Name] } & { hook?: Partial<Rule['webhook']> };

/** A new rule as the options say it. @throws LectorError USAGE. */
export function ruleFrom(options: RuleOptions): Rule {
  const when = kindWord(options.when ?? '');
  const { hook, ...change } = changeFrom(options);
  const { limit } = change;
  if (limit === undefined) throw usage(`expected --limit, such as ${KINDS[when].limits}`);
  const url = hook?.url;
  if (url === undefined) throw usage('expected --webhook, the address that is called');
  const { graceMs, night } = KINDS[when];
  return {
    ...{ when, node: null, analyzer: null, clearPercent: CLEAR_PERCENT, repeatMs: null, graceMs, night },
    ...change,
    limit,
    webhook: { secret: null, token: null, ...hook, url },
  };
}

/** What the options change. @throws LectorError USAGE. */
export function changedRule(rule: Rule, options: RuleOptions): Rule {
  const { hook, ...change } = changeFrom(options);
  if (Object.keys(change).length === 0 && hook === undefined) {
    throw usage('expected what to change, such as --limit or --webhook (--help says what there is)');
  }
  return { ...rule, ...change, webhook: { ...rule.webhook, ...hook } };
}

function changeFrom(o: RuleOptions): Change {
  const hook = {
    ...(o.webhook !== undefined && { url: o.webhook }),
    ...(o.secret !== undefined && { secret: o.secret === 'none' ? null : o.secret }),
    ...(o.token !== undefined && { token: o.token === 'none' ? null : o.token }),
  };
  return {
    ...(o.node !== undefined && { node: nodeWord(o.node) }),
    ...(o.analyzer !== undefined && { analyzer: analyzerWord(o.analyzer) }),
    ...(o.limit !== undefined && { limit: limitWord(o.limit) }),
    ...(o.clear !== undefined && { clearPercent: percentWord(o.clear) }),
    ...(o.repeat !== undefined && { repeatMs: o.repeat === 'never' ? null : timeWord(o.repeat, '--repeat') }),
    ...(o.grace !== undefined && { graceMs: timeWord(o.grace, '--grace') }),
    ...(o.night !== undefined && { night: o.night }),
    ...(Object.keys(hook).length > 0 && { hook }),
  };
}

function kindWord(text: string): RuleKind {
  const found = RULE_KINDS.find((each) => each.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw usage(`expected --when ${RULE_KINDS.join(', ')}; saw "${safe(text, 40)}"`);
}

const MONEY = /^\s*(?:\p{Sc}|[A-Z]{3})?\s*\d+(?:\.\d+)?\s*(?:\p{Sc}|(?!k|.w)[A-Z]{3})?\s*$/iu;

/** `50kW`, `95%`, `400`. */
function limitWord(text: string): Limit {
  const [, digits, unit = ''] = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*(kW|%)?\s*$/i.exec(text) ?? [];
  if (digits === undefined && MONEY.test(text)) {
    throw usage(
      `expected --limit without its currency, which is that of the contract, such as 400; saw "${safe(text, 40)}"`,
    );
  }
  if (digits === undefined) {
    throw usage(`expected --limit as 50kW, 95% or 400 (a decimal point, no comma); saw "${safe(text, 40)}"`);
  }
  const value = Number(digits);
  if (unit === '') return { value, unit: 'money' };
  return { value, unit: unit === '%' ? '%' : 'kW' };
}

function percentWord(text: string): number {
  const value = Number(/^(\d{1,3}(?:\.\d{1,3})?)\s*%?$/.exec(text.trim())?.[1] ?? Number.NaN);
  if (!Number.isNaN(value)) return value;
  throw usage(`expected --clear in percent, such as 5; saw "${safe(text, 40)}"`);
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeWord(text: string, option: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text.trim()) ?? [];
  if (amount !== undefined) return Number(amount) * (UNITS_MS[unit] ?? 0);
  throw usage(`expected ${option} as a time such as 15m, 6h or 1d; saw "${safe(text, 40)}"`);
}

const usage = (words: string) => new LectorError('USAGE', words);
