import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { energyInSpans, spanList } from '../../src/tariff/energy.ts';
import { type EnergyRecord, seriesOf } from '../../src/tariff/energy-series.ts';
import { plainEnergyInSpans } from './plain-energy.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-03-28T00:00:00Z');

const STEP = fc.record({
  minutes: fc.constantFrom(15, 15, 15, 15, 5, 60),
  gap: fc.constantFrom(0, 0, 0, 0, 15, 200),
  back: fc.constantFrom(0, 0, 0, 0, 0, 7, 90),
  lag: fc.constantFrom(0, 2000, 2000, 100_000),
  kwh: fc.option(fc.double({ min: -1, max: 9, noNaN: true }), { freq: 5 }),
  kw: fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { freq: 5 }),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

/** By end; where the clock was put back counters are read at times before those of the record before. */
function recordsOf(steps: readonly Step[]): readonly EnergyRecord[] {
  const records: EnergyRecord[] = [];
  let [end, last] = [T0, T0];
  for (const { minutes, gap, back, lag, kwh, kw } of steps) {
    end += (gap + minutes) * MINUTE;
    const to = end - lag - back * MINUTE;
    const counter = kwh === null ? null : { from: epochMs(last), to: epochMs(to), kwh };
    records.push({ start: epochMs(end - minutes * MINUTE - back * MINUTE), end: epochMs(end), counter, kw });
    if (kwh !== null) last = to;
  }
  return records;
}

const SPANS = fc.array(
  fc.record({
    hole: fc.constantFrom(0, 0, 0, 25),
    minutes: fc.integer({ min: 1, max: 500 }),
    tally: fc.nat(3),
  }),
  { maxLength: 12 },
);

describe('energy in stretches of some of the time', () => {
  it('is to the last bit what a look at each step of all of it gives', () => {
    const some = fc.record({ steps: fc.array(STEP, { maxLength: 120 }), spans: SPANS, begin: fc.nat(2_000) });
    fc.assert(
      fc.property(some, ({ steps, spans, begin }) => {
        const series = seriesOf(recordsOf(steps));
        let at = T0 + begin * MINUTE;
        const list = spanList(
          spans.map(({ hole, minutes, tally }) => {
            const from = at + hole * MINUTE;
            at = from + minutes * MINUTE;
            return { from, to: at, tally };
          }),
        );
        expect(energyInSpans(series, list, 4)).toEqual(plainEnergyInSpans(series, list, 4));
      }),
      { seed: 6, numRuns: 1_500 },
    );
  });

  it('also of some of very many steps, which are looked at in blocks', () => {
    const steps = fc.sample(STEP, { seed: 6, numRuns: 5_000 });
    const sparse = steps.map((each, at) => ({ ...each, kwh: at % 700 < 20 ? each.kwh : null }));
    const all = [steps, sparse].map((each) => seriesOf(recordsOf(each)));
    const minutes = ((all[0]?.end.at(-1) ?? 0) - T0) / MINUTE;
    const some = fc.record({
      which: fc.nat(1),
      begin: fc.integer({ min: -5_000, max: minutes + 5_000 }),
      length: fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: Math.round(minutes / 2) })),
      hole: fc.constantFrom(0, 20),
    });
    fc.assert(
      fc.property(some, ({ which, begin, length, hole }) => {
        const from = T0 + begin * MINUTE;
        const to = from + length * MINUTE;
        const list = spanList([
          { from, to, tally: 0 },
          { from: to + hole * MINUTE, to: 2 * to - from + hole * MINUTE, tally: 1 },
        ]);
        const series = all[which] ?? seriesOf([]);
        expect(energyInSpans(series, list, 2)).toEqual(plainEnergyInSpans(series, list, 2));
      }),
      { seed: 6, numRuns: 1_200 },
    );
  });
});
