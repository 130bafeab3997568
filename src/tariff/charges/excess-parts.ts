import { epochMs } from '../../domain/units.ts';
import type { BillOptions } from '../bill.ts';
import type { BillLine } from '../bill-lines.ts';
import { inForce } from '../contract.ts';
import { createCuts } from '../cuts.ts';
import { DAY_MS, dateOf } from '../local-day.ts';
import { exact } from '../money.ts';
import { NO_PART, type OpenedPart } from '../opened-parts.ts';
import type { LocalDate } from '../period-table.ts';
import { createPeriods } from '../periods.ts';
import { priceOf, type QuarterDemand } from './context.ts';
import { oversIn } from './excess-charge.ts';

const QUARTER_MS = 900_000;

/**
 * The quarter hours that made a line of excess of power: of each day the greatest, or all of one day. By the maximeter
 * the greatest of the line has all of its cost; by quarter hours each has its share by the square of what is beyond.
 */
export function excessParts(options: BillOptions, line: BillLine, date: LocalDate | null): readonly OpenedPart[] {
  const { contract } = options;
  const limit = priceOf(inForce(contract.contractedKw, line.from)?.kw, line.period ?? '');
  if (limit === null) return [];
  const overs = oversOf(options, line);
  const beyond = ({ kw }: QuarterDemand) => exact(kw).minus(exact(limit));
  const squares = overs.reduce((sum, each) => sum.plus(beyond(each).pow(2)), exact(0));
  const peak = overs.reduce<QuarterDemand | null>((max, each) => (max === null || each.kw > max.kw ? each : max), null);
  const isMaximeter = inForce(contract.excess, line.from)?.rule === 'maximeter';
  const shareOf = (each: QuarterDemand) => {
    if (isMaximeter) return exact(each === peak ? 1 : 0);
    return beyond(each).pow(2).dividedBy(squares);
  };
  const parts = overs.map((each): OpenedPart => {
    const note = each === peak ? 'the greatest' : null;
    const cost = line.amount === null ? null : shareOf(each).times(exact(line.amount)).toFixed(4);
    const from = epochMs(each.end - QUARTER_MS);
    return { ...NO_PART, from, to: each.end, date: dateIn(options, each.end), quantity: each.kw, cost, note };
  });
  return date === null ? [...Map.groupBy(parts, (part) => part.date).values()].map(greatestOf) : parts;
}

const dateIn = ({ offsetAt }: BillOptions, end: QuarterDemand['end']): LocalDate =>
  dateOf(Math.floor((end - 1 + offsetAt(epochMs(end - 1))) / DAY_MS));

function oversOf(options: BillOptions, { from, period }: BillLine): readonly QuarterDemand[] {
  const { contract, usage, offsetAt } = options;
  const cuts = createCuts(contract, options);
  // power is measured as long as the contracted is the same, whatever its price does
  const measured = cuts.billing
    .flatMap((billing) => cuts.measured([contract.contractedKw], billing))
    .find((each) => each.from <= from && from < each.to);
  if (measured === undefined) return [];
  const powerPeriods = createPeriods({ tables: contract.powerPeriods, holidays: contract.holidays, offsetAt });
  return oversIn({ contract, usage, powerPeriods, unbilled: usage.unbilled ?? [] }, measured, period ?? '');
}

/** The greatest of a day, with what all of it cost. */
function greatestOf(parts: readonly OpenedPart[]): OpenedPart {
  const [first] = parts.toSorted((a, b) => (b.quantity ?? 0) - (a.quantity ?? 0));
  const count = parts.length === 1 ? '1 quarter hour' : `${parts.length} quarter hours`;
  const costs = parts.map(({ cost }) => cost);
  const isKnown = costs.every((each) => each !== null);
  const cost = costs.reduce((sum, each) => sum.plus(exact(each ?? '0')), exact(0));
  const note = parts.find((part) => part.note !== null)?.note ?? null;
  return {
    ...(first ?? { ...NO_PART, from: epochMs(0), to: epochMs(0), date: '' }),
    ...{ cost: isKnown ? cost.toFixed(4) : null, note: [count, ...(note === null ? [] : [note])].join(', ') },
  };
}
