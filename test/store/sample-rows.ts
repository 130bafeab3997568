import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';

export const T0 = Date.UTC(2026, 4, 4, 8, 0, 0);
export const QUARTER_MS = 900_000;

/** A reading of analyzer `analyzerId`, `seconds` after T0; its value follows from both. */
export function sampleReading(analyzerId: number, seconds: number, grid: Reading['grid'] = 'normal'): Reading {
  const nominal = epochMs(T0 + seconds * 1000);
  const values = { TPF: [sampleValue(analyzerId, seconds), 0.1, null], CEA: [seconds] };
  const failure = seconds % 7 === 0 ? ({ code: 'LINE_TIMEOUT', message: 'no answer' } as const) : null;
  return {
    analyzerId,
    nominal,
    at: epochMs(nominal + 12),
    values,
    counterAt: { CEA: nominal },
    flags: { TPF: ['implausible'] },
    ratio: 40,
    failure,
    grid,
  };
}

/** The record of the `number`th quarter of an hour after T0; `padding` makes it as large as wanted. */
export function sampleRecord(analyzerId: number, number: number, generation = 0, padding = 0): LectorRecord {
  const end = epochMs(T0 + number * QUARTER_MS);
  const values = [sampleValue(analyzerId, number), null, 0.3];
  return {
    nodeId: 1,
    analyzerId,
    model: `CVM${'x'.repeat(padding)}`,
    start: epochMs(end - QUARTER_MS),
    end,
    generation,
    n: 14,
    expected: 15,
    ratio: null,
    variables: {
      TPF: {
        aggregate: 'mean',
        values,
        min: values,
        max: values,
        n: [14, 0, 14],
        expected: 15,
        delta: [],
        baseline: [],
        at: null,
        flags: [],
      },
    },
  };
}

export const sampleValue = (analyzerId: number, place: number): number => analyzerId * 1000 + place + 0.25;
