import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecordLine, VALUES_MAX, VARIABLES_MAX } from '../../../src/central/ingest/record-line.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { problemText } from '../../../src/domain/problem.ts';
import { type EpochMs, epochMs } from '../../../src/domain/units.ts';
import { isoTime } from '../../../src/protocol/iso-time.ts';
import { recordWire } from '../../../src/protocol/record-wire.ts';
import { anyCentralRecord, centralRecord, variable } from '../../support/central-records.ts';
import { analyzerConfig } from '../../support/installation.ts';
import { readingAt, recordFrom } from '../../support/records.ts';

const iso = (hours: number) => (at: EpochMs) => isoTime(at, () => hours * 3_600_000);

/** As it travels: the wire form without what the centre adds. */
function lineOf(record: CentralRecord, hours = 2): string {
  const print = iso(hours);
  const variables = Object.entries(record.variables).map(([code, each]) => {
    return [code, { ...each, at: each.at === null ? null : print(each.at) }] as const;
  });
  return JSON.stringify({
    ...record,
    ...{ start: print(record.start ?? record.end), end: print(record.end), variables: Object.fromEntries(variables) },
  });
}

type Change = (line: Record<string, unknown>, variable: Record<string, unknown>) => void;

/** What is said of a good record that was changed. */
function said(change: Change): string {
  const line = JSON.parse(lineOf(centralRecord()));
  change(line, line.variables.TPF);
  const parsed = parseRecordLine(JSON.stringify(line));
  return parsed.ok ? 'nothing' : parsed.problems.map(problemText).join('; ');
}

describe('a record from its line', () => {
  it('is what a lector sent, whatever its zone', () => {
    const ours = anyCentralRecord.filter(
      ({ start, end, n }) => n !== null && start !== null && start < end && start > 0,
    );
    fc.assert(
      fc.property(ours, fc.integer({ min: -11, max: 13 }), (record, hours) => {
        // beyond it the local year has five digits
        fc.pre(record.end < Date.UTC(9998, 0) && record.start! > 86_400_000);
        const parsed = parseRecordLine(lineOf(record, hours));
        expect(parsed).toEqual({ ok: true, value: record, warnings: [] });
      }),
      { numRuns: 300 },
    );
  });

  it('is what the acquisition side makes of readings', () => {
    const analyzer = analyzerConfig();
    const at = Date.UTC(2026, 4, 4, 8);
    const made = recordFrom(analyzer, at, [readingAt(at, { TPF: [230.1, 229.8, 231.2], CEA: [12.5] })]);
    const parsed = parseRecordLine(JSON.stringify(recordWire(made, iso(2))));
    const problems = parsed.ok ? [] : parsed.problems.map(problemText);
    expect(problems).toEqual([]);
    const value = parsed.ok ? parsed.value : null;
    expect([value?.end, value?.node, Object.keys(value?.variables ?? {})]).toEqual([
      at,
      4,
      Object.keys(made.variables),
    ]);
  });

  it('takes what it does not know for something newer, and -0 for 0', () => {
    const variables = { TPF: variable('mean', [0], { n: [1] }) };
    const text = lineOf(centralRecord({ variables })).replace('"values":[0]', '"values":[-0],"later":{}');
    const parsed = parseRecordLine(text.replace('"node":4', '"node":4,"later":1'));
    expect(parsed).toMatchObject({ ok: true });
    expect(Object.is(parsed.ok && parsed.value.variables.TPF?.values[0], 0)).toBe(true);
  });

  it('takes a second that is finer than a ms', () => {
    const text = lineOf(centralRecord()).replace('08:00:00.000', '08:00:00.000999');
    expect(parseRecordLine(text)).toMatchObject({ ok: true, value: { end: centralRecord().end } });
  });

  const wrong: readonly (readonly [string, Change, RegExp])[] = [
    ['an end that is none', (line) => Object.assign(line, { end: 'noon' }), /^end: expected an instant.*saw "noon"/],
    ['an end without zone', (line) => Object.assign(line, { end: '2026-05-04T10:00:00' }), /^end: /],
    ['30 February', (line) => Object.assign(line, { end: '2026-02-30T10:00:00+02:00' }), /^end: .*02-30/],
    ['an end before 1970', (line) => Object.assign(line, { end: '1969-12-31T23:59:59Z' }), /^end: /],
    ['an end after 9999', (line) => Object.assign(line, { end: '+012026-01-01T00:00:00Z' }), /^end: /],
    ['a start after the end', (line) => Object.assign(line, { start: '2027-01-01T00:00:00Z' }), /before the end/],
    ['no start', (line) => Object.assign(line, { start: null }), /^start: .*saw null/],
    ['a node beyond 32 bits', (line) => Object.assign(line, { node: 2 ** 32 }), /^node: .*4294967295, saw 4294967296/],
    ['an analyzer of text', (line) => Object.assign(line, { analyzer: '1' }), /^analyzer: .*saw "1"/],
    ['half a generation', (line) => Object.assign(line, { generation: 0.5 }), /^generation: /],
    ['readings less than none', (line) => Object.assign(line, { n: -1 }), /^n: /],
    ['no expected', (line) => Object.assign(line, { expected: undefined }), /^expected: .*saw nothing/],
    ['a ratio of text', (line) => Object.assign(line, { ratio: 'x' }), /^ratio: /],
    ['a model of two lines', (line) => Object.assign(line, { model: 'a\nb' }), /^model: one?.*\\\\n|^model: /],
    ['a model with NUL', (line) => Object.assign(line, { model: 'a\0' }), /^model: /],
    ['half a character', (line) => Object.assign(line, { model: '\ud800' }), /^model: /],
    ['no variables', (line) => Object.assign(line, { variables: null }), /^variables: expected an object/],
    ['a list for variables', (line) => Object.assign(line, { variables: [] }), /^variables: expected an object/],
    [
      'a code that every object has',
      (line) => Object.assign(line, { variables: { constructor: {} } }),
      /"constructor"/,
    ],
    ['a strange code', (line) => Object.assign(line, { variables: { 'T-F': {} } }), /^variables: .*"T-F"/],
    ['a variable that is none', (line) => Object.assign(line, { variables: { TPF: 1 } }), /^TPF: expected an object/],
    [
      'an aggregate that nobody knows',
      (_, TPF) => Object.assign(TPF, { aggregate: 'sum' }),
      /^TPF.aggregate: .*counter/,
    ],
    ['texts for values', (_, TPF) => Object.assign(TPF, { values: ['1', 2, 3] }), /^TPF.values: expected finite/],
    ['no list of values', (_, TPF) => Object.assign(TPF, { values: 7 }), /^TPF.values: expected a list, saw 7/],
    ['lists of other lengths', (_, TPF) => Object.assign(TPF, { min: [1] }), /^TPF.min: expected 3 entries.*saw 1/],
    ['counts that are no numbers', (_, TPF) => Object.assign(TPF, { n: [1, 2, null] }), /^TPF.n: /],
    [
      'a mean with a delta',
      (_, TPF) => Object.assign(TPF, { delta: [null, 1, null] }),
      /^TPF: expected a counter.*saw 1/,
    ],
    [
      'a mean with an instant',
      (_, TPF) => Object.assign(TPF, { at: '2026-05-04T08:00:00Z' }),
      /^TPF: expected a count/,
    ],
    ['a mean with flags', (_, TPF) => Object.assign(TPF, { flags: ['first'] }), /^TPF.flags: /],
    [
      'a flag that nobody knows',
      (_, TPF) => Object.assign(TPF, { aggregate: 'counter', flags: ['x'] }),
      /^TPF.flags: .*"x"/,
    ],
    [
      'too many values',
      (_, TPF) => Object.assign(TPF, { values: Array(VALUES_MAX + 1).fill(1) }),
      /^TPF.values: expected at most 64 entries, saw 65/,
    ],
    [
      'too many variables',
      (line, TPF) =>
        Object.assign(line, {
          variables: Object.fromEntries(Array.from({ length: VARIABLES_MAX + 1 }, (_, n) => [`V${n}`, TPF])),
        }),
      /^variables: expected at most 200 of them, saw 201/,
    ],
  ];
  it.each(wrong)('is refused with %s', (_, change, words) => {
    expect(said(change)).toMatch(words);
  });

  it.each([['{'], ['[]'], ['null'], [''], ['"x"'], ['{"node":4}'], ['NaN']])('is refused when it is %s', (text) => {
    expect(parseRecordLine(text)).toMatchObject({ ok: false });
  });

  it('is refused with a number beyond what can be stored', () => {
    const text = lineOf(centralRecord()).replace('230.125', '1e999');
    expect(parseRecordLine(text)).toMatchObject({ ok: false, problems: [{ at: 'TPF.values' }] });
  });

  it('never throws, and never takes what cannot be a row', () => {
    fc.assert(
      fc.property(
        fc.anything({ maxDepth: 4 }),
        fc.constantFrom('end', 'variables', 'model', 'n', 'x'),
        (value, field) => {
          const line = JSON.stringify({ ...JSON.parse(lineOf(centralRecord())), [field]: value }) ?? '';
          expect(typeof parseRecordLine(line).ok).toBe('boolean');
        },
      ),
    );
  });

  it('a second of a counter is kept', () => {
    const record = centralRecord();
    const parsed = parseRecordLine(lineOf(record));
    expect(parsed.ok && parsed.value.variables.CEA).toMatchObject({ at: epochMs(record.end - 180), flags: ['first'] });
  });
});
