import { CVM_RAL_LENGTH } from './cvm-fields.ts';
import { orderCvmCommands } from './cvm-order.ts';
import type { LinePace } from './meter.ts';
import type { Block } from './plan.ts';
import type { Profile } from './profile.ts';

export type CvmBlock = Extract<Block, { kind: 'cvm' }>;

/** `$`, address, checksum and LF: what surrounds a command and the data of an answer. */
const ENVELOPE_CHARS = 6;
/** Characters of an answer to VER, which tells nobody how long it is; for times only. */
const TEXT_CHARS = 24;

/** Data characters of the whole answer to a command: all its fields in the profile, wanted or not. */
export function cvmLength(profile: Profile, command: string): number {
  if (command === 'RAL') return CVM_RAL_LENGTH;
  return profile.registers.reduce((length, { source }) => {
    if (source.kind !== 'cvm' || source.command !== command) return length;
    return Math.max(length, (source.field + 1) * source.digits);
  }, 0);
}

/** One block for each command that the registers need, ordered so that neighbours have answers of other lengths. */
export function cvmBlocks(profile: Profile, ids: readonly string[]): readonly CvmBlock[] {
  const byCommand = new Map<string, string[]>();
  for (const id of ids) {
    const source = profile.registers.find((register) => register.id === id)?.source;
    if (source?.kind !== 'cvm') continue;
    byCommand.set(source.command, [...(byCommand.get(source.command) ?? []), id]);
  }
  const blocks = [...byCommand].map(([command, registers]): CvmBlock => {
    return { kind: 'cvm', command, length: cvmLength(profile, command), registers };
  });
  return orderCvmCommands(blocks).order;
}

/**
 * Time of one command with its answer, ms; before a command with an answer as long as the last one the link asks VER,
 * and `afterEqual` counts that too.
 */
export function cvmMs(block: CvmBlock, pace: LinePace, afterEqual: boolean): number {
  const oneMs = (request: number, answer: number) =>
    (2 * ENVELOPE_CHARS + request + answer) * pace.charMs + 2 * pace.silenceMs + pace.turnaroundMs;
  const own = oneMs(block.command.length, block.length);
  return afterEqual ? own + oneMs('VER'.length, TEXT_CHARS) : own;
}
