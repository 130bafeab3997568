import { epochMs } from '../../src/domain/units.ts';
import { energyByPeriod } from '../../src/tariff/energy.ts';
import { type EnergySeries, emptySeries } from '../../src/tariff/energy-series.ts';
import { createPeriods } from '../../src/tariff/periods.ts';
import { SPANISH_HOLIDAYS, spanishPeriods } from '../../src/tariff/spain.ts';
import { zoneOffset } from '../../src/zone.ts';
import { type Bench, median } from './bench.ts';

const QUARTER_MS = 900_000;
const ROUNDS = 41;
const RATIO_MAX = 5;
const FROM = epochMs(Date.parse('2025-12-31T23:00:00Z'));
const TO = epochMs(Date.parse('2026-12-31T23:00:00Z'));

/** A year of quarter hours; the counter is read two seconds before each ends, as it is. */
function year(): EnergySeries {
  const count = (TO - FROM) / QUARTER_MS;
  const series = emptySeries(count);
  for (let index = 0; index < count; index += 1) {
    const start = FROM + index * QUARTER_MS;
    series.start[index] = start;
    series.end[index] = start + QUARTER_MS;
    series.from[index] = start - 2000;
    series.to[index] = start + QUARTER_MS - 2000;
    series.kw[index] = 8 + (index % 40) / 8;
    series.kwh[index] = (series.kw[index] ?? 0) / 4;
  }
  return series;
}

/** The same lists, added up. */
function bareSum({ length, start, end, from, to, kwh, kw }: EnergySeries): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1) {
    sum += start[index]! + end[index]! + from[index]! + to[index]! + kwh[index]! + kw[index]!;
  }
  return sum;
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

export const bench: Bench = {
  id: 'cost',
  title: 'energy by period of a year of quarter hours',
  target: `<= ${RATIO_MAX} x the sum of the same lists`,
  async run() {
    const series = year();
    const tables = spanishPeriods('3.0TD', 'baleares', 'energy');
    const periods = createPeriods({ tables, holidays: SPANISH_HOLIDAYS, offsetAt: zoneOffset('Europe/Madrid') });
    const rounds = Array.from({ length: ROUNDS }, () => ({
      bare: timed(() => bareSum(series)),
      ours: timed(() => energyByPeriod(series, periods, FROM, TO)),
    })).slice(Math.floor(ROUNDS / 2));
    const ratio = median(rounds.map(({ bare, ours }) => ours / bare));
    return [
      {
        ...{ name: 'energy by period', unit: 'ms', target: `<= ${RATIO_MAX} x the bare sum` },
        ...{ ours: median(rounds.map(({ ours }) => ours)), control: median(rounds.map(({ bare }) => bare)) },
        ...{ ratio, pass: ratio <= RATIO_MAX },
      },
    ];
  },
};
