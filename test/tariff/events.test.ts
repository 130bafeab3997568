import { describe, expect, it } from 'vitest';
import type { CostEvent } from '../../src/domain/cost-event.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { eventsText, parseEvents, unbilledOf, withExchanges } from '../../src/tariff/events.ts';
import type { MeteredVariable, UsageRecord } from '../../src/tariff/usage.ts';

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
    // 1003.5 - 1002, and 12 - 10
    expect(deltas(withExchanges(records, [EXCHANGE], [CEA]))).toEqual([1, 2, null, 3.5]);
  });

  it('with a higher counter than the old one is no consumption', () => {
    const higher = [record(30, 1002, 2), record(45, 5001, 3999)];
    expect(deltas(withExchanges(higher, [{ ...EXCHANGE, new: 5000 }], [CEA]))).toEqual([2, 2.5]);
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

  it('without a value before is not known', () => {
    expect(deltas(withExchanges([record(60, 12, 4)], [EXCHANGE], [CEA]))).toEqual([null]);
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
