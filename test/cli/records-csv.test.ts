import { describe, expect, it } from 'vitest';
import { type CsvStyle, csvColumns, csvHeader, csvLine, knownOf } from '../../src/cli/records-csv.ts';
import type { LectorRecord, RecordedVariable } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';
import { PROFILES } from '../support/installation.ts';

const MADRID = zoneOffset('Europe/Madrid');
const PLAIN: CsvStyle = { decimalComma: false, full: false };
const END = Date.parse('2026-10-25T01:15:00Z');
const KNOWN = knownOf(PROFILES.get('pm710') ?? null);

const variable = (aggregate: RecordedVariable['aggregate'], values: RecordedVariable['values']): RecordedVariable => ({
  ...{ aggregate, values, min: values, max: values, n: values.map(() => 3), expected: 4 },
  ...{ delta: aggregate === 'counter' ? values.map(() => 0.5) : [], baseline: [], at: null, flags: [] },
});
const record = (variables: LectorRecord['variables']): LectorRecord => ({
  ...{ nodeId: 4, analyzerId: 1, model: 'PM710', start: epochMs(END - 900_000), end: epochMs(END), generation: 0 },
  ...{ n: 3, expected: 4, ratio: null, variables },
});
const RECORD = record({
  TPF: variable('mean', [230.12, null, -5.2]),
  CEA: variable('counter', [1234.5]),
});
const counts = [
  { code: 'TPF', count: 3, aggregate: 'mean' },
  { code: 'CEA', count: 1, aggregate: 'counter' },
] as const;

function printed(style: CsvStyle, one = RECORD): readonly string[] {
  const columns = csvColumns(counts, ['CEA', 'TPF'], style);
  return [csvHeader(columns, KNOWN, style), csvLine(one, columns, MADRID, style)];
}

describe('records as CSV', () => {
  it.each([...PROFILES.values()])('has a name of its own for each column of all that $id measures', (profile) => {
    const all = profile.variables.map(({ code, registers, aggregate }) => ({
      code,
      count: registers.length,
      aggregate,
    }));
    const columns = csvColumns(all, [], { ...PLAIN, full: true });
    const titles = csvHeader(columns, knownOf(profile), PLAIN).split(',');
    expect(titles.filter((each, index) => titles.indexOf(each) !== index)).toEqual([]);
  });

  it('of a meter that was replaced by one of other phases keeps the values apart', () => {
    const both = [
      { code: 'PAT', count: 4, aggregate: 'mean' },
      { code: 'PAT', count: 1, aggregate: 'mean' },
    ] as const;
    const columns = csvColumns(both, ['PAT'], PLAIN);
    const lines = [[1, 2, 3, 6], [7]].map((values) =>
      csvLine(record({ PAT: variable('mean', values) }), columns, MADRID, PLAIN),
    );
    expect(csvHeader(columns, KNOWN, PLAIN)).toMatch(/,PAT 1 of 4,PAT 2 of 4,PAT 3 of 4,PAT 4 of 4,PAT total \[kW]\n$/);
    expect(lines.map((line) => line.trim().split(',').slice(-5).join())).toEqual(['1,2,3,6,', ',,,,7']);
  });

  it('has phases and units in the heading, the order of the configuration, and empty cells for what is missing', () => {
    expect(printed(PLAIN)).toEqual([
      'analyzer,start,end,end UTC,generation,readings,expected,' +
        'CEA total [kWh],CEA total added [kWh],TPF L1 [V],TPF L2 [V],TPF L3 [V]\n',
      '1,2026-10-25 02:00:00,2026-10-25 02:15:00,2026-10-25T01:15:00Z,0,3,4,1234.5,0.5,230.12,,-5.2\n',
    ]);
  });

  it('with a decimal comma has semicolons between cells', () => {
    expect(printed({ ...PLAIN, decimalComma: true })[1]).toMatch(/;0;3;4;1234,5;0,5;230,12;;-5,2\n$/);
  });

  it('in full has least, greatest and the readings behind each value', () => {
    const [header, line] = printed({ ...PLAIN, full: true });
    expect(header).toContain('TPF L1 [V],TPF L1 least [V],TPF L1 greatest [V],TPF L1 readings,');
    expect(line).toContain(',230.12,230.12,230.12,3,');
  });

  it('tells the hour that comes twice apart by its UTC time', () => {
    const earlier = { ...RECORD, start: epochMs(END - 4_500_000), end: epochMs(END - 3_600_000) };
    const lines = [earlier, RECORD].map((each) => printed(PLAIN, each)[1]?.split(',').slice(2, 4));
    expect(lines).toEqual([
      ['2026-10-25 02:15:00', '2026-10-25T00:15:00Z'],
      ['2026-10-25 02:15:00', '2026-10-25T01:15:00Z'],
    ]);
  });

  it.each([
    [1.5e-7, '0.00000015'],
    [-1.25e-9, '-0.00000000125'],
    [1e21, '1000000000000000000000'],
    [1.5e22, '15000000000000000000000'],
    [0.1 + 0.2, '0.30000000000000004'],
    [0, '0'],
    [Number.NaN, ''],
  ])('%d is written %s, exact and without an exponent', (value, text) => {
    const one = record({ ...RECORD.variables, CEA: variable('counter', [value]) });
    expect(printed(PLAIN, one)[1]?.split(',')[7]).toBe(text);
  });

  it('numbers the values of a variable whose profile is not known', () => {
    const columns = csvColumns(counts, [], PLAIN);
    expect(csvHeader(columns, new Map(), PLAIN)).toContain('TPF 1,TPF 2,TPF 3,CEA 1,CEA 1 added\n');
  });
});
