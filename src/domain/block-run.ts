import type { Failure } from './errors.ts';
import { classOf, isWorthAskingAgain } from './failure-class.ts';
import type { BlockAnswer, Reply } from './meter.ts';
import type { Block } from './plan.ts';

/** Blocks being asked one after another; the first of `pending` is in flight. Plain data. */
export type BlockRun = {
  readonly pending: readonly Block[];
  readonly answered: readonly BlockAnswer[];
  /** Registers of blocks that were given up in this run: not asked again before the next one. */
  readonly skipped: readonly string[];
  /** The first thing that went wrong. */
  readonly failure: Failure | null;
  /** How often the block in flight has failed. */
  readonly failures: number;
  /** The block in flight was refused and is asked once more, to be sure. */
  readonly refusedOnce: boolean;
  /** Refusals that something was learnt from. */
  readonly lessons: number;
};

/** asking: the first pending block; lost: the meter is gone; broken: the request was never made. */
export type RunStep =
  | { readonly kind: 'asking' | 'done'; readonly run: BlockRun }
  | { readonly kind: 'lost' | 'broken'; readonly run: BlockRun; readonly failure: Failure }
  | { readonly kind: 'refused'; readonly run: BlockRun; readonly block: Block; readonly failure: Failure };

export function startRun(blocks: readonly Block[]): BlockRun {
  return {
    pending: blocks,
    answered: [],
    skipped: [],
    failure: null,
    failures: 0,
    refusedOnce: false,
    lessons: 0,
  };
}

export const runStep = (run: BlockRun): RunStep => ({ kind: run.pending.length === 0 ? 'done' : 'asking', run });

/** Takes the reply to the block in flight. A block is asked up to 1 + `retries` times. */
export function takeBlockReply(run: BlockRun, reply: Reply, retries: number): RunStep {
  const [block, ...rest] = run.pending;
  if (block === undefined) return runStep(run);
  const moved: BlockRun = { ...run, pending: rest, failures: 0, refusedOnce: false };
  if (reply.kind === 'answered') {
    const answered = isSeparator(block) ? run.answered : [...run.answered, { block, answer: reply.answer }];
    return runStep({ ...moved, answered });
  }
  return takeFailure(run, moved, block, reply.failure, retries);
}

function takeFailure(run: BlockRun, moved: BlockRun, block: Block, failure: Failure, retries: number): RunStep {
  const kind = classOf(failure);
  // a separator is there for its answer to come in order, whatever it says
  if (isSeparator(block) && (kind === 'refused' || kind === 'busy')) return runStep(moved);
  if (isWorthAskingAgain(kind) && run.failures < retries) {
    return { kind: 'asking', run: { ...run, failures: run.failures + 1 } };
  }
  switch (kind) {
    case 'refused':
      return { kind: 'refused', run, block, failure };
    case 'busy':
      return runStep(skip(moved, block, failure));
    case 'turnedAway':
      return { kind: 'broken', run: withFailure(run, failure), failure };
    case 'silent':
    case 'garbled':
    case 'behind':
    case 'line':
      return { kind: 'lost', run: withFailure(run, failure), failure };
  }
}

/** A block that is only there to keep others apart (see settleCounts). */
const isSeparator = (block: Block): boolean => block.registers.length === 0;

export const withFailure = (run: BlockRun, failure: Failure | null): BlockRun => ({
  ...run,
  failure: run.failure ?? failure,
});

/** Gives up a block for this run; the others go on. */
export function skip(run: BlockRun, block: Block, failure: Failure | null): BlockRun {
  return withFailure({ ...run, skipped: [...run.skipped, ...block.registers] }, failure);
}

/** The run without the block in flight, which is given up. */
export function skipFirst(run: BlockRun, failure: Failure | null): BlockRun {
  const [block, ...rest] = run.pending;
  const moved = { ...run, pending: rest, failures: 0, refusedOnce: false };
  return block === undefined ? moved : skip(moved, block, failure);
}

/** Goes on with the blocks of a changed plan: those of which a register was neither read nor given up. */
export function resumeRun(run: BlockRun, blocks: readonly Block[]): BlockRun {
  const settled = new Set([...run.skipped, ...run.answered.flatMap(({ block }) => block.registers)]);
  const needed = blocks.map((block) => block.registers.some((id) => !settled.has(id)));
  const pending = blocks.filter((block, index) => {
    // what keeps blocks apart stays with those that it keeps apart
    return isSeparator(block) ? needed[index - 1] === true || needed[index + 1] === true : needed[index];
  });
  return { ...run, pending, failures: 0, refusedOnce: false };
}
