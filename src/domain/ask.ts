import type { MeterSpec } from './meter.ts';
import type { Block } from './plan.ts';
import type { Profile } from './profile.ts';
import type { Ask, CvmCommand, ReadRegisters, Transaction } from './transaction.ts';

/** Where SunSpec maps usually begin: the reserved read until the base of the map is known. */
const SUNSPEC_MARKER_ADDRESS = 40_000;

/** Where and how long the reserved read of a Modbus profile is; `base` is that of a profile with discovery, else 0. */
export function reservedRead(profile: Profile, base: number): Omit<ReadRegisters, 'kind' | 'unit'> {
  const { reserved, discovery } = profile;
  if (discovery !== null && base === 0) return { function: 3, address: SUNSPEC_MARKER_ADDRESS, count: 1 };
  if (reserved.kind === 'cvm') return { function: 3, address: 0, count: 1 };
  const { function: fn, address, count } = reserved;
  return { function: fn, address: discovery === null ? address : address + base, count };
}

/** The only request that is sent to a unit after a timeout until it answers. */
export function reservedOf(spec: Pick<MeterSpec, 'unit' | 'profile'>, base: number): ReadRegisters | CvmCommand {
  const { unit, profile } = spec;
  const { reserved } = profile;
  if (reserved.kind === 'cvm') return { kind: 'cvm', unit, command: reserved.command, length: reserved.length };
  return { kind: 'registers', unit, ...reservedRead(profile, base) };
}

export function blockTransaction(unit: number, block: Block): Transaction {
  if (block.kind === 'cvm') return { kind: 'cvm', unit, command: block.command, length: block.length };
  const { function: fn, address, count } = block;
  return { kind: 'registers', unit, function: fn, address, count };
}

/** A transaction as it is handed to the link of the meter. */
export function askOf(spec: MeterSpec, transaction: Transaction, base: number): Ask {
  return { transaction, timeoutMs: spec.timeoutMs, reserved: reservedOf(spec, base) };
}
