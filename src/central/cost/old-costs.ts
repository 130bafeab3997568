import type { OffsetAt } from '../../domain/grid.ts';
import { type Bill, bill } from '../../tariff/bill.ts';
import type { BillLine } from '../../tariff/bill-lines.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { CHARGE_KINDS, type Contract } from '../../tariff/contract.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import { exactKwh, rounded, sumOf } from '../../tariff/money.ts';
import type { LocalDate, PeriodName } from '../../tariff/period-table.ts';
import { createPeriods } from '../../tariff/periods.ts';
import { startOf } from './billing.ts';

const HOUR_MS = 3_600_000;
/** What all hours are where each has a price of its own. */
const BY_THE_HOUR = 'P1';

/** Of one period on one day. `cost` null: no price of it is known. */
type OldPeriod = {
  readonly period: PeriodName;
  readonly cost: string | null;
  readonly kwh: string;
  readonly hours: number;
  readonly coverage: number;
};
type OldDay = {
  readonly date: LocalDate;
  readonly periods: readonly OldPeriod[];
  readonly kwh: string;
  readonly cost: string | null;
};

export type OldCostOptions = {
  readonly contract: Contract;
  readonly usage: Usage;
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly offsetAt: OffsetAt;
};

/** What the energy of each local day cost in each period of the contract, without taxes and all else; one by one. */
export function* oldDays({ contract, usage, from, to, offsetAt }: OldCostOptions): Generator<OldDay, void> {
  const energyAlone = { ...contract, none: CHARGE_KINDS.filter((kind) => kind !== 'energy') };
  const hoursIn = hoursOf(contract, offsetAt);
  // hours of before prices by the hour have lines of their periods: a day has one name for all of them
  const nameOf = (line: BillLine) => (contract.hourlyPrices === null ? line.period : BY_THE_HOUR);
  const isOf = (period: PeriodName) => (line: BillLine) => line.kind === 'energy' && nameOf(line) === period;
  for (let day = dayOf(from); day < dayOf(to); day += 1) {
    const [date, next] = [dateOf(day), dateOf(day + 1)];
    const { lines } = bill({ contract: energyAlone, usage, from: date, to: next, offsetAt });
    const periods = [...hoursIn(date, next)].map(([period, hours]) =>
      oldPeriod(period, hours, lines.filter(isOf(period))),
    );
    const costs = periods.flatMap(({ cost }) => cost ?? []);
    const kwh = rounded(sumOf(periods.map((each) => each.kwh)));
    yield { date, periods, kwh, cost: costs.length < periods.length ? null : rounded(sumOf(costs)) };
  }
}

function oldPeriod(period: PeriodName, hours: number, own: Bill['lines']): OldPeriod {
  const kwh = own.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0);
  // a day without any record costs nothing there, as it always did: `cobertura` says that it is not known
  const isPriced = own.every(({ amount, quantity }) => amount !== null || quantity === null);
  return {
    ...{ period, hours, kwh: rounded(exactKwh(kwh)) },
    cost: isPriced ? rounded(sumOf(own.flatMap(({ amount }) => amount ?? []))) : null,
    coverage: Math.min(1, ...own.map(({ coverage }) => coverage ?? 1)),
  };
}

/** Hours that a day has of each period; of all of them, also those that it has none of. */
function hoursOf({ energyPeriods, holidays, hourlyPrices }: Contract, offsetAt: OffsetAt) {
  const { names, spans } = createPeriods({ tables: energyPeriods, holidays, offsetAt });
  return (date: LocalDate, next: LocalDate): ReadonlyMap<PeriodName, number> => {
    const [start, end] = [startOf(date, offsetAt), startOf(next, offsetAt)];
    if (hourlyPrices !== null) return new Map([[BY_THE_HOUR, (end - start) / HOUR_MS]]);
    const hours = new Map(names.map((name) => [name, 0]));
    for (const { period, from, to } of spans(start, end)) {
      hours.set(period, (hours.get(period) ?? 0) + (to - from) / HOUR_MS);
    }
    return hours;
  };
}

/** `01-05-2014` */
const oldDate = (date: LocalDate): string => date.split('-').reverse().join('-');
/** `8.0`, as Python prints it: there it is no whole number. */
const oldHours = (hours: number): string => (Number.isInteger(hours) ? hours.toFixed(1) : String(hours));

/** A line of the predecessor's answer, as JSON. `covered`: with the share of time that has data beside each amount. */
export function oldCostLine({ date, periods, kwh, cost }: OldDay, covered: boolean): string {
  const parts = periods.map(({ period, coverage, ...each }) => {
    const amounts = `"import": ${JSON.stringify(each.cost)}, "consum": "${each.kwh}"`;
    const share = covered ? `, "cobertura": ${coverage}` : '';
    return `${JSON.stringify(period)}: {${amounts}, "horesTarifa": ${oldHours(each.hours)}${share}}`;
  });
  const totals = `"consumTotal": "${kwh}", "costTotal": ${JSON.stringify(cost)}`;
  return `{${[`"data": "${oldDate(date)}"`, ...parts, totals].join(', ')}}`;
}
