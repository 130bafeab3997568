import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../support/plant.ts';
import { METERS, runReloads } from '../support/reloads.ts';

describe('a reading at once', () => {
  it('asks the meter, and is neither stored nor part of a record', async () => {
    const plant = await runReloads();
    await plant.clock.advance(2 * MINUTE + 33_700);
    for (let times = 0; times < 20; times += 1) {
      const { requestId } = plant.session(3);
      plant.app.root.send({ type: 'COMMAND', analyzerId: 3, command: { type: 'READ_NOW' } });
      await plant.clock.advance(SECOND);
      expect(plant.session(3).requestId).toBeGreaterThan(requestId);
    }
    await plant.clock.advance(2 * MINUTE);
    expect(plant.readings(3).filter(({ forced, nominal }) => forced || nominal % (10 * SECOND) !== 0)).toEqual([]);
    expect(METERS.flatMap(({ id }) => plant.harm(id))).toEqual([]);
    expect(plant.told(3).every((text) => text.endsWith('6/6'))).toBe(true);
    await plant.stop();
  });
});
