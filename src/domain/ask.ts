import type { MeterSpec } from './meter.ts';
import type { Block } from './plan.ts';
import type { Learnt } from './register-map.ts';
import { reservedRead } from './reserved-read.ts';
import type { Ask, CvmCommand, ReadRegisters, Transaction } from './transaction.ts';

/** The only request that is sent to a unit after a timeout until it answers. */
export function reservedOf(spec: Pick<MeterSpec, 'unit' | 'profile'>, learnt: Learnt): ReadRegisters | CvmCommand {
  const { unit, profile } = spec;
  const { reserved } = profile;
  if (reserved.kind === 'cvm') return { kind: 'cvm', unit, command: reserved.command, length: reserved.length };
  return { kind: 'registers', unit, ...reservedRead(profile, learnt) };
}

export function blockTransaction(unit: number, block: Block): Transaction {
  if (block.kind === 'cvm') return { kind: 'cvm', unit, command: block.command, length: block.length };
  const { function: fn, address, count } = block;
  return { kind: 'registers', unit, function: fn, address, count };
}

/** A transaction as it is handed to the link of the meter. */
export function askOf(spec: MeterSpec, transaction: Transaction, learnt: Learnt): Ask {
  return { transaction, timeoutMs: spec.timeoutMs, reserved: reservedOf(spec, learnt) };
}
