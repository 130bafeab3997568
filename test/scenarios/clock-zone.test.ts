import { describe, expect, it } from 'vitest';
import { localText, zoneOffset } from '../../src/zone.ts';
import { analyzerConfig } from '../support/installation.ts';
import { createRuns, type Runs } from '../support/runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const every = (readingMin: number, recordingMin: number) => [
  analyzerConfig({ readingMs: readingMin * MINUTE, recordingMs: recordingMin * MINUTE }),
];
const lengths = (runs: Runs) => runs.records().map(({ start, end }) => (end - start) / HOUR);
const whole = (runs: Runs) => runs.records().every(({ n, expected }) => n === expected);

/** Records follow each other, and what they counted is what the counter counted. */
function expectContiguous(runs: Runs): void {
  const records = runs.records();
  expect(records.slice(1).map(({ start }) => start)).toEqual(records.slice(0, -1).map(({ end }) => end));
  const values = records.flatMap(({ variables }) => variables.CEA?.values[0] ?? []);
  const deltas = records.flatMap(({ variables }) => variables.CEA?.delta[0] ?? []);
  expect(values).toHaveLength(records.length);
  expect(deltas.reduce((a, b) => a + b, 0)).toBeCloseTo(values.at(-1)! - values[0]!, 6);
}

describe('the nights on which the clocks change', () => {
  it('F50 both hours between two and three are recorded and counted once each', async () => {
    const runs = await createRuns({ analyzers: every(5, 15), at: '2026-10-24T23:00:00Z', timezone: 'Europe/Rome' });
    await runs.clock.advance(4 * HOUR + MINUTE);
    const offsetAt = zoneOffset('Europe/Rome');
    const stamps = runs.records().map(({ end }) => localText(end, offsetAt).slice(11, 16));
    expect(stamps).toEqual([
      ...['01:15', '01:30', '01:45', '02:00', '02:15', '02:30', '02:45', '02:00'],
      ...['02:15', '02:30', '02:45', '03:00', '03:15', '03:30', '03:45', '04:00'],
    ]);
    expect(runs.records().map(({ end }) => end)).toEqual([...new Set(runs.records().map(({ end }) => end))]);
    expect(runs.records().every(({ generation, n, expected }) => generation === 0 && n === 3 && expected === 3)).toBe(
      true,
    );
    expectContiguous(runs);
    expect(runs.gaps()).toEqual([]);
    await runs.stop();
  });

  it('F50 the day has 25 hours, and a stop within the hour that repeats changes nothing', async () => {
    const runs = await createRuns({ analyzers: every(30, 1440), at: '2026-10-23T22:00:00Z', timezone: 'Europe/Rome' });
    await runs.clock.advance(26 * HOUR + 40 * MINUTE);
    await runs.stop();
    await runs.clock.advance(5 * MINUTE);
    await runs.start();
    await runs.clock.advance(48 * HOUR);
    expect(lengths(runs)).toEqual([24, 25, 24]);
    expect(whole(runs)).toBe(true);
    expectContiguous(runs);
    await runs.stop();
  });

  it('F51 the hour that does not exist is not missed: no gap, no record, no reading of it', async () => {
    const runs = await createRuns({ analyzers: every(5, 60), at: '2026-03-28T23:00:00Z', timezone: 'Europe/Rome' });
    await runs.clock.advance(5 * HOUR + MINUTE);
    const offsetAt = zoneOffset('Europe/Rome');
    const stamps = runs.records().map(({ end }) => localText(end, offsetAt).slice(11, 16));
    expect(stamps).toEqual(['01:00', '03:00', '04:00', '05:00', '06:00']);
    expect(lengths(runs)).toEqual([1, 1, 1, 1, 1]);
    expect(whole(runs)).toBe(true);
    expectContiguous(runs);
    expect(runs.gaps()).toEqual([]);
    await runs.stop();
  });

  it('F51 the day has 23 hours', async () => {
    const runs = await createRuns({ analyzers: every(30, 1440), at: '2026-03-27T23:00:00Z', timezone: 'Europe/Rome' });
    await runs.clock.advance(70 * HOUR + 1000);
    expect(lengths(runs)).toEqual([24, 23]);
    await runs.clock.advance(2 * HOUR);
    expect(lengths(runs)).toEqual([24, 23, 24]);
    expect(whole(runs)).toBe(true);
    await runs.stop();
  });
});

describe('the time zone', () => {
  it('F52 is the one of the start: TZ that changes while it runs moves no window, and UTC never', async () => {
    const before = process.env.TZ;
    try {
      const runs = await createRuns({
        analyzers: every(30, 1440),
        at: '2026-05-04T21:00:00Z',
        timezone: 'Europe/Rome',
      });
      await runs.clock.advance(HOUR + MINUTE);
      process.env.TZ = 'America/New_York';
      await runs.clock.advance(24 * HOUR);
      expect(runs.told()).toEqual(['22:00 2/48', '2026-05-05 22:00 48/48']);
      await runs.stop();
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });
});
