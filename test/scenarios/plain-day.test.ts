import { describe, expect, it } from 'vitest';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { MINUTE, meters, runPlant, SECOND, untrue } from '../support/plant.ts';

describe('a plant where nothing goes wrong', () => {
  const devices = [deviceConfig(), deviceConfig({ id: 2, endpoint: simulated('cvm', 9600) })];
  const analyzers = [
    ...meters([1, 3], { readingMs: 2000 }),
    analyzerConfig({ id: 2, model: 'CVMk', deviceId: 2, readingMs: 5000, consultes: ['TPF', 'PAT'] }),
  ];

  it('reads every analyzer on its grid and records each window whole, with what the meters said', async () => {
    const plant = await runPlant(devices, analyzers);
    await plant.clock.advance(2 * MINUTE + 5 * SECOND);
    for (const analyzer of analyzers) {
      const { id, readingMs } = analyzer;
      const seconds = plant.good(id).map(({ nominal }) => (nominal - plant.start) / SECOND);
      const step = readingMs / SECOND;
      const expected = Array.from({ length: 120 / step }, (_, n) => (n + 1) * step);
      expect(seconds).toEqual(expect.arrayContaining(expected));
      expect(untrue(analyzer, plant.readings(id))).toEqual([]);
      const whole = plant.records(id).filter(({ end }) => end > plant.start);
      expect(whole.map(({ end, n, expected: due }) => [end - plant.start, n, due])).toEqual([
        [MINUTE, 60 / step, 60 / step],
        [2 * MINUTE, 60 / step, 60 / step],
      ]);
    }
    expect([...plant.texts('warn'), ...plant.texts('error')]).toEqual([]);
    await plant.stop();
    expect([plant.app.root.getSnapshot().value, plant.clock.pending()]).toEqual(['stopped', 0]);
  });

  it('means are those of the readings, and energies add up', async () => {
    const plant = await runPlant(devices, analyzers);
    await plant.clock.advance(3 * MINUTE + 5 * SECOND);
    const records = plant.records(1).filter(({ end }) => end > plant.start);
    for (const { start, end, variables } of records) {
      const read = plant.good(1).filter(({ nominal }) => nominal > start && nominal <= end);
      const powers = read.map(({ values }) => values.PAT?.[0] ?? Number.NaN);
      expect(variables.PAT?.values[0]).toBeCloseTo(powers.reduce((a, b) => a + b, 0) / powers.length, 6);
    }
    const energies = plant.good(1).filter(({ nominal }) => (nominal - plant.start) % MINUTE === 0);
    const [first, last] = [energies.at(0), energies.at(-1)].map((each) => each?.values.CEA?.[0] ?? Number.NaN);
    const deltas = records.slice(1).map(({ variables }) => variables.CEA?.delta[0] ?? Number.NaN);
    expect(deltas.reduce((a, b) => a + b, 0)).toBeCloseTo(last! - first!, 6);
    await plant.stop();
  });
});
