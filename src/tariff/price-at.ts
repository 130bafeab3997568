import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { EpochMs } from '../domain/units.ts';
import { priceOf } from './charges/context.ts';
import { type Contract, inForce } from './contract.ts';
import { hourPeriods, OF_PERIOD } from './hour-periods.ts';
import { DAY_MS, dateOf } from './local-day.ts';
import { createPeriods, type Periods } from './periods.ts';

/** What a kWh costs at an instant; null: it is not known. */
export type PriceAt = (at: EpochMs) => number | null;

/**
 * Price of a kWh as it adds to the bill: that of its period or hour, with the electricity tax and VAT of that day.
 * Power, fees and rent, which energy does not change, are not in it, nor is the least of the electricity tax, which is
 * of a whole bill.
 */
export function createPriceAt(contract: Contract, offsetAt: OffsetAt): PriceAt {
  const { energyPeriods: tables, holidays, hourlyPrices } = contract;
  const periods = createPeriods({ tables, holidays, offsetAt });
  const hours = hourlyPrices === null ? null : hourPeriods(contract, offsetAt);
  return (at) => {
    const date = dateOf(Math.floor((at + offsetAt(at)) / DAY_MS));
    const hour = hours === null ? OF_PERIOD : hours.at(at).period;
    const byHour = hourlyPrices?.[Number(hour)]?.perKwh ?? null;
    const price = hour === OF_PERIOD ? periodPrice(contract, periods, at, date) : byHour;
    const taxes = [taxOf(contract, 'electricityTax', date), taxOf(contract, 'vat', date)];
    return taxes.reduce<number | null>((sum, tax) => (sum === null || tax === null ? null : sum * tax), price);
  };
}

function periodPrice({ energyPrices }: Contract, periods: Periods, at: EpochMs, date: string): number | null {
  const prices = inForce(energyPrices, date)?.perKwh;
  try {
    return priceOf(prices, periods.at(at).period);
  } catch (error) {
    // no table of periods is for that day
    if (error instanceof LectorError && error.code === 'CONFIG_INVALID') return null;
    throw error;
  }
}

/** Factor that a tax makes; 1 where the supply is not charged it, null where its rate is not known. */
function taxOf(contract: Contract, kind: 'electricityTax' | 'vat', date: string): number | null {
  if (contract.none.includes(kind)) return 1;
  const rate = inForce(contract[kind], date)?.percent ?? null;
  return rate === null ? null : 1 + rate / 100;
}
