import { describe, expect, it } from 'vitest';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { HOUR, MINUTE, meters, runPlant, runScripted, SECOND } from '../support/plant.ts';

describe('F18 an adapter that is open and never brings a byte', () => {
  it('F18 is opened anew at most once a minute, and told once as the fault of the adapter', async () => {
    const ids = [1, 2, 3, 4];
    const plant = await runScripted(meters(ids));
    await plant.clock.advance(25 * SECOND);
    const opened = plant.line.counts.opens;
    plant.line.tamper(() => null);
    await plant.clock.advance(HOUR);
    const reopened = plant.line.counts.opens - opened;
    expect(reopened).toBeGreaterThan(10);
    expect(reopened).toBeLessThanOrEqual(60);
    expect(plant.log.matching(/nobody on this line answers/)).toHaveLength(1);
    // the four meters, whose silence came first, and the adapter
    const told = plant.texts('warn').filter((text) => !/is recorded until/.test(text));
    expect(told).toHaveLength(ids.length + 1);
    expect(plant.contextOf('device:1').cause).toMatchObject({ message: expect.stringMatching(/^nobody on this line/) });
    expect(plant.good(1).filter(({ nominal }) => nominal > plant.start + MINUTE)).toEqual([]);
  });

  it('F18 is read again as soon as it brings bytes, and that is told', async () => {
    const plant = await runScripted(meters([1, 2]));
    await plant.clock.advance(25 * SECOND);
    plant.line.tamper(() => null);
    await plant.clock.advance(HOUR);
    plant.line.tamper(null);
    // opened anew, its meters are asked together: they are read again together
    while (plant.linkOf(1) !== 'polling' && plant.linkOf(2) !== 'polling') await plant.clock.advance(SECOND);
    expect(plant.clock.now() - plant.start).toBeLessThan(HOUR + 6 * MINUTE);
    await plant.clock.advance(12 * SECOND);
    for (const id of [1, 2]) expect(plant.outcomes(id).at(-1)?.[1]).toBe('good');
    expect(plant.log.matching(/brings answers again/)).toHaveLength(1);
    expect(plant.contextOf('device:1')).toMatchObject({ attempt: 0, cause: null });
    // and what comes after is news again
    plant.line.tamper(() => null);
    await plant.clock.advance(10 * MINUTE);
    expect(plant.log.matching(/nobody on this line answers/)).toHaveLength(2);
  });

  it('F18 P4 never touches another line', async () => {
    const analyzers = [
      ...meters([1, 2], { readingMs: 2 * SECOND }),
      analyzerConfig({ id: 3, deviceId: 2, readingMs: 2 * SECOND }),
    ];
    const plant = await runPlant([deviceConfig(), deviceConfig({ id: 2 })], analyzers);
    for (const id of [1, 2]) plant.app.fault(id, 'silence', HOUR);
    await plant.clock.advance(10 * MINUTE);
    expect(plant.outcomes(3).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
    expect(Math.max(...plant.good(3).map(({ at, nominal }) => at - nominal))).toBeLessThan(1000);
  });
});
