import { describe, expect, it } from 'vitest';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND, untrue } from '../support/plant.ts';

describe('Lector when it is stopped', () => {
  it('finishes the reading in progress, keeps it, and closes its lines', async () => {
    const analyzers = meters([1]);
    const plant = await runScripted(analyzers);
    await plant.clock.advance(10 * SECOND + 20);
    expect(plant.readings(1).map(({ nominal }) => nominal - plant.start)).not.toContain(10 * SECOND);
    await plant.stop();
    expect(plant.outcomes(1).at(-1)).toEqual([10, 'good']);
    expect(untrue(analyzers[0]!, plant.readings(1))).toEqual([]);
    expect([plant.line.counts.closes > 0, plant.clock.pending()]).toEqual([true, 0]);
  });

  /** How long a stop takes, ms. */
  async function stopMs(plant: { clock: { mono(): number }; stop(): Promise<void> }): Promise<number> {
    const from = plant.clock.mono();
    await plant.stop();
    return plant.clock.mono() - from;
  }

  it('takes less than two seconds while a meter is silent, and closes the line all the same', async () => {
    const plant = await runScripted(meters([1, 2]), { device: { timeoutMs: 5000 } });
    await plant.clock.advance(9 * SECOND);
    plant.line.tamper(() => null);
    await plant.clock.advance(2 * SECOND);
    expect(await stopMs(plant)).toBeLessThan(2000);
    expect(plant.line.counts.closes).toBeGreaterThan(0);
    expect(plant.readings(1).at(-1)).toMatchObject({ failure: { code: 'CANCELLED' } });
  });

  it.each(['close', 'open'] as const)('takes less than two seconds with a line that never ends to %s', async (what) => {
    const plant = await runScripted(meters([1, 2]), { hang: what });
    await plant.clock.advance(5 * SECOND);
    expect(await stopMs(plant)).toBeLessThan(2000);
    expect(plant.app.root.getSnapshot().value).toBe('stopped');
  });

  it('is immediate when nothing goes on', async () => {
    const plant = await runPlant([deviceConfig()], meters([1, 2]));
    await plant.clock.advance(5 * SECOND);
    expect(await stopMs(plant)).toBeLessThan(50);
  });

  it('makes no record of the window that is open, and leaves no timer', async () => {
    const plant = await runPlant([deviceConfig()], meters([1, 2]));
    await plant.clock.advance(90 * SECOND);
    const before = plant.records(1).length;
    await plant.stop();
    expect([plant.records(1).length, plant.clock.pending()]).toEqual([before, 0]);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.readings(1).at(-1)!.nominal).toBeLessThanOrEqual(plant.start + 90 * SECOND);
  });
});
