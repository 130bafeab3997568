import type { Aggregate, Quantity } from '../../domain/profile.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { CentralRecord } from '../ports.ts';

/** The power that a record says beside a power factor; null: it was not recorded. */
export type PowerShare = {
  readonly active: number | null;
  readonly reactive: number | null;
  readonly apparent: number | null;
};

/** `count`: values of that code; a record of another meter has others, in an order that is not known here. */
type Place = { readonly code: string; readonly index: number; readonly count: number };
/** Where the power of the phase of a factor is found. */
type Places = Readonly<Record<'active' | 'reactive' | 'inductive' | 'capacitive' | 'apparent', readonly Place[]>>;

/** Greatest and least values that a meter has kept are powers too, but of another time. */
const BYGONE: Aggregate = 'last';

/** Finds the power that belongs to a value of a power factor, by what the variables of the analyzer measure. */
export function createPowerShares(all: readonly VariableView[]) {
  const variables = all.filter(({ aggregate }) => aggregate !== BYGONE);
  const known = new Map<string, readonly Places[]>();
  const placesOf = (code: string): readonly Places[] => {
    const { phases = [] } = variables.find((each) => each.code === code) ?? {};
    return phases.map((phase) => {
      const phasesMeant = phase === 'avg' ? ['avg', 'total'] : [phase];
      const at = (quantity: Quantity): readonly Place[] =>
        variables
          .filter((each) => each.quantity === quantity)
          .flatMap((each) =>
            each.phases.flatMap((own, index, { length: count }) =>
              phasesMeant.includes(own) ? [{ code: each.code, index, count }] : [],
            ),
          );
      return {
        active: at('activePower'),
        reactive: at('reactivePower'),
        inductive: at('inductivePower'),
        capacitive: at('capacitivePower'),
        apparent: at('apparentPower'),
      };
    });
  };
  return (record: CentralRecord, code: string, index: number): PowerShare | null => {
    let places = known.get(code);
    if (places === undefined) {
      places = placesOf(code);
      known.set(code, places);
    }
    const own = places[index];
    const isOfNow = record.variables[code]?.values.length === places.length;
    return own === undefined || !isOfNow ? null : shareAt(record, own);
  };
}

function shareAt({ variables }: CentralRecord, places: Places): PowerShare {
  const read = (where: readonly Place[]): number | null => {
    for (const { code, index, count } of where) {
      const values = variables[code]?.values ?? [];
      const value = values[index] ?? null;
      if (value !== null && values.length === count) return value;
    }
    return null;
  };
  const [inductive, capacitive] = [read(places.inductive), read(places.capacitive)];
  const both = inductive === null || capacitive === null ? null : Math.abs(inductive) - Math.abs(capacitive);
  return { active: read(places.active), reactive: read(places.reactive) ?? both, apparent: read(places.apparent) };
}
