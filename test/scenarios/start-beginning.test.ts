import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/domain/reading.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { runApp } from '../support/running-app.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const EDGE = Date.UTC(2026, 4, 4, 8, 1, 0);
const ANALYZER = analyzerConfig({ exports: [{ type: 'localFile', target: '', path: '/nowhere/dades', options: {} }] });

/** A reading of the run before, `seconds` before the edge. */
const reading = (seconds: number): Reading => ({
  analyzerId: 1,
  nominal: epochMs(EDGE - seconds * 1_000),
  at: epochMs(EDGE - seconds * 1_000),
  values: { TPF: [230, 230, 230] },
  counterAt: {},
  flags: {},
  ratio: null,
  failure: null,
  grid: 'normal',
});

async function storeOfLastRun(): Promise<Store> {
  const store = createMemoryStore();
  for (const seconds of [30, 29, 28]) await store.putReading(reading(seconds));
  return store;
}

const recordsOf = (store: Store, end: number) => store.records(1, epochMs(end - 1), epochMs(end));

describe('a start', () => {
  it('records the window that ends while it is still beginning: a slow disk makes none fall in between', async () => {
    const clock = createSteppedClock(EDGE - 2_000);
    const inner = await storeOfLastRun();
    const outbox: Store['outbox'] = {
      ...inner.outbox,
      async register(id, analyzers) {
        await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 5_000));
        return inner.outbox.register(id, analyzers);
      },
    };
    const starting = runApp({ devices: [deviceConfig()], analyzers: [ANALYZER], clock, store: { ...inner, outbox } });
    const plant = await clock.settle(starting);
    await clock.advance(10_000);
    expect(recordsOf(inner, EDGE)).toMatchObject([{ n: 3, expected: 60, generation: 0 }]);
    await plant.stop();
  });

  it('F44 on a disk that refuses reads at once, and makes the records of later windows too', async () => {
    const clock = createSteppedClock(EDGE + 10_000);
    const inner = await storeOfLastRun();
    const made: EpochMs[] = [];
    const store: Store = {
      ...inner,
      putRecord(record) {
        made.push(record.end);
        // seen by all who read, and not on disk
        void inner.putRecord(record);
        return new Promise(() => undefined);
      },
    };
    const plant = await runApp({ devices: [deviceConfig()], analyzers: [ANALYZER], clock, store });
    await clock.advance(165_000);
    expect(made).toEqual([EDGE, EDGE + 60_000, EDGE + 120_000]);
    expect(inner.lastReading(1)?.nominal).toBeGreaterThan(EDGE + 170_000);
    expect(plant.log.matching(/recorded until|is recorded/)).toEqual([]);
    await plant.stop();
  });
});
