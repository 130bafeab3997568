import { describe, expect, it } from 'vitest';
import { powerIn, powerPlaces } from '../../src/domain/power-places.ts';
import { analyzerConfig, PROFILES } from '../support/installation.ts';
import { profileOf, registerAt, variableOf } from '../support/profile.ts';

const placesOf = (model: string, consultes: readonly string[], rapid: readonly string[] = []) => {
  const analyzer = analyzerConfig({
    ...{ model, consultes },
    rapid: rapid.length === 0 ? null : { readingMs: 1000, consultes: rapid },
  });
  return powerPlaces(analyzer, PROFILES.get(analyzer.profileId)!);
};

describe('where power and energy stand in a reading', () => {
  it.each([
    ['PM710', ['TPF', 'PAT', 'CEA'], [['PAT', 0]], ['CEA', 0]],
    [
      'PM710',
      ['PAF', 'TPF'],
      [
        ['PAF', 0],
        ['PAF', 1],
        ['PAF', 2],
      ],
      null,
    ],
    ['PM710', ['TPF'], [], null],
    // four values, of which the last is the total
    ['CVMk', ['PAT', 'RPI'], [['PAT', 3]], null],
    // the total is preferred to the phases, in whatever order they are read
    ['SDM630', ['PAF', 'PAT', 'CTF', 'CAF', 'CET', 'CEA'], [['PAT', 0]], ['CEA', 0]],
    ['SDM630', ['CET', 'CAF'], [], ['CET', 0]],
  ] as const)('of a %s that is read for %j it is %j, energy %j', (model, consultes, power, energy) => {
    const places = placesOf(model, consultes);
    expect(places.power.map(({ code, index }) => [code, index])).toEqual(power);
    expect(places.energy && [places.energy.code, places.energy.index]).toEqual(energy);
  });

  it('a demand or a maximum is no active power, though it is measured in kW', () => {
    expect(placesOf('CVMk', ['RPM', 'RPm']).power).toEqual([]);
  });

  it('power on the rapid grid is taken from there', () => {
    expect(placesOf('PM710', ['TPF', 'PAT'], ['PAT']).grid).toBe('rapid');
    expect(placesOf('PM710', ['TPF', 'PAT'], ['IPF']).grid).toBe('normal');
  });

  it('a meter of one phase has the power of that phase', () => {
    const profile = profileOf([registerAt('p', 0, { quantity: 'activePower', phase: 'L1', unit: 'W' })], {
      variables: [variableOf('PAF', ['p'])],
    });
    const { power } = powerPlaces(analyzerConfig({ consultes: ['PAF'] }), profile);
    expect(powerIn({ values: { PAF: [1500] } }, power)).toBe(1.5);
  });

  it.each([
    [{ PAF: [1, 2, 3.5] }, 6.5],
    [{ PAF: [1, null, 3.5] }, null],
    [{ PAF: [-1, -2, -3] }, -6],
    [{}, null],
  ] as const)('the phases of %j add up to %s', (values, kw) => {
    expect(powerIn({ values }, placesOf('PM710', ['PAF']).power)).toBe(kw);
  });

  it('the range of a counter is in its unit, with the ratio of an external transformer', () => {
    const profile = profileOf(
      [registerAt('e', 0, { quantity: 'activeEnergyImport', unit: 'Wh', scale: 10, wrapsAt: 1e6 })],
      { variables: [variableOf('CEA', ['e'], { aggregate: 'counter' })] },
    );
    const { energy } = powerPlaces(analyzerConfig({ consultes: ['CEA'], ratio: 5 }), profile);
    expect(energy).toMatchObject({ factor: 1e-3, range: { size: 5e7, scaled: false } });
  });
});
