import type { BillLine, Stretch } from '../bill-lines.ts';
import type { BilledEnergy } from '../billed-energy.ts';
import { inForce, type ReactiveBand } from '../contract.ts';
import { exact, exactKwh } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine } from './context.ts';
import { coverageOf, estimateWords } from './energy-charge.ts';

/** cos phi of an energy and its reactive energy; 1 of none. */
export function cosPhiOf(kwh: number, kvarh: number): number {
  const apparent = Math.hypot(kwh, kvarh);
  return apparent === 0 ? 1 : Math.abs(kwh) / apparent;
}

/** Inductive reactive energy beyond the share of the active energy that is free, by the cos phi of each period. */
export function reactiveCharge(context: BillContext): readonly BillLine[] {
  const { contract, usage, cuts, energyOf } = context;
  if (isNone(contract, 'reactive')) return [];
  const name = 'reactive energy';
  const stretches = cuts.billing.flatMap((billing) => cuts.cut([contract.reactive], billing));
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
    const reactive = energyOf(stretch, 'reactive');
    return reactive
      .filter(({ period }) => rule.periods.includes(period))
      .flatMap((each) => reactiveLine(stretch, each, active.get(each.period), rule));
  });
}

function reactiveLine(
  stretch: Stretch,
  reactive: BilledEnergy,
  active: BilledEnergy | undefined,
  { free, bands }: { readonly free: number; readonly bands: readonly ReactiveBand[] },
): readonly BillLine[] {
  const { period } = reactive;
  const [kvarh, kwh] = [reactive.kwh, active?.kwh ?? 0].map((each) => exactKwh(each).toNumber());
  if (kvarh === undefined || kwh === undefined) return [];
  const beyond = exactKwh(kvarh).minus(exactKwh(kwh).times(exact(free)));
  if (beyond.lessThanOrEqualTo(0)) return [];
  // what is 0.8 is not below it, whatever the last digits of a root are
  const cosPhi = Math.round(cosPhiOf(kwh, kvarh) * 1e6) / 1e6;
  const band = bands.find(({ from, below }) => from <= cosPhi && cosPhi < below);
  const facts = { kind: 'reactive', name: `reactive energy ${period}`, period, unit: 'kvarh' } as const;
  const guesses = [estimateWords(reactive, 'kvarh'), active === undefined ? null : estimateWords(active)];
  const share = `${exact(free).times(100)} % of ${kwh.toFixed(3)} kWh`;
  const measured = `cos phi ${cosPhi.toFixed(3)}, ${kvarh.toFixed(3)} kvarh less what is free: ${share}`;
  const note = [measured, ...guesses.filter((words) => words !== null)].join('; ');
  const coverage = coverageOf(active === undefined ? [reactive] : [reactive, active]);
  // a guess of the active energy moves what is free of it
  const estimated = Math.abs(reactive.kwhEstimated) + free * Math.abs(active?.kwhEstimated ?? 0);
  const about = {
    ...facts,
    note,
    coverage,
    estimated: Math.min(estimated, beyond.toNumber()),
    quantity: beyond.toNumber(),
    what: `the price of reactive energy at that cos phi`,
  };
  return [pricedLine(stretch, about, beyond, band?.perKvarh ?? null)];
}
