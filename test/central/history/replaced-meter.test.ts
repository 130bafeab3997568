import { describe, expect, it } from 'vitest';
import { createHistory } from '../../../src/central/history/history.ts';
import { bucketsOf } from '../../../src/central/history/resolution.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { testDatabase } from '../../support/database.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { at, listOf, record, streamOf, VIEWS, variable } from './sample-records.ts';
import { between, store } from './stored.ts';

const options = { length: 'hour', offsetAt: zoneOffset('Europe/Madrid'), variables: VIEWS, recordingMs: null } as const;
const hour = async (records: readonly CentralRecord[]) => {
  const [found, ...others] = await listOf(bucketsOf(streamOf(records), options));
  expect(others).toEqual([]);
  return found!;
};

describe('a meter that was replaced by one of other phases', () => {
  // three phases and their total, then the total alone
  const before = record('2026-05-04T08:15Z', { model: 'CVMk', variables: { PAT: variable('mean', [1, 2, 3, 6]) } });
  const after = record('2026-05-04T08:30Z', { variables: { PAT: variable('mean', [7]) } });

  it('its values are not joined to those of the one before: the first phase is no total', async () => {
    expect((await hour([before, after])).variables.PAT?.values).toEqual([7]);
    expect((await hour([after, { ...before, end: at('2026-05-04T08:45Z') }])).variables.PAT?.values).toEqual([
      1, 2, 3, 6,
    ]);
  });

  it('a power factor is not made of the power of its first phase', async () => {
    const factor = (p: readonly number[]) => ({
      FPT: variable('powerFactor', [0.1]),
      PAT: variable('mean', p),
      PRT: variable('mean', [10]),
    });
    const found = await hour([{ ...before, variables: factor([300, 0, 0, 300]) }]);
    expect(found.variables.FPT?.values[0]).toBeCloseTo(0.1, 12);
    const whole = await hour([{ ...before, variables: factor([0]) }]);
    expect(whole.variables.FPT?.values[0]).toBeCloseTo(0, 12);
  });

  it('both have their columns', async () => {
    const test = await testDatabase();
    await store(test.database, [before, after]);
    const history = createHistory({ database: test.database, clock: createSteppedClock(at('2026-05-04T09:00Z')) });
    const shape = await history.shape(between('2026-05-04', '2026-05-05'));
    expect(shape.map(({ code, count }) => [code, count])).toEqual([
      ['PAT', 4],
      ['PAT', 1],
    ]);
    await test.drop();
  });
});
