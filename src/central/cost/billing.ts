import type { OffsetAt } from '../../domain/grid.ts';
import { instantOfWall } from '../../domain/local-time.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { type Bill, type BillOptions, billSteps } from '../../tariff/bill.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import type { Contract } from '../../tariff/contract.ts';
import { spanOfEstimates } from '../../tariff/estimates.ts';
import { DAY_MS, dateOf, dayOf, SPAN_DAYS_MAX } from '../../tariff/local-day.ts';
import { type Amount, rounded, sumOf } from '../../tariff/money.ts';
import type { LocalDate } from '../../tariff/period-table.ts';
import { yearBefore } from '../../tariff/year-before.ts';
import type { AppDeps } from '../api/app-types.ts';
import { problem } from '../api/problems.ts';
import { type AskedBeside, type Beside, besideOf } from './besides.ts';
import { noContract } from './contracts.ts';
import { billedTarget, type CostTarget, usageBetween } from './cost-target.ts';
import { inTurns } from './in-turns.ts';
import type { Contracts } from './ports.ts';
import { termsOf } from './terms.ts';

export type CostDeps = Pick<AppDeps, 'registry' | 'meters' | 'contracts' | 'readUsage' | 'clock' | 'zoneOffset'>;

/** A contract of here by its name, or one that came with the question. */
export type Asked = string | Contract;
export type Span = { readonly from: LocalDate; readonly to: LocalDate };

export type BillRequest = AskedBeside & {
  readonly node: number;
  /** Or a virtual meter. */
  readonly analyzer: number;
  /** null: the first day of the month that runs. */
  readonly from: LocalDate | null;
  /** Exclusive; null: tomorrow. */
  readonly to: LocalDate | null;
  /** null: what it is charged by, each from its date on. */
  readonly contract: Asked | null;
  /** In the place of that; null: there is no such question. */
  readonly whatIf: Asked | null;
  /** Energy of time without data is guessed, and marked. */
  readonly estimate: boolean;
};

/** What some bills of one time come to. `total` null: they are in several currencies. */
export type Bills = {
  readonly bills: readonly Bill[];
  readonly total: Amount | null;
  readonly currency: string | null;
};
/** `difference`: how much more the other contract costs. */
export type WhatIf = Bills & { readonly difference: Amount | null };
export type Billed = Span & Bills & Beside & { readonly target: CostTarget; readonly whatIf: WhatIf | null };

/** Bills one after the other, each by one contract. */
export type Priced = Span & { readonly contract: Contract };

/** Bills an analyzer, or a sum of several. Throws the problem `not-found` for what is not here, `bad-request`. */
export async function billed(request: BillRequest, deps: CostDeps): Promise<Billed> {
  const target = await billedTarget(deps, request.node, request.analyzer);
  const { zone, by } = await chargedBy(request.contract, target, deps);
  const span = spanOf(request, localDay(deps.clock.now(), deps.zoneOffset(zone)));
  const priced = await by(span);
  const other = request.whatIf === null ? null : await contractOf(request.whatIf, deps.contracts);
  const usageOver = (list: readonly Priced[]) => {
    // the weeks around a gap tell what its hours usually take
    const around = request.estimate ? list.map((each) => ({ ...each, ...spanOfEstimates(each) })) : list;
    return usageFor(target, around, deps, list);
  };
  const optionsOf = (list: readonly Priced[], usage: Usage): readonly BillOptions[] =>
    list.map(({ contract, from, to }) => ({
      ...{ contract, usage, from, to, offsetAt: deps.zoneOffset(contract.timezone) },
      ...{ estimate: request.estimate, now: deps.clock.now() },
    }));
  const others = other === null ? [] : [{ ...span, contract: other }];
  const usage = await usageOver([...priced, ...others]);
  const bills = optionsOf(priced, usage);
  const now = billsOf(await inTurns(oneByOne(bills)));
  const before = async () => {
    const list = priced.map((each) => ({ ...each, ...yearBefore(each) }));
    return optionsOf(list, await usageOver(list));
  };
  const beside = await besideOf(request, { bills, span, before });
  if (other === null) return { ...span, target, ...now, whatIf: null, ...beside };
  const then = billsOf(await inTurns(oneByOne(optionsOf(others, usage))));
  return { ...span, target, ...now, whatIf: { ...then, difference: differenceOf(now, then) }, ...beside };
}

/** A bill of years takes some ms, and the contract may have changed often. */
function* oneByOne(list: readonly BillOptions[]): Generator<void, readonly Bill[]> {
  const made: Bill[] = [];
  for (const each of list) {
    made.push(yield* billSteps(each));
    yield;
  }
  return made;
}

export function billsOf(bills: readonly Bill[]): Bills {
  const currencies = new Set(bills.map(({ currency }) => currency));
  const [currency = null] = currencies;
  if (currencies.size > 1) return { bills, total: null, currency: null };
  return { bills, total: rounded(sumOf(bills.map(({ total }) => total))), currency };
}

function differenceOf(now: Bills, then: Bills): Amount | null {
  if (now.total === null || then.total === null || now.currency !== then.currency) return null;
  return rounded(sumOf([then.total]).minus(sumOf([now.total])));
}

/** What an analyzer is charged by over a time, and the zone of its dates: of what it is charged by now. */
export async function chargedBy(contract: Asked | null, { node, id }: Pick<CostTarget, 'node' | 'id'>, deps: CostDeps) {
  if (contract !== null) {
    const given = await contractOf(contract, deps.contracts);
    return {
      zone: given.timezone,
      by: async (span: Span): Promise<readonly Priced[]> => [{ ...span, contract: given }],
    };
  }
  const assignments = await deps.contracts.assignments(node);
  const today = localDay(deps.clock.now(), () => 0);
  const [{ contract: name } = { contract: null }] = termsOf(assignments, {
    analyzer: id,
    from: today,
    to: '9999-12-31',
  });
  const first = name ?? assignments.find((each) => each.analyzer === null || each.analyzer === id)?.contract;
  if (first === undefined) throw problem('not-found', notCharged(node, id, null));
  const { timezone: zone } = await contractOf(first, deps.contracts);
  return {
    zone,
    async by(span: Span): Promise<readonly Priced[]> {
      const terms = termsOf(assignments, { analyzer: id, ...span });
      return Promise.all(
        terms.map(async ({ from, to, contract: term }) => {
          if (term === null) throw problem('not-found', notCharged(node, id, { from, to }));
          return { from, to, contract: await contractOf(term, deps.contracts) };
        }),
      );
    },
  };
}

function notCharged(node: number, analyzer: number, span: Span | null): string {
  const when = span === null ? '' : ` from ${span.from} to ${span.to}`;
  const todo = `lector central contract assign NAME ${node} ${analyzer} gives it one`;
  return `analyzer ${analyzer} of node ${node} has no contract${when}: ${todo}`;
}

export async function contractOf(asked: Asked, contracts: Contracts): Promise<Contract> {
  if (typeof asked !== 'string') return asked;
  const row = await contracts.contract(asked);
  if (row === null) throw problem('not-found', noContract(asked));
  return row.contract;
}

export const localDay = (now: EpochMs, offsetAt: OffsetAt): LocalDate =>
  dateOf(Math.floor((now + offsetAt(now)) / DAY_MS));

/** The month that runs, unless told. */
function spanOf({ from, to }: Pick<BillRequest, 'from' | 'to'>, today: LocalDate): Span {
  const span = { from: from ?? `${today.slice(0, 8)}01`, to: to ?? dateOf(dayOf(today) + 1) };
  checkSpan(span);
  return span;
}

export function checkSpan({ from, to }: Span, daysMax = SPAN_DAYS_MAX): void {
  const days = dayOf(to) - dayOf(from);
  if (Number.isNaN(days)) throw problem('bad-request', `expected dates such as 2026-01-01, saw ${from} and ${to}`);
  if (days < 1) throw problem('bad-request', `expected to after from (it is not billed itself), saw ${from} and ${to}`);
  if (days > daysMax) throw problem('bad-request', `expected at most ${daysMax} days, saw ${days}`);
}

/** The first instant of a local date. */
export const startOf = (date: LocalDate, offsetAt: OffsetAt): EpochMs => instantOfWall(dayOf(date) * DAY_MS, offsetAt);

/** What was consumed over the time of some bills, and somewhat around it, with the events of `told`. */
export async function usageFor(
  target: CostTarget,
  priced: readonly Priced[],
  deps: CostDeps,
  told = priced,
): Promise<Usage> {
  return usageBetween(target, boundsOf(priced, deps), deps, boundsOf(told, deps));
}

function boundsOf(priced: readonly Priced[], { zoneOffset }: CostDeps) {
  const bounds = priced.map(({ contract, from, to }) => {
    const offsetAt = zoneOffset(contract.timezone);
    return [startOf(from, offsetAt), startOf(to, offsetAt)] as const;
  });
  const from = epochMs(Math.min(...bounds.map(([start]) => start)));
  const billedBy = priced.map(({ contract }) => zoneOffset(contract.timezone));
  return { from, to: epochMs(Math.max(...bounds.map(([, end]) => end))), billedBy };
}
