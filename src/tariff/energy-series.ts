import { type EpochMs, epochMs } from '../domain/units.ts';

/**
 * What a record tells of energy. `counter`: what was added (kWh) since the counter's value before it, and the instants
 * of both values; null: the meter counts nothing, or the difference is not known. `kw`: mean power of (start, end].
 */
export type EnergyRecord = {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly counter: { readonly from: EpochMs; readonly to: EpochMs; readonly kwh: number } | null;
  readonly kw: number | null;
};

/**
 * Energy records by end, a list for each of their fields, for a year has tens of thousands. NaN in `from`, `to` and
 * `kwh`: no counter; in `kw`: no power.
 */
export type EnergySeries = {
  readonly length: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly kwh: Float64Array;
  readonly kw: Float64Array;
  /** Until when `kw` tells of its record: of one with few readings for the share that they are. Absent: `end`. */
  readonly until?: Float64Array;
};

export function emptySeries(length: number): EnergySeries {
  return seriesOver(new Float64Array(length).fill(Number.NaN), new Float64Array(length).fill(Number.NaN));
}

/** Of records from these instants to those, without any energy; the lists are theirs. */
export function seriesOver(start: Float64Array, end: Float64Array): EnergySeries {
  const { length } = end;
  const list = () => new Float64Array(length).fill(Number.NaN);
  return { length, start, end, from: list(), to: list(), kwh: list(), kw: list() };
}

export function seriesOf(records: readonly EnergyRecord[]): EnergySeries {
  const series = emptySeries(records.length);
  for (const [index, { start, end, counter, kw }] of records.entries()) {
    series.start[index] = start;
    series.end[index] = end;
    series.kw[index] = kw ?? Number.NaN;
    if (counter === null) continue;
    series.from[index] = counter.from;
    series.to[index] = counter.to;
    series.kwh[index] = counter.kwh;
  }
  return series;
}

const at = (list: Float64Array, index: number): number => list[index] ?? Number.NaN;

/** The same one by one. */
export function energyRecordsIn(series: EnergySeries): readonly EnergyRecord[] {
  return Array.from({ length: series.length }, (_, index): EnergyRecord => {
    const [from, to, kwh, kw] = [series.from, series.to, series.kwh, series.kw].map((list) => at(list, index));
    const isCounted = from !== undefined && !Number.isNaN(from);
    return {
      ...{ start: epochMs(at(series.start, index)), end: epochMs(at(series.end, index)) },
      counter: isCounted ? { from: epochMs(from), to: epochMs(to ?? from), kwh: kwh ?? 0 } : null,
      kw: kw === undefined || Number.isNaN(kw) ? null : kw,
    };
  });
}
