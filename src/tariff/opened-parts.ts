import { type EpochMs, epochMs } from '../domain/units.ts';
import { type BillOptions, usageOfBill } from './bill.ts';
import { parted } from './billed-energy.ts';
import type { Quantity } from './charges/context.ts';
import { stretchOf, turnsOf } from './cuts.ts';
import { energyInSpans, type SpanList, spanList } from './energy.ts';
import { type EnergySeries, emptySeries } from './energy-series.ts';
import { hourPeriods, OF_PERIOD } from './hour-periods.ts';
import { dateOf, dayOf } from './local-day.ts';
import { type Exact, exact } from './money.ts';
import type { LocalDate, PeriodName } from './period-table.ts';
import { createPeriods, type Periods } from './periods.ts';

const HOUR_MS = 3_600_000;

/** Something that a line of a bill is made of: a day of it, a record, or another line. Times half open. */
export type OpenedPart = {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly date: LocalDate;
  /** Of another line; null: it is a time. */
  readonly name: string | null;
  /** In the unit of the line; null: it has none. */
  readonly quantity: number | null;
  /** Of a unit; of several prices their mean; null: not known, or there is none. */
  readonly price: number | null;
  /** Without taxes, not rounded; null: it has none by itself, or its price is not known. */
  readonly cost: string | null;
  /** Both 0: it does not depend on data. */
  readonly hours: number;
  readonly coveredHours: number;
  /** Of `quantity`: from power, divided by time, and guessed. */
  readonly byPower: number;
  readonly byTime: number;
  readonly estimated: number;
  readonly note: string | null;
};

export const NO_PART = {
  ...{ name: null, quantity: null, price: null, cost: null, hours: 0, coveredHours: 0 },
  ...{ byPower: 0, byTime: 0, estimated: 0, note: null },
} as const;

/** What is opened of a bill: energy of a time in a period (null: in all of them). */
export type Wanted = {
  readonly quantity: Quantity;
  readonly period: PeriodName | null;
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** Of a unit; `hourly`: each at its own; null: not known, or a part costs nothing by itself. */
  readonly price: number | 'hourly' | null;
  /** Of a contract with prices by the hour, what has the price of its period. */
  readonly isOfPeriod?: boolean;
};

/** Its parts day by day; those of one day record by record. Days without an hour of it are left out. */
export function measuredParts(options: BillOptions, wanted: Wanted, of: LocalDate | null): readonly OpenedPart[] {
  const { offsetAt } = options;
  const dates =
    of === null ? [wanted.from, ...turnsOf('day', wanted.from, wanted.to), wanted.to] : [of, dateOf(dayOf(of) + 1)];
  const opener = openerOf(options, wanted);
  const days = dates.slice(1).map((next, index) => {
    const date = dates[index] ?? wanted.from;
    const { start, end } = stretchOf(date, next, offsetAt);
    return { date, start, end, segments: opener.segments(start, end) };
  });
  const all = days.flatMap(({ date, segments }) => segments.map((segment) => ({ ...segment, date })));
  if (of === null) {
    const measured = Map.groupBy(opener.measure(all), ({ date }) => date);
    return days.flatMap(({ date, start, end }) => {
      const found = measured.get(date);
      return found === undefined ? [] : [partOf(found, { date, from: start, to: end })];
    });
  }
  const borders = bordersIn(opener.series, all);
  const pieces = all.flatMap((segment) => piecesOf(segment, borders));
  return opener.measure(pieces).map((piece) => partOf([piece], piece));
}

/** A time of one price, and of one period. */
type Segment = { readonly from: EpochMs; readonly to: EpochMs; readonly price: number | null };
type Dated = Segment & { readonly date: LocalDate };
type Measured = Dated & {
  readonly kwh: number;
  readonly byPower: number;
  readonly byTime: number;
  readonly estimated: number;
  readonly coveredMs: number;
};

function openerOf(options: BillOptions, { quantity, period, price, isOfPeriod = false }: Wanted) {
  const { contract, offsetAt } = options;
  const usage = usageOfBill(options);
  const series = usage[quantity] ?? emptySeries(0);
  const guesses = usage.guesses?.[quantity] ?? emptySeries(0);
  const periods = createPeriods({ tables: contract.energyPeriods, holidays: contract.holidays, offsetAt });
  const prices = contract.hourlyPrices ?? [];
  const byPrice = price === 'hourly' || isOfPeriod ? hourPeriods(contract, offsetAt) : null;
  return {
    series,
    segments(start: EpochMs, end: EpochMs): readonly Segment[] {
      const { billed } = parted({ start, end }, usage.unbilled ?? []);
      const times = billed.flatMap((each) => timesIn(periods, period, each.start, each.end));
      if (byPrice === null) return times.map((each) => ({ ...each, price: price === 'hourly' ? null : price }));
      return times.flatMap(({ from, to }) =>
        byPrice
          .spans(from, to)
          .filter((each) => (each.period === OF_PERIOD) === isOfPeriod)
          .map((each) => ({
            ...each,
            price: price === 'hourly' ? (prices[Number(each.period)]?.perKwh ?? null) : price,
          })),
      );
    },
    measure(segments: readonly Dated[]): readonly Measured[] {
      const spans: SpanList = spanList(segments.map(({ from, to }, tally) => ({ from, to, tally })));
      const measured = energyInSpans(series, spans, segments.length);
      const guessed = energyInSpans(guesses, spans, segments.length);
      return segments.map((segment, at) => ({
        ...segment,
        ...{
          kwh: measured.kwh[at]! + guessed.kwh[at]!,
          estimated: guessed.kwh[at]!,
          coveredMs: measured.coveredMs[at]!,
        },
        ...{ byPower: measured.kwhByPower[at]!, byTime: measured.kwhByTime[at]! },
      }));
    },
  };
}

function timesIn(periods: Periods, period: PeriodName | null, from: EpochMs, to: EpochMs) {
  return period === null ? [{ from, to }] : periods.spans(from, to).filter((each) => each.period === period);
}

/** Where records begin and end, ascending, each once. */
function bordersIn({ length, start, end }: EnergySeries, segments: readonly Segment[]): readonly number[] {
  const [first, last] = [segments[0]?.from ?? 0, segments.at(-1)?.to ?? 0];
  const found = new Set<number>();
  for (let place = 0; place < length; place += 1) {
    for (const at of [start[place]!, end[place]!]) if (at > first && at < last) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

function piecesOf(segment: Dated, borders: readonly number[]): readonly Dated[] {
  const within = borders.filter((at) => at > segment.from && at < segment.to);
  const ends = [segment.from, ...within, segment.to];
  return ends.slice(1).map((to, index) => ({ ...segment, from: epochMs(ends[index] ?? to), to: epochMs(to) }));
}

function partOf(found: readonly Measured[], times: Pick<OpenedPart, 'from' | 'to' | 'date'>): OpenedPart {
  const sum = (of: (each: Measured) => number) => found.reduce((all, each) => all + of(each), 0);
  const quantity = sum(({ kwh }) => kwh);
  const cost = found.reduce<Exact | null>(
    (all, { kwh, price }) => (all === null || price === null ? null : all.plus(exact(kwh).times(exact(price)))),
    exact(0),
  );
  const [first] = found;
  const isOne = found.every(({ price }) => price === first?.price);
  const mean = cost === null || quantity === 0 ? null : Number(cost.dividedBy(exact(quantity)).toFixed(6));
  return {
    ...NO_PART,
    ...{ from: times.from, to: times.to, date: times.date, quantity, cost: cost?.toFixed(4) ?? null },
    price: isOne ? (first?.price ?? null) : mean,
    ...{ hours: sum(({ from, to }) => to - from) / HOUR_MS, coveredHours: sum(({ coveredMs }) => coveredMs) / HOUR_MS },
    ...{ byPower: sum((each) => each.byPower), byTime: sum((each) => each.byTime) },
    estimated: sum((each) => each.estimated),
  };
}
