import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, meters, SECOND } from '../support/plant.ts';
import { createRuns, timeOf } from '../support/runs.ts';

const hourly = { readingMs: 60 * SECOND, recordingMs: HOUR };

describe('an installation that changes between runs', () => {
  it('a zone whose hours begin elsewhere: no reading is in two records, and none in no record', async () => {
    const runs = await createRuns({ at: '2026-05-04T08:00:00Z', analyzers: meters([1], hourly) });
    await runs.clock.advance(HOUR + 10 * MINUTE);
    await runs.stop();
    await runs.start({ timezone: 'Asia/Kolkata' });
    await runs.clock.advance(2 * HOUR);
    const spans = runs.records().map(({ start, end, n }) => `${timeOf(start)} to ${timeOf(end)} ${n}`);
    expect(spans).toEqual(['08:00 to 09:00 60', '09:00 to 09:30 30', '09:30 to 10:30 60']);
    await runs.stop();
  });

  it('another model: what the meter before said is recorded as its own, and never mixed with the new', async () => {
    const read = { readingMs: 10 * SECOND, recordingMs: 15 * MINUTE };
    const runs = await createRuns({ at: '2026-05-04T08:00:00Z', analyzers: meters([1], read) });
    await runs.clock.advance(25 * MINUTE);
    await runs.stop();
    const analyzers = meters([1], { ...read, model: 'EM24' });
    await runs.clock.advance(10 * MINUTE);
    await runs.start({ analyzers });
    await runs.clock.advance(5 * MINUTE);
    await runs.stop();
    await runs.start({ analyzers });
    await runs.clock.advance(18 * MINUTE);
    await runs.stop();
    await runs.start({ analyzers: meters([1], read) });
    await runs.clock.advance(18 * MINUTE);
    await runs.stop();
    // the record of 08:30 is the old meter's, though it was made with the new one configured
    expect(runs.records().map(({ model, end, n }) => `${timeOf(end)} ${model} ${n}`)).toEqual([
      '08:15 PM710 90',
      '08:30 PM710 60',
      '08:45 EM24 60',
      '09:00 PM710 12',
      '09:15 PM710 90',
    ]);
    expect(runs.records().map(({ variables }) => variables.CEA?.flags)).toEqual([
      ['first'],
      [],
      ['first'],
      ['first'],
      [],
    ]);
    expect(runs.now().log.matching(/another model, ratio, sign or place/)).toHaveLength(1);
  });

  it('another ratio of the current transformers: no energy is made of the difference', async () => {
    const runs = await createRuns({ at: '2026-05-04T08:00:00Z', analyzers: meters([1]) });
    await runs.clock.advance(MINUTE + 30 * SECOND);
    await runs.stop();
    await runs.start({ analyzers: meters([1], { ratio: 40 }) });
    await runs.clock.advance(2 * MINUTE);
    const [, second, third] = runs.records();
    expect(second?.n).toBe(3);
    expect(second?.variables.CEA).toMatchObject({ delta: [null], flags: ['first'] });
    expect(third?.variables.CEA?.delta[0]).toBeGreaterThanOrEqual(0);
    expect(third?.variables.CEA?.delta[0]).toBeLessThan(100);
    await runs.stop();
  });

  it('F49 another ratio, and a start years back: what is read then is recorded', async () => {
    const analyzers = meters([1]);
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(2 * MINUTE);
    await runs.stop();
    const changed = { analyzers: meters([1], { ratio: 40 }) };
    await runs.start(changed);
    await runs.clock.advance(2 * MINUTE);
    await runs.stop();
    runs.set('2020-01-01T00:00:00Z');
    await runs.start(changed);
    await runs.clock.advance(2 * MINUTE + 5000);
    const { generation, n, pass } = runs.store.written.at(-1)!;
    expect([generation, n, pass]).toEqual([0, 6, 1]);
    await runs.stop();
  });
});
