import type { BillLine, Stretch } from '../bill-lines.ts';
import type { BilledEnergy } from '../billed-energy.ts';
import { inForce, type ReactiveBand } from '../contract.ts';
import { exact, exactKwh } from '../money.ts';
import { type BillContext, isNone, lineOf, pricedLine } from './context.ts';
import { coverageOf, estimateWords, sumOfEnergies } from './energy-charge.ts';
import { isUnknown, NO_RECORDS } from './unknown-energy.ts';

/** cos phi of an energy and its reactive energy; 1 of none. */
export function cosPhiOf(kwh: number, kvarh: number): number {
  const apparent = Math.hypot(kwh, kvarh);
  return apparent === 0 ? 1 : Math.abs(kwh) / apparent;
}

/**
 * Inductive reactive energy beyond the share of the active energy that is free, by the cos phi of each period: of a
 * billing period as a whole. Where a price or a tax changes within it, each part has its share by days.
 */
export function reactiveCharge(context: BillContext): readonly BillLine[] {
  const { contract, usage, cuts } = context;
  if (isNone(contract, 'reactive')) return [];
  const facts = { kind: 'reactive', name: 'reactive energy', unit: 'kvarh' } as const;
  return cuts.billing.flatMap((billing) => {
    const energies = usage.reactive === null ? [] : energiesIn(context, billing);
    if (energies.every(({ reactive }) => knownHours(reactive) === 0)) {
      const isDark = isUnknown(sumOfEnergies(context.energyOf(billing)));
      const missing = isDark
        ? `${NO_RECORDS}: reactive energy is not known`
        : 'the reactive energy of this analyzer is not recorded';
      return [lineOf(billing, { ...facts, missing })];
    }
    return cuts.cut([contract.reactive], billing).flatMap((stretch) => {
      const rule = inForce(contract.reactive, stretch.from);
      if (rule !== null) {
        const charged = energies.filter(({ reactive }) => rule.periods.includes(reactive.period));
        const lines = charged.flatMap((each) => reactiveLine(stretch, each, rule, billing));
        return lines.length > 0 ? lines : noneLine(stretch, charged);
      }
      const missing = `the prices of reactive energy on ${stretch.from} are not in the contract`;
      return [lineOf(stretch, { ...facts, missing })];
    });
  });
}

type Both = { readonly reactive: BilledEnergy; readonly active: BilledEnergy | undefined };

function energiesIn({ energyOf }: BillContext, billing: Stretch): readonly Both[] {
  const active = new Map(energyOf(billing).map((each) => [each.period, each]));
  return energyOf(billing, 'reactive')
    .filter(({ hours }) => hours > 0)
    .map((reactive) => ({ reactive, active: active.get(reactive.period) }));
}

const knownHours = ({ coveredHours, guessedHours }: BilledEnergy): number => coveredHours + guessedHours;
/** Less is of rounding, and of counters that are read some seconds before a record's end. */
const WORTH_HOURS = 0.02;

/** Why a charge may be too little: reactive energy is known of less time than active energy; null: it is not. */
function lackOf(all: readonly Both[]): string | null {
  const known = (which: 'reactive' | 'active') =>
    all.reduce((sum, { [which]: each }) => sum + (each === undefined ? 0 : knownHours(each)), 0);
  const [own, of] = [known('reactive'), known('active')];
  if (of - own <= WORTH_HOURS) return null;
  return `reactive energy is known of ${own.toFixed(1)} h, active energy of ${of.toFixed(1)} h: it may be more`;
}

/** Silence would say that there was none. */
function noneLine(stretch: Stretch, all: readonly Both[]): readonly BillLine[] {
  const lack = lackOf(all);
  if (lack === null) return [];
  const facts = { kind: 'reactive', name: 'reactive energy', quantity: 0, unit: 'kvarh', amount: '0.00' } as const;
  const coverage = coverageOf(all.map(({ reactive }) => reactive));
  return [lineOf(stretch, { ...facts, coverage, note: `none beyond what is free; ${lack}` })];
}

function reactiveLine(
  stretch: Stretch,
  both: Both,
  { free, bands }: { readonly free: number; readonly bands: readonly ReactiveBand[] },
  billing: Stretch,
): readonly BillLine[] {
  const { reactive, active } = both;
  const { period } = reactive;
  const [kvarh, kwh] = [exactKwh(reactive.kwh), exactKwh(Math.max(0, active?.kwh ?? 0))];
  const beyond = kvarh.minus(kwh.times(exact(free)));
  if (beyond.lessThanOrEqualTo(0)) return [];
  // what is 0.8 is not below it, whatever the last digits of a root are
  const cosPhi = Math.round(cosPhiOf(kwh.toNumber(), kvarh.toNumber()) * 1e6) / 1e6;
  const band = bands.find(({ from, below }) => from <= cosPhi && cosPhi < below);
  const guesses = [estimateWords(reactive, 'kvarh'), active === undefined ? null : estimateWords(active)];
  const share = `${exact(free).times(100)} % of ${kwh.toFixed(3)} kWh`;
  const measured = `cos phi ${cosPhi.toFixed(3)}, ${kvarh.toFixed(3)} kvarh less what is free: ${share}`;
  const part = stretch.days === billing.days ? null : `${stretch.days} of ${billing.days} days`;
  const notes = [measured, ...guesses, part, lackOf([both])].filter((words) => words !== null);
  // a guess of the active energy moves what is free of it
  const estimated = Math.abs(reactive.kwhEstimated) + free * Math.abs(active?.kwhEstimated ?? 0);
  const own = beyond.times(stretch.days).dividedBy(billing.days).toNumber();
  const about = {
    ...({ kind: 'reactive', name: `reactive energy ${period}`, period, unit: 'kvarh' } as const),
    ...{ note: notes.join('; '), coverage: coverageOf([reactive, ...(active === undefined ? [] : [active])]) },
    ...{ estimated: Math.min(estimated, own), quantity: own, per: billing.days },
    what: 'the price of reactive energy at that cos phi',
  };
  return [pricedLine(stretch, about, beyond.times(stretch.days), band?.perKvarh ?? null)];
}
