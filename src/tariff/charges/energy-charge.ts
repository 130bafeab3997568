import type { BillLine, Stretch } from '../bill-lines.ts';
import { type BilledEnergy, billedEnergy } from '../billed-energy.ts';
import { inForce, type PriceSpan } from '../contract.ts';
import type { PeriodEnergy } from '../energy.ts';
import { hourPeriods, OF_PERIOD, pricesAround, UNPRICED } from '../hour-periods.ts';
import { exact, exactKwh, rounded } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine, priceOf } from './context.ts';

/**
 * Energy by period, at the price of each stretch; with prices by the hour, each hour at its own, or at that of its
 * period where prices by the hour do not count yet, or no more. Energy below zero costs nothing, and is paid nothing.
 */
export function energyCharge(context: BillContext): readonly BillLine[] {
  const { contract, cuts, energyOf } = context;
  if (isNone(contract, 'energy')) return [];
  const { hourlyPrices, energyPrices, discounts } = contract;
  // what surplus is paid has its limit in each billing period
  const isLimit = !isNone(contract, 'surplus') && cuts.billing.some((each) => isFedIn(context, each));
  const within = isLimit ? cuts.billing : [undefined];
  const stretches = within.flatMap((each) => cuts.cut([energyPrices, discounts], each));
  if (hourlyPrices === null) return stretches.flatMap((stretch) => periodLines(context, stretch, energyOf(stretch)));
  return stretches.flatMap((stretch) => hourlyLines(context, stretch));
}

function periodLines(context: BillContext, stretch: Stretch, energies: readonly BilledEnergy[]): readonly BillLine[] {
  const prices = inForce(context.contract.energyPrices, stretch.from)?.perKwh;
  return energies
    .filter(({ hours }) => hours > 0)
    .map((each) => {
      const { period, kwh } = each;
      const isPaid = !context.isPart && isBelowZero(kwh);
      const note = isPaid ? [BELOW_ZERO, noteOf(each) ?? []].flat().join('; ') : noteOf(each);
      const facts = { kind: 'energy', name: `energy ${period}`, period, quantity: kwh, unit: 'kWh' } as const;
      const about = { ...facts, coverage: coverageOf([each]), note, estimated: each.kwhEstimated };
      const price = priceOf(prices, period);
      const charged = isPaid ? exact(0) : exactKwh(kwh);
      return pricedLine(stretch, { ...about, what: `the price of energy in ${period}` }, charged, price);
    });
}

/** Of a sum of which more is taken off than there is. To the watt hour, as it is charged. */
export const isBelowZero = (kwh: number): boolean => exactKwh(kwh).lessThan(0);
export const BELOW_ZERO = 'it is below zero, for which nothing is paid';

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

function hourlyLines(context: BillContext, stretch: Stretch): readonly BillLine[] {
  const { contract, usage, unbilled, energyPeriods, offsetAt } = context;
  const prices = pricesAround(contract.hourlyPrices ?? [], stretch);
  const by = { unbilled, guesses: usage.guesses?.imported };
  const hours = hourPeriods({ ...contract, hourlyPrices: prices }, offsetAt);
  const others = hours.spans(stretch.start, stretch.end).filter(({ period }) => period === OF_PERIOD);
  const energies = billedEnergy(usage.imported, hours, stretch, by).filter(({ period }) => period !== OF_PERIOD);
  if (others.length === 0) return [hourlyLine(context, stretch, { energies, prices })];
  const all = others.map(({ from: start, to: end }) => billedEnergy(usage.imported, energyPeriods, { start, end }, by));
  const byPeriod = energyPeriods.names.map((period, place) => {
    return { ...sumOfEnergies(all.flatMap((each) => each[place] ?? [])), period };
  });
  const isHourly = energies.some((each) => each.hours > 0);
  return [
    ...(isHourly ? [hourlyLine(context, stretch, { energies, prices })] : []),
    ...periodLines(context, stretch, byPeriod),
  ];
}

type Hourly = { readonly energies: readonly BilledEnergy[]; readonly prices: readonly PriceSpan[] };

function hourlyLine({ contract, isPart }: BillContext, stretch: Stretch, { energies, prices }: Hourly): BillLine {
  const priced = energies.filter(({ period, kwh }) => period !== UNPRICED && kwh !== 0);
  const amount = priced.reduce(
    (sum, { period, kwh }) => sum.plus(exactKwh(kwh).times(exact(prices[Number(period)]?.perKwh ?? 0))),
    exact(0),
  );
  const whole = sumOfEnergies(energies);
  const isPaid = !isPart && isBelowZero(whole.kwh);
  const unpriced = energies.find(({ period }) => period === UNPRICED)?.kwh ?? 0;
  const facts = { kind: 'energy', name: 'energy by the hour', quantity: whole.kwh, unit: 'kWh' } as const;
  const note = isPaid ? [BELOW_ZERO, noteOf(whole) ?? []].flat().join('; ') : noteOf(whole);
  const about = { ...facts, coverage: coverageOf(energies), estimated: whole.kwhEstimated, note };
  if (Math.abs(unpriced) < WORTH_KWH) return lineOf(stretch, { ...about, amount: isPaid ? '0.00' : rounded(amount) });
  const missing = `the prices of the hours of ${unpriced.toFixed(3)} kWh are not in the file of hourly prices`;
  return lineOf(stretch, { ...about, missing, note: `the other hours: ${rounded(amount)} ${contract.currency}` });
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
