import { describe, expect, it } from 'vitest';
import type { CostEvent } from '../../src/domain/cost-event.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { energyRecordsIn } from '../../src/tariff/energy-series.ts';
import { eventsText, exchangedColumns, parseEvents, unbilledOf, withExchanges } from '../../src/tariff/events.ts';
import { type MeteredVariable, type UsageRecord, usageOf } from '../../src/tariff/usage.ts';
import { columnsOf } from '../../src/tariff/usage-columns.ts';
import { allPlaces } from '../../src/tariff/usage-places.ts';
import { combinedUsage } from '../../src/tariff/virtual.ts';

const T0 = Date.parse('2026-03-02T09:00:00Z');
const at = (minutes: number): EpochMs => epochMs(T0 + minutes * 60_000);
const CEA: MeteredVariable = {
  ...{ code: 'CEA', quantity: 'activeEnergyImport', unit: 'kWh', aggregate: 'counter', phases: ['total'] },
};
const record = (end: number, value: number | null, delta: number | null): UsageRecord => ({
  ...{ start: at(end - 15), end: at(end) },
  variables: { CEA: { values: [value], delta: [delta], at: at(end) } },
});
const EXCHANGE: CostEvent = {
  ...{ id: 1, analyzerId: 1, text: '', kind: 'exchange', at: at(40), old: 1003.5, new: 10, counter: null },
};
const deltas = (records: readonly UsageRecord[]) => records.map(({ variables }) => variables.CEA?.delta[0]);

describe('a meter that was exchanged', () => {
  const records = [record(15, 1000, 1), record(30, 1002, 2), record(45, null, null), record(60, 12, null)];

  it('went what the old one still did and what the new one did since', () => {
    // 1003.5 - 1002 until it, nothing at it, and 12 - 10 since
    expect(deltas(withExchanges(records, [EXCHANGE], [CEA]))).toEqual([1, 2, 1.5, null, null, 2]);
  });

  it('with a higher counter than the old one is no consumption', () => {
    const higher = [record(30, 1002, 2), record(45, 5001, 3999)];
    expect(deltas(withExchanges(higher, [{ ...EXCHANGE, new: 5000 }], [CEA]))).toEqual([2, 1.5, null, 1]);
  });

  it.each([
    ['the old one had gone further', { old: 900 }],
    ['the new one shows less', { new: 13 }],
  ])('is not known where %s than was entered', (_, change) => {
    expect(deltas(withExchanges(records, [{ ...EXCHANGE, ...change } as CostEvent], [CEA]))).toEqual([
      1,
      2,
      null,
      null,
    ]);
  });

  it('without a value before is known since it was exchanged', () => {
    expect(deltas(withExchanges([record(60, 12, 4)], [EXCHANGE], [CEA]))).toEqual([null, null, 2]);
  });

  it('parts what it went at that instant, also where records are missing around it', () => {
    const few = [record(0, 999, null), record(15, 1000, 1), record(60, 12, null), record(75, 13, 1)];
    const usage = usageOf(withExchanges(few, [EXCHANGE], [CEA]), [CEA], null);
    const steps = energyRecordsIn(usage.imported).flatMap(({ counter }) => counter ?? []);
    expect(steps).toEqual([
      { from: at(0), to: at(15), kwh: 1 },
      { from: at(15), to: at(40), kwh: 3.5 },
      { from: at(40), to: at(60), kwh: 2 },
      { from: at(60), to: at(75), kwh: 1 },
    ]);
  });

  it.each([
    // 2, 3, what the old one still did (2), and 9 of the new one
    ['the old one at last but for some', { old: 1007, new: 0 }, [1005, 3], [9, null], 16],
    // 2, 5, nothing more, and 9
    ['the old one at last', { old: 1007, new: 0 }, [1007, 5], [9, null], 16],
    // 2, 5 of the old one until then, and 4 of the new one
    ['the new one at first', { old: 1007, new: 2 }, [2, null], [6, 4], 11],
  ] as const)('at the instant of a reading, which is of %s, loses nothing', (_, change, third, fourth, expected) => {
    const shown = [
      record(15, 1000, null),
      record(30, 1002, 2),
      record(45, third[0], third[1]),
      record(60, fourth[0], fourth[1]),
    ];
    const { imported } = usageOf(withExchanges(shown, [{ ...EXCHANGE, at: at(45), ...change }], [CEA]), [CEA], null);
    const kwh = energyRecordsIn(imported).reduce((sum, { counter }) => sum + (counter?.kwh ?? 0), 0);
    expect(kwh).toBeCloseTo(expected, 9);
  });

  it('is no window of a sum', () => {
    const usage = usageOf(withExchanges(records, [EXCHANGE], [CEA]), [CEA], null);
    const { imported } = combinedUsage([
      { sign: 1, name: 'a', usage },
      { sign: 1, name: 'b', usage },
    ]);
    expect([...imported.end]).toEqual([15, 30, 45, 60].map(at));
    expect(imported.kwh.reduce((sum, kwh) => sum + (Number.isNaN(kwh) ? 0 : kwh), 0)).toBeCloseTo(2 * (2 + 1.5 + 2), 9);
  });

  it('twice, however they were entered, and in lists the same', () => {
    const again: CostEvent = { ...EXCHANGE, id: 2, at: at(50), old: 12, new: 3 };
    const twice = [record(15, 1000, 1), record(30, 1002, 2), record(45, 11, null), record(60, 4, null)];
    for (const events of [
      [EXCHANGE, again],
      [again, EXCHANGE],
    ]) {
      const found = withExchanges(twice, events, [CEA]);
      expect(deltas(found)).toEqual([1, 2, 1.5, null, 1, 1, null, 1]);
      const places = allPlaces([CEA]);
      expect(exchangedColumns(columnsOf(twice, places), events, [CEA])).toEqual(columnsOf(found, places));
    }
  });

  it('as its counter was read, of a record that ends then, leaves that record its power', () => {
    const PAT: MeteredVariable = { ...CEA, code: 'PAT', quantity: 'activePower', unit: 'kW', aggregate: 'mean' };
    const powered = [record(15, 1000, 1), record(30, 1002, 2), record(45, 11, null)].map((each) => {
      const variables = { ...each.variables, PAT: { values: [4], delta: [null], at: null } };
      return { ...each, variables };
    });
    const { demand } = usageOf(withExchanges(powered, [{ ...EXCHANGE, at: at(30) }], [CEA]), [CEA, PAT], null);
    expect(demand).toHaveLength(3);
  });

  it('is that of the imported energy that is recorded', () => {
    const CET: MeteredVariable = { ...CEA, code: 'CET', quantity: 'activeEnergyTotal' };
    expect(withExchanges(records, [EXCHANGE], [{ ...CEA, code: 'CXX' }, CET, CEA])).toEqual(
      withExchanges(records, [EXCHANGE], [CEA]),
    );
  });

  it('is no business of another counter', () => {
    expect(withExchanges(records, [{ ...EXCHANGE, counter: 'CER' } as CostEvent], [CEA])).toEqual(records);
  });
});

describe('events in their file', () => {
  const maintenance: CostEvent = { id: 2, analyzerId: 1, text: 'test', kind: 'maintenance', from: at(0), to: at(60) };

  it('are read as they were written', () => {
    const all: readonly CostEvent[] = [
      EXCHANGE,
      maintenance,
      { id: 3, analyzerId: 2, text: 'x', kind: 'note', at: at(1) },
    ];
    expect(parseEvents(eventsText(all))).toEqual(all);
    expect(unbilledOf(all)).toEqual([{ from: at(0), to: at(60) }]);
  });

  it.each(['{}', '{"version":1,"events":[{"kind":"note"}]}', '[]', 'x'])('%j is refused', (text) => {
    expect(() => parseEvents(text)).toThrow();
  });
});
