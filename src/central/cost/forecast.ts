import type { OffsetAt } from '../../domain/grid.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { MeteredVariable, UsageRecord } from '../../tariff/usage.ts';

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_HOURS = 168;
/** Time that what is to come is learnt from. */
export const LEARNT_MS = 28 * DAY_MS;
/** Records that are no later than this are late, not missing. */
const LATE_MS = 2 * HOUR_MS;

export type ForecastOptions = {
  readonly variables: readonly MeteredVariable[];
  /** Length of a record whose start is not known. */
  readonly recordingMs: number | null;
  readonly now: EpochMs;
  readonly until: EpochMs;
  readonly offsetAt: OffsetAt;
};

/**
 * Records of quarter hours from now until then, as the four weeks before let expect: each hour is like the mean of that
 * hour of the week, else of that hour of any day, else of all. `records` by end, none of them after now. Empty: there
 * is nothing to learn from.
 */
export function expectedRecords(records: readonly UsageRecord[], o: ForecastOptions): readonly UsageRecord[] {
  const recent = records.filter(({ end }) => end > o.now - LEARNT_MS && end <= o.now);
  const last = recent.at(-1);
  if (last === undefined) return [];
  const learnt = o.variables.map((variable) => ({ variable, rates: learn(recent, variable, o) }));
  const isLate = o.now - last.end <= LATE_MS;
  const begin = isLate ? last.end : Math.ceil(o.now / QUARTER_MS) * QUARTER_MS;
  const made: UsageRecord[] = [];
  for (let start = begin; start < o.until; ) {
    // quarter hours of the clock
    const end = Math.min(o.until, (Math.floor(start / QUARTER_MS) + 1) * QUARTER_MS);
    // what a counter did in time without records is not known
    made.push(expected(learnt, { start, end, isAfterGap: !isLate && made.length === 0 }, o.offsetAt));
    start = end;
  }
  return made;
}

/** Of each value of a variable: its mean, or what a counter adds in a ms. */
type Rates = (hour: number, index: number) => number | null;
type Learnt = readonly { readonly variable: MeteredVariable; readonly rates: Rates }[];
type Stretch = { readonly start: number; readonly end: number; readonly isAfterGap: boolean };

function expected(learnt: Learnt, { start, end, isAfterGap }: Stretch, offsetAt: OffsetAt): UsageRecord {
  const hour = hourOfWeek(end, offsetAt);
  const variables: Record<string, UsageRecord['variables'][string]> = {};
  for (const { variable, rates } of learnt) {
    const told = variable.phases.map((_, index) => rates(hour, index));
    const nothing = told.map(() => null);
    const isCounter = variable.aggregate === 'counter';
    const delta = told.map((rate) => (rate === null || isAfterGap ? null : rate * (end - start)));
    variables[variable.code] = isCounter
      ? // what it shows does not matter, but that it shows something
        { values: told.map((rate) => (rate === null ? null : 0)), delta, at: epochMs(end) }
      : { values: told, delta: nothing, at: null };
  }
  return { start: epochMs(start), end: epochMs(end), variables };
}

function hourOfWeek(end: number, offsetAt: OffsetAt): number {
  const before = epochMs(end - 1);
  return Math.floor((before + offsetAt(before)) / HOUR_MS) % WEEK_HOURS;
}

type Tally = { sum: number; weight: number };

function learn(
  records: readonly UsageRecord[],
  { code, aggregate, phases }: MeteredVariable,
  { recordingMs, offsetAt }: ForecastOptions,
): Rates {
  const isCounter = aggregate === 'counter';
  const levels = [WEEK_HOURS, 24, 1];
  const tallies = new Map<string, Tally>();
  const key = (index: number, level: number, hour: number) => `${index} ${level} ${hour % level}`;
  for (const { start, end, variables } of records) {
    const ms = start === null ? recordingMs : end - start;
    const variable = variables[code];
    if (variable === undefined || ms === null || ms <= 0) continue;
    const hour = hourOfWeek(end, offsetAt);
    for (const index of phases.keys()) {
      const value = (isCounter ? variable.delta : variable.values)[index] ?? null;
      if (value === null) continue;
      for (const level of levels) {
        const tally = tallies.get(key(index, level, hour)) ?? { sum: 0, weight: 0 };
        tally.sum += isCounter ? value : value * ms;
        tally.weight += ms;
        tallies.set(key(index, level, hour), tally);
      }
    }
  }
  return (hour, index) => {
    const found = levels.map((level) => tallies.get(key(index, level, hour))).find((tally) => tally !== undefined);
    return found === undefined ? null : found.sum / found.weight;
  };
}
