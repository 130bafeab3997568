import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { createPeriods, type Periods, uncovered } from '../../src/tariff/periods.ts';
import {
  SPANISH_HOLIDAYS,
  SPANISH_TARIFFS,
  type SpanishTariff,
  spanishPeriods,
  TERRITORIES,
  type Territory,
  zoneOfTerritory,
} from '../../src/tariff/spain.ts';
import { zoneOffset } from '../../src/zone.ts';
import vectors from './spain-vectors.json' with { type: 'json' };

const HOUR_MS = 3_600_000;

function periodsOf(tariff: SpanishTariff, territory: Territory, of: 'energy' | 'power'): Periods {
  const offsetAt = zoneOffset(zoneOfTerritory(territory));
  return createPeriods({ tables: spanishPeriods(tariff, territory, of), holidays: SPANISH_HOLIDAYS, offsetAt });
}

describe('periods of the Spanish access tariffs', () => {
  it.each(vectors)('$instant in $territory: $why', ({ utc, territory, e20td, pw20td, e30td }) => {
    const at = epochMs(Date.parse(utc));
    const where = territory as Territory;
    expect(periodsOf('2.0TD', where, 'energy').at(at).period).toBe(e20td);
    expect(periodsOf('2.0TD', where, 'power').at(at).period).toBe(pw20td);
    for (const tariff of SPANISH_TARIFFS.filter((each) => each !== '2.0TD')) {
      expect(periodsOf(tariff, where, 'energy').at(at).period, tariff).toBe(e30td);
      expect(periodsOf(tariff, where, 'power').at(at).period, tariff).toBe(e30td);
    }
  });

  const all = SPANISH_TARIFFS.flatMap((tariff) => TERRITORIES.map((territory) => ({ tariff, territory })));
  it.each(all)('each minute of $tariff in $territory has a period, and the hours of a year add up', (each) => {
    const { tariff, territory } = each;
    const offsetAt = zoneOffset(zoneOfTerritory(territory));
    for (const { rules } of spanishPeriods(tariff, territory, 'energy')) {
      expect(uncovered(rules, SPANISH_HOLIDAYS, 2026)).toEqual([]);
    }
    const midnight = (date: string) => epochMs(Date.parse(date) - offsetAt(epochMs(Date.parse(date))));
    const [from, to] = [midnight('2026-01-01'), midnight('2027-01-01')];
    const spans = periodsOf(tariff, territory, 'energy').spans(from, to);
    expect(spans[0]?.from).toBe(from);
    expect(spans.at(-1)?.to).toBe(to);
    expect(spans.every((span, index) => index === 0 || span.from === spans[index - 1]?.to)).toBe(true);
    const hours = spans.reduce((sum, span) => sum + (span.to - span.from) / HOUR_MS, 0);
    expect(hours).toBe(365 * 24);
  });

  it.each([
    ['2026-03-28', 24],
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('%s has %d hours, each in one period', (date, expected) => {
    const offsetAt = zoneOffset('Europe/Madrid');
    const next = new Date(Date.parse(date) + 24 * HOUR_MS).toISOString().slice(0, 10);
    const midnight = (day: string) => {
      const wall = Date.parse(day);
      return epochMs(wall - offsetAt(epochMs(wall - HOUR_MS)));
    };
    const spans = periodsOf('3.0TD', 'baleares', 'energy').spans(midnight(date), midnight(next));
    expect(spans.reduce((sum, { from, to }) => sum + (to - from) / HOUR_MS, 0)).toBe(expected);
  });

  it('before the first table nothing is guessed', () => {
    const before = epochMs(Date.parse('2021-05-31T12:00:00Z'));
    expect(() => periodsOf('2.0TD', 'peninsula', 'energy').at(before)).toThrow('2021-05-31: no table of periods');
  });
});
