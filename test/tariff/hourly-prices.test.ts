import { describe, expect, it } from 'vitest';
import { problemText } from '../../src/domain/problem.ts';
import { epochMs } from '../../src/domain/units.ts';
import { hourPeriods, pricesAround } from '../../src/tariff/hour-periods.ts';
import { readHourlyPrices } from '../../src/tariff/hourly-prices.ts';
import { HOUR_MS, MADRID } from './contracts.ts';

const read = (text: string) => readHourlyPrices(text, { at: 'p.csv', offsetAt: MADRID });
const values = (text: string) => {
  const parsed = read(text);
  return parsed.ok ? parsed.value.map(({ from, perKwh }) => [new Date(from).toISOString(), perKwh]) : [];
};

describe('prices by the hour', () => {
  it.each([
    ['CSV with a heading', 'time,price\n2026-01-01T00:00+01:00,0.1\n2026-01-01T01:00+01:00,0.2\n'],
    ['CSV with decimal commas', '2026-01-01 00:00;0,1\r\n2026-01-01 01:00;0,2\r\n'],
    ['CSV with decimal commas in quotes', '"2026-01-01 00:00","0,1"\n2026-01-01 01:00,"0,2"\n'],
    ['JSON', '[{"from":"2026-01-01T00:00+01:00","perKwh":0.1},{"from":"2026-01-01T01:00+01:00","perKwh":0.2}]'],
  ])('are read from %s', (_, text) => {
    expect(values(text)).toEqual([
      ['2025-12-31T23:00:00.000Z', 0.1],
      ['2026-01-01T00:00:00.000Z', 0.2],
    ]);
  });

  const pvpc = (hours: number, change: Record<string, string> = {}) =>
    Array.from({ length: hours }, (_, hour) => {
      const Hora = `${String(hour).padStart(2, '0')}-${String(hour + 1).padStart(2, '0')}`;
      return { Dia: '01/01/2026', Hora, PCB: `${100 + hour},50`, CYM: '7', ...change };
    });

  it('of PVPC are in EUR/MWh, hour by hour', () => {
    const found = values(JSON.stringify({ PVPC: pvpc(24) }));
    expect(found).toHaveLength(24);
    expect([found[0], found[23]]).toEqual([
      ['2025-12-31T23:00:00.000Z', 0.1005],
      ['2026-01-01T22:00:00.000Z', 0.1235],
    ]);
  });

  it.each([
    [pvpc(21), 'expected 24 hours of 01/01/2026, from 00-01 on, saw 21'],
    [[...pvpc(24), ...pvpc(24)], 'expected 24 hours of 01/01/2026, from 00-01 on, saw 48'],
    [[...pvpc(24).slice(3), ...pvpc(3)], 'saw 24, from 03-04 on'],
    [pvpc(24, { PCB: '' }), 'PVPC[0]: expected Dia and PCB'],
  ])('of PVPC of a day that is not whole are refused', (rows, words) => {
    const parsed = read(JSON.stringify({ PVPC: rows }));
    expect(parsed.ok ? '' : parsed.problems.map(problemText).join('\n')).toContain(words);
  });

  it.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
  ])('of %s, which has %d hours, follow each other without a hole', (date, hours) => {
    const [year, month, day] = date.split('-');
    const rows = Array.from({ length: hours }, (_, hour) => ({ Dia: `${day}/${month}/${year}`, PCB: `${hour}` }));
    const parsed = read(JSON.stringify({ PVPC: rows }));
    const spans = parsed.ok ? parsed.value : [];
    expect(spans).toHaveLength(hours);
    expect(spans.every((span, index) => index === 0 || span.from === spans[index - 1]?.to)).toBe(true);
    const next = new Date(Date.parse(date) + 24 * HOUR_MS).toISOString().slice(0, 10);
    const midnight = Date.parse(next) - MADRID((Date.parse(next) - HOUR_MS) as never);
    expect(spans.at(-1)?.to).toBe(midnight);
  });

  it('of quarter hours count until the next, and an hour at most', () => {
    const parsed = read('2026-01-01 00:00,0.1\n2026-01-01 00:15,0.2\n2026-01-01 05:00,0.3\n');
    expect(parsed.ok && parsed.value.map(({ from, to }) => (to - from) / HOUR_MS)).toEqual([0.25, 1, 1]);
  });

  it('that stand there twice count once', () => {
    expect(values('2026-01-01 00:00,1\n2026-01-01 01:00,2\n2026-01-01 00:00,1')).toHaveLength(2);
  });

  it.each([
    ['CSV', '2026-10-25 01:00,1\n2026-10-25 02:00,2\n2026-10-25 02:00,3\n2026-10-25 03:00,4\n'],
    ['JSON', JSON.stringify([1, 2, 2, 3].map((hour, at) => ({ from: `2026-10-25 0${hour}:00`, perKwh: at + 1 })))],
  ])('of the hour that comes twice are one after the other in %s', (_, text) => {
    expect(values(text)).toEqual([
      ['2026-10-24T23:00:00.000Z', 1],
      ['2026-10-25T00:00:00.000Z', 2],
      ['2026-10-25T01:00:00.000Z', 3],
      ['2026-10-25T02:00:00.000Z', 4],
    ]);
  });

  it.each([
    ['time,price\nyesterday,0.1', 'p.csv:2: expected a time and a price'],
    ['2026-01-01 00:00,0.1\n2026-01-01 01:00,', 'p.csv:2: expected a time and a price'],
    ['2026-01-01 00:00,1\n2026-01-01 00:00,2', 'p.csv: expected one price of each time, saw two of 2025-12-31T23'],
    ['2026-01-01 00:00,0,1234', 'p.csv:1: expected a time and a price'],
    ['time,price\n2026-01-01 00:00,0.1,7', 'p.csv:2: expected a time and a price'],
    ['2026-01-01 00:00,', 'p.csv:1: expected a time and a price'],
    ['time,price\n2026-01-01 00:00,"0,1', 'p.csv:2: expected a time and a price'],
    ['', 'p.csv: expected prices by the hour, saw none'],
    ['[{"from":1}]', 'p.csv: [0]: expected { "from": time'],
    ['{"PVPC":[{"Dia":"2026"}]}', 'p.csv: PVPC[0]: expected Dia and PCB'],
    ['{', 'p.csv: expected JSON'],
  ])('in %j are refused in words', (text, words) => {
    const parsed = read(text);
    expect(parsed.ok ? '' : parsed.problems.map(problemText).join('\n')).toContain(words);
  });

  it('of a time are those of the whole file, with what lacks before, between and after them, and few', () => {
    const first = Date.parse('2026-01-01T00:00:00+01:00');
    const all = Array.from({ length: 60 }, (_, hour) => hour)
      .filter((hour) => hour < 20 || hour >= 30)
      .map((hour) => ({ from: first + hour * HOUR_MS, to: first + (hour + 1) * HOUR_MS, perKwh: hour / 100 }));
    const agreed = ['2025-01-01', '2026-01-04'].map((from) => ({ from, perKwh: { all: 1 } }));
    for (let hour = -5; hour < 65; hour += 1) {
      for (const hours of [0.5, 1, 7]) {
        const [start, end] = [epochMs(first + hour * HOUR_MS), epochMs(first + (hour + hours) * HOUR_MS)];
        const told = (hourlyPrices: typeof all) =>
          hourPeriods({ hourlyPrices, energyPrices: agreed }, MADRID)
            .spans(start, end)
            .map(({ period, ...span }) => ({ ...span, price: hourlyPrices[Number(period)]?.perKwh ?? period }));
        const around = [...pricesAround(all, { start, end })];
        expect(told(around)).toEqual(told(all));
        expect(around.length).toBeLessThanOrEqual(hours + 3);
      }
    }
  });
});
