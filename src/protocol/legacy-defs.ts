import type { Phase, Profile, Quantity, Register, RegisterType, Variable } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { CvmSource, ModbusSource } from '../domain/raw-value.ts';
import type { Py } from './pickle.ts';

/** Greatest raw value of a type; 0: it has none (text). */
const RAW_MAX: Readonly<Record<RegisterType, Py>> = {
  u16: 65_535n,
  i16: 32_767n,
  u32: 4_294_967_295n,
  i32: 2_147_483_647n,
  u64: 18_446_744_073_709_551_615n,
  i64: 9_223_372_036_854_775_807n,
  f32: 3.4028234663852886e38,
  f64: Number.MAX_VALUE,
  text: 0n,
};

/**
 * GETDEFS: the definition of every variable of a profile, and of every register that scales one, by code, with the
 * predecessor's keys. Registers of a map whose base is found by discovery count from that base.
 *
 * Modbus: `registre` 1-based number of the first register, `numRegs` registers of all values together, `regEscala` code
 * of the register that holds its power of ten ('' when none does), `valEscala` the factor (0: that power alone),
 * `valMax` greatest raw value, `compost` whether a value takes several registers.
 *
 * CVM: `registre` the command, `numRegs` its values, `descVars` a name for each, `magnitut` the unit, `numDigits` of a
 * value.
 */
export function legacyDefs(profile: Profile): Py {
  const { register: byId, scales } = indexOf(profile);
  const variables = profile.variables.map((variable) => [variable.code, definition(variable, byId)] as const);
  const own = profile.protocol === 'modbus' ? scales : [];
  const scaling = own.map((register) => [register.id, definition(scaleVariable(register), byId)] as const);
  return new Map([...scaling, ...variables]);
}

/** What a scale register would be, were it a variable: the predecessor's FEI, FEV, FEP, FEE. */
function scaleVariable({ id, description, unit }: Register): Variable {
  return { code: id, quantity: 'scaleExponent', description, unit, aggregate: 'last', registers: [id] };
}

function definition(variable: Variable, byId: ReadonlyMap<string, Register>): Py {
  const registers = variable.registers.map((id) => byId.get(id)).filter((register) => register !== undefined);
  const [first] = registers;
  // a variable without a register does not pass the checks of a profile
  if (first === undefined) return { descripcio: variable.description };
  if (first.source.kind === 'cvm') return cvmDefinition(variable, registers, first, first.source);
  return modbusDefinition(variable, registers, first, first.source);
}

function modbusDefinition(
  variable: Variable,
  registers: readonly Register[],
  first: Register,
  source: ModbusSource,
): Py {
  const words = registers.map((each) => (each.source.kind === 'modbus' ? each.source.words : 0));
  return {
    registre: BigInt(source.address + 1),
    numRegs: BigInt(words.reduce((total, each) => total + each, 0)),
    descripcio: variable.description,
    regEscala: first.exponentRegister ?? '',
    valEscala: first.exponentRegister !== null && first.scale === 1 ? 0n : factorOf(first),
    valMax: RAW_MAX[source.type],
    compost: source.words > 1,
  };
}

function cvmDefinition(variable: Variable, registers: readonly Register[], first: Register, source: CvmSource): Py {
  return {
    registre: source.command,
    numRegs: BigInt(registers.length),
    descVars: registers.map(({ quantity, phase }) => valueName(quantity, phase)),
    magnitut: variable.unit === '1' ? '' : variable.unit,
    descripcio: variable.description,
    valEscala: factorOf(first),
    numDigits: BigInt(source.digits),
  };
}

/** What the raw number is multiplied by, an int where it is one. A Circutor power factor comes in hundredths. */
function factorOf({ encoding, scale }: Register): Py {
  const factor = encoding === 'circutorPf' ? scale / 100 : scale;
  return Number.isInteger(factor) ? BigInt(factor) : factor;
}

const LETTERS: Readonly<Partial<Record<Phase, string>>> = {
  L1: 'R',
  L2: 'S',
  L3: 'T',
  N: 'N',
  L12: 'RS',
  L23: 'ST',
  L31: 'TR',
};

/** What the mean or sum of three phases is called: FPm for a power factor, Vm, Am; III for what adds up. */
const MEANS: Readonly<Partial<Record<Quantity, string>>> = {
  voltage: 'Vm',
  voltageLL: 'Vm',
  current: 'Am',
  powerFactor: 'FPm',
  cosPhi: 'FPm',
  frequency: 'F',
};

const valueName = (quantity: Quantity, phase: Phase): string => LETTERS[phase] ?? MEANS[quantity] ?? 'III';
