import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import type { PeriodRule } from '../../src/tariff/period-table.ts';
import { createPeriods, minuteOf, uncovered } from '../../src/tariff/periods.ts';
import { zoneOffset } from '../../src/zone.ts';

const NONE = { fixed: [], dates: [] } as const;
const always = (rules: readonly PeriodRule[]) => [{ rules, from: '2000-01-01', until: null }];
const madrid = zoneOffset('Europe/Madrid');
const at = (text: string) => epochMs(Date.parse(text));

describe('periods by rules of any kind', () => {
  it.each([
    ['flat', [{ period: 'all' }], '2026-11-25T12:00:00Z', 'all'],
    [
      'day and night',
      [{ period: 'night', hours: [['22:00', '08:00']] }, { period: 'day' }],
      '2026-11-25T22:30:00Z',
      'night',
    ],
    [
      'day and night',
      [{ period: 'night', hours: [['22:00', '08:00']] }, { period: 'day' }],
      '2026-11-25T06:59:59Z',
      'night',
    ],
    [
      'day and night',
      [{ period: 'night', hours: [['22:00', '08:00']] }, { period: 'day' }],
      '2026-11-25T07:00:00Z',
      'day',
    ],
    ['weekdays', [{ period: 'off', days: ['sat', 'sun'] }, { period: 'on' }], '2026-11-29T12:00:00Z', 'off'],
    [
      'a season over new year',
      [{ period: 'w', dates: [['11-01', '03-31']] }, { period: 's' }],
      '2027-01-02T12:00:00Z',
      'w',
    ],
    [
      'a season over new year',
      [{ period: 'w', dates: [['11-01', '03-31']] }, { period: 's' }],
      '2027-04-01T12:00:00Z',
      's',
    ],
    ['the first rule counts', [{ period: 'a', months: [11] }, { period: 'b' }], '2026-11-25T12:00:00Z', 'a'],
  ] as const)('%s', (_, rules, instant, expected) => {
    const periods = createPeriods({ tables: always(rules as readonly PeriodRule[]), holidays: NONE, offsetAt: madrid });
    expect(periods.at(at(instant)).period).toBe(expected);
  });

  it('a holiday of one year alone is one in that year alone', () => {
    const rules: readonly PeriodRule[] = [{ period: 'off', days: ['holiday'] }, { period: 'on' }];
    const holidays = { fixed: ['12-25'], dates: ['2026-04-03'] };
    const periods = createPeriods({ tables: always(rules), holidays, offsetAt: madrid });
    const days = ['2026-04-03', '2027-04-03', '2030-12-25'].map((day) => periods.at(at(`${day}T10:00:00Z`)).period);
    expect(days).toEqual(['off', 'on', 'off']);
  });

  it('another table counts from its date on', () => {
    const tables = [
      { rules: [{ period: 'old' }], from: '2000-01-01', until: '2026-06-01' },
      { rules: [{ period: 'new' }], from: '2026-06-01', until: null },
    ];
    const periods = createPeriods({ tables, holidays: NONE, offsetAt: madrid });
    expect(periods.spans(at('2026-05-31T20:00:00Z'), at('2026-06-01T02:00:00Z'))).toEqual([
      { from: at('2026-05-31T20:00:00Z'), to: at('2026-05-31T22:00:00Z'), period: 'old' },
      { from: at('2026-05-31T22:00:00Z'), to: at('2026-06-01T02:00:00Z'), period: 'new' },
    ]);
  });

  it('says which hours no rule covers', () => {
    const rules: readonly PeriodRule[] = [
      { period: 'P1', days: ['work'], hours: [['08:00', '24:00']] },
      { period: 'P2', days: ['off'] },
    ];
    expect(uncovered(rules, NONE, 2026, 2)).toEqual(['2026-01-01 00:00', '2026-01-02 00:00']);
    expect(uncovered([...rules, { period: 'P2', hours: [['00:00', '08:00']] }], NONE, 2026)).toEqual([]);
  });

  it.each([
    ['00:00', 0],
    ['24:00', 1440],
    ['08:30', 510],
    ['24:01', Number.NaN],
    ['8:00', Number.NaN],
    ['08:60', Number.NaN],
  ])('%s is minute %d', (time, minute) => expect(minuteOf(time)).toBe(minute));

  it('the spans of any stretch are one after the other, of the period at each of their instants', () => {
    const rules: readonly PeriodRule[] = [
      { period: 'P3', days: ['off'] },
      {
        period: 'P1',
        hours: [
          ['10:00', '14:00'],
          ['18:15', '22:00'],
        ],
      },
      { period: 'P2', hours: [['08:00', '24:00']] },
      { period: 'P3' },
    ];
    const zones = ['Europe/Madrid', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'].map(zoneOffset);
    const start = Date.UTC(2026, 0, 1);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 365 * 86_400_000 }),
        fc.integer({ min: 1, max: 5 * 86_400_000 }),
        (offsetAt, after, length) => {
          const periods = createPeriods({ tables: always(rules), holidays: NONE, offsetAt });
          const [from, to] = [epochMs(start + after), epochMs(start + after + length)];
          const spans = periods.spans(from, to);
          expect([spans[0]?.from, spans.at(-1)?.to]).toEqual([from, to]);
          for (const [index, span] of spans.entries()) {
            if (index > 0) expect(span.from).toBe(spans[index - 1]?.to);
            if (index > 0) expect(span.period).not.toBe(spans[index - 1]?.period);
            const middle = epochMs(Math.floor((span.from + span.to) / 2));
            for (const instant of [span.from, middle, epochMs(span.to - 1)]) {
              expect(periods.at(instant).period).toBe(span.period);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
