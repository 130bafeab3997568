import { describe, expect, it } from 'vitest';
import type { Reading } from '../src/domain/reading.ts';
import { epochMs } from '../src/domain/units.ts';
import { createRecorder } from '../src/recorder.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { analyzerConfig, PROFILES } from './support/installation.ts';
import { createSteppedClock } from './support/stepped-clock.ts';

const T0 = Date.parse('2026-05-04T08:00:00Z');
const at = (seconds: number) => epochMs(T0 + 1000 * seconds);
const analyzer = analyzerConfig({ id: 1, readingMs: 10_000, consultes: ['PAT'] });

function reading(seconds: number, value: number, pass?: number): Reading {
  const common = { analyzerId: 1, nominal: at(seconds), at: at(seconds), grid: 'normal' } as const;
  const empty = { counterAt: {}, flags: {}, ratio: null, failure: null };
  return { ...common, ...empty, values: { PAT: [value] }, ...(pass !== undefined && { pass }) };
}

async function recording(readings: readonly Reading[]) {
  const store = createMemoryStore();
  for (const each of readings) await store.putReading(each);
  const ignored = () => undefined;
  const recorder = createRecorder({
    nodeId: 4,
    analyzers: [analyzer],
    placeOf: () => ({
      analyzer,
      scheduled: { analyzerId: 1, readingMs: 10_000, rapidMs: null, recordingMs: 60_000, staggerMs: 0 },
      profile: PROFILES.get(analyzer.profileId)!,
    }),
    ...{ store, offsetAt: () => 0, clock: createSteppedClock(T0) },
    isPaused: () => false,
    passes: { last: 0, from: null, left: null },
    tell: { setAside: ignored, recoverFailed: ignored, made: ignored },
  });
  const close = (pass?: number) => {
    const window = { start: at(0), end: at(60), ...(pass !== undefined && { pass }) };
    return recorder.closeWindow(1, window).map(({ record }) => [record.generation, record.variables.PAT?.values[0]]);
  };
  return { close, store };
}

describe('a window that the clock comes over more than once', () => {
  it('F49 is recorded from what was read in each pass, once', async () => {
    const { close } = await recording([reading(10, 100), reading(20, 200, 1)]);
    expect(close()).toEqual([[0, 100]]);
    expect(close()).toEqual([]);
    expect(close(1)).toEqual([[1, 200]]);
    expect(close(1)).toEqual([]);
  });

  it('F49 is recorded late, when the clock was put back meanwhile: nothing of after that is in it', async () => {
    const { close, store } = await recording([reading(10, 100), reading(20, 200, 1)]);
    expect(close()).toEqual([[0, 100]]);
    await store.putReading(reading(30, 300, 2));
    expect(close(1)).toEqual([[1, 200]]);
    expect(close(2)).toEqual([[2, 300]]);
  });

  it('F49 has all that was read in it when it was never recorded before', async () => {
    const { close } = await recording([reading(10, 100), reading(20, 200, 1)]);
    expect(close(2)).toEqual([[0, 150]]);
  });
});
