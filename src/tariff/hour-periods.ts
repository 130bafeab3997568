import type { OffsetAt } from '../domain/grid.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { type Contract, inForce, type PriceSpan } from './contract.ts';
import { stretchOf } from './cuts.ts';
import { DAY_MS, dateOf } from './local-day.ts';
import type { PeriodSpan, Periods } from './periods.ts';

/** Periods of the time without a price by the hour: without any, and where it has the price of its period. */
export const UNPRICED = 'none';
export const OF_PERIOD = 'of its period';

type Priced = Pick<Contract, 'hourlyPrices' | 'energyPrices'>;

/**
 * Stretches of one price by the hour, as periods that are called by their place in the list. An hour without one has
 * the price of its period where those by the hour do not count: before the first of them, and from the date of prices
 * by period that were agreed for later than the last. What lacks between is not known.
 */
export function hourPeriods({ hourlyPrices, energyPrices }: Priced, offsetAt: OffsetAt): Periods {
  const prices = hourlyPrices ?? [];
  const placeAt = (instant: number): number => placeIn(prices, instant);
  const isOfPeriod = (instant: EpochMs, before: number): boolean => {
    const agreed = inForce(energyPrices, dateOf(Math.floor((instant + offsetAt(instant)) / DAY_MS)));
    if (agreed === null) return false;
    const last = prices[before];
    return last === undefined || stretchOf(agreed.from, agreed.from, offsetAt).start >= last.to;
  };
  const nameAt = (instant: EpochMs): string => {
    const place = placeAt(instant);
    if ((prices[place]?.from ?? Number.POSITIVE_INFINITY) <= instant) return String(place);
    return isOfPeriod(instant, place - 1) ? OF_PERIOD : UNPRICED;
  };
  const names = [...prices.keys()].map(String).concat(UNPRICED, OF_PERIOD);
  const places = new Map(names.map((name, place) => [name, place]));
  const rule = { period: UNPRICED };
  return {
    names,
    namesIn: () => names,
    at: (instant) => ({ period: nameAt(instant), rule }),
    indexAt: (instant) => places.get(nameAt(instant)) ?? 0,
    spans(from, to) {
      const spans: PeriodSpan[] = [];
      for (let at = from; at < to; ) {
        const next = prices[placeAt(at)];
        const isPriced = next !== undefined && next.from <= at;
        const end = epochMs(Math.min(to, (isPriced ? next.to : next?.from) ?? to));
        spans.push({ from: at, to: end, period: nameAt(at) });
        at = end;
      }
      return spans;
    },
  };
}

/** Of the first that ends after an instant. */
function placeIn(prices: readonly PriceSpan[], instant: number): number {
  let [low, high] = [0, prices.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((prices[middle]?.to ?? instant) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

type Times = { readonly start: number; readonly end: number };

/** Those that count in a time, and the ones next to it: each is a period, and a file has those of years. */
export function pricesAround(prices: readonly PriceSpan[], { start, end }: Times): readonly PriceSpan[] {
  return prices.slice(Math.max(0, placeIn(prices, start) - 1), placeIn(prices, end) + 1);
}
