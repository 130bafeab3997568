import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnsOf,
  ctimeOf,
  dayOf,
  earlierWithSameTime,
  headerOf,
  lineOf,
  parseDades,
  printed,
  timeOf,
} from '../../src/domain/dades.ts';
import type { RecordedVariable } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const at = (text: string) => epochMs(Date.parse(text));
const utc = () => 0;
const madrid = zoneOffset('Europe/Madrid');
const lordHowe = zoneOffset('Australia/Lord_Howe');

const variable = (values: readonly (number | null)[]): RecordedVariable => ({
  ...{ aggregate: 'mean', values, min: values, max: values, n: values.map(() => 1), expected: 1 },
  ...{ delta: values.map(() => null), baseline: values.map(() => null), at: null, flags: [] },
});

describe('a value as %9.2f', () => {
  it.each([
    [230.12, '   230.12'],
    [229.8, '   229.80'],
    [0, '     0.00'],
    [-5.254, '    -5.25'],
    [0.125, '     0.12'],
    [0.375, '     0.38'],
    [-0.625, '    -0.62'],
    [2.5, '     2.50'],
    [1.005, '     1.00'],
    [999999.99, '999999.99'],
    [12345678.9, '12345678.90'],
    [1e21, '1000000000000000000000.00'],
    [null, '      nan'],
    [Number.NaN, '      nan'],
    [Number.POSITIVE_INFINITY, '      nan'],
  ])('%d is "%s"', (value, text) => {
    expect(printed(value)).toBe(text);
  });
});

describe('a line of dades', () => {
  const record = {
    end: at('2014-05-01T12:15:00Z'),
    variables: { PAT: variable([1.5]), TPF: variable([230.12, null]) },
  };

  it('has its columns in the order of the consultes, each field followed by a tab', () => {
    const columns = columnsOf(record, ['TPF', 'CEA', 'PAT']);
    expect(headerOf(columns)).toBe('HORA\tTPF0\tTPF1\tPAT0\t');
    expect(lineOf(record, columns, utc)).toBe('12:15:00\t   230.12\t      nan\t     1.50\t');
  });

  it('keeps variables that the consultes no longer name', () => {
    expect(headerOf(columnsOf(record, ['TPF']))).toBe('HORA\tTPF0\tTPF1\tPAT0\t');
  });

  it('is none when no variable has a value', () => {
    const empty = { ...record, variables: { TPF: variable([null, null]) } };
    expect(lineOf(empty, columnsOf(empty, []), utc)).toBeNull();
  });

  it('carries the end of its window in local time; midnight is the first line of the new day', () => {
    const end = at('2026-05-03T22:00:00Z');
    expect([dayOf(end, madrid), timeOf(end, madrid)]).toEqual(['20260504', '00:00:00']);
    expect(dayOf(epochMs(end - 1000), madrid)).toBe('20260503');
  });
});

describe('F50 the hour that comes twice', () => {
  it.each([
    ['2026-10-24T23:59:00Z', 0],
    ['2026-10-25T00:15:00Z', 0],
    ['2026-10-25T00:59:00Z', 0],
    ['2026-10-25T01:00:00Z', 1],
    ['2026-10-25T01:15:00Z', 1],
    ['2026-10-25T01:59:00Z', 1],
    ['2026-10-25T02:00:00Z', 0],
    ['2026-03-29T01:30:00Z', 0],
  ] as const)('%s in Madrid has %i earlier instant of the same time', (instant, earlier) => {
    expect(earlierWithSameTime(at(instant), madrid)).toBe(earlier);
    if (earlier === 1) expect(timeOf(epochMs(at(instant) - 3_600_000), madrid)).toBe(timeOf(at(instant), madrid));
  });

  it('lasts half an hour on Lord Howe', () => {
    const found = [...Array(8).keys()].map((n) =>
      earlierWithSameTime(epochMs(at('2026-04-04T14:30:00Z') + n * 900_000), lordHowe),
    );
    expect(found).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  });
});

describe('dades read back', () => {
  it('gives times and values, null where nan', () => {
    expect(parseDades('HORA\tTPF0\tTPF1\t\n12:15:00\t   230.12\t      nan\t\n')).toEqual({
      columns: ['TPF0', 'TPF1'],
      rows: [{ time: '12:15:00', values: [230.12, null] }],
      skipped: 0,
      firstSkipped: null,
    });
  });

  it.each([
    ['HORA\tTPF0\t\n12:15:00\t     1.00\t\nx\n12:30:00\t     1.00\t\ny\n', 2, 3],
    ['HORA\tTPF0\t\n12:15:00\t     1.00\t\n12:30:00\t   1', 1, 3],
    ['some notes', 1, 1],
    ['', 0, null],
  ])('%j: %i skipped, the first in line %s', (text, skipped, firstSkipped) => {
    expect(parseDades(text)).toMatchObject({ skipped, firstSkipped });
  });

  it.each([
    ['', 0],
    ['HORA', 1],
    ['\0\0\0', 1],
    ['HORA\tTPF0\t\n12:15:00\t   1', 1],
    ['HORA\tTPF0\t\n\0\0\0\0', 1],
    ['HORA\tTPF0\t\n12:15:00\t     1.00\t     2.00\t\n', 1],
    ['HORA\tTPF0\t\nnoon\t     1.00\t\n', 1],
    ['HORA\tTPF0\t\n12:15:00\t   banana\t\n', 1],
    ['HORA\tTPF0\t\n25:99:00\t     1.00\t\n', 1],
    ['HORA\tTPF0\t\n24:00:00\t     1.00\t\n', 1],
    ['HORA\tTPF0\tTPF1\t\n12:15:00\t\t     1.00\t\n', 1],
    ['HORA\tTPF0\t\n12:15:00\t         \t\n', 1],
    ['HORA\tTPF0\t\n12:15:00\t     0x10\t\n', 1],
    ['some notes\nof a person\n', 2],
  ])('F41 F42 %j: nothing is made up, %i skipped', (text, skipped) => {
    expect(parseDades(text)).toMatchObject({ rows: [], skipped });
  });

  it('F41 cut anywhere it gives the whole lines before the cut, and says when one was torn', () => {
    const text = 'HORA\tTPF0\t\n12:15:00\t   230.12\t\n12:30:00\t   -42.00\t\n';
    const whole = parseDades(text).rows;
    for (let cut = 0; cut < text.length; cut += 1) {
      const { rows, skipped } = parseDades(text.slice(0, cut));
      const lines = text.slice(0, cut).split('\n').length - 2;
      expect(rows).toEqual(whole.slice(0, Math.max(0, lines)));
      expect(skipped).toBe(cut === 0 || text[cut - 1] === '\n' ? 0 : 1);
    }
  });

  it('whatever is printed is read back to the hundredth', () => {
    const value = fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value), { minLength: 1 }),
        fc.integer({ min: 0, max: 4e9 }),
        (rows, start) => {
          const printedRows = rows.flatMap(([a, b], index) => {
            const record = { end: epochMs((start + index) * 1000), variables: { TPF: variable([a, b]) } };
            const line = lineOf(record, columnsOf(record, []), utc);
            return line === null ? [] : [{ line, end: record.end, values: [a, b] }];
          });
          const text = `HORA\tTPF0\tTPF1\t\n${printedRows.map(({ line }) => `${line}\n`).join('')}`;
          const found = parseDades(text);
          expect(found.skipped).toBe(0);
          expect(found.rows.map(({ time }) => time)).toEqual(printedRows.map(({ end }) => timeOf(end, utc)));
          found.rows.forEach(({ values }, row) => {
            values.forEach((each, column) => {
              const truth = printedRows[row]?.values[column] ?? null;
              if (truth === null || each === null) expect(each).toBe(truth);
              else expect(Math.abs(each - truth)).toBeLessThanOrEqual(0.005 + 1e-6);
            });
          });
        },
      ),
    );
  });
});

describe('ctime', () => {
  it.each([
    ['2014-05-01T10:15:00Z', madrid, 'Thu May  1 12:15:00 2014'],
    ['2026-12-31T23:00:05Z', madrid, 'Fri Jan  1 00:00:05 2027'],
    ['2026-10-25T01:15:00Z', madrid, 'Sun Oct 25 02:15:00 2026'],
    ['1970-01-01T00:00:00Z', utc, 'Thu Jan  1 00:00:00 1970'],
  ] as const)('%s', (instant, offsetAt, text) => {
    expect(ctimeOf(at(instant), offsetAt)).toBe(text);
  });
});
