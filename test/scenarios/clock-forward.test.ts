import { describe, expect, it } from 'vitest';
import { analyzerConfig } from '../support/installation.ts';
import { createRuns } from '../support/runs.ts';

const MINUTE = 60_000;
const analyzers = [analyzerConfig({ readingMs: 10_000 })];

describe('a wall clock that is put forward', () => {
  it.each([
    ['a day', '2026-05-05T08:02:40Z', '2026-05-05 08'],
    ['ten years', '2036-05-04T08:02:40Z', '2036-05-04 08'],
  ])('F48 by %s closes the open window once, marks one gap and goes on', async (_, to, there) => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(2 * MINUTE + 35_000);
    const before = runs.store.readings(1, 0 as never, 1e15 as never).length;
    runs.set(to);
    await runs.clock.advance(15_000);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 6/6', '08:03 3/6']);
    expect(runs.gapsTold()).toEqual([`08:03 to ${there}:02 clock`]);
    expect(runs.store.readings(1, 0 as never, 1e15 as never).length - before).toBeLessThanOrEqual(2);
    await runs.clock.advance(2 * MINUTE);
    expect(runs.told().slice(3)).toEqual([`${there}:03 3/6`, `${there}:04 6/6`]);
    expect(runs.gaps()).toHaveLength(1);
    expect(runs.texts().filter((text) => /nothing|clock/i.test(text))).toHaveLength(1);
    await runs.stop();
  });

  it('F48 and put right again: the time that was skipped comes, and is recorded as any other', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE + 5000);
    runs.set('2026-05-04T08:05:05Z');
    await runs.clock.advance(MINUTE);
    runs.set('2026-05-04T08:02:05Z');
    await runs.clock.advance(5 * MINUTE);
    expect(runs.told()).toEqual([
      '08:01 6/6',
      '08:03 5/6',
      '08:04 6/6',
      '08:05 6/6',
      '08:06 6/6',
      '08:06.1 6/6',
      '08:07 6/6',
    ]);
    expect(runs.gapsTold()).toEqual(['08:01 to 08:05 clock']);
    await runs.stop();
  });

  it('F48 makes no difference of energy wrong', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE + 35_000);
    runs.set('2026-05-05T08:02:35Z');
    await runs.clock.advance(2 * MINUTE);
    runs.set('2026-05-04T08:01:35Z');
    await runs.clock.advance(3 * MINUTE);
    const deltas = runs.store.written.flatMap(({ variables }) => variables.CEA?.delta[0] ?? []);
    expect(deltas.every((delta) => delta >= 0)).toBe(true);
    const [first, last] = [runs.store.written.at(0), runs.store.written.at(-1)].map(
      (record) => record?.variables.CEA?.values[0] ?? Number.NaN,
    );
    expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBeCloseTo(last! - first!, 6);
    await runs.stop();
  });
});
