import { describe, expect, it } from 'vitest';
import { columnsOf, dayOf, headerOf, lineOf } from '../../src/domain/dades.ts';
import { readDay } from '../../src/reconcile/dades-lines.ts';
import { zoneOffset } from '../../src/zone.ts';
import { owed } from '../exporters/written.ts';

const madrid = zoneOffset('Europe/Madrid');
const DAY = '20140501';

/** A daily file of these columns and lines, each line as `time value value`. */
const file = (columns: readonly string[], lines: readonly string[]) =>
  [
    `HORA\t${columns.map((each) => `${each}\t`).join('')}`,
    ...lines.map((line) => `${line.replaceAll(' ', '\t')}\t`),
    '',
  ].join('\n');

const ends = (text: string, day = DAY) =>
  readDay(text, day, madrid).readings.map(({ end }) => new Date(end).toISOString());

describe('a daily file', () => {
  it('is read by its header, whatever the order of its columns', () => {
    const text = file(['CEA0', 'TPF0', 'TPF1', 'FRE0'], ['00:00:00 7 230.12 nan 50', '12:15:37 8 229 228 49.9']);
    expect(readDay(text, DAY, madrid)).toEqual({
      readings: [
        { end: Date.parse('2014-04-30T22:00:00Z'), values: { CEA: [7], TPF: [230.12, null], FRE: [50] } },
        { end: Date.parse('2014-05-01T10:15:37Z'), values: { CEA: [8], TPF: [229, 228], FRE: [49.9] } },
      ],
      skipped: 0,
      firstSkipped: null,
    });
  });

  it.each([
    { columns: ['X0', 'X1', 'Y0'], values: { X: [1, 2], Y: [3] } },
    { columns: ['X10', 'X11', 'Y0'], values: { X1: [1, 2], Y: [3] } },
    { columns: ['B1', 'B0', 'A0'], values: { B: [2, 1], A: [3] } },
    { columns: ['A1', 'A2', 'HMU0'], values: { A: [null, 1, 2], HMU: [3] } },
  ])('$columns are $values', ({ columns, values }) => {
    expect(readDay(file(columns, ['10:00:00 1 2 3']), DAY, madrid).readings[0]?.values).toEqual(values);
  });

  it('value 10 of a variable comes after value 9', () => {
    const columns = Array.from({ length: 12 }, (_, index) => `AMC${index}`);
    const [reading] = readDay(
      file(columns, [`10:00:00 ${columns.map((_, index) => index).join(' ')}`]),
      DAY,
      madrid,
    ).readings;
    expect(reading?.values).toEqual({ AMC: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] });
  });

  it('a line without a value is none, and one that is torn is counted', () => {
    const text = `${file(['TPF0'], ['10:00:00 nan', '10:15:00 1', '10:30:00 1 2', 'x 1'])}10:45:00\t2`;
    const { readings, skipped } = readDay(text, DAY, madrid);
    expect(readings).toHaveLength(1);
    expect(skipped).toBe(3);
  });

  it('that came over from Windows is read the same', () => {
    expect(ends(file(['TPF0'], ['10:00:00 1']).replaceAll('\n', '\r\n'))).toEqual(['2014-05-01T08:00:00.000Z']);
  });

  it('the hour that comes twice is there twice', () => {
    const times = ['01:45:00', '02:00:00', '02:30:00', '02:00:00', '02:30:00', '03:00:00'];
    const text = file(
      ['TPF0'],
      times.map((time) => `${time} 1`),
    );
    expect(ends(text, '20261025')).toEqual([
      ...['2026-10-24T23:45:00.000Z', '2026-10-25T00:00:00.000Z', '2026-10-25T00:30:00.000Z'],
      ...['2026-10-25T01:00:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-25T02:00:00.000Z'],
    ]);
  });

  it.each(['2026-10-25', '2026-03-29', '2026-05-04'])('what we write of %s is what we read', (date) => {
    const start = Date.parse(`${date}T00:00:00Z`);
    const records = Array.from({ length: 96 }, (_, index) =>
      owed(index, new Date(start + index * 900_000).toISOString(), { TPF: [index, null], FRE: [50.01] }),
    ).filter(({ record }) => dayOf(record.end, madrid) === date.replaceAll('-', ''));
    const columns = columnsOf(records[0]!.record, ['TPF', 'FRE']);
    const lines = records.map(({ record }) => lineOf(record, columns, madrid));
    const text = `${[headerOf(columns), ...lines].join('\n')}\n`;
    const { readings } = readDay(text, date.replaceAll('-', ''), madrid);
    expect(readings.map(({ end }) => end)).toEqual(records.map(({ record }) => record.end));
    expect(readings.map(({ values }) => values)).toEqual(
      records.map(({ sequence }) => ({ TPF: [sequence, null], FRE: [50.01] })),
    );
  });
});
