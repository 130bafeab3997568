import { describe, expect, it } from 'vitest';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { energyInSpans, spanList } from '../../src/tariff/energy.ts';
import { energyRecordsIn } from '../../src/tariff/energy-series.ts';
import { withGuesses } from '../../src/tariff/estimates.ts';
import { type MeteredVariable, type UsageRecord, usageOf as usageIn } from '../../src/tariff/usage.ts';

/** With lists that are easily looked at. */
function usageOf(...given: Parameters<typeof usageIn>) {
  const { imported, exported, reactive, demand } = usageIn(...given);
  const listed = (series: typeof exported) => (series === null ? null : energyRecordsIn(series));
  return { imported: energyRecordsIn(imported), exported: listed(exported), reactive: listed(reactive), demand };
}

const T0 = Date.parse('2026-11-25T10:00:00Z');
const MINUTE = 60_000;
const at = (minutes: number): EpochMs => epochMs(T0 + minutes * MINUTE);
const variable = (code: string, quantity: MeteredVariable['quantity'], change: Partial<MeteredVariable>) =>
  ({ code, quantity, unit: 'kWh', aggregate: 'counter', phases: ['total'], ...change }) as MeteredVariable;
const CEA = variable('CEA', 'activeEnergyImport', {});
const CEX = variable('CEX', 'activeEnergyExport', { unit: 'Wh' });
const CER = variable('CER', 'reactiveEnergyInductive', { unit: 'kvarh' });
const PAT = variable('PAT', 'activePower', { unit: 'kW', aggregate: 'mean' });
const PAF = variable('PAF', 'activePower', { unit: 'W', aggregate: 'mean', phases: ['L1', 'L2', 'L3'] });

type Given = Readonly<
  Record<string, { readonly v: readonly (number | null)[]; readonly d?: number | null; readonly at?: EpochMs }>
>;
function record(from: number, to: number, given: Given): UsageRecord {
  const variables = Object.entries(given).map(([code, { v, d = null, at: read = null }]) => {
    return [code, { values: v, delta: v.map(() => d), at: read as EpochMs | null }] as const;
  });
  return { start: at(from), end: at(to), variables: Object.fromEntries(variables) };
}

describe('what records tell of consumption', () => {
  it('is the difference of the counter, between the instants of its values', () => {
    const records = [
      record(0, 15, { CEA: { v: [100], at: at(14) } }),
      record(15, 30, { CEA: { v: [102], d: 2, at: at(29) } }),
      record(30, 45, {}),
      record(45, 60, { CEA: { v: [106], d: 4, at: at(59) } }),
    ];
    const counters = usageOf(records, [CEA], null).imported.map(({ counter }) => counter);
    expect(counters).toEqual([
      null,
      { from: at(14), to: at(29), kwh: 2 },
      null,
      // over the record without a value
      { from: at(29), to: at(59), kwh: 4 },
    ]);
  });

  it('of a record that is missing is not known, and is not taken for that of the next one', () => {
    const day = Array.from({ length: 8 }, (_, n) => {
      return record(n * 15, (n + 1) * 15, { CEA: { v: [100 + 2 * n], ...(n > 0 && { d: 2 }), at: at((n + 1) * 15) } });
    });
    const { imported } = usageOf([...day.slice(0, 3), ...day.slice(5)], [CEA], null);
    const steps = imported.map(({ counter }) => counter);
    expect(steps.slice(3)).toEqual([
      { from: at(75), to: at(90), kwh: 2 },
      { from: at(90), to: at(105), kwh: 2 },
      { from: at(105), to: at(120), kwh: 2 },
    ]);
  });

  it('over a time in which nothing was recorded is what the counter says of all of it', () => {
    const records = [
      record(0, 15, { CEA: { v: [100], at: at(15) } }),
      record(180, 195, { CEA: { v: [112], d: 12, at: at(195) } }),
    ];
    const { imported } = usageOf(records, [CEA], null);
    expect(imported[1]?.counter).toEqual({ from: at(15), to: at(195), kwh: 12 });
  });

  it('counts what was fed in apart, in kWh whatever its unit', () => {
    const records = [
      record(0, 15, { CEX: { v: [1000], at: at(15) }, PAT: { v: [-2] } }),
      record(15, 30, { CEX: { v: [1500], d: 500, at: at(30) }, PAT: { v: [-2] } }),
    ];
    const { imported, exported } = usageOf(records, [CEA, CEX, PAT], null);
    expect(exported?.[1]).toMatchObject({ counter: { kwh: 0.5 }, kw: 2 });
    expect(imported[1]).toMatchObject({ counter: null, kw: 0 });
    expect(usageOf(records, [CEA, PAT], null).exported).toBeNull();
  });

  it('takes power of all phases where there is no total, and none where a phase is missing', () => {
    const records = [
      record(0, 15, { PAF: { v: [1000, 2000, 3000] } }),
      record(15, 30, { PAF: { v: [1000, null, 3000] } }),
    ];
    expect(usageOf(records, [PAF], null).imported.map(({ kw }) => kw)).toEqual([6, null]);
  });

  it('knows reactive energy by its counter, else not at all', () => {
    const records = [
      record(0, 15, { CER: { v: [5], at: at(15) } }),
      record(15, 30, { CER: { v: [7], d: 2, at: at(30) } }),
    ];
    expect(usageOf(records, [CEA, CER], null).reactive?.[1]?.counter?.kwh).toBe(2);
    expect(usageOf(records, [CEA], null).reactive).toBeNull();
  });

  describe('that a profile knows by several names', () => {
    const CRL = variable('CRL', 'reactiveEnergyInductive', { unit: 'kvarh' });
    const CET = variable('CET', 'activeEnergyTotal', {});
    const C2A = variable('C2A', 'activeEnergyImport', {});
    const counted = (code: string) => [
      record(0, 15, { [code]: { v: [5], at: at(15) } }),
      record(15, 30, { [code]: { v: [7], d: 2, at: at(30) } }),
    ];

    it('is read where it is recorded, not where the profile names it first', () => {
      expect(usageOf(counted('CER'), [CRL, CER], null).reactive?.[1]?.counter?.kwh).toBe(2);
      expect(usageOf(counted('CET'), [CEA, CET], null).imported[1]?.counter?.kwh).toBe(2);
      const phases = [record(0, 15, { PAF: { v: [1000, 2000, 3000] } })];
      expect(usageOf(phases, [PAT, PAF], null)).toMatchObject({ imported: [{ kw: 6 }], demand: [{ kw: 6 }] });
    });

    it('is not recorded where none of them is: what was fed in, reactive energy, power', () => {
      const { exported, reactive, demand } = usageOf(counted('CEA'), [CEA, CEX, CRL, CER, PAT, PAF], null);
      expect([exported, reactive]).toEqual([null, null]);
      expect('unknown' in demand && demand.unknown).toContain('active power is not recorded');
    });

    it('has no quarter hours where the meter says nothing at all', () => {
      expect(usageOf([record(0, 15, { PAT: { v: [null] } })], [PAT], null).demand).toEqual([]);
    });

    it('is said to be of both directions where it is, and power was fed in', () => {
      const powered = (kw: number) =>
        counted('CET').map((each): UsageRecord => {
          const PAT = { values: [kw], delta: [null], at: null };
          return { ...each, variables: { ...each.variables, PAT } };
        });
      const [CEA_FIRST, BOTH] = [[CEA, CET, PAT], expect.stringContaining('fed in together')];
      expect(usageIn(powered(-2), CEA_FIRST, null).notes).toEqual([BOTH]);
      expect(usageIn(powered(2), CEA_FIRST, null).notes).toBeUndefined();
      const renamed = CEA_FIRST.map((each) => (each === CET ? { ...CEA, code: 'CET' } : each));
      expect(usageIn(powered(-2), renamed, null).notes).toBeUndefined();
    });

    it('is not what one tariff of the meter has alone', () => {
      expect(usageOf(counted('C2A'), [C2A, CEA], null).imported[1]?.counter).toBeNull();
    });
  });

  describe('of a mean of few of the readings that were due', () => {
    const of = (n: number, from = 0, kw = 4): UsageRecord => {
      const [PAT] = Object.values(record(from, from + 15, { PAT: { v: [kw] } }).variables);
      return { start: at(from), end: at(from + 15), variables: { PAT: { ...PAT!, n: [n], expected: 15 } } };
    };
    const energyOf = (records: readonly UsageRecord[]) => {
      const spans = spanList([{ from: at(0), to: at(60), tally: 0 }]);
      const { kwh, coveredMs } = energyInSpans(usageIn(records, [PAT], null).imported, spans, 1);
      return [kwh[0], coveredMs[0]! / MINUTE];
    };

    it('knows energy of as much of the time as they are, and of all of it where one of 15 is missing', () => {
      expect(energyOf([of(15), of(15, 15)])).toEqual([2, 30]);
      expect(energyOf([of(14), of(15, 15)])).toEqual([2, 30]);
      expect(energyOf([of(3), of(15, 15)])).toEqual([1.2, 18]);
      expect(energyOf([of(15), of(3, 15), of(15, 30)])).toEqual([2.2, 33]);
    });

    it('knows no quarter hour by less than nine of ten', () => {
      const { demand } = usageOf([of(15), of(13, 15), of(14, 30)], [PAT], null);
      expect('unknown' in demand || demand.map(({ end }) => end)).toEqual([at(15), at(45)]);
    });

    it('guesses the rest of it where that is asked for', () => {
      const records = [of(3), ...Array.from({ length: 96 }, (_, n) => of(15, 15 * (n + 1)))];
      const span = { from: '2026-11-25', to: '2026-11-26' };
      const { guesses } = withGuesses(usageIn(records, [PAT], null), span, () => 0);
      expect([guesses?.imported?.start, guesses?.imported?.end].map((list) => list?.includes(at(3)))).toEqual([
        true,
        false,
      ]);
    });
  });

  it.each([1, 5, 15])('makes quarter hours of records of %d minutes, and only whole ones', (minutes) => {
    const count = 45 / minutes;
    const all = Array.from({ length: count }, (_, n) =>
      record(n * minutes, (n + 1) * minutes, { PAT: { v: [n * minutes] } }),
    );
    const { demand } = usageOf(minutes === 15 ? all : all.slice(0, -1), [PAT], null);
    if ('unknown' in demand) throw new Error(demand.unknown);
    expect(demand).toHaveLength(minutes === 15 ? 3 : 2);
    expect(demand[0]?.end).toBe(at(15));
    expect(demand[0]?.kw).toBeCloseTo((15 - minutes) / 2, 9);
  });

  it.each([10, 30, 60])('says that records of %d minutes make no quarter hours', (minutes) => {
    const { demand } = usageOf(
      [record(0, minutes, { PAT: { v: [1] } }), record(minutes, 2 * minutes, { PAT: { v: [1] } })],
      [PAT],
      null,
    );
    expect('unknown' in demand && demand.unknown).toContain(`records of ${minutes} minutes (tempsgravacio) make no`);
  });

  it('of a centre that does not know the start of a record takes the recording interval, else leaves it out', () => {
    const old = { ...record(0, 15, { PAT: { v: [4] } }), start: null };
    expect(usageOf([old], [PAT], 15 * MINUTE).imported[0]).toMatchObject({ start: at(0), kw: 4 });
    expect(usageOf([old], [PAT], null).imported).toEqual([]);
  });

  it('without the value before knows no step: nobody can say since when the counter went', () => {
    const records = [record(15, 30, { CEA: { v: [900], d: 800, at: at(29) } })];
    expect(usageOf(records, [CEA], null).imported[0]?.counter).toBeNull();
  });

  it('of a clock that was put back has what the counter went both times', () => {
    const records = [
      record(0, 15, { CEA: { v: [100], at: at(15) } }),
      record(15, 30, { CEA: { v: [102], d: 2, at: at(30) } }),
      record(15, 30, { CEA: { v: [105], d: 3, at: at(30) } }),
      record(30, 45, { CEA: { v: [109], d: 4, at: at(45) } }),
    ];
    const { imported } = usageOf(records, [CEA], null);
    expect(imported.map(({ counter }) => counter?.kwh ?? null)).toEqual([null, 2, 3, 4]);
  });

  it('has the quarter hours that are whole beside a record that is not within one', () => {
    const records = [record(0, 15, { PAT: { v: [1] } }), record(20, 40, { PAT: { v: [1] } })];
    const { demand } = usageOf(records, [PAT], null);
    expect('unknown' in demand || demand.map(({ end }) => end)).toEqual([at(15)]);
  });
});
