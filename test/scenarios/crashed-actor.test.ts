import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND } from '../support/plant.ts';

describe('F55 a bug inside an actor', () => {
  /** A store that throws, as a bug does, for one analyzer. */
  function brokenFor(analyzerId: number) {
    const store = createMemoryStore();
    const bug = { is: false };
    return {
      bug,
      store: {
        ...store,
        putReading(reading: Parameters<typeof store.putReading>[0]) {
          if (bug.is && reading.analyzerId === analyzerId) throw new Error('a bug of the test');
          return store.putReading(reading);
        },
      },
    };
  }

  it('F55 an analyzer is started again three times a minute, then held and visible; the others go on', async () => {
    const { bug, store } = brokenFor(2);
    const plant = await runPlant([deviceConfig()], meters([1, 2, 3], { readingMs: 2 * SECOND }), { store });
    await plant.clock.advance(9 * SECOND);
    bug.is = true;
    await plant.clock.advance(MINUTE);
    expect(plant.app.root.getSnapshot().context.held).toMatchObject({ 'analyzer:2': { code: 'UNEXPECTED' } });
    expect(plant.log.matching(/analyzer:2 crashed and is started again/)).toHaveLength(3);
    expect(plant.log.matching(/analyzer:2 crashed too often/)).toHaveLength(1);
    bug.is = false;
    await plant.clock.advance(9 * MINUTE);
    expect(plant.readings(2).filter(({ nominal }) => nominal > plant.start + MINUTE)).toEqual([]);
    for (const id of [1, 3]) {
      expect(plant.outcomes(id).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
      expect(plant.good(id).length).toBeGreaterThan(295);
    }
    expect(plant.stateOf('device:1')).toHaveProperty('open');
    await plant.clock.advance(2 * MINUTE);
    expect(plant.app.root.getSnapshot().context.held).toEqual({});
    expect(plant.outcomes(2).at(-1)?.[1]).toBe('good');
  });

  it('F55 a held analyzer is tried again by hand', async () => {
    const { bug, store } = brokenFor(1);
    const plant = await runPlant([deviceConfig()], meters([1], { readingMs: 2 * SECOND }), { store });
    bug.is = true;
    await plant.clock.advance(MINUTE);
    bug.is = false;
    plant.app.root.send({ type: 'UNHOLD', systemId: 'analyzer:1' });
    await plant.clock.advance(10 * SECOND);
    expect(plant.outcomes(1).at(-1)?.[1]).toBe('good');
  });

  it('F55 a device is started again on its line, its analyzers read on, the other line notices nothing', async () => {
    const other = meters([3], { readingMs: 2 * SECOND, deviceId: 2 });
    const plant = await runScripted(meters([1, 2], { readingMs: 2 * SECOND }), {
      others: { devices: [deviceConfig({ id: 2 })], analyzers: other },
    });
    await plant.clock.advance(9 * SECOND);
    const { warn } = plant.log;
    // what a device says when its line is lost ends it
    Object.assign(plant.log, {
      warn: (facts: object, text: string) => {
        if (/was lost/.test(text)) throw new Error('a bug of the test');
        warn(facts as never, text);
      },
    });
    plant.line.lose();
    await plant.clock.advance(20 * SECOND);
    expect(plant.log.matching(/device:1 crashed and is started again/)).toHaveLength(1);
    for (const id of [1, 2]) expect(plant.outcomes(id).at(-1)?.[1]).toBe('good');
    expect(plant.outcomes(3).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
  });

  it('F55 a crash while a request is on the line leaves no answer for the successor', async () => {
    const { bug, store } = brokenFor(1);
    const plant = await runPlant([deviceConfig()], meters([1, 2], { readingMs: 1000 }), { store });
    for (let n = 0; n < 5; n += 1) {
      bug.is = true;
      await plant.clock.advance(2 * SECOND);
      bug.is = false;
      await plant.clock.advance(MINUTE);
      expect(plant.outcomes(1).at(-1)?.[1]).toBe('good');
    }
    expect(plant.outcomes(2).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
  });
});
