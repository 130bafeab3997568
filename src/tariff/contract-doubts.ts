import { type Contract, changesWithin, inForce } from './contract.ts';
import type { LocalDate } from './period-table.ts';

/** Power that parts the tariffs of Spain: a 2.0TD has no more in any period, a 3.0TD more in some. */
const PARTING_KW = 15;

/** What is likely a slip in what a contract says of a time, in words; it is charged as it stands. */
export function doubtsOf(
  { tariff, territory, contractedKw, vat, electricityTax }: Contract,
  { from, to }: { readonly from: LocalDate; readonly to: LocalDate },
): readonly string[] {
  const dates = [from, ...changesWithin([contractedKw, vat, electricityTax], from, to)];
  const powers = dates.flatMap((date) => {
    const kw = inForce(contractedKw, date)?.kw;
    return kw === undefined ? [] : [Math.max(...Object.values(kw))];
  });
  const isSpanish = territory !== null;
  const above = powers.find((kw) => kw > PARTING_KW);
  const below = powers.find((kw) => kw <= PARTING_KW);
  const rates = dates.flatMap((date) => [
    ...rateDoubt('VAT', inForce(vat, date)?.percent, 1),
    ...rateDoubt('the electricity tax', inForce(electricityTax, date)?.percent, 0.5),
  ]);
  const words = [
    ...(isSpanish && tariff === '2.0TD' && above !== undefined
      ? [`a 2.0TD has at most ${PARTING_KW} kW in each period, and the contract says ${above} kW`]
      : []),
    ...(isSpanish && tariff === '3.0TD' && below !== undefined
      ? [`a 3.0TD has more than ${PARTING_KW} kW in some period, and the contract says ${below} kW at most`]
      : []),
    ...rates,
  ];
  return [...new Set(words)].map((each) => `IS THAT RIGHT? ${each}`);
}

/** Rates are in percent; the least that there was is `least`. */
function rateDoubt(name: string, percent: number | undefined, least: number): readonly string[] {
  if (percent === undefined || percent <= 0 || percent >= least) return [];
  return [`${name} is ${percent} % (rates are in percent: 21, not 0.21)`];
}
