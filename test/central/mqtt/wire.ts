import type { RecordWire } from '../../../src/protocol/record-wire.ts';

const QUARTER_MS = 900_000;
const START = Date.parse('2026-05-04T08:00:00Z');

/** The `index`th record of an analyzer, as a lector sends it. */
export function wireOf(node: number, analyzer: number, index: number): string {
  const end = START + index * QUARTER_MS;
  const value = index + 0.5;
  const wire: RecordWire = {
    ...{ node, analyzer, model: 'PM710', generation: 0, n: 15, expected: 15, ratio: null },
    ...{ start: new Date(end - QUARTER_MS).toISOString(), end: new Date(end).toISOString() },
    variables: {
      PAT: {
        ...{ aggregate: 'mean', values: [value], min: [value], max: [value], n: [15], expected: 15 },
        ...{ delta: [null], at: null, flags: [] },
      },
    },
  };
  return JSON.stringify(wire);
}
