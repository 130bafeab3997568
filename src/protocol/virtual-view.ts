import type { VirtualConfig, VirtualTerm } from '../domain/virtual.ts';
import type { AnalyzerState, AnalyzerView, IsoTime, NumberList, TodayView } from './views.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Readings that may be missed, or late, before what was read counts as old. */
const MISSED = 2;
const LATE_MS = 5_000;

/** What was read so long ago is not of now, whatever the state says. */
export const isStale = (ageMs: number, readingMs: number): boolean => ageMs > MISSED * readingMs + LATE_MS;

/** An analyzer of a sum that says nothing now. `absent`: there is none; `unread`: no reading yet; `old`: of before. */
export type MissingTerm = {
  readonly id: number;
  readonly name: string;
  readonly why: Exclude<AnalyzerState, 'polling' | 'recording'> | 'absent' | 'unread' | 'old';
};

/** What a sum of analyzers says now. Without one of them the sum is not known: null, never a part of it. */
export type VirtualNow = {
  /** Active power, kW. */
  readonly kw: number | null;
  /** Since midnight, kWh. */
  readonly energyKwh: number | null;
  /** `counter` where all are counted. */
  readonly energyFrom: TodayView['energyFrom'];
  /** Of that energy, by the contract of the sum, which must be that of each of its analyzers. */
  readonly cost: number | null;
  /** Why there is a contract and no cost: not all have that contract, or the cost of one is not known. */
  readonly costMissing: 'otherContract' | 'unknown' | null;
  /** Of the oldest of the readings that it is made of; null: one was never read. */
  readonly ageMs: number | null;
  readonly missing: readonly MissingTerm[];
};

export type VirtualOptions = {
  /** The server's clock, ms: energy of today is known once everybody was read today. */
  readonly now: number;
  /** Active power of an analyzer in kW; the total of PAT, which is in kW on every meter, unless given. */
  readonly kwOf?: (analyzer: AnalyzerView) => number | null;
};

type Analyzers = ReadonlyMap<number, AnalyzerView>;

/** Adds up what the analyzers of a sum say. Pure. */
export function virtualNow(virtual: VirtualConfig, analyzers: Analyzers, o: VirtualOptions): VirtualNow {
  const { kwOf = patKw, now } = o;
  const terms = virtual.terms.map(({ sign, id }) => ({ sign, id, analyzer: analyzers.get(id) }));
  const missing = terms.flatMap(({ id, analyzer }) => missingTerm(id, analyzer));
  const there = terms.flatMap(({ sign, analyzer }) => (analyzer === undefined ? [] : [{ sign, analyzer }]));
  const ages = there.map(({ analyzer }) => analyzer.ageMs);
  const isWhole = missing.length === 0;
  const isOfToday = isWhole && there.every(({ analyzer }) => isReadOn(now, analyzer));
  const added = (of: (analyzer: AnalyzerView) => number | null, isKnown: boolean) =>
    isKnown ? sumOf(there.map(({ sign, analyzer }) => ({ sign, value: of(analyzer) }))) : null;
  const isPriced = virtual.tariff !== undefined;
  const isOne = isPriced && there.every(({ analyzer }) => analyzer.tariff === virtual.tariff);
  const energyKwh = added(({ today }) => today.energyKwh, isOfToday);
  const cost = energyKwh === null ? null : added(({ today }) => today.cost ?? null, isOne);
  return {
    kw: added(kwOf, isWhole),
    energyKwh,
    energyFrom: energyKwh === null ? null : originOf(there.map(({ analyzer }) => analyzer.today.energyFrom)),
    cost,
    costMissing: !isPriced || cost !== null ? null : isOne ? 'unknown' : 'otherContract',
    ageMs: there.length < terms.length ? null : oldestOf(ages),
    missing,
  };
}

/** PAT is in kW on every meter, and its total stands last where phases stand before it. */
export const patKw = ({ lastReading }: Pick<AnalyzerView, 'lastReading'>): number | null =>
  lastReading?.values.PAT?.at(-1) ?? null;

/**
 * Mean power of each of the last minutes, kW, oldest first; null where that of one of the analyzers is not known.
 * Minutes stand by the clock: readings of two analyzers may lie on both sides of a full minute.
 */
export function virtualSpark({ terms }: Pick<VirtualConfig, 'terms'>, analyzers: Analyzers): NumberList {
  const parts = terms.map(({ sign, id }) => ({ sign, ...lastMinuteOf(analyzers.get(id)) }));
  const ends = parts.map(({ at }) => at);
  const known = ends.filter((at) => at !== null);
  if (known.length < ends.length) return [];
  const end = Math.max(...known);
  const minutes = Math.max(...parts.map(({ spark }) => spark.length));
  return Array.from({ length: minutes }, (_, n) => {
    const minute = end - (minutes - 1 - n);
    const values = parts.map(({ sign, spark, at }) => ({
      sign,
      value: spark[spark.length - 1 - ((at ?? 0) - minute)] ?? null,
    }));
    return sumOf(values);
  });
}

function lastMinuteOf(analyzer: AnalyzerView | undefined): { readonly spark: NumberList; readonly at: number | null } {
  const at = Date.parse(analyzer?.lastReading?.at ?? '');
  return { spark: analyzer?.spark ?? [], at: Number.isNaN(at) ? null : Math.floor(at / MINUTE_MS) };
}

function missingTerm(id: number, analyzer: AnalyzerView | undefined): readonly MissingTerm[] {
  if (analyzer === undefined) return [{ id, name: '', why: 'absent' }];
  const { name, state, lastReading, ageMs, readingMs } = analyzer;
  if (state !== 'polling' && state !== 'recording') return [{ id, name, why: state }];
  if (lastReading === null || ageMs === null) return [{ id, name, why: 'unread' }];
  return isStale(ageMs, readingMs) ? [{ id, name, why: 'old' }] : [];
}

type Part = { readonly sign: VirtualTerm['sign']; readonly value: number | null };

/** Without the digits that adding up makes of nothing: 3.3 - 3.31 is -0.01. */
function sumOf(parts: readonly Part[]): number | null {
  const sum = parts.reduce<number | null>(
    (total, { sign, value }) => (total === null || value === null ? null : total + sign * value),
    0,
  );
  return sum === null ? null : Number(sum.toFixed(SUM_DECIMALS)) + 0;
}

/** Far more than any meter tells. */
const SUM_DECIMALS = 9;

const oldestOf = (ages: readonly (number | null)[]): number | null =>
  ages.reduce((oldest, age) => (oldest === null || age === null ? null : Math.max(oldest, age)), 0);

const originOf = (origins: readonly TodayView['energyFrom'][]): TodayView['energyFrom'] =>
  origins.every((from) => from === 'counter') ? 'counter' : 'power';

/** What it says of today is of the day of `now`, in the zone that its times are told in. */
const isReadOn = (now: number, { lastReading }: AnalyzerView): boolean =>
  lastReading !== null &&
  dayOf(lastReading.nominal, Date.parse(lastReading.nominal)) === dayOf(lastReading.nominal, now);

/** A day ends with its last midnight. */
function dayOf(like: IsoTime, instant: number): number {
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(like) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === '-' ? -1 : 1);
  return Math.ceil((instant + offset) / DAY_MS);
}
