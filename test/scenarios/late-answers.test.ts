import { describe, expect, it } from 'vitest';
import { deviceConfig, simulated } from '../support/installation.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND, untrue } from '../support/plant.ts';
import { ANSWER_MS } from '../support/scripted-line.ts';

describe('F02 answers that come after their timeout', () => {
  it.each([
    'rtu',
    'tcp',
  ] as const)('F02 over %s no value is ever of another time, quantity or meter', async (protocol) => {
    const analyzers = meters([1, 2, 3], {
      readingMs: 5 * SECOND,
      consultes: ['TPF', 'COR', 'PAT', 'PRT', 'FPT', 'CEA'],
    });
    const plant = await runPlant([deviceConfig({ endpoint: simulated(protocol) })], analyzers);
    await plant.clock.advance(8 * SECOND);
    plant.app.fault(1, 'late', 5 * MINUTE);
    await plant.clock.advance(8 * MINUTE);
    expect(plant.countsOf(1, 1).late).toBeGreaterThan(0);
    for (const analyzer of analyzers) expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
    // it goes on afterwards, and the others never stopped
    expect(plant.outcomes(1).at(-1)?.[1]).toBe('good');
    for (const id of [2, 3]) {
      expect(plant.outcomes(id).filter(([second, what]) => second > 0 && what !== 'good')).toEqual([]);
    }
  });

  it('F03 an answer that arrives while another meter is asked is counted, and given to nobody', async () => {
    const analyzers = meters([1, 2], { readingMs: 2 * SECOND });
    const plant = await runScripted(analyzers);
    await plant.clock.advance(3500);
    // later than the timeout, when the other one is being asked
    plant.line.tamper(({ unit, n }, frame) =>
      unit === 1 && n % 7 === 0 ? [{ afterMs: 1000 + ANSWER_MS, bytes: frame }] : undefined,
    );
    await plant.clock.advance(5 * MINUTE);
    expect(plant.countsOf(1, 1).unexpectedUnit).toBeGreaterThan(0);
    for (const analyzer of analyzers) expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
    expect(plant.good(2).length).toBeGreaterThan(140);
  });
});
