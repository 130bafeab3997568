import type { Profile } from './profile.ts';
import type { ModbusSource } from './raw-value.ts';
import type { Learnt } from './register-map.ts';
import type { ReadRegisters } from './transaction.ts';

/** The short read of a unit that no block of its plans equals in function and count. */
export type ReservedRead = Omit<ReadRegisters, 'kind' | 'unit'>;

/** Where SunSpec maps usually begin: the reserved read until the base of the map is known. */
const SUNSPEC_MARKER: ReservedRead = { function: 3, address: 40_000, count: 1 };

/**
 * Where and how long the reserved read of a meter is. It is the profile's own, unless a register can only be read with
 * that count: one that stands alone in the map, or any of that length once the meter has refused something, for then
 * what is around it may be refused too. In those cases it is the first neighbouring registers that the meter did not
 * refuse and of which no single one has their count, so that no register is ever left unread; rather not as long as
 * what stands together in the map and would have to be parted, for it is read in each cycle.
 */
export function reservedRead(profile: Profile, learnt: Learnt): ReservedRead {
  if (profile.discovery === null) return usable(profile, learnt);
  if (learnt.base === 0) return SUNSPEC_MARKER;
  const read = usable(profile, learnt);
  return { ...read, address: read.address + learnt.base };
}

/** What was worked out for each meter: neither side ever changes, and this is needed for every request. */
const KNOWN = new WeakMap<Learnt, { readonly profile: Profile; readonly read: ReservedRead }>();

function usable(profile: Profile, learnt: Learnt): ReservedRead {
  const known = KNOWN.get(learnt);
  if (known?.profile === profile) return known.read;
  const read = chosen(profile, learnt);
  KNOWN.set(learnt, { profile, read });
  return read;
}

function chosen(profile: Profile, learnt: Learnt): ReservedRead {
  const { reserved, registers } = profile;
  if (reserved.kind === 'cvm') return { function: 3, address: 0, count: 1 };
  const own: ReservedRead = { function: reserved.function, address: reserved.address, count: reserved.count };
  const all = registers.flatMap(({ source }) => (source.kind === 'modbus' ? [source] : []));
  const refusesSome = learnt.splits.length > 0 || learnt.refused.length > 0;
  if (!all.some((source) => (refusesSome ? isAsLong(source, own) : needs(source, own, all)))) return own;
  const found = neighbours(profile, own, all, learnt);
  // where the meter refuses some of all of them an exception must do: it is an answer too
  return found.find((read) => isSpared(read, profile, learnt)) ?? found[0] ?? own;
}

/** Whether nothing that the meter refused lies in it. */
function isSpared({ function: fn, address, count }: ReservedRead, profile: Profile, learnt: Learnt): boolean {
  const base = profile.discovery === null ? 0 : learnt.base;
  const end = address + count;
  if (learnt.splits.some((at) => at - base > address && at - base < end)) return false;
  return !profile.registers.some(({ id, source }) => {
    if (source.kind !== 'modbus' || source.function !== fn || !learnt.refused.includes(id)) return false;
    return source.address < end && source.address + source.words > address;
  });
}

const isAsLong = (source: ModbusSource, reserved: ReservedRead): boolean =>
  source.function === reserved.function && source.words === reserved.count;

/** Whether the register can only be read with the count of the reserved read: no neighbour is there to read with it. */
function needs(source: ModbusSource, reserved: ReservedRead, all: readonly ModbusSource[]): boolean {
  if (!isAsLong(source, reserved)) return false;
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

/** Lengths of what stands together, between holes and where the meter was found to have a border. */
function lengthsTogether(all: readonly ModbusSource[], fn: 3 | 4, borders: readonly number[]): ReadonlySet<number> {
  const held = all.filter((each) => each.function === fn).sort((a, b) => a.address - b.address);
  const lengths = new Set<number>();
  let [start, end] = [0, 0];
  for (const { address, words } of held) {
    if (address > end || borders.includes(address)) {
      lengths.add(end - start);
      start = address;
    }
    end = Math.max(end, address + words);
  }
  return lengths.add(end - start);
}

/**
 * Neighbouring registers that may serve. In this order: in the profile's own function, not as long as what stands
 * together in the map, the shortest, the first.
 */
function neighbours(
  { registers, limits, discovery }: Profile,
  own: ReservedRead,
  all: readonly ModbusSource[],
  { splits, base }: Learnt,
): readonly ReservedRead[] {
  const sure = registers.flatMap(({ source, optional }) => (source.kind === 'modbus' && !optional ? [source] : []));
  const borders = splits.map((at) => (discovery === null ? at : at - base));
  const together = { 3: lengthsTogether(all, 3, borders), 4: lengthsTogether(all, 4, borders) };
  const rank = (read: ReservedRead) =>
    (read.function === own.function ? 0 : 2) + (together[read.function].has(read.count) ? 1 : 0);
  return sure
    .flatMap((first) => runsFrom(first, sure))
    .filter(({ count }) => count <= limits.registersMax && count % limits.step === 0)
    .filter((read) => !all.some((source) => isAsLong(source, read)))
    .sort((a, b) => rank(a) - rank(b) || a.count - b.count || a.address - b.address);
}
