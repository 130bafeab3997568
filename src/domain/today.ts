import { createCounterWalk } from './counter-walk.ts';
import { createDayRange, type Range } from './day-range.ts';
import type { OffsetAt, Window } from './grid.ts';
import { windowOf } from './grid.ts';
import { type PowerPlaces, powerIn } from './power-places.ts';
import type { Reading } from './reading.ts';
import type { LectorRecord, RecordedVariable } from './record.ts';
import { type EpochMs, epochMs, type VariableCode } from './units.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The day of an instant in the zone of `offsetAt`, (midnight, midnight]; 23 or 25 hours long twice a year. */
export const dayOf = (instant: EpochMs, offsetAt: OffsetAt): Window => windowOf(instant, DAY_MS, offsetAt);

export type Energy = { readonly kwh: number; readonly from: 'counter' | 'power' };

/** What an analyzer did since midnight: readings and records are added as they come, in the order they were made. */
export type Today = {
  /** A day begins; what is known of the counter is gone on from. */
  begin(day: Window): void;
  /** One of an earlier day only tells where the counter stood. */
  reading(reading: Reading): void;
  /** Its readings were added before. */
  record(record: LectorRecord): void;
  /** Its readings were not: what they did is taken from the record. */
  recordAlone(record: LectorRecord): void;
  energy(): Energy | null;
  /** Of that energy, each kWh at the price of its instant; null: no price is known of some of it, or no energy. */
  cost(): number | null;
  range(): Readonly<Record<VariableCode, Range>>;
};

export type TodayOptions = {
  readonly places: PowerPlaces;
  /** Variables whose range is wanted. */
  readonly codes: readonly VariableCode[];
  readonly day: Window;
  /** Interval of the grid that power is read on, ms. */
  readonly readingMs: number;
  readonly recordingMs: number;
  /** What a kWh costs at an instant; null: it is not known, undefined: there is no contract now. */
  readonly priceAt?: (at: EpochMs) => number | null | undefined;
};

/**
 * Energy is what the counter went since midnight: what the records of today say, and what came after the last of them.
 * Where the meter counts nothing it is the power consumed, each reading standing for its interval. Never more than
 * surely was today: what a counter went while nobody read it, from yesterday on or before a reset, is left out.
 */
export function createToday(options: TodayOptions): Today {
  const today = createUnpriced(options);
  return options.priceAt === undefined ? { ...today, cost: () => null } : priced(today, options.priceAt);
}

/** What is added to the energy, or taken back, costs what a kWh costs at that instant. */
function priced(today: Unpriced, priceAt: NonNullable<TodayOptions['priceAt']>): Today {
  let cost = 0;
  let unpriced = 0;
  let seen = 0;
  let isMissing = false;
  const count = (at: EpochMs) => {
    const price = priceAt(at);
    if (price === undefined) {
      isMissing = true;
      return;
    }
    const kwh = today.energy()?.kwh ?? 0;
    if (price === null) unpriced += kwh - seen;
    else cost += (kwh - seen) * price;
    seen = kwh;
  };
  return {
    ...today,
    begin(day) {
      today.begin(day);
      [cost, unpriced, seen] = [0, 0, today.energy()?.kwh ?? 0];
      isMissing = false;
    },
    reading(reading) {
      today.reading(reading);
      count(reading.nominal);
    },
    record(record) {
      today.record(record);
      count(record.end);
    },
    recordAlone(record) {
      today.recordAlone(record);
      // a window that ends with a period lies in it
      count(epochMs(record.end - 1));
    },
    cost() {
      const isKnown = !isMissing && today.energy() !== null && Math.abs(unpriced) <= UNPRICED_KWH;
      return isKnown ? cost : null;
    },
  };
}

/** Less than this is of rounding. */
const UNPRICED_KWH = 1e-6;

type Unpriced = Omit<Today, 'cost'>;

function createUnpriced({ places, codes, day: first, readingMs, recordingMs }: TodayOptions): Unpriced {
  const range = createDayRange(codes);
  const { energy: place } = places;
  const walk = createCounterWalk(place?.range ?? null);
  /** A value so long before midnight still stands for what the counter said then. */
  const nearMs = Math.min(recordingMs, HOUR_MS);
  let day = first;
  let recorded: number | null = null;
  let recordedAt: EpochMs | null = null;
  let integral: number | null = null;

  const isNear = (at: EpochMs | null): boolean => at !== null && at > day.start - nearMs;
  const count = (reading: Reading, isToday: boolean) => {
    const value = place ? (reading.values[place.code]?.[place.index] ?? null) : null;
    if (place === null || value === null) return;
    if (isToday && !isNear(walk.lastAt())) walk.clear();
    walk.add(value, reading.nominal);
    if (!isToday) walk.restart();
  };
  const integrate = (kw: number | null, ms: number) => {
    if (kw !== null) integral = (integral ?? 0) + (Math.max(0, kw) * ms) / HOUR_MS;
  };
  /** `isSeen`: its readings were added, so that where it knows no difference what was seen of the counter counts. */
  const settle = (record: LectorRecord, isSeen: boolean) => {
    const variable = place ? record.variables[place.code] : undefined;
    if (place === null || variable === undefined) return;
    const isContinued = isNear(recordedAt);
    const before = isNear(walk.lastAt()) ? walk.counted() : null;
    recordedAt = variable.at ?? recordedAt;
    // a baseline is kept while nothing is read: it is as old as the last value
    walk.settle(variable.baseline[place.index] ?? null, record.end, recordedAt ?? epochMs(0));
    const seen = before === null ? null : before - (walk.counted() ?? 0);
    const delta = isContinued ? (variable.delta[place.index] ?? null) : null;
    const went = delta ?? (isSeen ? seen : wayOf(variable, place.index));
    if (isOf(day, record) && went !== null) recorded = (recorded ?? 0) + went;
  };

  return {
    begin(next) {
      day = next;
      recorded = null;
      integral = null;
      walk.restart();
      range.clear();
    },
    reading(reading) {
      const isToday = reading.nominal > day.start;
      count(reading, isToday);
      if (!isToday) return;
      if (reading.grid === places.grid) integrate(powerIn(reading, places.power), readingMs);
      range.add(reading.values);
    },
    record: (record) => settle(record, true),
    recordAlone(record) {
      settle(record, false);
      if (!isOf(day, record)) return;
      for (const code in record.variables) range.addRange(code, record.variables[code]!);
      const { n = 0, kw } = meanPower(record, places);
      integrate(kw, n * readingMs);
    },
    energy() {
      const counted = isNear(walk.lastAt()) ? walk.counted() : null;
      if (place !== null) {
        if (recorded === null && counted === null) return null;
        return { kwh: ((recorded ?? 0) + (counted ?? 0)) * place.factor, from: 'counter' };
      }
      return integral === null ? null : { kwh: integral, from: 'power' };
    },
    range: range.view,
  };
}

const isOf = (day: Window, { start, end }: LectorRecord): boolean => start >= day.start && end <= day.end;

/** The way of a counter from its first value in a record to its last; null when it fell in between. */
function wayOf(variable: RecordedVariable, index: number): number | null {
  const [min, max] = [variable.min[index] ?? null, variable.max[index] ?? null];
  if (min === null || max === null || variable.flags.some((flag) => flag === 'wrap' || flag === 'reset')) return null;
  // a difference from 0 is not taken
  if (min === 0 || max === 0) return null;
  return max < 0 ? min - max : max - min;
}

/** Mean active power of a record and how many readings it stands for. */
function meanPower(record: LectorRecord, { power }: PowerPlaces): { readonly kw: number | null; readonly n?: number } {
  const values = Object.fromEntries(power.map(({ code }) => [code, record.variables[code]?.values ?? []]));
  const first = power[0];
  const n = first ? (record.variables[first.code]?.n[first.index] ?? 0) : 0;
  return { kw: powerIn({ values }, power), n };
}

/** Whether power was consumed and given back in one record: its mean does not tell how much of each. */
export function isMixed(record: LectorRecord, { power }: PowerPlaces): boolean {
  return power.some(({ code, index }) => {
    const variable = record.variables[code];
    return (variable?.min[index] ?? 0) < 0 && (variable?.max[index] ?? 0) > 0;
  });
}
