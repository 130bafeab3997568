import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '../../src/client/types.ts';
import type { ReadingEvent } from '../../src/protocol/events.ts';
import { applied, sparkWith } from '../../tui/state/apply.ts';
import type { PlantState } from '../../tui/state/plant.ts';
import { readingEvent } from './fake-client.ts';
import { analyzerView, calmPlant, isoOf, NOW } from './fake-plant.ts';
import { plantOf } from './looking.ts';

const following = (plant: PlantState, ...events: readonly ClientEvent[]): PlantState =>
  events.reduce((state, event) => applied(state, event, NOW + 1_000), plant);

/** A reading of meter 1, bent. */
const reading = (over: Partial<ReadingEvent['reading']>, rest: Partial<ReadingEvent> = {}): ClientEvent => {
  const event = readingEvent(1, NOW);
  if (event.event !== 'reading') throw new Error('not a reading');
  return { event: 'reading', data: { ...event.data, ...rest, reading: { ...event.data.reading, ...over } } };
};

describe('what the screen knows', () => {
  it('is everything of the snapshot, with the clock of the server', () => {
    const plant = applied(
      plantOf(calmPlant()),
      { event: 'snapshot', data: { what: ['all'], list: calmPlant(NOW + 5_000), records: [], log: [], frames: [] } },
      NOW,
    );
    expect([...plant.analyzers.keys()]).toEqual([1, 2, 3]);
    expect(plant.skewMs).toBe(5_000);
    expect(plant.analyzers.get(1)?.readAt).toBe(NOW + 4_000);
    expect(plant.link).toEqual({ kind: 'live' });
  });

  it('a reading brings values, energy, the minute that runs and the range of the day', () => {
    const values = { TPF: [250, 1, 231] };
    const plant = following(plantOf(calmPlant()), reading({ values, at: isoOf(NOW) }, { energyKwh: 200, minuteKw: 7 }));
    const analyzer = plant.analyzers.get(1);
    expect(analyzer?.lastReading?.values).toEqual(values);
    expect(analyzer?.today.energyKwh).toBe(200);
    expect(analyzer?.spark.at(-1)).toBe(7);
    expect(analyzer?.readAt).toBe(NOW);
    expect(analyzer?.today.range.TPF?.max[0]).toBe(250);
    expect(analyzer?.today.range.TPF?.min[1]).toBe(1);
    expect(analyzer?.today.range.PAT).toEqual(plantOf(calmPlant()).analyzers.get(1)?.today.range.PAT);
  });

  it('a failed reading leaves no old value behind, and does not make it younger', () => {
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer' };
    const plant = following(plantOf(calmPlant()), reading({ values: {}, failure }, { comm: false }));
    expect(plant.analyzers.get(1)?.lastReading?.values).toEqual({});
    expect(plant.analyzers.get(1)?.readAt).toBe(NOW - 1_000);
  });

  it('the rapid grid brings some of the variables, and leaves the others', () => {
    const plant = following(plantOf(calmPlant()), reading({ grid: 'rapid', values: { PAT: [9] } }));
    const values = plant.analyzers.get(1)?.lastReading?.values;
    expect(values?.PAT).toEqual([9]);
    expect(values?.TPF).toEqual(plantOf(calmPlant()).analyzers.get(1)?.lastReading?.values.TPF);
  });

  it('a new day begins with its own least and greatest', () => {
    const midnight = Date.UTC(2026, 10, 25, 23, 0, 1);
    const plant = following(plantOf(calmPlant()), reading({ at: isoOf(midnight), values: { PAT: [3] } }));
    expect(plant.analyzers.get(1)?.today.range).toEqual({ PAT: { min: [3], max: [3] } });
  });

  it('a reading of an analyzer that is gone changes nothing', () => {
    const plant = plantOf(calmPlant());
    expect(following(plant, readingEvent(99, NOW)).analyzers).toEqual(plant.analyzers);
  });

  it('a change of state, a reload and a record find their place', () => {
    const paused = analyzerView(2, { state: 'paused' });
    const list = { ...calmPlant(), analyzers: [analyzerView(5)] };
    const state = following(plantOf(calmPlant()), { event: 'analyzer', data: paused });
    expect(state.analyzers.get(2)?.state).toBe('paused');
    expect([...following(state, { event: 'installation', data: list }).analyzers.keys()]).toEqual([5]);
  });

  it('F66 a server that goes and comes back: old values stay, then everything is new', () => {
    const gone = following(plantOf(calmPlant()), { event: 'disconnected', data: { message: 'refused' } });
    expect(gone.link).toEqual({ kind: 'lost', since: NOW + 1_000, message: 'refused' });
    expect(gone.analyzers.size).toBe(3);
    const again = applied(gone, { event: 'disconnected', data: { message: 'still' } }, NOW + 9_000);
    expect(again.link).toEqual({ kind: 'lost', since: NOW + 1_000, message: 'still' });
    const list = { ...calmPlant(), analyzers: [analyzerView(7)] };
    const back = following(again, {
      event: 'snapshot',
      data: { what: ['all'], list, records: [], log: [], frames: [] },
    });
    expect(back.link.kind).toBe('live');
    expect([...back.analyzers.keys()]).toEqual([7]);
  });

  it('a snapshot of frames alone replaces frames alone', () => {
    const frame = {
      device: 1,
      at: isoOf(NOW),
      direction: 'request' as const,
      bytes: '01',
      words: 'x',
      analyzer: 1,
      tookMs: null,
    };
    const snapshot: ClientEvent = {
      event: 'snapshot',
      data: { what: ['frames:1'], list: null, records: null, log: null, frames: [frame] },
    };
    const twice = following(plantOf(calmPlant()), snapshot, snapshot);
    expect(twice.frames.get(1)).toEqual([frame]);
    expect(twice.analyzers.size).toBe(3);
  });

  it('keeps no more of log and frames than it needs', () => {
    const lines = Array.from(
      { length: 1_200 },
      (_, n): ClientEvent => ({ event: 'log', data: { at: isoOf(NOW), level: 'info', text: String(n) } }),
    );
    const plant = following(plantOf(calmPlant()), ...lines);
    expect([plant.log.length, plant.log[0]?.text, plant.log.at(-1)?.text]).toEqual([1_000, '200', '1199']);
  });
});

describe('the sparkline of the last hour', () => {
  const hour = Array.from({ length: 60 }, (_, n) => n);
  it.each([
    ['the same minute', '2026-11-25T18:05:10+01:00', '2026-11-25T18:05:58+01:00', [57, 58, 7]],
    ['the next minute', '2026-11-25T18:05:10+01:00', '2026-11-25T18:06:01+01:00', [58, 59, 7]],
    ['two minutes without a reading', '2026-11-25T18:05:10+01:00', '2026-11-25T18:08:01+01:00', [null, null, 7]],
    ['before the first reading', null, '2026-11-25T18:08:01+01:00', [57, 58, 7]],
    ['a clock that went back', '2026-11-25T18:05:10+01:00', '2026-11-25T18:03:01+01:00', [57, 58, 7]],
  ])('%s', (_, before, at, end) => {
    const spark = sparkWith(hour, before, at, 7);
    expect(spark.slice(-3)).toEqual(end);
    expect(spark).toHaveLength(60);
  });

  it('a reading that is told after its minute leaves that minute as it was', () => {
    expect(sparkWith([1, 2], isoOf(NOW), isoOf(NOW + 1_000), null)).toEqual([1, 2]);
  });
});
