import type { Phase, Quantity } from '../../domain/profile.ts';
import type { VariableView } from '../../protocol/answers.ts';

/** What one value is to Prometheus. */
export type Sample = {
  /** By its conventions (https://prometheus.io/docs/practices/naming): base units, plural, `_total` for counters. */
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** `phase` and `unit` where the name does not say it; '' elsewhere. */
  readonly phase: string;
  readonly unit: string;
  /** Number of the value where several are of one phase, such as both sides of a transformer; '' elsewhere. */
  readonly value: string;
  /** Of the list of the variable, each with its factor; more than one are added. */
  readonly parts: readonly { readonly index: number; readonly factor: number }[];
};

type Base = { readonly suffix: string; readonly factor: number };
const base = (suffix: string, factor = 1): Base => ({ suffix, factor });

/** Base units, and what brings a unit of a profile to them. */
const BASES: Readonly<Record<string, Base>> = {
  V: base('volts'),
  mV: base('volts', 0.001),
  kV: base('volts', 1_000),
  A: base('amperes'),
  mA: base('amperes', 0.001),
  W: base('watts'),
  kW: base('watts', 1_000),
  MW: base('watts', 1_000_000),
  var: base('vars'),
  kvar: base('vars', 1_000),
  VA: base('voltamperes'),
  kVA: base('voltamperes', 1_000),
  Wh: base('joules', 3_600),
  kWh: base('joules', 3_600_000),
  MWh: base('joules', 3_600_000_000),
  kvarh: base('var_seconds', 3_600_000),
  kVAh: base('voltampere_seconds', 3_600_000),
  Hz: base('hertz'),
  '%': base('ratio', 0.01),
  '1': base('ratio'),
  '°C': base('celsius'),
  h: base('seconds', 3_600),
  min: base('seconds', 60),
  s: base('seconds'),
};

const HELP: Readonly<Record<string, string>> = {
  joules: ', 3600000 are a kWh',
  var_seconds: ', 3600000 are a kvarh',
  voltampere_seconds: ', 3600000 are a kVAh',
};

/** What grows until the meter begins anew. */
const COUNTERS: readonly Quantity[] = [
  ...(['activeEnergyImport', 'activeEnergyExport', 'activeEnergyTotal'] as const),
  ...(['reactiveEnergyImport', 'reactiveEnergyExport', 'reactiveEnergyTotal'] as const),
  ...(['reactiveEnergyInductive', 'reactiveEnergyCapacitive', 'apparentEnergy', 'operatingTime'] as const),
];

/** A sum or mean over the samples of one name has a meaning: phases and their total have names of their own. */
const KINDS: Readonly<Record<string, string>> = { total: '', none: '', avg: 'average', N: 'neutral' };

/** The samples of a variable, in the order of its values. */
export function samplesOf(variable: VariableView): readonly Sample[] {
  const { phases, unit } = variable;
  if (unit === 'h+min') {
    const parts = [
      { index: 0, factor: 3_600 },
      { index: 1, factor: 60 },
    ];
    return [{ ...sample(variable, 'none', 's'), value: '', parts }];
  }
  return phases.map((phase, index) => {
    const isAlone = phases.filter((each) => each === phase).length === 1;
    const parts = [{ index, factor: BASES[unit]?.factor ?? 1 }];
    return { ...sample(variable, phase, unit), value: isAlone ? '' : String(index + 1), parts };
  });
}

function sample({ quantity }: VariableView, phase: Phase, unit: string): Omit<Sample, 'parts' | 'value'> {
  const known = BASES[unit];
  const kind = KINDS[phase] ?? 'phase';
  const isCounter = COUNTERS.includes(quantity);
  const words = wordsOf(quantity);
  const parts = ['lector', ...words, kind, known?.suffix ?? '', isCounter ? 'total' : ''];
  return {
    name: parts.filter((part) => part !== '').join('_'),
    type: isCounter ? 'counter' : 'gauge',
    help: `${words.join(' ')}${kind === '' ? '' : `, ${kind}`}${HELP[known?.suffix ?? ''] ?? ''}`,
    phase: kind === 'phase' ? phase : '',
    unit: known === undefined ? unit : '',
  };
}

/** `activeEnergyTotal` is of both directions: `total` is the word of Prometheus for counters. */
const wordsOf = (quantity: Quantity): readonly string[] =>
  quantity
    .replace(/LL$/, 'PhaseToPhase')
    .replace(/EnergyTotal$/, 'EnergyBothDirections')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .split(' ');
