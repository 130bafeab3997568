import { describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { type CsvStyle, csvColumns, csvHeader, csvLine } from '../../../src/central/history/csv.ts';
import { bucketsOf } from '../../../src/central/history/resolution.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { variablesOf } from '../../../src/central/schema/models.ts';
import { shapeOf } from '../../../src/central/schema/row-codec.ts';
import { textCell } from '../../../src/domain/csv-cells.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { listOf, oldRecord, record, streamOf, VIEWS, variable } from './sample-records.ts';

const PROFILES = [...loadProfiles().profiles.values()];
const madrid = zoneOffset('Europe/Madrid');
const PLAIN: CsvStyle = { decimal: 'point', full: false };
const COMMA: CsvStyle = { ...PLAIN, decimal: 'comma' };
const sample = record('2026-10-25T01:15Z', {
  variables: {
    TPF: variable('mean', [230.12, null, -5.2]),
    CEA: variable('counter', [1234.5], { delta: [0.5] }),
  },
});
const printed = (style: CsvStyle, one: CentralRecord = sample) => {
  const columns = csvColumns(shapeOf(one), VIEWS, style);
  return [csvHeader(columns, 'record', style), csvLine(one, columns, madrid, style)];
};

describe('records as CSV', () => {
  it('has phases and units in the heading, both times in the line, empty cells for what is missing', () => {
    expect(printed(PLAIN)).toEqual([
      'node,analyzer,start,end,end UTC,generation,readings,expected,' +
        'TPF L1 [V],TPF L2 [V],TPF L3 [V],CEA total [kWh],CEA total added [kWh]\n',
      '4,1,2026-10-25 02:00:00,2026-10-25 02:15:00,2026-10-25T01:15:00Z,0,10,10,230.12,,-5.2,1234.5,0.5\n',
    ]);
  });

  it('with a decimal comma has semicolons between cells', () => {
    expect(printed(COMMA)[1]).toMatch(/;0;10;10;230,12;;-5,2;1234,5;0,5\n$/);
  });

  it('in full has least, greatest and the readings behind each value', () => {
    const [header, line] = printed({ ...PLAIN, full: true });
    expect(header).toContain('TPF L1 [V],TPF L1 least [V],TPF L1 greatest [V],TPF L1 readings,');
    expect(line).toContain(',230.12,230.12,230.12,10,,,,0,-5.2,');
  });

  it.each(PROFILES)('has a name of its own for each column of all that $id measures', (profile) => {
    const variables = variablesOf(profile);
    const shape = variables.map(({ code, aggregate, phases }) => ({ code, aggregate, count: phases.length }));
    const titles = csvColumns(shape, variables, { full: true }).map(({ title }) => title);
    expect(titles.filter((each, index) => titles.indexOf(each) !== index)).toEqual([]);
  });

  it('of a meter that was replaced by one of other phases keeps the values apart', () => {
    const before = record('2026-05-04T08:00Z', { variables: { PAT: variable('mean', [1, 2, 3, 6]) } });
    const after = record('2026-05-04T08:15Z', { variables: { PAT: variable('mean', [7]) } });
    const columns = csvColumns([...shapeOf(before), ...shapeOf(after)], VIEWS, PLAIN);
    expect(columns.map(({ title }) => title)).toEqual([
      'PAT 1 of 4',
      'PAT 2 of 4',
      'PAT 3 of 4',
      'PAT 4 of 4',
      'PAT total [kW]',
    ]);
    const cells = [before, after].map((each) => csvLine(each, columns, madrid, PLAIN).trim().split(',').slice(-5));
    expect(cells).toEqual([
      ['1', '2', '3', '6', ''],
      ['', '', '', '', '7'],
    ]);
  });

  it('leaves empty what an old lector does not say', () => {
    const [, line] = printed({ ...PLAIN, full: true }, oldRecord('2026-05-04T08:15Z', { PAT: [10] }));
    expect(line).toBe('4,1,,2026-05-04 10:15:00,2026-05-04T08:15:00Z,0,,,10,,,\n');
  });

  it('of a bucket says how many records it is made of and how much of its time has data', async () => {
    const options = { length: 'hour', offsetAt: madrid, variables: VIEWS, recordingMs: null } as const;
    const [bucket] = await listOf(bucketsOf(streamOf([sample]), options));
    const columns = csvColumns(shapeOf(sample), VIEWS, PLAIN);
    expect(csvHeader(columns, 'bucket', PLAIN)).toMatch(/,end UTC,records,covered,readings,expected,TPF/);
    expect(csvLine(bucket!, columns, madrid, PLAIN)).toBe(
      '4,1,2026-10-25 02:00:00,2026-10-25 03:00:00,2026-10-25T02:00:00Z,1,0.25,10,10,230.12,,-5.2,1234.5,0.5\n',
    );
  });

  it.each([
    [1.5e-7, '0.00000015'],
    [-2e21, '-2000000000000000000000'],
    [123456.789, '123456.789'],
    [-0, '0'],
    [Number.POSITIVE_INFINITY, ''],
  ])('prints %d without an exponent and without words', (value, text) => {
    const [, line] = printed(PLAIN, { ...sample, variables: { PAT: variable('mean', [value]) } });
    expect(line?.trimEnd().split(',').at(-1)).toBe(text);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['a,b', '"a,b"'],
    ['a;b', 'a;b'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['A [V]', 'A [V]'],
  ])('the text %j is the cell %j', (text, cell) => {
    expect(textCell(text, PLAIN.decimal)).toBe(cell);
  });

  it('a heading whose code came from the network is no formula', () => {
    const columns = csvColumns([{ code: '=cmd|x', aggregate: 'mean', count: 1 }], VIEWS, PLAIN);
    expect(csvHeader(columns, 'record', PLAIN)).toMatch(/,'=cmd\|x\n$/);
  });
});
