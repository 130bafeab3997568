import type { Aggregate, Phase, Quantity } from '../domain/profile.ts';
import type { VariableCode } from '../domain/units.ts';

/** A variable of an analyzer, as its profile or the centre describes it. */
export type MeteredVariable = {
  readonly code: VariableCode;
  readonly quantity: Quantity;
  readonly unit: string;
  readonly aggregate: Aggregate;
  /** One a value. */
  readonly phases: readonly Phase[];
};

/** Where in a record a value stands; times `factor` it is in kW, kWh, kvar or kvarh. */
export type Place = {
  readonly code: VariableCode;
  readonly index: number;
  readonly factor: number;
  readonly isCounter: boolean;
};

export const nameOf = ({ code, index }: Pick<Place, 'code' | 'index'>): string => `${code} ${index}`;

/** The values that consumption is told from; `power`: of all phases, or of each; empty: it is not recorded whole. */
export type Places = {
  readonly power: readonly Place[];
  readonly imported: Place | null;
  readonly exported: Place | null;
  readonly reactive: Place | null;
  readonly reactivePower: readonly Place[];
};

const TO_KILO: Readonly<Record<string, number>> = {
  ...{ W: 1e-3, kW: 1, MW: 1e3, Wh: 1e-3, kWh: 1, MWh: 1e3 },
  ...{ var: 1e-3, kvar: 1, Mvar: 1e3, varh: 1e-3, kvarh: 1, Mvarh: 1e3 },
};

/** Counters of one tariff of the meter (C1A, C2R) or one quadrant (CQ1R), and what goes the other way alone. */
const OF_A_PART = /^(?:CQ?\d.*|CRLX|PEX)$/;

type Find = (quantity: Quantity, phase: Phase) => readonly Place[];

/** All that tell a quantity, in the order of `variables`; not what is a part of it, for nobody knows the rest. */
function finder(variables: readonly MeteredVariable[], counts: 'counter' | 'mean'): Find {
  return (quantity, phase) =>
    variables.flatMap(({ code, phases, unit, aggregate, quantity: own }): readonly Place[] => {
      const index = phases.indexOf(phase);
      const factor = TO_KILO[unit];
      if (own !== quantity || index < 0 || factor === undefined || aggregate !== counts) return [];
      return OF_A_PART.test(code) ? [] : [{ code, index, factor, isCounter: counts === 'counter' }];
    });
}

const PHASES = ['L1', 'L2', 'L3'] as const;
const COUNTED = {
  imported: ['activeEnergyImport', 'activeEnergyTotal'],
  exported: ['activeEnergyExport'],
  reactive: ['reactiveEnergyInductive', 'reactiveEnergyImport', 'reactiveEnergyTotal'],
} as const satisfies Readonly<Record<string, readonly Quantity[]>>;

/** Whether records have a value there. */
export type IsRecorded = (place: Place) => boolean;

/**
 * Where each quantity is read: the first of those that tell it that is recorded, for a profile knows more than somebody
 * asks of a meter. Where none is, null; power of each phase where that of all of them is not recorded.
 */
export function placesOf(variables: readonly MeteredVariable[], isRecorded: IsRecorded = () => true): Places {
  const counter = finder(variables, 'counter');
  const mean = finder(variables, 'mean');
  const counted = (quantities: readonly Quantity[]) =>
    quantities.flatMap((quantity) => counter(quantity, 'total')).find(isRecorded) ?? null;
  const powerOf = (quantity: Quantity): readonly Place[] => {
    const total = mean(quantity, 'total').find(isRecorded);
    if (total !== undefined) return [total];
    const phases = PHASES.flatMap((phase) => mean(quantity, phase).find(isRecorded) ?? []);
    return phases.length === PHASES.length ? phases : [];
  };
  return {
    power: powerOf('activePower'),
    imported: counted(COUNTED.imported),
    exported: counted(COUNTED.exported),
    reactive: counted(COUNTED.reactive),
    reactivePower: powerOf('reactivePower'),
  };
}

/** Each of them once. */
export function listOf({ power, imported, exported, reactive, reactivePower }: Places): readonly Place[] {
  return [...power, ...reactivePower, ...[imported, exported, reactive].flatMap((place) => place ?? [])];
}

/** All that {@link placesOf} may choose. */
export function allPlaces(variables: readonly MeteredVariable[]): readonly Place[] {
  const counter = finder(variables, 'counter');
  const mean = finder(variables, 'mean');
  const powers = (['activePower', 'reactivePower'] as const).flatMap((quantity) =>
    (['total', ...PHASES] as const).flatMap((phase) => mean(quantity, phase)),
  );
  return [...powers, ...Object.values(COUNTED).flatMap((all) => all.flatMap((each) => counter(each, 'total')))];
}
