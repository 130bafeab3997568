import { askOf, blockTransaction, reservedOf } from './ask.ts';
import { type BlockRun, type RunStep, runStep, startRun, takeBlockReply, withFailure } from './block-run.ts';
import { exponentsAfter } from './decode.ts';
import type { Failure } from './errors.ts';
import type { BlockAnswer, Conversation, Meter, MeterSpec, ReadResult, Reply } from './meter.ts';
import { type MeterPlans, planFor } from './plan-blocks.ts';
import type { Profile } from './profile.ts';
import { takeRefusal } from './refusal.ts';
import { type Learnt, NOTHING_LEARNT } from './register-map.ts';
import { believing, blocksToTry, isNoAnswer, noteSilent, silentDue } from './silent-register.ts';
import type { Identity } from './store-port.ts';
import type { Ask } from './transaction.ts';
import type { EpochMs } from './units.ts';

/** Scale registers are read again when what is known of them is older. */
export const EXPONENTS_AGE_MAX_MS = 3_600_000;

/** Most refusals that one reading learns from; the rest waits for the next ones. */
const LESSONS_MAX = 12;

/** A reading in progress. Plain data; only this module looks into it. */
export type ReadState = {
  readonly spec: MeterSpec;
  readonly meter: Meter;
  readonly grid: 'normal' | 'rapid';
  /**
   * values: the blocks of the plan; exponents: the scale registers, at the end of a cycle when they are due; again:
   * what the plan would have more with a register that was silent, once a day.
   */
  readonly stage: 'values' | 'exponents' | 'again';
  readonly run: BlockRun;
  /** The finished run of the values while the scale registers are read. */
  readonly values: BlockRun | null;
  /** What is known of the meter if the register that is tried again answers. */
  readonly trying?: Identity;
};

type Reading = Conversation<ReadState, ReadResult>;

/**
 * Begins to read the plan of a grid, block after block. A block is asked 1 + spec.retries times; after one that was
 * lost (silence, garbage, a lost line) nothing more is asked, so that a dead meter costs its own timeouts once. A
 * refused block is parted, and a lone register that is refused is left out from then on, both in the meter that the
 * result carries. `now` decides whether the scale registers are due.
 */
export function startReading(spec: MeterSpec, meter: Meter, grid: 'normal' | 'rapid', now: EpochMs): Reading {
  const run = startRun(blocksFor(meter, grid));
  return goOn({ spec, meter, grid, stage: 'values', run, values: null }, runStep(run), now);
}

const blocksFor = (meter: Meter, grid: 'normal' | 'rapid') =>
  (grid === 'rapid' ? (meter.rapidPlan ?? meter.plan) : meter.plan).blocks;

/** Takes the reply to the request in flight: what to ask next, or how the reading ended. */
export function continueReading(state: ReadState, reply: Reply, now: EpochMs): Reading {
  const retries = state.stage === 'again' ? 0 : state.spec.retries;
  return goOn(state, takeBlockReply(state.run, reply, retries), now);
}

function goOn(state: ReadState, step: RunStep, now: EpochMs): Reading {
  if (state.stage === 'again' && step.kind !== 'asking') return triedAgain(state, step);
  switch (step.kind) {
    case 'asking':
      return ask({ ...state, run: step.run });
    case 'done':
      return state.stage === 'values'
        ? valuesDone({ ...state, run: step.run }, now)
        : exponentsDone(state, step.run, now);
    case 'lost':
    case 'broken':
      return finish(state, step.run, step.kind === 'lost');
    case 'refused':
      return refused(state, step, now);
  }
}

function ask(state: ReadState): Reading {
  const [block] = state.run.pending;
  if (block === undefined) return finish(state, state.run, false);
  const { spec, meter } = state;
  return {
    kind: 'asking',
    ask: askOf(spec, blockTransaction(spec.unit, block), state.trying ?? meter.identity),
    state,
  };
}

function finish(state: ReadState, run: BlockRun, lost: boolean): Reading {
  const { values, spec } = state;
  const answered = values?.answered ?? run.answered;
  const meter = withScalesOf(answered, state.meter, spec.profile);
  const failure = values?.failure ?? run.failure;
  const isEmpty = answered.length === 0 && failure === null;
  return {
    kind: 'finished',
    // whoever has nothing to ask connects the meter again
    result: { answered, failure: isEmpty ? nothingToRead(spec) : failure, lost: lost || isEmpty, meter },
  };
}

/** The meter with the scales that its values came with; the same object where they are as they were. */
function withScalesOf(answered: readonly BlockAnswer[], meter: Meter, profile: Profile): Meter {
  const exponents = exponentsAfter(profile, meter.exponents, answered, meter.identity.base);
  const ids = Object.keys(exponents);
  const isSame =
    ids.length === Object.keys(meter.exponents).length && ids.every((id) => exponents[id] === meter.exponents[id]);
  return isSame ? meter : { ...meter, exponents };
}

function nothingToRead({ analyzerId, profile }: MeterSpec): Failure {
  const message =
    `analyzer ${analyzerId}: expected registers to read, saw that the meter refused all of them: ` +
    `check that it is a ${profile.model}, then identify it again`;
  return { code: 'DEVICE_REFUSED', message, facts: { analyzerId } };
}

function refused(state: ReadState, step: Extract<RunStep, { kind: 'refused' }>, now: EpochMs): Reading {
  const { spec, meter, stage, grid } = state;
  const taken = takeRefusal<Identity>({
    spec,
    learnt: meter.identity,
    run: step.run,
    block: step.block,
    failure: step.failure,
    lessonsMax: LESSONS_MAX,
    blocksOf: (plans) =>
      (stage === 'exponents' ? plans.exponents : grid === 'rapid' ? plans.rapid : plans.normal).blocks,
  });
  const changed = taken.plans === null ? meter : withPlans(spec, meter, taken.learnt, taken.plans);
  return goOn({ ...state, meter: changed }, runStep(taken.run), now);
}

function withPlans(spec: MeterSpec, meter: Meter, identity: Identity, plans: MeterPlans): Meter {
  return { ...meter, identity, plan: plans.normal, rapidPlan: spec.rapidConsultes.length === 0 ? null : plans.rapid };
}

/** Older than an hour, or from a time that the clock has since gone back behind. */
function areExponentsDue({ spec, meter }: ReadState, now: EpochMs): boolean {
  const age = now - meter.exponentsAt;
  const isDue = age < 0 || age >= EXPONENTS_AGE_MAX_MS;
  return isDue && spec.profile.registers.some(({ exponentRegister }) => exponentRegister !== null);
}

function valuesDone(state: ReadState, now: EpochMs): Reading {
  if (!areExponentsDue(state, now)) return tryAgain(state, now);
  const { blocks } = planFor(state.spec, state.meter.identity).exponents;
  const run = startRun(blocks);
  return goOn({ ...state, stage: 'exponents', values: state.run, run }, runStep(run), now);
}

/** After a whole reading: is there a register that was silent, and would be asked again today? */
function tryAgain(state: ReadState, now: EpochMs): Reading {
  const { spec, meter, run } = state;
  const register = run.failure === null ? silentDue(meter.identity, now) : null;
  if (register === null) return finish(state, run, false);
  const tried = noteSilent(meter.identity, [register], now);
  const trying = believing(tried, register);
  const blocks = blocksToTry(spec, trying, [meter.plan, meter.rapidPlan]);
  const next = { ...state, values: run, meter: { ...meter, identity: tried } };
  if (blocks.length === 0) return finish(next, run, false);
  return goOn({ ...next, stage: 'again', trying }, runStep(startRun(blocks)), now);
}

/** Its silence, or refusal, says nothing of the reading, which is made; only a line that is lost does. */
function triedAgain(state: ReadState, step: Exclude<RunStep, { kind: 'asking' }>): Reading {
  const { spec, meter, trying } = state;
  if (step.kind === 'lost' && !isNoAnswer(step.failure)) return finish(state, step.run, true);
  const isThere = step.kind === 'done' && step.run.failure === null && trying !== undefined;
  const known = isThere ? withPlans(spec, meter, trying, planFor(spec, trying)) : meter;
  return finish({ ...state, meter: known }, startRun([]), false);
}

/** A scale register that was not answered keeps what is known of it; one that was answered counts, also as missing. */
function exponentsDone(state: ReadState, run: BlockRun, now: EpochMs): Reading {
  const { spec, meter } = state;
  const exponents = exponentsAfter(spec.profile, meter.exponents, run.answered, meter.identity.base);
  // a busy meter is asked again in the next cycle, one that refuses is not
  const isSettled = run.failure === null || run.failure.code === 'DEVICE_REFUSED';
  const exponentsAt = isSettled ? now : meter.exponentsAt;
  const values = state.values === null ? null : withFailure(state.values, run.failure);
  return finish({ ...state, values, meter: { ...meter, exponents, exponentsAt } }, run, false);
}

/**
 * The short reserved read that shows whether a meter is there; asked once, without retry. `identity` tells where the
 * map of a profile with discovery begins.
 */
export function probeAsk(spec: MeterSpec, identity: Learnt | null = null): Ask {
  const reserved = reservedOf(spec, identity ?? NOTHING_LEARNT);
  return { transaction: reserved, timeoutMs: spec.timeoutMs, reserved };
}
