import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Reading, Values } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { recordOf } from '../../src/domain/record-of.ts';
import { epochMs } from '../../src/domain/units.ts';
import { PROFILES } from './installation.ts';

/** A good reading of analyzer 1 that was made at its instant. */
export function readingAt(at: number, values: Readonly<Record<string, Values>>, own: Partial<Reading> = {}): Reading {
  return {
    ...{ analyzerId: 1, nominal: epochMs(at), at: epochMs(at), values, counterAt: {}, flags: {} },
    ...{ ratio: null, failure: null, grid: 'normal' },
    ...own,
  };
}

export const failedAt = (at: number, own: Partial<Reading> = {}): Reading =>
  readingAt(at, {}, { failure: { code: 'LINE_TIMEOUT', message: 'no answer within 1000 ms' }, ...own });

/** The record that Lector makes of these readings, after `previous`. */
export function recordFrom(
  analyzer: AnalyzerConfig,
  end: number,
  readings: readonly Reading[],
  previous: LectorRecord | null = null,
): LectorRecord {
  return recordOf({
    ...{ nodeId: 4, analyzer, profile: PROFILES.get(analyzer.profileId)!, generation: 0, readings, previous },
    window: { start: epochMs(end - analyzer.recordingMs), end: epochMs(end) },
  });
}
