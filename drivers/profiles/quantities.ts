import type { Aggregate, Quantity } from '../../src/domain/profile.ts';

/** What follows from a quantity unless a profile says otherwise. */
export type QuantityFacts = {
  /** The predecessor's units; what a meter gives in W, Wh or mA is brought to them by `scale`. */
  readonly unit: string;
  /** Other units that are allowed; null: any short text. */
  readonly others: readonly string[] | null;
  readonly aggregate: Aggregate;
  /** Values outside are flagged; null: no limits that hold for every meter. */
  readonly valid: readonly [number, number] | null;
  /** Raw values that mean "not available" whatever the type. */
  readonly missing?: readonly string[];
  /** Catalan, for descriptions. */
  readonly words: string;
};

type Facts = Partial<QuantityFacts>;
const mean = (unit: string, words: string, rest: Facts = {}): QuantityFacts => ({
  ...{ unit, others: [], aggregate: 'mean', valid: null, words },
  ...rest,
});
const last = (unit: string, words: string, rest: Facts = {}): QuantityFacts =>
  mean(unit, words, { aggregate: 'last', ...rest });
const counter = (unit: string, words: string): QuantityFacts => mean(unit, words, { aggregate: 'counter' });
const factor = (words: string): QuantityFacts => mean('1', words, { aggregate: 'powerFactor', valid: [-1, 1] });
const thd = (words: string): QuantityFacts => mean('%', words, { valid: [0, 1000] });

export const QUANTITY_FACTS = {
  voltage: mean('V', 'Tensió Fase-Neutre'),
  voltageLL: mean('V', 'Tensió Fase-Fase'),
  current: mean('A', 'Intensitat'),
  activePower: mean('kW', 'Potència Activa'),
  reactivePower: mean('kvar', 'Potència Reactiva'),
  inductivePower: mean('kvar', 'Potència inductiva'),
  capacitivePower: mean('kvar', 'Potència capacitiva'),
  apparentPower: mean('kVA', 'Potència Aparent'),
  powerFactor: factor('Factor de potència'),
  cosPhi: factor('Cosinus de fi'),
  // without voltage there is nothing to measure it from: 0 is not a frequency, nor a reason to doubt the model
  frequency: mean('Hz', 'Freqüència', { valid: [40, 70], missing: ['0'] }),
  thdVoltage: thd('% Armònics de tensió'),
  thdVoltageLL: thd('% Armònics de tensió Fase-Fase'),
  thdCurrent: thd("% Armònics d'intensitat"),
  activeEnergyImport: counter('kWh', 'Energia activa consumida'),
  activeEnergyExport: counter('kWh', 'Energia activa exportada'),
  activeEnergyTotal: counter('kWh', 'Energia activa total'),
  reactiveEnergyImport: counter('kvarh', 'Energia reactiva consumida'),
  reactiveEnergyExport: counter('kvarh', 'Energia reactiva exportada'),
  reactiveEnergyInductive: counter('kvarh', 'Energia reactiva inductiva'),
  reactiveEnergyCapacitive: counter('kvarh', 'Energia reactiva capacitiva'),
  reactiveEnergyTotal: counter('kvarh', 'Energia reactiva total'),
  apparentEnergy: counter('kVAh', 'Energia aparent'),
  activePowerDemand: last('kW', 'Demanda de potència activa'),
  activePowerDemandMax: last('kW', 'Demanda màxima de potència activa'),
  currentDemand: last('A', "Demanda d'intensitat"),
  currentDemandMax: last('A', "Demanda màxima d'intensitat"),
  analog: mean('', 'Canal analògic', { others: null }),
  temperature: mean('°C', 'Temperatura'),
  operatingTime: last('h', "Temps d'ús", { others: ['min', 'h+min'] }),
  errorBits: mean('', "Registre d'errors", { aggregate: 'bits' }),
  firmware: last('', 'Versió de sistema operatiu'),
  serialNumber: last('', "Número de sèrie de l'equip"),
  ratio: last('', 'Relació de transformació', { others: null }),
  scaleExponent: last('', "Factor d'escala"),
  other: last('', 'Altres', { others: null }),
} as const satisfies Record<Quantity, QuantityFacts>;
