import { LectorError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/units.ts';
import { priceOf } from '../../tariff/charges/context.ts';
import { type Contract, inForce } from '../../tariff/contract.ts';
import { dateOf, dayOf } from '../../tariff/local-day.ts';
import { createPeriods, type Periods } from '../../tariff/periods.ts';
import { type CostDeps, chargedBy, localDay } from '../cost/billing.ts';
import type { Subject } from './subjects.ts';

/** Power that is contracted, kW, and its period; `unknown`: why it cannot be told. */
export type Contracted = { readonly kw: number; readonly period: string } | { readonly unknown: string };

/** Looks up what is contracted at an instant. What was looked up is kept: one is made for one look at the rules. */
export function createContracted(deps: CostDeps): (subject: Subject, at: EpochMs) => Promise<Contracted> {
  const contracts = new Map<string, Promise<Contract>>();
  const periods = new Map<Contract, Periods>();
  const contractOn = (subject: Subject, date: string): Promise<Contract> => {
    const key = `${subject.node.id} ${subject.id} ${date}`;
    const found = contracts.get(key) ?? contractOf(subject, date, deps);
    contracts.set(key, found);
    return found;
  };
  return async (subject, at) => {
    try {
      const contract = await contractOn(subject, localDay(at, deps.zoneOffset(subject.node.timezone)));
      const offsetAt = deps.zoneOffset(contract.timezone);
      const made = periods.get(contract) ?? periodsOf(contract, offsetAt);
      periods.set(contract, made);
      const { period } = made.at(at);
      const kw = priceOf(inForce(contract.contractedKw, localDay(at, offsetAt))?.kw, period);
      if (kw !== null) return { kw, period };
      return { unknown: `its contract (${contract.name}) says no contracted power of ${period}` };
    } catch (error) {
      // no contract, or one that does not say which period it is
      if (error instanceof LectorError && !error.retryable) return { unknown: error.message };
      throw error;
    }
  };
}

async function contractOf({ node, id }: Subject, date: string, deps: CostDeps): Promise<Contract> {
  const { by } = await chargedBy(null, { node: node.id, id }, deps);
  const [priced] = await by({ from: date, to: dateOf(dayOf(date) + 1) });
  if (priced === undefined) throw new Error('a day without a bill');
  return priced.contract;
}

const periodsOf = ({ powerPeriods: tables, holidays }: Contract, offsetAt: (at: EpochMs) => number): Periods =>
  createPeriods({ tables, holidays, offsetAt });
