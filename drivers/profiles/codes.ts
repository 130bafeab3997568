import type { Aggregate, Phase, Quantity } from '../../src/domain/profile.ts';

/** A code that means the same on every meter: the registers it takes, by quantity and phase, of those there are. */
export type StandardCode = {
  readonly quantity: Quantity;
  readonly phases: readonly Phase[];
  /** Catalan, as GETDEFS gives it. */
  readonly description: string;
  readonly unit?: string;
  readonly aggregate?: Aggregate;
};

const LN: readonly Phase[] = ['L1', 'L2', 'L3'];
const LL: readonly Phase[] = ['L12', 'L23', 'L31'];
const TOTAL: readonly Phase[] = ['total'];
const AVG: readonly Phase[] = ['avg'];
const CHANNELS: readonly Phase[] = Array.from({ length: 8 }, (_, n): Phase => `CH${n + 1}`);

const code = (quantity: Quantity, phases: readonly Phase[], description: string): StandardCode => ({
  quantity,
  phases,
  description,
});

/** The predecessor's codes, with its words and order of values. */
const PREDECESSOR: Readonly<Record<string, StandardCode>> = {
  TPF: code('voltage', LN, 'Tensió Fase-Neutre'),
  IPF: code('current', LN, 'Intensitat/fase'),
  FRE: code('frequency', TOTAL, 'Freqüència'),
  PAT: code('activePower', TOTAL, 'Potència Activa total'),
  PAF: code('activePower', LN, 'Pot. Activa/fase'),
  PAP: code('apparentPower', TOTAL, 'Potència Aparent total'),
  PRT: code('reactivePower', TOTAL, 'Potència Reactiva total'),
  FPT: code('powerFactor', TOTAL, 'Factor de potència total'),
  THDV: code('thdVoltage', LN, '% Armònics de tensió/fase'),
  THDI: code('thdCurrent', LN, "% Armònics d'intensitat/fase"),
  CEA: code('activeEnergyImport', TOTAL, 'Kw/h Activa'),
  CER: code('reactiveEnergyImport', TOTAL, 'Kvar/h Reactiva/Inductiva'),
  HMU: { ...code('operatingTime', TOTAL, "Hores i minuts d'ús"), unit: 'h+min' },
  ERR: code('errorBits', TOTAL, "Registre d'errors"),
  VSO: code('firmware', TOTAL, 'Versió de sistema operatiu'),
  NSN: code('serialNumber', TOTAL, "Número de sèrie de l'equip"),
  AMC: code('analog', CHANNELS, 'Analog measurement channel'),
};

/** What meters of today give beside. */
const ADDED: Readonly<Record<string, StandardCode>> = {
  TFF: code('voltageLL', LL, 'Tensió Fase-Fase'),
  TPM: code('voltage', AVG, 'Tensió Fase-Neutre mitjana'),
  TFM: code('voltageLL', AVG, 'Tensió Fase-Fase mitjana'),
  IMT: code('current', AVG, 'Intensitat mitjana'),
  INE: code('current', ['N'], 'Intensitat del neutre'),
  PRF: code('reactivePower', LN, 'Pot. Reactiva/fase'),
  PSF: code('apparentPower', LN, 'Pot. Aparent/fase'),
  PLT: code('inductivePower', TOTAL, 'Potència inductiva total'),
  PLF: code('inductivePower', LN, 'Pot. inductiva/fase'),
  PCT: code('capacitivePower', TOTAL, 'Potència capacitiva total'),
  PCF: code('capacitivePower', LN, 'Pot. capacitiva/fase'),
  FPF: code('powerFactor', LN, 'Factor de potència/fase'),
  COS: code('cosPhi', TOTAL, 'Cosinus de fi total'),
  COF: code('cosPhi', LN, 'Cosinus de fi/fase'),
  THDC: code('thdVoltageLL', LL, '% Armònics de tensió Fase-Fase'),
  CEX: code('activeEnergyExport', TOTAL, 'Energia activa exportada'),
  CET: code('activeEnergyTotal', TOTAL, 'Energia activa total (consumida i exportada)'),
  CAF: code('activeEnergyImport', LN, 'Energia activa consumida/fase'),
  CXF: code('activeEnergyExport', LN, 'Energia activa exportada/fase'),
  CTF: code('activeEnergyTotal', LN, 'Energia activa total/fase'),
  CRX: code('reactiveEnergyExport', TOTAL, 'Energia reactiva exportada'),
  CRT: code('reactiveEnergyTotal', TOTAL, 'Energia reactiva total'),
  CRF: code('reactiveEnergyImport', LN, 'Energia reactiva consumida/fase'),
  CRXF: code('reactiveEnergyExport', LN, 'Energia reactiva exportada/fase'),
  CRTF: code('reactiveEnergyTotal', LN, 'Energia reactiva total/fase'),
  CRL: code('reactiveEnergyInductive', TOTAL, 'Energia reactiva inductiva'),
  CRC: code('reactiveEnergyCapacitive', TOTAL, 'Energia reactiva capacitiva'),
  CAP: code('apparentEnergy', TOTAL, 'Energia aparent'),
  DPA: code('activePowerDemand', TOTAL, 'Demanda de potència activa'),
  DPM: code('activePowerDemandMax', TOTAL, 'Demanda màxima de potència activa'),
  TMP: code('temperature', TOTAL, 'Temperatura'),
};

export const STANDARD_CODES: Readonly<Record<string, StandardCode>> = { ...PREDECESSOR, ...ADDED };
