import type { Failure } from './errors.ts';
import { classOf, type FailureClass } from './failure-class.ts';
import type { MeterSpec } from './meter.ts';
import type { Block, Plan } from './plan.ts';
import { type MeterPlans, planFor } from './plan-blocks.ts';
import type { Learnt } from './register-map.ts';
import type { EpochMs } from './units.ts';

/**
 * A register to which a meter that was there gave no answer at all, and when that was tried last. It counts as refused,
 * for some meters are silent where others say so; but silence may have had another cause, so it is tried again.
 */
export type SilentRegister = { readonly id: string; readonly at: number };

export const SILENT_RETRY_MS = 86_400_000;

/** Takes note of registers that were silent now. */
export function noteSilent<T extends Learnt>(learnt: T, ids: readonly string[], now: EpochMs): T {
  if (ids.length === 0) return learnt;
  const others = (learnt.silent ?? []).filter(({ id }) => !ids.includes(id));
  return { ...learnt, silent: [...others, ...ids.map((id) => ({ id, at: now }))] };
}

/** The register that is to be tried again now, or null. After the clock was put back it is. */
export function silentDue({ silent, refused }: Learnt, now: EpochMs): string | null {
  if (silent === undefined) return null;
  const isDue = ({ id, at }: SilentRegister) => refused.includes(id) && (now < at || now - at >= SILENT_RETRY_MS);
  return silent.find(isDue)?.id ?? null;
}

/** What is known of the meter, if this register answers. */
export const believing = <T extends Learnt>(learnt: T, register: string): T => ({
  ...learnt,
  refused: learnt.refused.filter((id) => id !== register),
});

/** Requests that a meter with this register would be asked and is not now: when all are answered, it has it. */
export function blocksToTry(spec: MeterSpec, learnt: Learnt, known: readonly (Plan | null)[]): readonly Block[] {
  const asked = new Set(known.flatMap((plan) => plan?.blocks.map(keyOf) ?? []));
  const { normal, rapid }: MeterPlans = planFor(spec, learnt);
  const wanted = new Map([...normal.blocks, ...rapid.blocks].map((block) => [keyOf(block), block]));
  return [...wanted.values()].filter((block) => block.registers.length > 0 && !asked.has(keyOf(block)));
}

const keyOf = (block: Block): string =>
  block.kind === 'cvm' ? block.command : `${block.function}:${block.address}+${block.count}`;

/** Whether a block is asked of a register that was silent once: that one may be silent again. */
export const holdsSilent = ({ registers }: Block, { silent }: Learnt): boolean =>
  silent?.some(({ id }) => registers.includes(id)) ?? false;

const NO_ANSWER: readonly FailureClass[] = ['silent', 'garbled', 'behind', 'busy', 'refused'];

/** Whether the failure says that the register is as it was, and not that there is no line. */
export const isNoAnswer = (failure: Failure): boolean => NO_ANSWER.includes(classOf(failure));
