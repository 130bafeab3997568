import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig } from '../support/installation.ts';
import { readingAt, recordFrom } from '../support/records.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { type Bench, createBench } from './live-bench.ts';

const MINUTE = 60_000;
/** 10:00 in Madrid. */
const TEN = Date.UTC(2026, 4, 4, 8);
const METER = analyzerConfig({ readingMs: 10_000, recordingMs: 15 * MINUTE });
const reading = (at: number, kwh: number, kw = 6) => readingAt(at, { CEA: [kwh], PAT: [kw] });

/** A store in which the meter was read every ten seconds from `from` on, 1 kWh each, and recorded each quarter. */
function storeOf(from: number, until: number) {
  const store = createMemoryStore();
  let previous = null;
  let window = [];
  for (let at = from + 10_000, kwh = 1000; at <= until; at += 10_000, kwh += 1) {
    const each = reading(at, kwh);
    void store.putReading(each);
    window.push(each);
    if (at % METER.recordingMs !== 0) continue;
    previous = recordFrom(METER, at, window, previous);
    void store.putRecord(previous);
    window = [];
  }
  return store;
}

const today = ({ view }: Bench) => view(1).today;
const spark = ({ view }: Bench) => view(1).spark;

describe('what a day and an hour were', () => {
  it('is taken from the store once the root runs, and goes on with what comes', async () => {
    const store = storeOf(TEN - 120 * MINUTE, TEN - 5 * MINUTE);
    const bench = createBench({ analyzers: [METER], store, start: TEN });
    expect(today(bench).energyKwh).toBeNull();
    await bench.run();
    // from the first reading, at 08:00:10, to the last one at 09:55:00
    expect(today(bench)).toMatchObject({ energyKwh: 115 * 6 - 1, energyFrom: 'counter' });
    expect(today(bench).range.CEA).toEqual({ min: [1000], max: [1689] });
    expect(spark(bench).slice(0, 2)).toEqual([6, 6]);
    expect(spark(bench).slice(-6)).toEqual([6, null, null, null, null, null]);
    expect(bench.view(1).lastRecord).toMatchObject({ end: '2026-05-04T09:45:00.000+02:00', n: 90, expected: 90 });
    await bench.read(reading(TEN + 10_000, 1700, -3));
    expect(today(bench)).toMatchObject({ energyKwh: 700 });
    expect(today(bench).range.PAT).toEqual({ min: [-3], max: [6] });
    expect(spark(bench).at(-1)).toBe(-3);
  });

  it('readings that come while it is made are counted once', async () => {
    const store = storeOf(TEN - 120 * MINUTE, TEN - 15 * MINUTE);
    const bench = createBench({ analyzers: [METER], store, start: TEN });
    await bench.read(reading(TEN - 30_000, 2000));
    bench.witness.root({ news: 'running' });
    await bench.read(reading(TEN - 20_000, 2001));
    expect(today(bench).energyKwh).toBeNull();
    await bench.clock.advance(1000);
    await bench.read(reading(TEN - 10_000, 2002));
    expect(today(bench).energyKwh).toBe(1002);
  });

  it('a record that is written while it is made is counted once', async () => {
    const store = storeOf(TEN - 30 * MINUTE, TEN - MINUTE);
    const bench = createBench({ analyzers: [METER], store, start: TEN });
    bench.witness.root({ news: 'running' });
    await bench.clock.advance(1000);
    const before = today(bench).energyKwh;
    const record = recordFrom(
      METER,
      TEN,
      store.readings(1, epochMs(TEN - 15 * MINUTE), epochMs(TEN)),
      store.lastRecord(1),
    );
    bench.witness.recorded(record);
    expect(today(bench).energyKwh).toBe(before);
    expect(bench.view(1).lastRecord?.n).toBe(84);
  });

  it('is made a little at a time, and what comes between two steps is counted once', async () => {
    const stored = storeOf(TEN - 120 * MINUTE, TEN - 10_000);
    const clock = createSteppedClock(TEN);
    let asked = 0;
    const store = {
      ...stored,
      readings(...span: Parameters<typeof stored.readings>) {
        asked += 1;
        clock.stall(6);
        return stored.readings(...span);
      },
    };
    const bench = createBench({ analyzers: [METER], store, clock });
    bench.witness.root({ news: 'running' });
    await bench.clock.advance(10);
    expect([asked, today(bench).energyKwh]).toEqual([1, null]);
    await bench.read(reading(TEN, 1719));
    const window = stored.readings(1, epochMs(TEN - 15 * MINUTE), epochMs(TEN));
    const first = recordFrom(METER, TEN, window, store.lastRecord(1));
    bench.witness.recorded(first);
    await bench.clock.advance(100);
    expect([asked > 1, today(bench).energyKwh]).toEqual([true, 719]);
    const next = reading(TEN + 10_000, 1720);
    await bench.read(next);
    bench.witness.recorded(recordFrom(METER, TEN + 15 * MINUTE, [next], first));
    expect(today(bench).energyKwh).toBe(720);
  });

  it('what is stored of another meter is not shown', async () => {
    const store = storeOf(TEN - 120 * MINUTE, TEN - 5 * MINUTE);
    const since = TEN - 10 * MINUTE;
    const bench = createBench({ analyzers: [METER], store, start: TEN, meterSince: () => since });
    await bench.run();
    expect(today(bench)).toMatchObject({ energyKwh: 29, range: { CEA: { max: [1689] } } });
    expect(spark(bench).filter((value) => value !== null)).toHaveLength(6);
  });

  it.each([
    ['an ordinary one', '2026-05-04T21:59:00Z', 24],
    ['the one of 23 hours', '2026-03-28T22:59:00Z', 23],
    ['the one of 25 hours', '2026-10-24T21:59:00Z', 25],
  ])('a day begins anew at midnight, and the next one is %s', async (_, start, hours) => {
    const bench = createBench({ analyzers: [METER], start: Date.parse(start) });
    await bench.run();
    const midnight = Date.parse(start) + MINUTE;
    await bench.read(reading(midnight - 20_000, 100));
    await bench.read(reading(midnight - 10_000, 103));
    expect(today(bench).energyKwh).toBe(3);
    await bench.clock.advance(MINUTE + 500);
    expect(today(bench)).toMatchObject({ energyKwh: 0, range: {} });
    await bench.read(reading(midnight, 104));
    expect(today(bench)).toMatchObject({ energyKwh: 0, range: {} });
    await bench.read(reading(midnight + 10_000, 105));
    expect(today(bench).energyKwh).toBe(1);
    const next = midnight + hours * 60 * MINUTE;
    await bench.read(reading(next, 106));
    expect(today(bench).energyKwh).toBe(2);
    await bench.read(reading(next + 10_000, 107));
    expect(today(bench).energyKwh).toBe(1);
  });

  it('a clock that is put back makes it anew from what is stored', async () => {
    const store = storeOf(TEN - 120 * MINUTE, TEN);
    const bench = createBench({ analyzers: [METER], store, start: TEN });
    await bench.run();
    const back = TEN - 60 * MINUTE;
    bench.clock.setWall(epochMs(back));
    const told = { kind: 'clockBack', from: epochMs(TEN), to: epochMs(back), pass: 1, at: epochMs(back) } as const;
    bench.witness.time(told);
    expect(today(bench).energyKwh).toBeNull();
    await bench.clock.advance(1000);
    expect(today(bench).energyKwh).toBe(719);
    await bench.read({ ...reading(back + 10_000, 1720), pass: 1 });
    expect(today(bench).energyKwh).toBe(720);
  });

  it('a store that cannot be read leaves it to what comes', async () => {
    const store = {
      ...createMemoryStore(),
      lastRecord: () => {
        throw new Error('no');
      },
    };
    const bench = createBench({ analyzers: [METER], store, start: TEN });
    await bench.run();
    await bench.read(reading(TEN, 5));
    await bench.read(reading(TEN + 10_000, 6));
    expect(today(bench).energyKwh).toBe(1);
  });

  it('another ratio makes it anew, and forgets the last values; another name does neither', async () => {
    const bench = createBench({ analyzers: [METER], start: TEN });
    await bench.run();
    await bench.read(reading(TEN + 10_000, 5));
    bench.reinstall({ analyzers: [{ ...METER, name: 'Kitchen' }] });
    expect(bench.view(1)).toMatchObject({
      name: 'Kitchen',
      readings: { good: 1 },
      lastReading: { values: { CEA: [5] } },
    });
    expect(today(bench).energyKwh).toBe(0);
    bench.reinstall({ analyzers: [{ ...METER, ratio: 2 }], meterSince: () => TEN + 20_000 });
    expect(bench.view(1)).toMatchObject({ readings: { good: 1 }, lastReading: null, today: { energyKwh: null } });
    bench.reinstall({ analyzers: [] });
    expect(bench.operator.analyzer(1)).toMatchObject({ ok: false, error: { code: 'NO_SUCH_ANALYZER' } });
  });
});
