import { type BlockRun, resumeRun, skip, skipFirst } from './block-run.ts';
import type { Failure } from './errors.ts';
import type { MeterSpec } from './meter.ts';
import type { Block } from './plan.ts';
import { type MeterPlans, planFor } from './plan-blocks.ts';
import type { Profile } from './profile.ts';
import { type Learnt, type Placed, registerMap } from './register-map.ts';

/** What a refused block teaches: to part it at these wire addresses, or that these registers are not there. */
export type Lesson =
  | { readonly kind: 'split'; readonly splits: readonly number[] }
  | { readonly kind: 'refuse'; readonly registers: readonly string[] };

const ILLEGAL_FUNCTION = 1;
const EXCEPTION_WORDS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
};

/**
 * What to do with a block that was answered with exception 01, 02 or 03. The exception does not say which register it
 * means, so the block is parted: first from what it was made longer by, then at its widest hole, then in the middle,
 * until the registers that are refused stand alone. 01 means the function, so no parting would help.
 */
export function lessonOf(block: Block, exception: number, profile: Profile, learnt: Learnt): Lesson {
  const refuse: Lesson = { kind: 'refuse', registers: block.registers };
  if (block.kind === 'cvm' || exception === ILLEGAL_FUNCTION) return refuse;
  const map = registerMap(profile, learnt);
  const held = block.registers.flatMap((id) => map.placed.get(id) ?? []).sort((a, b) => a.start - b.start);
  const start = Math.min(...held.map((each) => each.start));
  const end = Math.max(...held.map((each) => each.end));
  const ends = [start, end].filter((at) => at > block.address && at < block.address + block.count);
  if (ends.length > 0) return { kind: 'split', splits: ends };
  const parting = widestGap(held) ?? middle(held, (start + end) / 2);
  return parting === null ? refuse : { kind: 'split', splits: [...new Set(parting)] };
}

type Gap = readonly [from: number, to: number];

/** Both ends of the widest hole between registers, or null. */
function widestGap(held: readonly Placed[]): Gap | null {
  let widest: Gap | null = null;
  let reached = held[0]?.end ?? 0;
  for (const { start, end } of held) {
    if (start - reached > (widest === null ? 0 : widest[1] - widest[0])) widest = [reached, start];
    reached = Math.max(reached, end);
  }
  return widest;
}

/** The beginning of a register nearest to the middle that cuts no other, or null. */
function middle(held: readonly Placed[], near: number): readonly number[] | null {
  const first = held[0]?.start ?? 0;
  const [at] = held
    .map(({ start }) => start)
    .filter((at) => at > first && held.every(({ start, end }) => at <= start || at >= end))
    .sort((a, b) => Math.abs(a - near) - Math.abs(b - near));
  return at === undefined ? null : [at];
}

export function learnFrom<T extends Learnt>(lesson: Lesson, learnt: T): T {
  const merge = <V>(a: readonly V[], b: readonly V[]) => [...new Set([...a, ...b])];
  return lesson.kind === 'split'
    ? { ...learnt, splits: merge(learnt.splits, lesson.splits).sort((a, b) => a - b) }
    : { ...learnt, refused: merge(learnt.refused, lesson.registers) };
}

/** The refusal in words: which registers, which exception, what happens now, what to do. */
export function refusalOf(spec: MeterSpec, registers: readonly string[], failure: Failure): Failure {
  const exception = Number(failure.facts.exception ?? 0);
  const words = EXCEPTION_WORDS[exception] ?? 'no answer to it';
  const code = exception === 0 ? words : `exception 0${exception}, ${words}`;
  const message =
    `analyzer ${spec.analyzerId}: expected the ${spec.profile.model} to have ${nameAll(spec.profile, registers)}, ` +
    `saw ${code}: left out from now on; check the model, and identify again if the meter was changed`;
  return { code: 'DEVICE_REFUSED', message, facts: { ...failure.facts, registers: registers.join(' ') } };
}

const NAMED_MAX = 6;

/** `frequency (register 4013)`: manuals count from 1. */
export function nameAll(profile: Profile, ids: readonly string[]): string {
  const names = ids.slice(0, NAMED_MAX).map((id) => {
    const source = profile.registers.find((register) => register.id === id)?.source;
    if (source === undefined) return id;
    return source.kind === 'cvm' ? `${id} (${source.command})` : `${id} (register ${source.address + 1})`;
  });
  const more = ids.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What to go on with after a refusal. `plans` is null when nothing new was learnt. */
export type Refused<T extends Learnt> = {
  readonly learnt: T;
  readonly plans: MeterPlans | null;
  readonly run: BlockRun;
};

/**
 * Takes the refusal of the block in flight of `run`. A register that the map is sure of is asked once more before it is
 * left out for good: one exception may be an accident, what is remembered is for years. `blocksOf` says which blocks of
 * the changed plans the run is about.
 */
export function takeRefusal<T extends Learnt>(o: {
  readonly spec: MeterSpec;
  readonly learnt: T;
  readonly run: BlockRun;
  readonly block: Block;
  readonly failure: Failure;
  readonly lessonsMax: number;
  readonly blocksOf: (plans: MeterPlans) => readonly Block[];
}): Refused<T> {
  const { spec, learnt, run, block, failure } = o;
  const lesson = lessonOf(block, Number(failure.facts.exception ?? 0), spec.profile, learnt);
  if (lesson.kind === 'refuse' && !run.refusedOnce && !areOptional(spec.profile, lesson.registers)) {
    return { learnt, plans: null, run: { ...run, refusedOnce: true } };
  }
  if (run.lessons >= o.lessonsMax) return { learnt, plans: null, run: skipFirst(run, failure) };
  const taught = learnFrom(lesson, learnt);
  const lost = lesson.kind === 'refuse' ? lesson.registers : strandedBy(block, planFor(spec, taught));
  const now = learnFrom({ kind: 'refuse', registers: lost }, taught);
  const plans = planFor(spec, now);
  const told = lost.length === 0 ? run : skip(run, { ...block, registers: lost }, refusalOf(spec, lost, failure));
  return { learnt: now, plans, run: { ...resumeRun(told, o.blocksOf(plans)), lessons: run.lessons + 1 } };
}

/** Registers of the block that its parting leaves alone, and that cannot be asked alone: only the reserved read may. */
function strandedBy(block: Block, { unplannable }: MeterPlans): readonly string[] {
  return block.registers.filter((id) => unplannable.includes(id));
}

function areOptional(profile: Profile, ids: readonly string[]): boolean {
  return ids.every((id) => profile.registers.find((register) => register.id === id)?.optional === true);
}
