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
});
