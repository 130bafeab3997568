import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readingInstants, windowOf } from '../../src/domain/grid.ts';
import { type Scheduled, staggerOf, startSchedule, takeDue } from '../../src/domain/schedule.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = () => 0;
const noon = epochMs(Date.parse('2026-05-04T12:00:00Z'));
const one = (change: Partial<Scheduled>): Scheduled => ({
  analyzerId: 1,
  readingMs: 10_000,
  recordingMs: MINUTE,
  rapidMs: null,
  staggerMs: 0,
  ...change,
});

describe('stagger', () => {
  it('spreads a line over the interval and shifts the lines against each other', () => {
    const place = { devices: 2, analyzers: 3 };
    const staggers = [0, 1].map((deviceIndex) =>
      [0, 1, 2].map((analyzerIndex) => staggerOf({ ...place, deviceIndex, analyzerIndex }, 1000)),
    );
    expect(staggers).toEqual([
      [0, 300, 600],
      [150, 450, 750],
    ]);
  });

  it('keeps within 0.9 of the interval and two seconds, in steps of 10 ms', () => {
    const places = fc.record({
      devices: fc.integer({ min: 1, max: 2000 }),
      analyzers: fc.integer({ min: 1, max: 250 }),
    });
    fc.assert(
      fc.property(
        places,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1000, max: DAY }),
        (sizes, device, analyzer, readingMs) => {
          const place = { ...sizes, deviceIndex: device % sizes.devices, analyzerIndex: analyzer % sizes.analyzers };
          const stagger = staggerOf(place, readingMs);
          expect(stagger % 10).toBe(0);
          expect(stagger).toBeGreaterThanOrEqual(0);
          expect(stagger).toBeLessThan(Math.min(0.9 * readingMs, 2000));
        },
      ),
    );
  });
});

describe('over any sequence of wakings', () => {
  const zones = ['UTC', 'Europe/Madrid', 'Australia/Lord_Howe', 'Asia/Kathmandu'].map((zone) => zoneOffset(zone));
  const cadences = [
    { recordingMs: MINUTE, readingMs: 1000 },
    { recordingMs: MINUTE, readingMs: 7000 },
    { recordingMs: 15 * MINUTE, readingMs: MINUTE },
    { recordingMs: HOUR, readingMs: HOUR },
    { recordingMs: 6 * HOUR, readingMs: 20 * MINUTE },
    { recordingMs: DAY, readingMs: HOUR },
  ];
  const waits = fc.array(fc.oneof(fc.integer({ min: 1, max: 90_000 }), fc.integer({ min: 1, max: 3 * DAY })), {
    maxLength: 12,
  });
  const starts = fc.constantFrom(
    '2026-03-28T20:00:00Z',
    '2026-10-24T20:00:00Z',
    '2026-04-04T10:00:00Z',
    '2026-10-03T10:00:00Z',
  );

  it('windows follow each other without overlap or hole, and readings are on the grid, each once', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...cadences),
        fc.integer({ min: 0, max: 190 }),
        starts,
        waits,
        (offsetAt, cadence, stagger, start, gaps) => {
          let now = epochMs(Date.parse(start));
          let schedule = startSchedule([one({ ...cadence, staggerMs: stagger * 10 })], now, offsetAt);
          let closed: EpochMs | null = null;
          let read = 0;
          for (const gap of gaps) {
            now = epochMs(now + gap);
            const taken = takeDue(schedule, now, offsetAt);
            schedule = taken.schedule;
            for (const due of taken.events) {
              expect(due.at).toBeLessThanOrEqual(now);
              if (due.kind === 'reading') {
                const window = windowOf(due.nominal, cadence.recordingMs, offsetAt);
                expect(readingInstants(window, cadence.readingMs)).toContain(due.nominal);
                expect(due.nominal).toBeGreaterThan(Math.max(read, closed ?? 0));
                read = due.nominal;
              } else if (due.kind === 'recording') {
                expect(due.window).toEqual(windowOf(due.window.end, cadence.recordingMs, offsetAt));
                if (closed !== null) expect(due.window.start).toBe(closed);
                closed = due.window.end;
              } else if (due.kind === 'gap') {
                if (closed !== null) expect(due.from).toBe(closed);
                expect(due.to).toBe(windowOf(due.to, cadence.recordingMs, offsetAt).end);
                closed = due.to;
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('readings and those missed add up to the instants that passed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cadences), waits, (cadence, gaps) => {
        let schedule = startSchedule([one(cadence)], noon, utc);
        let now = noon;
        let counted = 0;
        let windows = 0;
        for (const gap of gaps) {
          now = epochMs(now + gap);
          const taken = takeDue(schedule, now, utc);
          schedule = taken.schedule;
          for (const due of taken.events) {
            if (due.kind === 'reading') counted += 1 + due.missed;
            if (due.kind === 'recording') windows += 1;
            if (due.kind === 'gap') windows += due.windows;
          }
        }
        const { recordingMs, readingMs } = cadence;
        const passed = Math.floor(now / recordingMs) - Math.floor(noon / recordingMs);
        const perWindow = Math.floor(recordingMs / readingMs);
        const within = (instant: number) => Math.min(perWindow, Math.floor((instant % recordingMs) / readingMs));
        expect(windows).toBe(passed);
        expect(counted).toBe(passed * perWindow + within(now) - within(noon));
      }),
      { numRuns: 300 },
    );
  });
});
