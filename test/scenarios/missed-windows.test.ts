import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, SECOND } from '../support/plant.ts';

/** A store that throws, as a bug does, when a reading of analyzer 1 is kept. */
function buggy() {
  const store = createMemoryStore();
  const bug = { is: false };
  const putReading: typeof store.putReading = (reading) => {
    if (bug.is && reading.analyzerId === 1) throw new Error('a bug of the test');
    return store.putReading(reading);
  };
  return { bug, store: { ...store, putReading } };
}

describe('windows that ended while nobody could record them', () => {
  const endsOf = (plant: Awaited<ReturnType<typeof runPlant>>, id: number) =>
    plant.records(id).map(({ end }) => (end - plant.start) / MINUTE);

  it('F55 an analyzer that is held is recorded: what it had read, then nothing of N', async () => {
    const { bug, store } = buggy();
    const plant = await runPlant([deviceConfig()], meters([1, 2], { readingMs: 2 * SECOND }), { store });
    await plant.clock.advance(MINUTE + 30 * SECOND);
    bug.is = true;
    await plant.clock.advance(35 * SECOND);
    expect(plant.app.root.getSnapshot().context.held).toHaveProperty('analyzer:1');
    bug.is = false;
    await plant.clock.advance(13 * MINUTE);
    expect(endsOf(plant, 1)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    expect(plant.records(1).map(({ n }) => n)).toEqual([30, 14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 30, 30, 30]);
  });

  it('F55 a window whose end an analyzer did not survive is recorded with the next, once and whole', async () => {
    const { bug, store } = buggy();
    const plant = await runPlant([deviceConfig()], meters([1, 2], { readingMs: 2 * SECOND }), { store });
    await plant.clock.advance(2 * MINUTE - SECOND);
    bug.is = true;
    await plant.clock.advance(1.5 * SECOND);
    bug.is = false;
    await plant.clock.advance(3 * MINUTE);
    expect(plant.log.matching(/analyzer:1 crashed and is started again/)).toHaveLength(1);
    expect(endsOf(plant, 1)).toEqual([1, 2, 3, 4, 5]);
    expect(plant.records(1).map(({ n }) => n)).toEqual([30, 29, 30, 30, 30]);
  });
});
