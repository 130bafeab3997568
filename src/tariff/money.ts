import { Decimal } from 'decimal.js';

/** An amount with two decimals, as text: `1234.56`. What is computed is exact until it is rounded, once a line. */
export type Amount = string;

const Money = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP });
export type Exact = InstanceType<typeof Money>;

/** A number as it is written, so that 0.1 is a tenth. */
export const exact = (value: number | string): Exact => new Money(typeof value === 'number' ? String(value) : value);

/** Energy as meters and bills tell it: to the Wh. */
export const exactKwh = (kwh: number): Exact => new Money(kwh).toDecimalPlaces(3);

/** To the cent, halves away from zero. */
export function rounded(value: Exact): Amount {
  const text = value.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}

export const sumOf = (amounts: readonly Amount[]): Exact => amounts.reduce((sum, each) => sum.plus(each), new Money(0));
