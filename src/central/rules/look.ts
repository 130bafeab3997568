import { LectorError } from '../../domain/errors.ts';
import type { Window } from '../../domain/grid.ts';
import { epochMs } from '../../domain/units.ts';
import type { EnergySeries } from '../../tariff/energy-series.ts';
import { DAY_MS } from '../../tariff/local-day.ts';
import type { CostDeps } from '../cost/billing.ts';
import { forecast } from '../cost/forecast-route.ts';
import { createContracted } from './contracted.ts';
import type { Looked } from './due.ts';
import { leastHour, type Measured, meanPower, median } from './measures.ts';
import type { Rule } from './rule.ts';
import { type Finding, SHARE_WHOLE } from './step.ts';
import type { Subject } from './subjects.ts';
import { usageOf } from './usage.ts';
import { ruleWindows } from './windows.ts';

/** Nights that one is compared with, and how many of them must be known. */
const NIGHTS = 28;
const NIGHTS_MIN = 7;

/** What was consumed in windows, and what it is held against. One is made for one look at the rules. */
export type Looker = (rule: Rule, subject: Subject, windows: readonly Window[]) => Promise<readonly Looked[]>;

export function createLooker(deps: CostDeps): Looker {
  const contracted = createContracted(deps);

  const demandLimit = async ({ limit }: Rule, subject: Subject, { start }: Window): Promise<Limited> => {
    if (limit.unit === 'kW') return { limit: limit.value, limitIs: null };
    const power = await contracted(subject, start);
    if ('unknown' in power) return power;
    const limitIs = `${limit.value} % of the ${power.kw} kW contracted in ${power.period}`;
    return { limit: (power.kw * limit.value) / 100, limitIs };
  };

  const nightLimit = (rule: Rule, subject: Subject, series: EnergySeries, { end }: Window): Limited => {
    const { limit } = rule;
    if (limit.unit === 'kW') return { limit: limit.value, limitIs: null };
    const from = epochMs(end - (NIGHTS + 1) * DAY_MS);
    const before = ruleWindows(rule, from, epochMs(end - 1), deps.zoneOffset(subject.node.timezone)).slice(-NIGHTS);
    const known = before.flatMap((night) => {
      const measured = leastHour(series, night);
      return 'kw' in measured && measured.share >= SHARE_WHOLE ? [measured.kw] : [];
    });
    if (known.length < NIGHTS_MIN) {
      return { unknown: `of the ${NIGHTS} nights before only ${known.length} are known: ${NIGHTS_MIN} are needed` };
    }
    const usual = median(known);
    if (!(usual > 0)) return { unknown: `the median of the nights before is ${kw(usual)}: give the limit in kW` };
    const limitIs = `${limit.value} % above the median of ${known.length} nights, ${kw(usual)}`;
    return { limit: usual * (1 + limit.value / 100), limitIs };
  };

  const power = async (rule: Rule, subject: Subject, windows: readonly Window[]): Promise<readonly Looked[]> => {
    const [first, last] = [windows[0], windows.at(-1)];
    if (first === undefined || last === undefined) return [];
    const isNight = rule.when === 'baseLoad';
    const earlier = isNight && rule.limit.unit === '%' ? (NIGHTS + 1) * DAY_MS : 0;
    const { imported } = await usageOf(subject, epochMs(first.start - earlier), last.end, deps);
    const looked: Looked[] = [];
    for (const window of windows) {
      const measured = isNight ? leastHour(imported, window) : meanPower(imported, window);
      const limited =
        'unknown' in measured
          ? measured
          : isNight
            ? nightLimit(rule, subject, imported, window)
            : await demandLimit(rule, subject, window);
      looked.push({ window, finding: findingOf(window, measured, limited) });
    }
    return looked;
  };

  return async (rule, subject, windows) =>
    rule.when === 'cost'
      ? Promise.all(
          windows.map(async (window) => ({ window, finding: await costFinding(rule, subject, window, deps) })),
        )
      : power(rule, subject, windows);
}

type Limited = { readonly limit: number; readonly limitIs: string | null } | { readonly unknown: string };

function findingOf({ start, end }: Window, measured: Measured, limited: Limited): Finding {
  const { share } = measured;
  if ('unknown' in measured) return { kind: 'unknown', why: measured.unknown, share };
  if ('unknown' in limited) return { kind: 'unknown', why: limited.unknown, share };
  const { limit, limitIs } = limited;
  return {
    kind: 'seen',
    seen: { start, end, value: measured.kw, limit, share, limitIs, unit: 'kW', month: null, note: null },
  };
}

async function costFinding(rule: Rule, { node, id }: Subject, window: Window, deps: CostDeps): Promise<Finding> {
  try {
    const { from, total, currency, bills } = await forecast({ node: node.id, analyzer: id }, deps);
    if (total === null || currency === null) return unknown('its contracts of this month have different currencies');
    const value = Number(total);
    const note = lacking(bills);
    // what is lacking costs something: what is known alone may be above the limit, and tells nothing below it
    const coverage = Math.min(...bills.map((each) => each.coverage));
    const isWhole = bills.every(({ missing }) => missing.length === 0) && value <= rule.limit.value * coverage;
    if (note !== null && value <= rule.limit.value && !isWhole) return unknown(`the forecast is not whole: ${note}`);
    const seen = {
      ...window,
      value,
      limit: rule.limit.value,
      share: 1,
      limitIs: null,
      unit: currency,
      month: from.slice(0, 7),
      note,
    };
    return { kind: 'seen', seen };
  } catch (error) {
    if (error instanceof LectorError && !error.retryable) return unknown(error.message);
    throw error;
  }
}

type Lacking = { readonly missing: readonly string[]; readonly coverage: number };

/** What makes the forecast of these bills less than it will be; null: nothing. */
function lacking(bills: readonly Lacking[]): string | null {
  const missing = bills.flatMap((each) => each.missing);
  const parts = bills.filter(({ coverage }) => coverage < SHARE_WHOLE);
  const shares = parts.map(({ coverage }) => `only ${Math.floor(coverage * 100)} % of its time has data`);
  const all = [...new Set([...missing, ...shares])];
  return all.length === 0 ? null : all.join('; ');
}

const unknown = (why: string): Finding => ({ kind: 'unknown', why, share: 1 });

const kw = (value: number): string => `${Number(value.toFixed(2))} kW`;
