import type { BillLine } from '../bill-lines.ts';
import type { BilledEnergy } from '../billed-energy.ts';

/** Whether nothing tells what was used: no record, and no guess. Time that is not billed is none of it. */
export const isUnknown = ({ hours, coveredHours, guessedHours }: Omit<BilledEnergy, 'period'>): boolean =>
  hours > 0 && coveredHours === 0 && guessedHours === 0;

export const NO_RECORDS = 'there are no records of that time';

/** A line of energy of which nothing is known: that is not nothing, and has no amount. */
export function unknownLine(line: BillLine): BillLine {
  if (line.unit !== 'kWh' || line.missing !== null) return line;
  return { ...line, quantity: null, amount: null, missing: `${NO_RECORDS}: the energy of it is not known` };
}
