import type { CentralRecord, CentralVariable } from '../../../src/central/ports.ts';
import type { Aggregate } from '../../../src/domain/profile.ts';
import { epochMs } from '../../../src/domain/units.ts';
import type { VariableView } from '../../../src/protocol/answers.ts';

export const MINUTE = 60_000;
export const at = (text: string) => epochMs(Date.parse(text));

/** A variable with the same weight behind each value. */
export function variable(
  aggregate: Aggregate,
  values: readonly (number | null)[],
  about: Partial<CentralVariable> & { readonly count?: number } = {},
): CentralVariable {
  const { count = 10, ...rest } = about;
  const nothing = values.map(() => null);
  return {
    ...{ aggregate, values, min: values, max: values, delta: nothing, at: null, flags: [], expected: 10 },
    n: values.map((value) => (value === null ? 0 : count)),
    ...rest,
  };
}

/** A quarter of an hour of analyzer 1 of node 4, ten readings of ten. */
export function record(end: string | number, about: Partial<CentralRecord> = {}): CentralRecord {
  const instant = typeof end === 'string' ? at(end) : epochMs(end);
  return {
    ...{ node: 4, analyzer: 1, model: 'PM710', start: epochMs(instant - 15 * MINUTE), end: instant, generation: 0 },
    ...{ n: 10, expected: 10, ratio: 1, variables: {} },
    ...about,
  };
}

/** What an old lector says: values at an end. */
export function oldRecord(end: string | number, values: Readonly<Record<string, readonly number[]>>): CentralRecord {
  const variables = Object.entries(values).map(
    ([code, list]) => [code, { ...variable('mean', list, { expected: null }), min: [], max: [], n: [] }] as const,
  );
  return record(end, { start: null, n: null, expected: null, ratio: null, variables: Object.fromEntries(variables) });
}

const view = (
  code: string,
  quantity: VariableView['quantity'],
  unit: string,
  aggregate: Aggregate,
  phases: VariableView['phases'],
): VariableView => ({ code, quantity, unit, aggregate, phases, description: `${code} in words` });

export const VIEWS: readonly VariableView[] = [
  view('TPF', 'voltage', 'V', 'mean', ['L1', 'L2', 'L3']),
  view('PAT', 'activePower', 'kW', 'mean', ['total']),
  view('PRT', 'reactivePower', 'kvar', 'mean', ['total']),
  view('FPT', 'powerFactor', '', 'powerFactor', ['total']),
  view('CEA', 'activeEnergyImport', 'kWh', 'counter', ['total']),
  view('ERR', 'errorBits', '', 'bits', ['none']),
];

export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

export async function listOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const each of items) list.push(each);
  return list;
}
