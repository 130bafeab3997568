import fc from 'fast-check';
import type { CentralRecord, CentralVariable } from '../../src/central/ports.ts';
import { AGGREGATES } from '../../src/domain/profile.ts';
import type { CounterFlag } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';

export const QUARTER_MS = 900_000;
/** 2026-05-04T08:00Z, where stepped clocks start. */
export const MAY = Date.UTC(2026, 4, 4, 8, 0, 0);

/** A record of node 4 as a lector of ours makes it: one mean of three values, one counter. */
export function centralRecord(own: Partial<CentralRecord> = {}): CentralRecord {
  const end = own.end ?? epochMs(MAY);
  return {
    ...{ node: 4, analyzer: 1, model: 'PM710', start: epochMs(end - QUARTER_MS), end, generation: 0 },
    ...{ n: 900, expected: 900, ratio: null },
    variables: {
      TPF: variable('mean', [230.125, 231.5, null], { min: [229, 230, null], max: [232, 233, null], n: [900, 899, 0] }),
      CEA: variable('counter', [1234.5], { delta: [2.25], at: epochMs(end - 180), flags: ['first'] }),
    },
    ...own,
  };
}

/** As an old lector sends it: means alone. */
export function oldCentralRecord(own: Partial<CentralRecord> = {}): CentralRecord {
  const bare = { min: [], max: [], n: [], expected: null };
  return centralRecord({
    ...{ start: null, n: null, expected: null },
    variables: {
      TPF: variable('mean', [230.13, 231.5], { ...bare, delta: [null, null] }),
      CEA: variable('counter', [1234.5], bare),
    },
    ...own,
  });
}

export function variable(
  aggregate: CentralVariable['aggregate'],
  values: CentralVariable['values'],
  own: Partial<CentralVariable> = {},
): CentralVariable {
  const nulls = values.map(() => null);
  return {
    ...{ aggregate, values, min: values, max: values, n: values.map(() => 900), expected: 900 },
    ...{ delta: nulls, at: null, flags: [] },
    ...own,
  };
}

const FLAGS: readonly CounterFlag[] = ['first', 'wrap', 'reset', 'zeroIgnored', 'fallPending'];
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0);
const maybe = fc.option(number, { nil: null });
const listOf = <T>(each: fc.Arbitrary<T>, count: number) => fc.array(each, { minLength: count, maxLength: count });
const count = fc.constantFrom(0, 899, 900);

const anyVariable = (end: number, isOld: boolean): fc.Arbitrary<CentralVariable> =>
  fc.tuple(fc.constantFrom(...AGGREGATES), fc.integer({ min: 0, max: 4 })).chain(([aggregate, size]) => {
    const isCounter = aggregate === 'counter' && !isOld;
    const own = <T>(each: fc.Arbitrary<T>) => listOf(each, isOld ? 0 : size);
    return fc.record({
      ...{ aggregate: fc.constant(aggregate), values: listOf(maybe, size) },
      ...{ min: own(maybe), max: own(maybe), n: own(count), expected: isOld ? fc.constant(null) : count },
      delta: listOf(isCounter ? maybe : fc.constant(null), size),
      at: isCounter ? fc.option(fc.nat(1_000_000).map((age) => epochMs(end - age))) : fc.constant(null),
      flags: isCounter ? fc.subarray([...FLAGS]) : fc.constant([]),
    });
  });

/** Any record that a lector, ours or an old one, may send. */
export const anyCentralRecord: fc.Arbitrary<CentralRecord> = fc
  .tuple(fc.boolean(), fc.integer({ min: Date.UTC(1970, 0, 2), max: Date.UTC(9999, 0) }))
  .chain(([isOld, end]) =>
    fc.record({
      ...{ node: fc.nat(2_000_000), analyzer: fc.nat(1000), model: fc.constantFrom('PM710', 'O\'"{},\\ é') },
      start: isOld ? fc.constant(null) : fc.nat(86_400_000).map((length) => epochMs(end - length)),
      ...{ end: fc.constant(epochMs(end)), generation: fc.nat(3) },
      ...{ n: isOld ? fc.constant(null) : count, expected: isOld ? fc.constant(null) : fc.constant(900) },
      ratio: fc.option(number),
      variables: fc.dictionary(fc.stringMatching(/^[A-Z][A-Z0-9]{0,6}[A-Z]$/), anyVariable(end, isOld), {
        ...{ maxKeys: 6, noNullPrototype: true },
      }),
    }),
  );
