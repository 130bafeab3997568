import { describe, expect, it } from 'vitest';
import type { LectorRecord, RecordedVariable } from '../src/domain/record.ts';
import { recordWords } from '../src/words.ts';
import { PROFILES } from './support/installation.ts';

const variable = (...values: readonly (number | null)[]): RecordedVariable => ({
  ...{ aggregate: 'mean', values, min: values, max: values, n: values.map(() => 1), expected: 30 },
  ...{ delta: [], baseline: [], at: null, flags: [] },
});
const record = (fields: Partial<LectorRecord>): LectorRecord => ({
  ...{
    nodeId: 1,
    analyzerId: 1,
    model: 'PM710',
    start: 0 as LectorRecord['start'],
    end: 60_000 as LectorRecord['end'],
  },
  ...{ generation: 0, n: 30, expected: 30, ratio: null, variables: {} },
  ...fields,
});
const pm710 = [...PROFILES.values()].find(({ model }) => model === 'PM710')!;
const wordsOf = (fields: Partial<LectorRecord>) =>
  recordWords('analyzer 1 (PM710)', record(fields), pm710.variables, () => '12:15:00');

describe('what the log says of a record', () => {
  it('shows the power, so that a person sees at once whether it can be', () => {
    const variables = { TPF: variable(230.123, 231, 229), PAT: variable(16.6712) };
    expect(wordsOf({ variables })).toMatchObject({
      level: 'info',
      text: 'analyzer 1 (PM710) is recorded until 12:15:00: 30 of 30 readings, PAT 16.67 kW',
    });
  });

  it('shows the first variable with a value where there is no power, and names those without', () => {
    const variables = { PAT: variable(null), THDV: variable(null, null, null), TPF: variable(230.16, null, 229) };
    expect(wordsOf({ variables, n: 12, generation: 1 }).text).toBe(
      'analyzer 1 (PM710) is recorded until 12:15:00: 12 of 30 readings, TPF 230.2 - 229 V, nothing for PAT THDV ' +
        '(recorded before: generation 1)',
    );
  });

  it('warns of a record without a reading', () => {
    expect(wordsOf({ variables: { TPF: variable(null, null, null) }, n: 0 })).toMatchObject({
      level: 'warn',
      text: 'analyzer 1 (PM710) is recorded until 12:15:00: 0 of 30 readings',
    });
  });
});
