import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { type MeteredVariable, type UsageRecord, usageIn, usageOf, usagePieces } from '../../src/tariff/usage.ts';
import { columnsOf, joinColumns, listOf, placesOf, recordsIn } from '../../src/tariff/usage-columns.ts';
import { allPlaces } from '../../src/tariff/usage-places.ts';
import { plainUsageOf } from './plain-usage.ts';

const T0 = Date.parse('2026-03-28T22:00:00Z');
const MINUTE = 60_000;
const variable = (code: string, quantity: MeteredVariable['quantity'], change: Partial<MeteredVariable>) =>
  ({ code, quantity, unit: 'kWh', aggregate: 'counter', phases: ['total'], ...change }) as MeteredVariable;
const VARIABLES = [
  variable('PAF', 'activePower', { unit: 'W', aggregate: 'mean', phases: ['L1', 'L2', 'L3'] }),
  variable('CEA', 'activeEnergyImport', { phases: ['L1', 'total'] }),
  variable('CEX', 'activeEnergyExport', { unit: 'Wh' }),
  variable('CER', 'reactiveEnergyInductive', { unit: 'kvarh' }),
  variable('PRT', 'reactivePower', { unit: 'kvar', aggregate: 'mean' }),
  variable('PAT', 'activePower', { unit: 'kW', aggregate: 'mean' }),
  variable('CET', 'activeEnergyTotal', {}),
];

/** Of a record what random numbers make of it. */
const STEP = fc.record({
  minutes: fc.constantFrom(15, 15, 15, 15, 5, 10, 60),
  gap: fc.constantFrom(0, 0, 0, 0, 15, 75, 1440),
  /** It ends when the one before it did: the clock was put back. */
  isAgain: fc.boolean(),
  isOld: fc.constantFrom(false, false, false, true),
  lagMs: fc.constantFrom(0, 1500, 2000, 40_000, null),
  /** Bits: which variables it has, which of them tell nothing. */
  has: fc.integer({ min: 0, max: 255 }),
  empty: fc.integer({ min: 0, max: 15 }),
  counted: fc.double({ min: -2, max: 9, noNaN: true }),
  kw: fc.double({ min: -20, max: 20, noNaN: true }),
  delta: fc.constantFrom('right', 'right', 'right', 'wrong', 'none'),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

function recordsOf(steps: readonly Step[]): readonly UsageRecord[] {
  const records: UsageRecord[] = [];
  let [end, counter] = [T0, 100];
  for (const { minutes, gap, isAgain, isOld, lagMs, has, empty, counted, kw, delta } of steps) {
    if (!isAgain || has % 8 !== 0) end += (gap + minutes) * MINUTE;
    counter = Math.max(0, counter + counted);
    const at = lagMs === null ? null : epochMs(end - lagMs);
    const told = { right: counted, wrong: counted + 1, none: null }[delta];
    const count = (values: readonly (number | null)[]) => ({ values, delta: values.map(() => told), at });
    const mean = (values: readonly (number | null)[]) => ({ values, delta: values.map(() => null), at: null });
    const all: readonly (readonly [string, UsageRecord['variables'][string]])[] = [
      ['PAF', mean([kw * 300, empty === 1 ? null : kw * 200, kw * 500])],
      ['CEA', count([counter / 3, empty % 4 === 2 ? null : counter])],
      ['CEX', count([counter * 1000])],
      ['CER', count(empty === 3 ? [] : [counter / 2])],
      ['PRT', mean([empty === 4 ? null : kw / 7])],
      ['PAT', mean([empty === 5 ? null : kw])],
      ['CET', count([counter])],
    ];
    const variables = Object.fromEntries(all.filter((_, index) => (has >> (index + 1)) % 2 === 1 || has % 2 === 1));
    records.push({ start: isOld ? null : epochMs(end - minutes * MINUTE), end: epochMs(end), variables });
  }
  return records;
}

const SOME = fc.record({
  steps: fc.array(STEP, { maxLength: 60 }),
  variables: fc.subarray(VARIABLES),
  recordingMs: fc.constantFrom(null, 15 * MINUTE),
});

describe('records in lists', () => {
  it('tell the same as records one by one, to the last bit', () => {
    fc.assert(
      fc.property(SOME, ({ steps, variables, recordingMs }) => {
        const records = recordsOf(steps);
        expect(usageOf(records, variables, recordingMs)).toEqual(plainUsageOf(records, variables, recordingMs));
      }),
      { seed: 6, numRuns: 400 },
    );
  });

  it('and in pieces that are put together, or made records again', () => {
    fc.assert(
      fc.property(SOME, fc.nat(60), ({ steps, variables, recordingMs }, cut) => {
        const records = recordsOf(steps);
        const places = allPlaces(variables);
        const pieces = [records.slice(0, cut), [], records.slice(cut)].map((each) => columnsOf(each, places));
        const [first = columnsOf([], places), ...others] = pieces;
        const joined = joinColumns(first, ...others);
        const whole = usageOf(records, variables, recordingMs);
        expect(usageIn(joined, variables, recordingMs)).toEqual(whole);
        expect(usageOf(recordsIn(joined, places), variables, recordingMs)).toEqual(whole);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('also where there are more of them than are gone through at a time', () => {
    const some = recordsOf(fc.sample(STEP, { seed: 6, numRuns: 500 }));
    const records = Array.from({ length: 67 }, (_, times) => {
      const later = times * ((some.at(-1)?.end ?? 0) - T0);
      return some.map((each): UsageRecord => {
        const start = each.start === null ? null : epochMs(each.start + later);
        const variables = Object.entries(each.variables).map(([code, { values, delta, at }]) => {
          return [code, { values, delta, at: at === null ? null : epochMs(at + later) }] as const;
        });
        return { start, end: epochMs(each.end + later), variables: Object.fromEntries(variables) };
      });
    }).flat();
    const pieces = usagePieces(columnsOf(records, listOf(placesOf(VARIABLES))), VARIABLES, 15 * MINUTE);
    let turns = 0;
    for (;;) {
      const { done, value } = pieces.next();
      if (done) {
        expect(turns).toBeGreaterThan(10);
        expect(value).toEqual(plainUsageOf(records, VARIABLES, 15 * MINUTE));
        return;
      }
      turns += 1;
    }
  });

  it('of none have nothing to tell', () => {
    const nothing = columnsOf([], listOf(placesOf(VARIABLES)));
    expect(usageIn(nothing, VARIABLES, null)).toMatchObject({ imported: { length: 0 }, demand: [] });
    expect(recordsIn(nothing, [])).toEqual([] satisfies readonly { readonly end: EpochMs }[]);
  });
});
