import { describe, expect, it } from 'vitest';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant } from '../support/plant.ts';

describe('clients that identify a meter again and again', () => {
  it('do not keep it from being identified, and from being read', async () => {
    const plant = await runPlant([deviceConfig()], meters([1, 2]));
    await plant.clock.advance(MINUTE);
    const answers: boolean[] = [];
    for (let n = 0; n < 600; n += 1) {
      void plant.app.operator.identify(1, 1800).then(({ ok }) => answers.push(ok));
      await plant.clock.advance(100);
    }
    await plant.clock.advance(2000);
    expect(answers).toEqual(Array(600).fill(true));
    const asked = plant.good(1).filter(({ nominal }) => nominal > plant.start + MINUTE);
    expect(asked.length).toBeGreaterThanOrEqual(4);
    expect(plant.outcomes(2).every(([, outcome]) => outcome === 'good')).toBe(true);
    await plant.stop();
  });
});
