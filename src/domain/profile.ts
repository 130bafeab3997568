/** What a value measures. One word per thing, independent of makers and of the legacy codes. */
export const QUANTITIES = [
  'voltage',
  'voltageLL',
  'current',
  'activePower',
  'reactivePower',
  'inductivePower',
  'capacitivePower',
  'apparentPower',
  'powerFactor',
  'cosPhi',
  'frequency',
  'thdVoltage',
  'thdVoltageLL',
  'thdCurrent',
  'activeEnergyImport',
  'activeEnergyExport',
  'activeEnergyTotal',
  'reactiveEnergyImport',
  'reactiveEnergyExport',
  'reactiveEnergyInductive',
  'reactiveEnergyCapacitive',
  'reactiveEnergyTotal',
  'apparentEnergy',
  'activePowerDemand',
  'activePowerDemandMax',
  'currentDemand',
  'currentDemandMax',
  'analog',
  'temperature',
  'operatingTime',
  'errorBits',
  'firmware',
  'serialNumber',
  'ratio',
  'scaleExponent',
  'other',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const PHASES = ['L1', 'L2', 'L3', 'N', 'L12', 'L23', 'L31', 'total', 'avg', 'none'] as const;
export type Phase = (typeof PHASES)[number] | `CH${number}`;

export type RegisterType = 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'f32' | 'f64' | 'text';

/** How the raw number becomes a value before scaling; named quirks, each with a test. */
export const ENCODINGS = ['plain', 'signMagnitude', 'schneider4q', 'circutorPf'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** How sure the source is. `predecessor`, `inferred`, `derived` and `disputed` are low and marked wherever shown. */
export const CONFIDENCES = [
  'verified',
  'oneSource',
  'official',
  'predecessor',
  'inferred',
  'derived',
  'disputed',
] as const;
export type Confidence = (typeof CONFIDENCES)[number];
export const isLowConfidence = (confidence: Confidence): boolean =>
  confidence === 'predecessor' || confidence === 'inferred' || confidence === 'derived' || confidence === 'disputed';

/** Where a register lies: registers of a Modbus meter, or one fixed-width field of a CVM answer. */
export type RegisterSource =
  | {
      readonly kind: 'modbus';
      readonly function: 3 | 4;
      /** 0-based wire address; an offset from the discovered base when the profile has `discovery`. */
      readonly address: number;
      readonly type: RegisterType;
      /** 16-bit words a value takes: 1, 2, 4, or the length of a text. */
      readonly words: number;
      readonly wordOrder: 'msw' | 'lsw';
    }
  | { readonly kind: 'cvm'; readonly command: string; readonly field: number; readonly digits: number };

/** One value of a meter. value = decode(raw, encoding) * scale * 10^(value of exponentRegister). */
export type Register = {
  readonly id: string;
  readonly quantity: Quantity;
  readonly phase: Phase;
  readonly source: RegisterSource;
  readonly encoding: Encoding;
  readonly scale: number;
  /** id of the register that holds a signed power of ten for this one, or null. */
  readonly exponentRegister: string | null;
  /** Unit of the scaled value: V, A, kW, kvar, kVA, kWh, kvarh, kVAh, Hz, %, 1, h, min, ... */
  readonly unit: string;
  /**
   * Raw values that mean "not available": "0x8000" (all words), "hi:0x7FFF" (high word alone), "-1" (the number, with
   * its sign), ">9999" (whatever is farther from 0), "NaN".
   */
  readonly missing: readonly string[];
  /** Values outside are flagged implausible (kept); null: no known limits. In the register's unit. */
  readonly valid: readonly [number, number] | null;
  /** Where a counter wraps, in raw counts (4294967296, 1000000000, ...); null when unknown or not a counter. */
  readonly wrapsAt: number | null;
  readonly confidence: Confidence;
  readonly description: string;
  /** Meaning of each bit, for error bits. */
  readonly bits: Readonly<Record<string, string>> | null;
  /** Set when the model may answer exception 02 or 03 for this register: it is then dropped, the rest kept. */
  readonly optional: boolean;
};

/** How the readings of a window become one recorded value. */
export const AGGREGATES = ['mean', 'powerFactor', 'counter', 'last', 'bits'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** What a `consulta` names: a code with its values in fixed order. */
export type Variable = {
  readonly code: string;
  readonly quantity: Quantity;
  /** The predecessor's words (Catalan), as GETDEFS gives them. */
  readonly description: string;
  readonly unit: string;
  readonly aggregate: Aggregate;
  /** Register ids, one per value. */
  readonly registers: readonly string[];
};

/** The register map and quirks of a model. Data only; drivers/profiles holds the JSON and its schema. */
export type Profile = {
  /** File name without .json; also how splits and identities are remembered. */
  readonly id: string;
  readonly vendor: string;
  /** Name shown and matched against config.xml's model, without regard to case, blanks and dashes. */
  readonly model: string;
  readonly aliases: readonly string[];
  readonly protocol: 'modbus' | 'cvm';
  /** The predecessor's names: modBusComm or cvmComm; pmData, cvmData, das8000 or the profile's own. */
  readonly driver: string;
  readonly dataDriver: string;
  readonly sources: readonly string[];
  readonly notes: readonly string[];
  readonly serial: {
    readonly baud: number;
    readonly parity: 'N' | 'E' | 'O';
    readonly bits: 7 | 8;
    readonly stop: 1 | 2;
  };
  readonly limits: {
    /** Most registers in one request. */
    readonly registersMax: number;
    /** 1, or 2 for meters whose values are all pairs. */
    readonly step: 1 | 2;
    /** Whether registers that the map does not define may be read: known legal, known not, unknown (tried once). */
    readonly holes: 'legal' | 'illegal' | 'unknown';
    /** First-byte timeout that old meters of this model need, ms; null: the device's. */
    readonly timeoutMs: number | null;
  };
  /** How the meter says what it is, in order of preference; the first that answers decides. */
  readonly identify: readonly ('serverId' | 'deviceId' | 'version')[];
  /** Identification must match one of these (case-insensitive, part of the text); empty: any text is accepted. */
  readonly identityContains: readonly string[];
  /** A register that tells this model from others and the range its value must lie in; null: none known. */
  readonly signature: { readonly register: string; readonly range: readonly [number, number] } | null;
  /** `sunspec`: the base of the map is found by walking the model list for one of `models`. */
  readonly discovery: { readonly kind: 'sunspec'; readonly models: readonly number[] } | null;
  /** The short read of line.md that no block of a plan may equal; its answer proves that the unit is in step. */
  readonly reserved:
    | { readonly kind: 'registers'; readonly function: 3 | 4; readonly address: number; readonly count: number }
    | { readonly kind: 'cvm'; readonly command: string; readonly length: number | null };
  readonly registers: readonly Register[];
  readonly variables: readonly Variable[];
  /** Variables read after the others of each cycle for GETSTATUS (HMU, ERR), and once at start (VSO, NSN). */
  readonly status: readonly string[];
  readonly once: readonly string[];
};
