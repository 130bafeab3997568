import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { HOUR, MINUTE } from '../support/plant.ts';
import { metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';

describe('a wall clock that is put back after a reload', () => {
  it('F49 a meter that is another one since is recorded from then on', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith({ 3: { ratio: 40 } }) });
    await plant.clock.advance(2 * MINUTE);
    plant.clock.setWall(epochMs(plant.start - HOUR + 1));
    await plant.clock.advance(4 * MINUTE);
    const later = (id: number) =>
      plant.store
        .records(id, epochMs(plant.start - HOUR), epochMs(plant.start - HOUR + 10 * MINUTE))
        .map(({ n, pass }) => `${n} ${pass}`);
    expect(later(1)).toEqual(['6 1', '6 1', '6 1']);
    expect(later(3)).toEqual(later(1));
    await plant.stop();
  });

  it('F49 while one that was removed waits for the end of its window: it is recorded once', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith({ 3: null }) });
    plant.clock.setWall(epochMs(plant.start - HOUR + 1));
    await plant.clock.advance(4 * MINUTE);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    expect(plant.app.fleet().leaving).toEqual([]);
    await plant.clock.advance(HOUR + 5 * MINUTE);
    expect(
      plant.store
        .records(3, epochMs(0), epochMs(plant.start + 2 * HOUR))
        .map(({ n }) => n)
        .slice(-3),
    ).toEqual([6, 6, 3]);
    await plant.stop();
  });
});

describe('a process that stands still after a reload', () => {
  it.each([30_000, 87_000, 2 * MINUTE, 10 * MINUTE])('for %d ms: who was removed is recorded no more', async (ms) => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: metersWith({ 3: null }) });
    plant.clock.stall(ms);
    await plant.clock.advance(3 * MINUTE);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    expect(plant.app.fleet().leaving).toEqual([]);
    await plant.stop();
  });
});
