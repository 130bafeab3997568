import { describe, expect, it } from 'vitest';
import { discoveryOf } from '../../../src/exporters/mqtt/discovery.ts';
import { entitiesOf } from '../../../src/exporters/mqtt/entities.ts';
import { createTopics } from '../../../src/exporters/mqtt/topics.ts';
import type { VariableView } from '../../../src/protocol/answers.ts';
import { siteOf } from '../../support/exporter-context.ts';
import { analyzerConfig, PROFILES } from '../../support/installation.ts';

/** Classes of Home Assistant's sensor, the units that all of its versions take, and the state classes that fit. */
const CLASSES: Readonly<Record<string, readonly [units: readonly (string | null)[], states: RegExp]>> = {
  voltage: [['V', 'mV', 'kV'], /^measurement$/],
  current: [['A', 'mA'], /^measurement$/],
  power: [['W', 'kW', 'MW'], /^measurement$/],
  reactive_power: [['var'], /^measurement$/],
  apparent_power: [['VA'], /^measurement$/],
  power_factor: [[null, '%'], /^measurement$/],
  frequency: [['Hz', 'kHz'], /^measurement$/],
  energy: [['Wh', 'kWh', 'MWh'], /^total_increasing$/],
  temperature: [['°C', '°F', 'K'], /^measurement$/],
  duration: [['d', 'h', 'min', 's'], /^(measurement|total_increasing|null)$/],
};

/** Quantities that Home Assistant has no class for, or one that older versions do not know. */
const WITHOUT_CLASS =
  /^(thd|reactiveEnergy|apparentEnergy|analog|errorBits|firmware|serialNumber|ratio|scaleExponent|other)/;

const variables = [...PROFILES.values()].flatMap(({ id, variables, registers }) => {
  const phases = new Map(registers.map((register) => [register.id, register.phase]));
  return variables.map((each) => {
    const view: VariableView = { ...each, phases: each.registers.map((key) => phases.get(key) ?? 'none') };
    return { title: `${id} ${each.code}`, view };
  });
});

describe('what Home Assistant is told of a variable', () => {
  it('there are variables to look at', () => {
    expect(PROFILES.size).toBeGreaterThan(30);
    expect(variables.length).toBeGreaterThan(500);
  });
  it.each(variables)('every value of $title is decided on', ({ view }) => {
    const entities = entitiesOf(view);
    expect(entities.map(({ index }) => index)).toEqual(view.phases.map((_, index) => index));
    expect(new Set(entities.map(({ name }) => name)).size).toBe(entities.length);
    for (const { name, deviceClass, stateClass, unit, factor } of entities) {
      expect(name).not.toMatch(/^\s*$|undefined|CH\d+ CH|\bnone\b/);
      expect(factor === 1 || unit === 'var' || unit === 'VA').toBe(true);
      if (deviceClass === null) {
        expect(view.quantity).toMatch(WITHOUT_CLASS);
        continue;
      }
      const [units, states] = CLASSES[deviceClass]!;
      expect(units).toContain(unit);
      expect(String(stateClass)).toMatch(states);
    }
  });
  it.each([
    ['PAT', 'PM710', ['Active power', 'power', 'measurement', 'kW', 1]],
    ['PRT', 'PM710', ['Reactive power', 'reactive_power', 'measurement', 'var', 1000]],
    ['PAP', 'PM710', ['Apparent power', 'apparent_power', 'measurement', 'VA', 1000]],
    ['CEA', 'PM710', ['Energy total', 'energy', 'total_increasing', 'kWh', 1]],
    ['CER', 'PM710', ['Reactive energy total', null, 'total_increasing', 'kvarh', 1]],
    ['FPT', 'PM710', ['Power factor', 'power_factor', 'measurement', null, 1]],
    ['FRE', 'PM710', ['Frequency', 'frequency', 'measurement', 'Hz', 1]],
    ['THDV', 'PM710', ['THD voltage L1', null, 'measurement', '%', 1]],
  ] as const)('%s of a %s', (code, model, [name, deviceClass, stateClass, unit, factor]) => {
    const [analyzer] = siteOf([analyzerConfig({ model, consultes: [code] })], 4).analyzers;
    expect(entitiesOf(analyzer!.variables[0]!)[0]).toMatchObject({ name, deviceClass, stateClass, unit, factor });
  });
});

describe('what Home Assistant is told of an analyzer', () => {
  const topics = createTopics('lector', 'homeassistant');
  const told = (change: Parameters<typeof analyzerConfig>[0]) => {
    const site = siteOf([analyzerConfig(change)], 4);
    return discoveryOf(site, site.analyzers[0]!, topics);
  };
  it('names device, origin, topics and one sensor for each value', () => {
    const { components, ...rest } = told({ name: 'Main', location: 'Hall', consultes: ['TPF', 'PRT'] });
    expect(rest).toEqual({
      device: {
        identifiers: ['lector_4_1'],
        ...{ name: 'Main', manufacturer: 'Schneider Electric', model: 'PM710', suggested_area: 'Hall' },
      },
      origin: { name: 'lector', sw_version: '0.1.0' },
      state_topic: 'lector/4/1/state',
      availability: [{ topic: 'lector/4/status' }, { topic: 'lector/4/1/status' }],
      availability_mode: 'all',
    });
    expect(Object.keys(components)).toEqual(['TPF_0', 'TPF_1', 'TPF_2', 'PRT_0']);
    expect(components.TPF_1).toEqual({
      platform: 'sensor',
      unique_id: 'lector_4_1_TPF_1',
      name: 'Voltage L2',
      device_class: 'voltage',
      state_class: 'measurement',
      unit_of_measurement: 'V',
      suggested_display_precision: 1,
      value_template: "{% set v = value_json['values'].get('TPF') %}{{ v[1] if v else none }}",
    });
    expect(components.PRT_0?.value_template).toBe(
      "{% set v = value_json['values'].get('PRT') %}{{ (v[0] * 1000) | round(3) if v and v[0] is not none else none }}",
    );
  });
  it('calls an analyzer without a name by its model, and gives no room that is not known', () => {
    expect(told({}).device).toEqual({
      ...{ identifiers: ['lector_4_1'], name: 'PM710 4-1', manufacturer: 'Schneider Electric', model: 'PM710' },
    });
  });
  it.each([...PROFILES.values()])('names of $model are told apart', ({ variables, registers }) => {
    const phases = new Map(registers.map((register) => [register.id, register.phase]));
    const site = siteOf([analyzerConfig()], 4);
    const views = variables.map((each) => ({ ...each, phases: each.registers.map((id) => phases.get(id) ?? 'none') }));
    const { components } = discoveryOf(site, { ...site.analyzers[0]!, variables: views }, topics);
    const names = Object.values(components).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(Object.values(components).map(({ unique_id }) => unique_id)).size).toBe(names.length);
  });
});
