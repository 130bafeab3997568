import { describe, expect, it } from 'vitest';
import type { LectorRecord } from '../../../src/domain/record.ts';
import { escapeMeasurement, escapeTag, influxLine } from '../../../src/exporters/influx/line-protocol.ts';
import { owed } from '../written.ts';

const END = '2014-05-06T10:15:00Z';

describe('a line of a record', () => {
  it('has its identity in tags and its numbers in fields, at its end', () => {
    const { record } = owed(1, END, { TPF: [230.123456789, null], FRE: [50] }, { n: 14, expected: 15 });
    expect(influxLine(record, 'lector')).toBe(
      'lector,analyzer=1,model=PM710,node=4 n=14i,expected=15i,' +
        'TPF0=230.123456789,TPF0_min=230.123456789,TPF0_max=230.123456789,' +
        'FRE0=50,FRE0_min=50,FRE0_max=50 1399371300000',
    );
  });

  it('of a counter tells its difference, and least and greatest of it nothing', () => {
    const { record } = owed(1, END, { CEA: [1_000_000_000_000_000_000_000] });
    const counter = { ...record.variables.CEA!, aggregate: 'counter', delta: [-0.25] } as const;
    const line = influxLine({ ...record, variables: { CEA: counter } }, 'm');
    expect(line).toContain(' n=1i,expected=1i,CEA0=1e+21,CEA0_delta=-0.25 ');
  });

  it.each<{ what: string; change: Partial<LectorRecord>; says: string }>([
    { what: 'made again after the clock was put back', change: { generation: 2 }, says: ',generation=2,model=' },
    { what: 'without a model', change: { model: '' }, says: 'm,analyzer=1,node=4 n=' },
    { what: 'of a model with what has a meaning', change: { model: 'A, B=C\\' }, says: ',model=A\\,\\ B\\=C,node=4 ' },
    { what: 'with a value that is no number', change: {}, says: ' n=1i,expected=1i 13' },
  ])('$what', ({ change, says }) => {
    const { record } = owed(1, END, { TPF: [Number.NaN, Number.POSITIVE_INFINITY, null] }, change);
    expect(influxLine(record, 'm')).toContain(says);
  });
});

describe('escaping', () => {
  it.each([
    { text: 'plain', measurement: 'plain', tag: 'plain' },
    { text: 'a b,c=d', measurement: 'a\\ b\\,c=d', tag: 'a\\ b\\,c\\=d' },
    { text: 'line\nend\r\ttab', measurement: 'line\\ end\\ \\ tab', tag: 'line\\ end\\ \\ tab' },
    { text: 'back\\slash', measurement: 'back\\slash', tag: 'back\\slash' },
    { text: 'at the end\\\\', measurement: 'at\\ the\\ end', tag: 'at\\ the\\ end' },
    { text: '"quoted" ñ', measurement: '"quoted"\\ ñ', tag: '"quoted"\\ ñ' },
  ])('$text', ({ text, measurement, tag }) => {
    expect([escapeMeasurement(text), escapeTag(text)]).toEqual([measurement, tag]);
  });

  it('whatever a name holds, a line has the parts that it should have', () => {
    const odd = [',', '=', ' ', '\\', '\n', '\r', '"', '\u0000', 'x', '\\,', '\\\\', 'ñ'];
    for (const first of odd) {
      for (const second of odd) {
        const { record } = owed(1, END, { TPF: [1] }, { model: `${first}${second}` });
        const line = influxLine(record, `m${first}${second}`);
        expect(line).not.toMatch(/[\n\r]/);
        // a separator is one that no backslash stands before
        expect(line.split(/(?<!\\) /)).toHaveLength(3);
        const [key = ''] = line.split(/(?<!\\) /);
        expect(key.split(/(?<!\\),/).length).toBeLessThanOrEqual(4);
        expect(key.endsWith(',node=4')).toBe(true);
      }
    }
  });
});
