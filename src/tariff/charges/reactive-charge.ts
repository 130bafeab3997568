import type { BillLine, Stretch } from '../bill-lines.ts';
import { inForce, type ReactiveBand } from '../contract.ts';
import type { PeriodEnergy } from '../energy.ts';
import { exact, exactKwh } from '../money.ts';
import { type BillContext, energyIn, isNone, lineOf, pricedLine } from './context.ts';

/** cos phi of an energy and its reactive energy; 1 of none. */
export function cosPhiOf(kwh: number, kvarh: number): number {
  const apparent = Math.hypot(kwh, kvarh);
  return apparent === 0 ? 1 : Math.abs(kwh) / apparent;
}

/** Inductive reactive energy beyond the share of the active energy that is free, by the cos phi of each period. */
export function reactiveCharge(context: BillContext): readonly BillLine[] {
  const { contract, usage, stretches, energyPeriods, energyOf } = context;
  if (isNone(contract, 'reactive')) return [];
  const name = 'reactive energy';
  return stretches.flatMap((stretch) => {
    const rule = inForce(contract.reactive, stretch.from);
    if (rule === null) {
      const missing = `the prices of reactive energy on ${stretch.from} are not in the contract`;
      return [lineOf(stretch, { kind: 'reactive', name, unit: 'kvarh', missing })];
    }
    if (usage.reactive === null) {
      const missing = 'the reactive energy of this analyzer is not recorded';
      return [lineOf(stretch, { kind: 'reactive', name, unit: 'kvarh', missing })];
    }
    const active = new Map(energyOf(stretch).map((each) => [each.period, each]));
    const reactive = energyIn(usage.reactive, energyPeriods, stretch);
    return reactive
      .filter(({ period }) => rule.periods.includes(period))
      .flatMap((each) => reactiveLine(stretch, each, active.get(each.period)?.kwh ?? 0, rule));
  });
}

function reactiveLine(
  stretch: Stretch,
  { period, kwh: kvarh }: PeriodEnergy,
  kwh: number,
  { free, bands }: { readonly free: number; readonly bands: readonly ReactiveBand[] },
): readonly BillLine[] {
  const beyond = exactKwh(kvarh).minus(exactKwh(kwh).times(exact(free)));
  if (beyond.lessThanOrEqualTo(0)) return [];
  const cosPhi = cosPhiOf(kwh, kvarh);
  const band = bands.find(({ from, below }) => from <= cosPhi && cosPhi < below);
  const facts = { kind: 'reactive', name: `reactive energy ${period}`, period, unit: 'kvarh' } as const;
  const note = `cos phi ${cosPhi.toFixed(3)}: ${kvarh.toFixed(3)} kvarh, ${kwh.toFixed(3)} kWh`;
  const about = { ...facts, note, quantity: beyond.toNumber(), what: `the price of reactive energy at that cos phi` };
  return [pricedLine(stretch, about, beyond, band?.perKvarh ?? null)];
}
