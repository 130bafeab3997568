import { epochMs } from '../../domain/units.ts';
import type { BillLine, Stretch } from '../bill-lines.ts';
import { type BilledEnergy, billedEnergy } from '../billed-energy.ts';
import { inForce, type PriceSpan } from '../contract.ts';
import type { PeriodEnergy } from '../energy.ts';
import { exact, exactKwh, rounded } from '../money.ts';
import type { PeriodSpan, Periods } from '../periods.ts';
import { type BillContext, isNone, lineOf, pricedLine, priceOf } from './context.ts';

/** Energy by period, at the price of each stretch; with prices by the hour, each hour at its own. */
export function energyCharge(context: BillContext): readonly BillLine[] {
  const { contract, cuts, energyOf } = context;
  if (isNone(contract, 'energy')) return [];
  const { hourlyPrices, energyPrices, discounts } = contract;
  // what surplus is paid has its limit in each billing period
  const isLimit = !isNone(contract, 'surplus') && cuts.billing.some((each) => isFedIn(context, each));
  const within = isLimit ? cuts.billing : [undefined];
  const lists = [hourlyPrices === null ? energyPrices : [], discounts];
  const stretches = within.flatMap((each) => cuts.cut(lists, each));
  if (hourlyPrices !== null) return stretches.map((stretch) => hourlyLine(context, stretch, hourlyPrices));
  return stretches.flatMap((stretch) => {
    const prices = inForce(contract.energyPrices, stretch.from)?.perKwh;
    const used = energyOf(stretch).filter(({ hours }) => hours > 0);
    return used.map((each) => {
      const { period, kwh } = each;
      const facts = { kind: 'energy', name: `energy ${period}`, period, quantity: kwh, unit: 'kWh' } as const;
      const about = { ...facts, coverage: coverageOf([each]), note: noteOf(each), estimated: each.kwhEstimated };
      const price = priceOf(prices, period);
      return pricedLine(stretch, { ...about, what: `the price of energy in ${period}` }, exactKwh(kwh), price);
    });
  });
}

const isFedIn = ({ energyOf }: BillContext, stretch: Stretch): boolean =>
  exactKwh(sumOfEnergies(energyOf(stretch, 'exported')).kwh).greaterThan(0);

/** Share of the time that has data; 1 of no time at all. */
export function coverageOf(energies: readonly PeriodEnergy[]): number {
  const hours = energies.reduce((sum, each) => sum + each.hours, 0);
  const covered = energies.reduce((sum, each) => sum + each.coveredHours, 0);
  return hours === 0 ? 1 : Math.min(1, covered / hours);
}

/** Shares below this are of rounding. */
const WORTH_KWH = 0.0005;

/** How much of some energy is a guess, and which share of it; null: nothing. */
export function estimateWords({ kwh, kwhEstimated }: Pick<BilledEnergy, 'kwh' | 'kwhEstimated'>, unit = 'kWh') {
  if (Math.abs(kwhEstimated) < WORTH_KWH) return null;
  const share = kwh === 0 ? '' : ` (${((100 * kwhEstimated) / kwh).toFixed(1)} %)`;
  return `${kwhEstimated.toFixed(3)} ${unit}${share} are ESTIMATED, where data are missing`;
}

/** What should be known of how an energy came about; null: nothing. */
export function noteOf(energy: BilledEnergy): string | null {
  const { kwhByPower, kwhByTime, kwhUnbilled } = energy;
  const notes = [
    ...[estimateWords(energy) ?? []].flat(),
    ...(Math.abs(kwhUnbilled) >= WORTH_KWH ? [`${kwhUnbilled.toFixed(3)} kWh of maintenance are not billed`] : []),
    ...(Math.abs(kwhByPower) >= WORTH_KWH ? [`${kwhByPower.toFixed(3)} kWh from power, for want of a counter`] : []),
    ...(Math.abs(kwhByTime) >= WORTH_KWH ? [`${kwhByTime.toFixed(3)} kWh divided by time between periods`] : []),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

/** Period of the time without a price. */
export const UNPRICED = 'none';

function hourlyLine(context: BillContext, stretch: Stretch, prices: readonly PriceSpan[]): BillLine {
  const { contract, usage, unbilled } = context;
  const { currency } = contract;
  const guesses = usage.guesses?.imported;
  const energies = billedEnergy(usage.imported, pricePeriods(prices), stretch, { unbilled, guesses });
  const priced = energies.filter(({ period, kwh }) => period !== UNPRICED && kwh !== 0);
  const amount = priced.reduce(
    (sum, { period, kwh }) => sum.plus(exactKwh(kwh).times(exact(prices[Number(period)]?.perKwh ?? 0))),
    exact(0),
  );
  const quantity = energies.reduce((sum, { kwh }) => sum + kwh, 0);
  const unpriced = energies.find(({ period }) => period === UNPRICED)?.kwh ?? 0;
  const facts = { kind: 'energy', name: 'energy by the hour', quantity, unit: 'kWh' } as const;
  const estimated = energies.reduce((sum, each) => sum + each.kwhEstimated, 0);
  const about = { ...facts, coverage: coverageOf(energies), estimated, note: noteOf(sumOfEnergies(energies)) };
  if (Math.abs(unpriced) < WORTH_KWH) return lineOf(stretch, { ...about, amount: rounded(amount) });
  const missing = `the prices of the hours of ${unpriced.toFixed(3)} kWh are not in the file of hourly prices`;
  return lineOf(stretch, { ...about, missing, note: `the other hours: ${rounded(amount)} ${currency}` });
}

/** All of them as one. */
export function sumOfEnergies(energies: readonly BilledEnergy[]): BilledEnergy {
  const sum = (field: Exclude<keyof BilledEnergy, 'period'>) => energies.reduce((all, each) => all + each[field], 0);
  return {
    ...{ period: '', kwh: sum('kwh'), kwhByPower: sum('kwhByPower'), kwhByTime: sum('kwhByTime') },
    ...{ hours: sum('hours'), coveredHours: sum('coveredHours'), kwhEstimated: sum('kwhEstimated') },
    ...{ guessedHours: sum('guessedHours'), kwhUnbilled: sum('kwhUnbilled') },
  };
}

/** Stretches of one price, as periods that are called by their place in the list. */
export function pricePeriods(prices: readonly PriceSpan[]): Periods {
  const placeAt = (instant: number): number => {
    let [low, high] = [0, prices.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((prices[middle]?.to ?? instant) > instant) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const rule = { period: UNPRICED };
  const nameAt = (instant: number): string => {
    const place = placeAt(instant);
    return (prices[place]?.from ?? Number.POSITIVE_INFINITY) <= instant ? String(place) : UNPRICED;
  };
  const names = [...prices.keys()].map(String).concat(UNPRICED);
  return {
    names,
    namesIn: () => names,
    at: (instant) => ({ period: nameAt(instant), rule }),
    indexAt: (instant) => (nameAt(instant) === UNPRICED ? prices.length : placeAt(instant)),
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
