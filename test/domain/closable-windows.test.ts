import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClosableInput, closableWindows } from '../../src/domain/closable-windows.ts';
import { readingInstants, windowOf } from '../../src/domain/grid.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { zoneOffset } from '../../src/zone.ts';

const MINUTE = 60_000;
const noon = Date.parse('2026-05-04T12:00:00Z');
const at = (minutes: number) => epochMs(noon + minutes * MINUTE);
const minutes = (instant: EpochMs) => (instant - noon) / MINUTE;

/** Windows of 15 minutes; [ends, gaps] in minutes after noon. */
function closed(o: Partial<ClosableInput>) {
  const found = closableWindows({
    ...{ recordingMs: 15 * MINUTE, lastRecordEnd: at(0), lastAlive: null, readings: [], now: at(20), staggerMs: 0 },
    offsetAt: () => 0,
    ...o,
  });
  return {
    ends: found.windows.map(({ end }) => minutes(end)),
    gaps: found.gaps.map(({ from, to }) => [minutes(from), minutes(to)]),
  };
}

describe('what a start closes', () => {
  it('nothing while the window that was open is open still', () => {
    expect(closed({ readings: [at(1), at(2)], now: at(10) })).toEqual({ ends: [], gaps: [] });
  });

  it('the window whose end passed while it was stopped', () => {
    expect(closed({ readings: [at(1), at(2)] })).toEqual({ ends: [15], gaps: [] });
  });

  it('that window, and one gap over those in which it did not run', () => {
    expect(closed({ readings: [at(1)], now: at(600) })).toEqual({ ends: [15], gaps: [[15, 600]] });
  });

  it('a window in which it ran and read nothing', () => {
    expect(closed({ lastAlive: at(16), now: at(50) })).toEqual({
      ends: [30],
      gaps: [
        [0, 15],
        [30, 45],
      ],
    });
  });

  it('only a gap where nothing ran', () => {
    expect(closed({ now: at(47) })).toEqual({ ends: [], gaps: [[0, 45]] });
  });

  it('several windows whose records could not be written, with the gaps between', () => {
    expect(closed({ readings: [at(61), at(1), at(15), at(16)], now: at(100) })).toEqual({
      ends: [15, 30, 75],
      gaps: [
        [30, 60],
        [75, 90],
      ],
    });
  });

  it('nothing at all of an analyzer that was never read', () => {
    expect(closed({ lastRecordEnd: null, lastAlive: at(-600) })).toEqual({ ends: [], gaps: [] });
  });

  it('the first window of an analyzer that has no record yet, and no gap before it', () => {
    expect(closed({ lastRecordEnd: null, readings: [at(-20)], now: at(20) })).toEqual({
      ends: [-15],
      gaps: [[-15, 15]],
    });
  });

  it('not what is recorded already', () => {
    expect(closed({ readings: [at(-1), at(0)], lastAlive: at(-1), now: at(5) })).toEqual({ ends: [], gaps: [] });
  });

  it('not a window whose stagger still runs: the schedule closes it', () => {
    const o = { readings: [at(1)], now: epochMs(at(15) + 500) };
    expect(closed({ ...o, staggerMs: 600 }).ends).toEqual([]);
    expect(closed({ ...o, staggerMs: 500 }).ends).toEqual([15]);
  });

  it('F49 a window that a wrong clock began in the future, without a gap', () => {
    expect(closed({ readings: [at(10_000)], now: at(5) })).toEqual({ ends: [10_005], gaps: [] });
    expect(closed({ lastRecordEnd: at(10_000), readings: [at(10_001)], now: at(5) })).toEqual({
      ends: [10_005],
      gaps: [],
    });
  });

  it('a changed interval from the instant on at which both grids meet', () => {
    const o = { readings: [at(16), at(61)], recordingMs: 60 * MINUTE, now: at(200) };
    expect(closed({ ...o, before: { recordingMs: 15 * MINUTE, until: at(60) } })).toEqual({
      ends: [30, 120],
      gaps: [
        [0, 15],
        [30, 60],
        [120, 180],
      ],
    });
  });

  it('F48 ten years of standing still take no longer than a minute of it', () => {
    expect(closed({ readings: [at(1)], now: at(5_256_000), recordingMs: MINUTE })).toEqual({
      ends: [1],
      gaps: [[1, 5_256_000]],
    });
  });

  it('F50 F51 windows and gaps follow each other without hole or overlap in any zone', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Madrid', 'Australia/Lord_Howe').map((name) => zoneOffset(name));
    const night = fc.constantFrom('2026-03-28T20:00Z', '2026-10-24T20:00Z', '2026-04-04T10:00Z').map(Date.parse);
    const offsets = fc.array(fc.integer({ min: 1, max: 48 * 60 }), { maxLength: 10 });
    fc.assert(
      fc.property(zone, night, offsets, fc.constantFrom(1, 15, 60, 240, 1440), (offsetAt, start, list, every) => {
        const recordingMs = every * MINUTE;
        const lastRecordEnd = windowOf(epochMs(start), recordingMs, offsetAt).start;
        const now = epochMs(start + 50 * 60 * MINUTE);
        const readings = list.flatMap((after) => {
          const window = windowOf(epochMs(start + after * MINUTE), recordingMs, offsetAt);
          return readingInstants(window, Math.min(recordingMs, 20 * MINUTE)).slice(0, 1);
        });
        const o = { recordingMs, lastRecordEnd, lastAlive: null, readings, now, staggerMs: 0, offsetAt };
        const { windows, gaps } = closableWindows(o);
        const all = [...windows.map(({ start: from, end: to }) => ({ from, to })), ...gaps].sort(
          (a, b) => a.from - b.from,
        );
        let edge = lastRecordEnd;
        for (const { from, to } of all) {
          expect(from).toBe(edge);
          edge = to;
        }
        expect(edge).toBe(windowOf(epochMs(now + 1), recordingMs, offsetAt).start);
      }),
    );
  });
});
