import type { VariableView } from '../../src/protocol/answers.ts';
import type { NumberList } from '../../src/protocol/views.ts';
import { factorOf } from '../formats/figure.ts';
import { mean } from '../formats/spark.ts';
import type { SeenAnalyzer } from '../state/plant.ts';

/** The few figures of an analyzer that fit a row; null: it does not measure that, or it was not read. */
export type Figures = {
  /** Mean of the phases, V. */
  readonly voltage: number | null;
  /** A phase that is far from the others or from nominal, and its voltage. */
  readonly oddPhase: { readonly phase: string; readonly volts: number } | null;
  /** Mean of the phases, A. */
  readonly current: number | null;
  readonly kw: number | null;
  readonly pf: number | null;
  /** Values of a meter without any of these, such as probes. */
  readonly others: NumberList;
};

type Known = Pick<VariableView, 'code' | 'quantity' | 'unit' | 'phases'>;

/** What the predecessor's codes are on nearly every meter: until the server said what they are on this one. */
const USUAL: readonly Known[] = [
  { code: 'TPF', quantity: 'voltage', unit: 'V', phases: ['L1', 'L2', 'L3'] },
  { code: 'IPF', quantity: 'current', unit: 'A', phases: ['L1', 'L2', 'L3'] },
  { code: 'PAT', quantity: 'activePower', unit: 'kW', phases: ['total'] },
  { code: 'FPT', quantity: 'powerFactor', unit: '1', phases: ['total'] },
];
const PHASE = /^L[123]$/;
/** EN 50160: supply voltage within 10 % of nominal. */
const NOMINAL_SHARE = 0.1;
const UNBALANCE_SHARE = 0.2;

/** What the figures are made of: an analyzer, or one of its records. */
type Measured = Pick<SeenAnalyzer, 'nominalV'> & { readonly lastReading: { readonly values: Values } | null };

export function figuresOf(analyzer: Measured, variables: readonly VariableView[] | undefined): Figures {
  const values = analyzer.lastReading?.values ?? {};
  const known: readonly Known[] = variables ?? USUAL;
  const voltage = phasesOf(known, values, 'voltage');
  const current = phasesOf(known, values, 'current');
  const watts = totalOf(known, values, 'activePower');
  const pf = totalOf(known, values, 'powerFactor');
  const measured = [voltage, current].some((list) => list.length > 0) || watts !== null || pf !== null;
  return {
    voltage: mean(voltage.map(({ value }) => value)),
    oddPhase: oddOf(voltage, analyzer.nominalV),
    current: mean(current.map(({ value }) => value)),
    kw: watts === null ? null : watts / 1_000,
    pf,
    others: measured ? [] : (Object.values(values)[0] ?? []),
  };
}

type PhaseValue = { readonly phase: string; readonly value: number | null };
type Values = Readonly<Record<string, NumberList>>;

const having = (known: readonly Known[], values: Values, quantity: Known['quantity']): readonly Known[] =>
  known.filter((variable) => variable.quantity === quantity && values[variable.code] !== undefined);

/** Values of the phases, without prefix; a meter of one phase has its total or average instead. */
function phasesOf(known: readonly Known[], values: Values, quantity: Known['quantity']): readonly PhaseValue[] {
  const all = having(known, values, quantity).map((variable) => valuesOf(variable, values));
  const perPhase = all.map((list) => list.filter(({ phase }) => PHASE.test(phase))).find((list) => list.length > 0);
  return perPhase ?? all[0] ?? [];
}

/** The total, or the sum of the phases for a power; the mean for a power factor would be wrong: then null. */
function totalOf(known: readonly Known[], values: Values, quantity: Known['quantity']): number | null {
  const all = having(known, values, quantity).flatMap((variable) => valuesOf(variable, values));
  const total = all.find(({ phase }) => phase === 'total' || phase === 'avg' || phase === 'none') ?? null;
  if (total) return total.value;
  if (all.length === 1) return all[0]?.value ?? null;
  if (quantity !== 'activePower' || all.length === 0) return null;
  return all.reduce<number | null>((sum, { value }) => (sum === null || value === null ? null : sum + value), 0);
}

const valuesOf = ({ code, unit, phases }: Known, values: Values): readonly PhaseValue[] =>
  (values[code] ?? []).map((value, index) => ({
    phase: phases[index] ?? (index === 0 ? 'total' : ''),
    value: value === null ? null : value * factorOf(unit),
  }));

function oddOf(phases: readonly PhaseValue[], nominal: number | null): Figures['oddPhase'] {
  const known = phases.flatMap(({ phase, value }) => (value === null ? [] : [{ phase, volts: value }]));
  const greatest = Math.max(0, ...known.map(({ volts }) => volts));
  const odd = known.find(({ volts }) =>
    nominal === null ? volts < greatest * (1 - UNBALANCE_SHARE) : Math.abs(volts - nominal) > nominal * NOMINAL_SHARE,
  );
  return odd ?? null;
}
