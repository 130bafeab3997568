import { describe, expect, it } from 'vitest';
import type { Reading } from '../../src/domain/reading.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { type AnalyzerId, epochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { runApp } from '../support/running-app.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const NOON = Date.UTC(2026, 4, 4, 12, 0, 0);
const devices = [deviceConfig()];
const analyzers = [1, 2].map((id) => analyzerConfig({ id, readingMs: 10 * SECOND }));

const reading = (analyzerId: AnalyzerId, nominal: number): Reading => ({
  analyzerId,
  ...{ nominal: epochMs(nominal), at: epochMs(nominal) },
  ...{ values: { TPF: [230, 230, 230] }, counterAt: {}, flags: {}, ratio: null, failure: null, grid: 'normal' },
});

/** A store in which `windows` minutes before noon were read and not recorded; each is as slow to read as a real one. */
async function unrecorded({ windows, slowMs = 9 }: { readonly windows: number; readonly slowMs?: number }) {
  const clock = createSteppedClock(NOON + 100);
  const inner = createMemoryStore();
  for (const id of [1, 2]) {
    for (let minute = windows; minute > 0; minute -= 1) {
      for (const second of [30, 50]) await inner.putReading(reading(id, NOON - minute * MINUTE + second * SECOND));
    }
  }
  let bug: ((after: number) => boolean) | null = null;
  const store: Store = {
    ...inner,
    readings(id, after, until) {
      if (until - after <= MINUTE) clock.stall(slowMs);
      if (id === 1 && bug?.(after)) throw new TypeError('x is not a function');
      return inner.readings(id, after, until);
    },
  };
  const endsOf = (id: AnalyzerId) =>
    inner.records(id, epochMs(0), epochMs(2 ** 43)).map(({ end }) => (end - NOON) / MINUTE);
  const spoil = (is: (after: number) => boolean) => {
    bug = is;
  };
  return { clock, store, inner, endsOf, spoil };
}

const minutes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('windows that a start must close', () => {
  it('are closed beside the first readings, however many they are', async () => {
    const plant = await unrecorded({ windows: 500 });
    const { clock, inner } = plant;
    const begun = clock.mono();
    const app = await runApp({ devices, analyzers, clock, store: plant.store });
    while ((inner.lastReading(2)?.nominal ?? 0) < NOON) await clock.advance(50);
    expect(clock.mono() - begun).toBeLessThan(1_000);
    expect(plant.endsOf(1).length).toBeLessThan(200);
    await clock.advance(MINUTE + 10 * SECOND);
    for (const id of [1, 2]) expect(plant.endsOf(id)).toEqual(minutes(-499, 1));
    expect(app.log.matching(/999 windows .* were recorded now/)).toHaveLength(1);
    await app.stop();
  });

  it('are closed before the one that ends meanwhile, and each once', async () => {
    const plant = await unrecorded({ windows: 300, slowMs: 400 });
    const app = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    await plant.clock.advance(6 * MINUTE);
    for (const id of [1, 2]) {
      const ends = plant.endsOf(id);
      expect(ends).toEqual(minutes(-299, ends.at(-1) ?? 0));
      expect(ends.at(-1)).toBeGreaterThan(4);
    }
    const { variables } = plant.inner.lastRecord(1)!;
    expect(variables.TPF?.n).toEqual([6, 6, 6]);
    await app.stop();
  });

  it('and were not yet when it was stopped are closed at the next start', async () => {
    const plant = await unrecorded({ windows: 300 });
    const first = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    await plant.clock.advance(200);
    await first.stop();
    const before = plant.endsOf(1).length;
    expect([before > 0, before < 300]).toEqual([true, true]);
    await plant.clock.advance(10 * SECOND);
    expect(plant.endsOf(1)).toHaveLength(before);
    const next = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    await plant.clock.advance(MINUTE);
    for (const id of [1, 2]) expect(plant.endsOf(id)).toEqual(minutes(-299, 1));
    await next.stop();
  });

  it('F49 are closed at once when the clock is put back meanwhile', async () => {
    const plant = await unrecorded({ windows: 300, slowMs: 200 });
    const app = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    await plant.clock.advance(200);
    plant.clock.setWall(epochMs(NOON - 2 * 60 * MINUTE));
    await plant.clock.advance(10 * SECOND);
    for (const id of [1, 2]) expect(new Set(plant.endsOf(id))).toEqual(new Set(minutes(-299, 0)));
    await app.stop();
  });

  it('F55 one of which nothing can be made is set aside and told, and the others are closed', async () => {
    const plant = await unrecorded({ windows: 5 });
    plant.spoil((after) => after === NOON - 3 * MINUTE);
    const app = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    await plant.clock.advance(3 * MINUTE);
    expect(plant.endsOf(1)).toEqual([-4, -3, -1, 0, 1, 2, 3].slice(0, plant.endsOf(1).length));
    expect(plant.endsOf(1).at(-1)).toBeGreaterThan(1);
    expect(plant.endsOf(2).slice(0, 5)).toEqual(minutes(-4, 0));
    expect(app.log.matching(/analyzer 1 .*has no record until .*:58:00.*x is not a function.*a bug/)).toHaveLength(1);
    await app.stop();
  });
});

describe('F55 a window of which nothing can be made', () => {
  it('F55 is tried three times, then told and set aside; its readings stay and later ones are recorded', async () => {
    const plant = await unrecorded({ windows: 1, slowMs: 0 });
    const app = await runApp({ devices, analyzers, clock: plant.clock, store: plant.store });
    let tries = 0;
    plant.spoil((after) => {
      if (after === NOON + MINUTE) tries += 1;
      return after === NOON + MINUTE;
    });
    await plant.clock.advance(5 * MINUTE);
    expect(plant.endsOf(1)).toEqual([0, 1, 3, 4]);
    expect(plant.endsOf(2)).toEqual([0, 1, 2, 3, 4]);
    expect(tries).toBe(3);
    expect(app.log.matching(/could not be made and is tried again: unexpected: x is not a function/)).toHaveLength(1);
    expect(app.log.matching(/has no record until .*:02:00/)).toHaveLength(1);
    expect(plant.inner.readings(1, epochMs(NOON + MINUTE), epochMs(NOON + 2 * MINUTE))).toHaveLength(6);
    await app.stop();
  });
});
