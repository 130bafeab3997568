import type { Profile } from './profile.ts';
import type { ModbusSource } from './raw-value.ts';
import type { ReadRegisters } from './transaction.ts';

/** The short read of a unit that no block of its plans equals in function and count. */
export type ReservedRead = Omit<ReadRegisters, 'kind' | 'unit'>;

/** Where SunSpec maps usually begin: the reserved read until the base of the map is known. */
const SUNSPEC_MARKER: ReservedRead = { function: 3, address: 40_000, count: 1 };

/**
 * Where and how long the reserved read of a Modbus profile is; `base` is that of a profile with discovery, else 0. It
 * is the profile's own, unless a register that stands alone in the map can only be read with that count: then it is
 * the first neighbouring registers of which no single one has their count, so that no register is ever left unread.
 */
export function reservedRead(profile: Profile, base: number): ReservedRead {
  if (profile.discovery === null) return usable(profile);
  if (base === 0) return SUNSPEC_MARKER;
  const read = usable(profile);
  return { ...read, address: read.address + base };
}

/** What was worked out for each profile: a profile never changes, and this is needed for every request. */
const KNOWN = new WeakMap<Profile, ReservedRead>();

function usable(profile: Profile): ReservedRead {
  const known = KNOWN.get(profile) ?? chosen(profile);
  KNOWN.set(profile, known);
  return known;
}

function chosen(profile: Profile): ReservedRead {
  const { reserved, registers } = profile;
  if (reserved.kind === 'cvm') return { function: 3, address: 0, count: 1 };
  const own: ReservedRead = { function: reserved.function, address: reserved.address, count: reserved.count };
  const sure = registers.flatMap(({ source, optional }) => (source.kind === 'modbus' && !optional ? [source] : []));
  const all = registers.flatMap(({ source }) => (source.kind === 'modbus' ? [source] : []));
  if (!all.some((source) => needs(source, own, all))) return own;
  return neighbours(sure, all, profile, own) ?? own;
}

/** Whether the register can only be read with the count of the reserved read: no neighbour is there to read with it. */
function needs(source: ModbusSource, reserved: ReservedRead, all: readonly ModbusSource[]): boolean {
  if (source.function !== reserved.function || source.words !== reserved.count) return false;
  return !all.some(
    (other) =>
      other.function === source.function &&
      (other.address === source.address + source.words || other.address + other.words === source.address),
  );
}

/** Most registers that are read together as the reserved read. */
const NEIGHBOURS_MAX = 4;

/** The register with the one after it, with the two after it, and so on. */
function runsFrom(first: ModbusSource, sure: readonly ModbusSource[]): readonly ReservedRead[] {
  const runs: ReservedRead[] = [];
  let end = first.address + first.words;
  while (runs.length < NEIGHBOURS_MAX - 1) {
    const next = sure.find((each) => each.function === first.function && each.address === end);
    if (next === undefined) break;
    end += next.words;
    runs.push({ function: first.function, address: first.address, count: end - first.address });
  }
  return runs;
}

/** The shortest, and of those the first, neighbouring registers that may serve; in the profile's own function first. */
function neighbours(
  sure: readonly ModbusSource[],
  all: readonly ModbusSource[],
  { limits }: Profile,
  own: ReservedRead,
): ReservedRead | null {
  const found = sure.flatMap((first) => runsFrom(first, sure));
  const rank = (read: ReservedRead) => (read.function === own.function ? 0 : 1);
  const [best] = found
    .filter(({ count }) => count <= limits.registersMax && count % limits.step === 0)
    .filter((read) => !all.some((source) => source.function === read.function && source.words === read.count))
    .sort((a, b) => rank(a) - rank(b) || a.count - b.count || a.address - b.address);
  return best ?? null;
}
