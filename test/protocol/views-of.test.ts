import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { classicTime, isoTime } from '../../src/protocol/iso-time.ts';
import { readingView } from '../../src/protocol/reading-view.ts';
import { recordWire } from '../../src/protocol/record-wire.ts';
import { zoneOffset } from '../../src/zone.ts';

const at = (text: string) => epochMs(Date.parse(text));
const HOUR_MS = 3_600_000;
const iso = (instant: EpochMs) => isoTime(instant, () => HOUR_MS);

describe('an instant', () => {
  it.each<readonly [string, string, string, string]>([
    ['2026-11-25T17:05:42.123Z', 'Europe/Madrid', '2026-11-25T18:05:42.123+01:00', '25/11/2026 18:05:42'],
    ['2026-07-01T22:00:00Z', 'Europe/Madrid', '2026-07-02T00:00:00.000+02:00', '02/07/2026 00:00:00'],
    ['2026-10-25T00:59:59.999Z', 'Europe/Madrid', '2026-10-25T02:59:59.999+02:00', '25/10/2026 02:59:59'],
    ['2026-10-25T01:00:00Z', 'Europe/Madrid', '2026-10-25T02:00:00.000+01:00', '25/10/2026 02:00:00'],
    ['2026-01-01T00:00:00Z', 'America/St_Johns', '2025-12-31T20:30:00.000-03:30', '31/12/2025 20:30:00'],
    ['2026-01-01T00:00:00Z', 'Asia/Kathmandu', '2026-01-01T05:45:00.000+05:45', '01/01/2026 05:45:00'],
    ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01T00:00:00.000+00:00', '01/01/2026 00:00:00'],
    // a mean solar time with seconds: ISO 8601 has none in an offset
    ['1890-01-01T00:00:00Z', 'Europe/Madrid', '1889-12-31T23:45:00.000-00:15', '31/12/1889 23:45:16'],
  ])('%s in %s is %s', (instant, zone, expected, local) => {
    expect(isoTime(at(instant), zoneOffset(zone))).toBe(expected);
    expect(classicTime(at(instant), zoneOffset(zone))).toBe(local);
    if (!instant.startsWith('1890')) expect(Date.parse(expected)).toBe(Date.parse(instant));
  });
});

const READING: Reading = {
  analyzerId: 1,
  nominal: at('2026-11-25T17:05:00Z'),
  at: at('2026-11-25T17:05:00.250Z'),
  values: { TPF: [230.1, null, 231] },
  counterAt: {},
  flags: { TPF: ['implausible'] },
  ratio: null,
  failure: null,
  grid: 'rapid',
};

describe('a reading as it is shown', () => {
  it('has its times in words, its values as they are', () => {
    expect(readingView(READING, iso)).toEqual({
      at: '2026-11-25T18:05:00.250+01:00',
      nominal: '2026-11-25T18:05:00.000+01:00',
      grid: 'rapid',
      forced: false,
      values: { TPF: [230.1, null, 231] },
      flags: { TPF: ['implausible'] },
      failure: null,
    });
  });

  it('says that it was asked for by hand, and what failed', () => {
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer', facts: {} } as const;
    expect(readingView({ ...READING, forced: true, failure }, iso)).toMatchObject({
      forced: true,
      failure: { code: 'LINE_TIMEOUT', message: 'no answer' },
    });
  });
});

describe('a record as it travels', () => {
  const RECORD: LectorRecord = {
    nodeId: 4,
    analyzerId: 1,
    model: 'PM710',
    start: at('2026-11-25T17:00:00Z'),
    end: at('2026-11-25T17:15:00Z'),
    generation: 0,
    n: 14,
    expected: 15,
    ratio: 40,
    pass: 2,
    variables: {
      CEA: {
        aggregate: 'counter',
        values: [1234.5],
        min: [1234],
        max: [1234.5],
        n: [14],
        expected: 15,
        delta: [0.5],
        baseline: [1234.5],
        at: at('2026-11-25T17:14:00.100Z'),
        flags: ['zeroIgnored'],
      },
      PAT: {
        aggregate: 'mean',
        values: [0.1 + 0.2],
        min: [null],
        max: [null],
        n: [0],
        expected: 15,
        delta: [],
        baseline: [],
        at: null,
        flags: [],
      },
    },
  };

  it('keeps every number, and leaves out what only the next record needs', () => {
    expect(recordWire(RECORD, iso)).toEqual({
      node: 4,
      analyzer: 1,
      model: 'PM710',
      start: '2026-11-25T18:00:00.000+01:00',
      end: '2026-11-25T18:15:00.000+01:00',
      generation: 0,
      n: 14,
      expected: 15,
      ratio: 40,
      variables: {
        CEA: {
          aggregate: 'counter',
          values: [1234.5],
          min: [1234],
          max: [1234.5],
          n: [14],
          expected: 15,
          delta: [0.5],
          at: '2026-11-25T18:14:00.100+01:00',
          flags: ['zeroIgnored'],
        },
        PAT: {
          aggregate: 'mean',
          values: [0.30000000000000004],
          min: [null],
          max: [null],
          n: [0],
          expected: 15,
          delta: [],
          at: null,
          flags: [],
        },
      },
    });
  });
});
