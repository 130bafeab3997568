import type { Phase, Quantity } from '../../domain/profile.ts';
import type { VariableView } from '../../protocol/answers.ts';

/** How Home Assistant shows one value. */
export type Entity = {
  /** Index in the list of the variable. */
  readonly index: number;
  readonly name: string;
  readonly deviceClass: string | null;
  readonly stateClass: 'measurement' | 'total_increasing' | null;
  /** null: none. */
  readonly unit: string | null;
  /** What the value is multiplied by to be of that unit. */
  readonly factor: number;
  /** Digits after the point that are shown; null: Home Assistant decides. */
  readonly digits: number | null;
  /** It says something of the meter, not of what is measured. */
  readonly isDiagnostic: boolean;
};

type StateClass = Entity['stateClass'];
type Shown = {
  readonly name: string | null;
  readonly deviceClass: string | null;
  readonly stateClass: StateClass;
  readonly digits: number | null;
  readonly isDiagnostic: boolean;
};

const measured = (name: string | null, deviceClass: string | null, digits: number | null = null): Shown => ({
  ...{ name, deviceClass, digits, stateClass: 'measurement', isDiagnostic: false },
});
// where it falls the meter began anew, which Home Assistant then takes it for
const counted = (name: string, deviceClass: string | null): Shown => ({
  ...{ name, deviceClass, digits: 1, stateClass: 'total_increasing', isDiagnostic: false },
});
const told = (name: string | null): Shown => ({
  ...{ name, deviceClass: null, stateClass: null, digits: null, isDiagnostic: true },
});

/**
 * What each quantity is to Home Assistant: https://www.home-assistant.io/integrations/sensor/#device-class. A class of
 * its own that older versions refuse (reactive_energy) is left out: they would refuse the whole analyzer.
 */
const SHOWN = {
  voltage: measured('Voltage', 'voltage', 1),
  voltageLL: measured('Voltage', 'voltage', 1),
  current: measured('Current', 'current', 2),
  activePower: measured('Active power', 'power', 2),
  reactivePower: measured('Reactive power', 'reactive_power', 0),
  inductivePower: measured('Inductive power', 'reactive_power', 0),
  capacitivePower: measured('Capacitive power', 'reactive_power', 0),
  apparentPower: measured('Apparent power', 'apparent_power', 0),
  powerFactor: measured('Power factor', 'power_factor', 3),
  cosPhi: measured('Cos phi', 'power_factor', 3),
  frequency: measured('Frequency', 'frequency', 2),
  thdVoltage: measured('THD voltage', null, 1),
  thdVoltageLL: measured('THD voltage', null, 1),
  thdCurrent: measured('THD current', null, 1),
  activeEnergyImport: counted('Energy imported', 'energy'),
  activeEnergyExport: counted('Energy exported', 'energy'),
  activeEnergyTotal: counted('Energy total', 'energy'),
  reactiveEnergyImport: counted('Reactive energy imported', null),
  reactiveEnergyExport: counted('Reactive energy exported', null),
  reactiveEnergyInductive: counted('Inductive energy', null),
  reactiveEnergyCapacitive: counted('Capacitive energy', null),
  reactiveEnergyTotal: counted('Reactive energy total', null),
  apparentEnergy: counted('Apparent energy', null),
  activePowerDemand: measured('Active power demand', 'power', 2),
  activePowerDemandMax: measured('Active power demand, greatest', 'power', 2),
  currentDemand: measured('Current demand', 'current', 2),
  currentDemandMax: measured('Current demand, greatest', 'current', 2),
  analog: measured(null, null),
  temperature: measured('Temperature', 'temperature', 1),
  operatingTime: { ...told('Operating time'), deviceClass: 'duration', stateClass: 'total_increasing' },
  errorBits: told('Error bits'),
  firmware: told('Firmware'),
  serialNumber: told('Serial number'),
  ratio: told('Ratio'),
  scaleExponent: told('Scale exponent'),
  other: told(null),
} as const satisfies Readonly<Record<Quantity, Shown>>;

type Unit = { readonly unit: string | null; readonly factor: number };
const same = (unit: string | null): Unit => ({ unit, factor: 1 });

/**
 * The units that Home Assistant takes for a class, in all of its versions: of reactive and apparent power those without
 * a prefix. `1` and none are no unit.
 */
const UNITS: Readonly<Record<string, Unit>> = {
  '': same(null),
  '1': same(null),
  kvar: { unit: 'var', factor: 1000 },
  kVA: { unit: 'VA', factor: 1000 },
};

/** Units that each class takes; others are shown without the class. */
const UNITS_OF: Readonly<Record<string, readonly (string | null)[]>> = {
  voltage: ['V', 'mV', 'kV'],
  current: ['A', 'mA'],
  power: ['W', 'kW', 'MW'],
  reactive_power: ['var'],
  apparent_power: ['VA'],
  power_factor: [null, '%'],
  frequency: ['Hz', 'kHz'],
  energy: ['Wh', 'kWh', 'MWh'],
  temperature: ['°C', '°F', 'K'],
  duration: ['d', 'h', 'min', 's'],
};

const PHASE_WORDS: Readonly<Record<string, string>> = {
  ...{ N: 'neutral', avg: 'average', total: '', none: '', L12: 'L1-L2', L23: 'L2-L3', L31: 'L3-L1' },
};

/** How each value of a variable is shown, in the order of its list. */
export function entitiesOf(variable: VariableView): readonly Entity[] {
  // hours and minutes, a value each
  if (variable.unit === 'h+min') {
    const minutes = entity(variable, 1, 'min', 'minutes');
    return [entity(variable, 0, 'h', 'hours'), { ...minutes, stateClass: null }];
  }
  const { phases, description, unit } = variable;
  return phases.map((phase, index) => {
    const shown = entity(variable, index, unit, wordOf(phase, variable));
    // values of one phase are not all what the first of them is: consumed and returned, primary and secondary
    const isAlone = phases.filter((each) => each === phase).length === 1;
    return isAlone ? shown : { ...shown, name: `${description} ${index + 1}` };
  });
}

const wordOf = (phase: Phase, { phases }: VariableView): string =>
  PHASE_WORDS[phase] ?? (phase.startsWith('CH') && phases.length === 1 ? '' : phase);

function entity({ quantity, description, aggregate }: VariableView, index: number, own: string, word: string): Entity {
  const shown: Shown = SHOWN[quantity];
  const { unit, factor } = UNITS[own] ?? same(own);
  const fits = shown.deviceClass === null || (UNITS_OF[shown.deviceClass]?.includes(unit) ?? false);
  return {
    ...{ index, unit, factor },
    name: [shown.name ?? description, word].filter((part) => part !== '').join(' '),
    deviceClass: fits ? shown.deviceClass : null,
    // of bits there is no mean
    stateClass: aggregate === 'bits' ? null : shown.stateClass,
    digits: shown.digits,
    isDiagnostic: shown.isDiagnostic,
  };
}
