import { type BlockRun, type RunStep, runStep, skipFirst, startRun, takeBlockReply } from './block-run.ts';
import type { BlockStage, ConnectState, Stage } from './connect-state.ts';
import { decodeBlocks, decodeExponents } from './decode.ts';
import type { Failure } from './errors.ts';
import { classOf } from './failure-class.ts';
import type { Reply } from './meter.ts';
import { wrongSignature } from './mismatch.ts';
import type { Block } from './plan.ts';
import { isBlockDoubtful, type MeterPlans, planFor } from './plan-blocks.ts';
import { refusalOf, takeRefusal } from './refusal.ts';
import { holdsSilent, noteSilent } from './silent-register.ts';
import type { EpochMs } from './units.ts';

/** Most refusals that connecting learns from in one stage; what is refused beyond them the readings find out. */
const CONNECT_LESSONS_MAX = 60;

type InBlocks = Extract<Stage, { kind: 'blocks' }>;

/** asking: the stage goes on; done: the next one begins; failed: the meter is not connected. */
export type StageStep =
  | { readonly kind: 'asking' | 'done'; readonly state: ConnectState }
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * Blocks of a stage. A Modbus meter that is known was tried before, and refusals while reading teach the rest; but a
 * register that was silent once would end each reading if it were silent again.
 */
function blocksOf(name: BlockStage, state: ConnectState, plans: MeterPlans): readonly Block[] {
  if (name !== 'trial') return plans[name].blocks;
  const { profile } = state.spec;
  const wasTried = state.known !== null && profile.protocol === 'modbus';
  const doubtful = [...plans.normal.blocks, ...plans.rapid.blocks].filter((block) => {
    if (block.registers.length === 0) return false;
    return holdsSilent(block, state.learnt) || (!wasTried && isBlockDoubtful(block, profile, state.learnt));
  });
  return doubtful.filter((block, index) => doubtful.findIndex((other) => isSameRequest(other, block)) === index);
}

function isSameRequest(a: Block, b: Block): boolean {
  if (a.kind === 'cvm' || b.kind === 'cvm')
    return a.kind === b.kind && 'command' in a && 'command' in b && a.command === b.command;
  return a.function === b.function && a.address === b.address && a.count === b.count;
}

export function enterBlocks(state: ConnectState, name: BlockStage, now: EpochMs): StageStep {
  const plans = planFor(state.spec, state.learnt);
  const run = startRun(blocksOf(name, state, plans));
  return stepOn(state, { kind: 'blocks', name, run, checking: null }, runStep(run), now);
}

/** Takes the reply to a block, or to the reserved read that was asked after a silent one. */
export function continueBlocks(state: ConnectState, stage: InBlocks, reply: Reply, now: EpochMs): StageStep {
  if (stage.checking !== null) return checked(state, stage, stage.checking, reply, now);
  return stepOn(state, stage, takeBlockReply(stage.run, reply, state.spec.retries), now);
}

function stepOn(state: ConnectState, stage: InBlocks, step: RunStep, now: EpochMs): StageStep {
  switch (step.kind) {
    case 'asking':
      return { kind: 'asking', state: { ...state, stage: { ...stage, run: step.run, checking: null } } };
    case 'done':
      return finishStage({ ...state, stage: { ...stage, run: step.run } }, step.run, stage.name, now);
    case 'broken':
      return { kind: 'failed', failure: step.failure };
    case 'lost':
      return isPerhapsTheBlock(stage, step.failure)
        ? { kind: 'asking', state: { ...state, stage: { ...stage, run: step.run, checking: step.failure } } }
        : { kind: 'failed', failure: step.failure };
    case 'refused':
      return refused(state, stage, step.run, step.block, step.failure, now);
  }
}

/** Some meters are silent where others answer an exception; what is tried, or read once, may be left out. */
function isPerhapsTheBlock({ name }: InBlocks, failure: Failure): boolean {
  return classOf(failure) === 'silent' && (name === 'trial' || name === 'once');
}

/** The reserved read tells: when the meter lives, its silence was a refusal of the block. */
function checked(state: ConnectState, stage: InBlocks, silence: Failure, reply: Reply, now: EpochMs): StageStep {
  const kind = reply.kind === 'answered' ? 'answered' : classOf(reply.failure);
  const lives = kind === 'answered' || kind === 'refused' || kind === 'busy';
  if (!lives) return { kind: 'failed', failure: reply.kind === 'failed' ? reply.failure : silence };
  const run: BlockRun = { ...stage.run, failure: null };
  const [block] = run.pending;
  if (block === undefined || stage.name === 'once') return stepOn(state, stage, runStep(skipFirst(run, silence)), now);
  // silent twice and the meter lives: as sure as two refusals, for a day
  return refused(state, stage, { ...run, refusedOnce: true }, block, silence, now, true);
}

function refused(
  state: ConnectState,
  stage: InBlocks,
  run: BlockRun,
  block: Block,
  failure: Failure,
  now: EpochMs,
  isSilent = false,
): StageStep {
  const taken = takeRefusal({
    spec: state.spec,
    learnt: state.learnt,
    run,
    block,
    failure,
    lessonsMax: CONNECT_LESSONS_MAX,
    blocksOf: (plans) => blocksOf(stage.name, state, plans),
  });
  const left = isSilent ? taken.learnt.refused.filter((id) => !state.learnt.refused.includes(id)) : [];
  const learnt: ConnectState = { ...state, learnt: noteSilent(taken.learnt, left, now) };
  const lost = essentialOf(learnt, stage.name, state.learnt.refused);
  if (lost !== null) return { kind: 'failed', failure: lost(failure) };
  return stepOn(learnt, stage, runStep(taken.run), now);
}

/** What was just refused without which the meter cannot be trusted: as a failure of the refusal, or null. */
function essentialOf(
  state: ConnectState,
  name: BlockStage,
  before: readonly string[],
): ((refusal: Failure) => Failure) | null {
  const { spec, learnt } = state;
  const news = learnt.refused.filter((id) => !before.includes(id));
  const registers = spec.profile.registers.filter(({ id, optional }) => news.includes(id) && !optional);
  const [first] = registers;
  if (first === undefined) return null;
  if (name === 'signature') return () => wrongSignature(spec, first, null);
  return name === 'exponents' ? (refusal) => refusalOf(spec, news, refusal) : null;
}

function finishStage(state: ConnectState, run: BlockRun, name: BlockStage, now: EpochMs): StageStep {
  const { spec, learnt } = state;
  switch (name) {
    case 'exponents': {
      // without a scale no value would be right: a busy meter is connected another time
      if (run.failure !== null && run.failure.code !== 'DEVICE_REFUSED')
        return { kind: 'failed', failure: run.failure };
      const exponents = decodeExponents(spec.profile, run.answered, learnt.base);
      return { kind: 'done', state: { ...state, exponents, exponentsAt: now } };
    }
    case 'signature':
      return signatureDone(state, run);
    case 'trial':
      return { kind: 'done', state };
    case 'once':
      return { kind: 'done', state: { ...state, once: run.answered } };
  }
}

/** A signature that is not available says nothing; one out of its range is another model. */
function signatureDone(state: ConnectState, run: BlockRun): StageStep {
  const { spec, exponents, learnt } = state;
  const { signature, registers } = spec.profile;
  const register = registers.find(({ id }) => id === signature?.register);
  if (signature === null || register === undefined) return { kind: 'done', state };
  if (run.failure !== null && run.failure.code !== 'DEVICE_REFUSED') return { kind: 'failed', failure: run.failure };
  const value = decodeBlocks(spec.profile, run.answered, exponents, learnt.base).get(register.id)?.value ?? null;
  const [low, high] = signature.range;
  if (value === null || (value >= low && value <= high)) return { kind: 'done', state };
  return { kind: 'failed', failure: wrongSignature(spec, register, value) };
}
