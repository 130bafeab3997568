import type { Phase, Profile, Quantity, Register, RegisterSource, Variable } from '../../src/domain/profile.ts';
import { STANDARD_CODES } from './codes.ts';
import { QUANTITY_FACTS, type QuantityFacts } from './quantities.ts';
import { type ProfileFile, type RegisterLine, TYPE_WORDS } from './schema.ts';

const facts = (quantity: Quantity): QuantityFacts => QUANTITY_FACTS[quantity];

/** What follows a quantity's words for these phases; for others their name. */
const PHASE_WORDS: Readonly<Record<string, string>> = { total: '', none: '', avg: ' mitjana', N: ' neutre' };

/** Id of a register that names none: voltage_L1, or frequency for a total. */
export function defaultId(quantity: Quantity, phase: Phase): string {
  return phase === 'total' || phase === 'none' ? quantity : `${quantity}_${phase}`;
}

function sourceOf(line: RegisterLine, file: ProfileFile): RegisterSource {
  const { defaults } = file;
  if (file.protocol === 'cvm') {
    const digits = line.digits ?? defaults.digits ?? 9;
    return { kind: 'cvm', command: line.command ?? '', field: line.field ?? 0, digits };
  }
  const type = line.type ?? defaults.type ?? 'u16';
  return {
    kind: 'modbus',
    function: line.function ?? defaults.function ?? 3,
    address: line.address ?? 0,
    type,
    words: line.words ?? TYPE_WORDS[type],
    wordOrder: line.wordOrder ?? defaults.wordOrder ?? 'msw',
  };
}

function missingOf(line: RegisterLine, source: RegisterSource, file: ProfileFile): readonly string[] {
  if (line.missing !== undefined) return line.missing;
  const always = facts(line.quantity).missing ?? [];
  if (source.kind === 'cvm') return always;
  const float = source.type === 'f32' || source.type === 'f64';
  return [...(file.defaults.missing?.[source.type] ?? (float ? ['NaN'] : [])), ...always];
}

function registerOf(line: RegisterLine, file: ProfileFile): Register {
  const phase = line.phase ?? 'total';
  const source = sourceOf(line, file);
  const known = facts(line.quantity);
  return {
    id: line.id ?? defaultId(line.quantity, phase),
    quantity: line.quantity,
    phase,
    source,
    encoding: line.encoding ?? 'plain',
    scale: line.scale ?? 1,
    exponentRegister: line.exponentRegister ?? null,
    unit: line.unit ?? known.unit,
    missing: missingOf(line, source, file),
    valid: line.valid === undefined ? known.valid : line.valid,
    wrapsAt: line.wrapsAt ?? null,
    confidence: line.confidence ?? file.defaults.confidence ?? 'oneSource',
    description: line.description ?? `${known.words}${PHASE_WORDS[phase] ?? ` ${phase}`}`,
    bits: line.bits ?? null,
    optional: line.optional ?? file.defaults.optional ?? false,
  };
}

type ById = ReadonlyMap<string, Register>;

/** Ids of the registers that a standard code takes in this map, in its order. */
function standardRegisters(name: string, byId: ById): readonly string[] {
  const standard = STANDARD_CODES[name];
  if (standard === undefined) return [];
  return standard.phases.map((phase) => defaultId(standard.quantity, phase)).filter((id) => byId.has(id));
}

type VariableLine = NonNullable<ProfileFile['variables']>[number];

function variableOf(line: VariableLine, byId: ById): Variable {
  const given = typeof line === 'string' ? { code: line } : line;
  const standard = STANDARD_CODES[given.code];
  const ids = given.registers ?? standardRegisters(given.code, byId);
  const first = byId.get(ids[0] ?? '');
  const quantity = given.quantity ?? first?.quantity ?? standard?.quantity ?? 'other';
  return {
    code: given.code,
    quantity,
    description: given.description ?? standard?.description ?? first?.description ?? facts(quantity).words,
    unit: given.unit ?? standard?.unit ?? first?.unit ?? facts(quantity).unit,
    aggregate: given.aggregate ?? standard?.aggregate ?? facts(quantity).aggregate,
    registers: ids,
  };
}

/** Without a list: every standard code that the map has registers for. */
function variablesOf(file: ProfileFile, registers: readonly Register[]): readonly Variable[] {
  const byId = new Map(registers.map((register) => [register.id, register]));
  const all = () => Object.keys(STANDARD_CODES).filter((name) => standardRegisters(name, byId).length > 0);
  return (file.variables ?? all()).map((line) => variableOf(line, byId));
}

/** Where a file names none: the signature's register, else the first one; VER on a CVM meter. */
function reservedOf(file: ProfileFile, registers: readonly Register[]): Profile['reserved'] {
  const given = file.reserved;
  if (given !== undefined) {
    return 'command' in given ? { kind: 'cvm', ...given } : { kind: 'registers', ...given };
  }
  if (file.protocol === 'cvm') return { kind: 'cvm', command: 'VER', length: null };
  const known = registers.find((register) => register.id === file.signature?.register) ?? registers[0];
  if (known?.source.kind !== 'modbus') return { kind: 'registers', function: 3, address: 0, count: 1 };
  const { function: fn, address, words } = known.source;
  return { kind: 'registers', function: fn, address, count: words };
}

/** The Profile that a checked file stands for. `id` is the name of the file without .json. */
export function fillProfile(id: string, file: ProfileFile): Profile {
  const registers = file.registers.map((line) => registerOf(line, file));
  const cvm = file.protocol === 'cvm';
  return {
    id,
    vendor: file.vendor,
    model: file.model,
    aliases: file.aliases,
    protocol: file.protocol,
    driver: file.driver ?? (cvm ? 'cvmComm' : 'modBusComm'),
    dataDriver: file.dataDriver ?? (cvm ? 'cvmData' : id),
    sources: file.sources,
    notes: file.notes,
    serial: file.serial,
    limits: file.limits,
    identify: file.identify,
    identityContains: file.identityContains,
    signature: file.signature ?? null,
    discovery: file.discovery ?? null,
    reserved: reservedOf(file, registers),
    registers,
    variables: variablesOf(file, registers),
    status: file.status,
    once: file.once,
  };
}
