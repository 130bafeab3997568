import type { LinePace, MeterSpec } from '../../src/domain/meter.ts';
import type { Profile, Register, Variable } from '../../src/domain/profile.ts';
import type { CvmSource, ModbusSource } from '../../src/domain/raw-value.ts';
import { WORDS_OF_TYPE } from '../../src/domain/raw-value.ts';

/** A u16 of FC3 at `address` in V; whatever matters to a test is given in `own`. */
export function registerAt(
  id: string,
  address: number,
  own: Partial<Omit<Register, 'source'>> & { readonly source?: Partial<ModbusSource> } = {},
): Register {
  const { source, ...rest } = own;
  const type = source?.type ?? 'u16';
  const words = type === 'text' ? 4 : WORDS_OF_TYPE[type];
  return {
    ...plain(id),
    ...rest,
    source: { kind: 'modbus', function: 3, address, type, words, wordOrder: 'msw', ...source },
  };
}

/** A field of nine digits in the answer to a CVM command. */
export function cvmRegister(
  id: string,
  command: string,
  field: number,
  own: Partial<Omit<Register, 'source'>> & { readonly source?: Partial<CvmSource> } = {},
): Register {
  const { source, ...rest } = own;
  return { ...plain(id), ...rest, source: { kind: 'cvm', command, field, digits: 9, ...source } };
}

function plain(id: string): Omit<Register, 'source'> {
  return {
    id,
    quantity: 'other',
    phase: 'total',
    encoding: 'plain',
    scale: 1,
    exponentRegister: null,
    unit: '',
    missing: [],
    valid: null,
    wrapsAt: null,
    confidence: 'verified',
    description: id,
    bits: null,
    optional: false,
  };
}

export function variableOf(code: string, registers: readonly string[], own: Partial<Variable> = {}): Variable {
  return { code, quantity: 'other', description: code, unit: '', aggregate: 'mean', registers, ...own };
}

/** A Modbus profile of these registers, each one its own code unless `variables` are given. */
export function profileOf(registers: readonly Register[], own: Partial<Profile> = {}): Profile {
  return {
    id: 'test',
    vendor: 'Test',
    model: 'T1',
    aliases: [],
    protocol: 'modbus',
    driver: 'modBusComm',
    dataDriver: 'test',
    sources: [],
    notes: [],
    serial: { baud: 19_200, parity: 'E', bits: 8, stop: 1 },
    limits: { registersMax: 125, step: 1, holes: 'illegal', timeoutMs: null },
    identify: [],
    identityContains: [],
    signature: null,
    discovery: null,
    reserved: { kind: 'registers', function: 3, address: 0, count: 1 },
    registers,
    variables: registers.map(({ id }) => variableOf(id, [id])),
    status: [],
    once: [],
    ...own,
  };
}

/** 19200 8E1 with a turnaround of 5 ms. */
export const PACE: LinePace = { charMs: 11_000 / 19_200, silenceMs: (3.5 * 11_000) / 19_200, turnaroundMs: 5 };

export function specOf(profile: Profile, own: Partial<MeterSpec> = {}): MeterSpec {
  return {
    analyzerId: 1,
    deviceId: 1,
    unit: 7,
    profile,
    consultes: profile.variables.map(({ code }) => code),
    rapidConsultes: [],
    timeoutMs: 1000,
    retries: 1,
    pace: PACE,
    nominalV: null,
    ratio: 1,
    invert: false,
    ...own,
  };
}
