import { askOf, blockTransaction, reservedOf } from './ask.ts';
import { continueBlocks, enterBlocks, type StageStep } from './connect-blocks.ts';
import { type BlockStage, type Connecting, type ConnectState, failed, type Stage } from './connect-state.ts';
import type { Failure } from './errors.ts';
import { classOf, isWorthAskingAgain } from './failure-class.ts';
import type { Meter, MeterSpec, Reply } from './meter.ts';
import { fitsIdentity, noSunSpecModel, wrongText } from './mismatch.ts';
import { planFor } from './plan-blocks.ts';
import { type Learnt, NOTHING_LEARNT } from './register-map.ts';
import type { Identity } from './store-port.ts';
import { startWalk, type WalkStep, walkAnswered, walkOn, walkRead } from './sunspec.ts';
import type { Transaction } from './transaction.ts';
import type { EpochMs } from './units.ts';

export type { ConnectState } from './connect-state.ts';

/** Most requests that connecting takes, whatever the meter answers. */
export const CONNECT_STEPS_MAX = 400;

const BLOCK_STAGES: readonly BlockStage[] = ['exponents', 'signature', 'trial', 'once'];

/**
 * Begins to connect a meter: is it alive, what does it say it is, where is its map, what are its scales, does its
 * signature fit, which of the long blocks does it refuse, and what is read once. Ends with the meter, or with a
 * failure: MODEL_MISMATCH in words, what the line said, or DEVICE_REFUSED for a scale register. With a `known` identity
 * of the same profile long blocks are not tried again, unless the meter says that it is another one.
 */
export function startConnecting(spec: MeterSpec, known: Identity | null, now: EpochMs): Connecting {
  const own = known?.profileId === spec.profile.id ? known : null;
  const state: ConnectState = {
    spec,
    known: own,
    stage: { kind: 'alive' },
    failures: 0,
    steps: 0,
    text: '',
    learnt: own === null ? NOTHING_LEARNT : stillBelieved(spec, own),
    exponents: {},
    exponentsAt: now,
    once: [],
  };
  return isIdentifiedByReserved(spec) ? identify(state, 0, now) : ask(state);
}

/**
 * What was learnt of a meter, as far as it is not doubted. A CVM meter cannot refuse, it was silent, and that may have
 * passed; and one that refused all that is wanted is tried again, or it would never be read.
 */
function stillBelieved(spec: MeterSpec, { splits, refused, base, silent }: Identity): Learnt {
  const learnt: Learnt = { splits, refused, base, ...(silent && { silent }) };
  const { normal, rapid } = planFor(spec, learnt);
  const isDoubted = spec.profile.protocol === 'cvm' || normal.blocks.length + rapid.blocks.length === 0;
  return isDoubted ? { ...learnt, refused: [] } : learnt;
}

/** VER is both the identification and the reserved command: its answer says all, and its silence too. */
function isIdentifiedByReserved({ profile }: MeterSpec): boolean {
  return profile.identify[0] === 'version' && profile.reserved.kind === 'cvm' && profile.reserved.command === 'VER';
}

/** Takes the reply to the request in flight: what to ask next, or how connecting ended. */
export function continueConnecting(state: ConnectState, reply: Reply, now: EpochMs): Connecting {
  const { stage } = state;
  if (stage.kind === 'blocks') return afterStage(continueBlocks(state, stage, reply, now), now);
  if (reply.kind === 'failed') return requestFailed(state, reply.failure, now);
  switch (stage.kind) {
    case 'alive':
      return identify(state, 0, now);
    case 'identify':
      return identified(state, reply.answer.kind === 'text' ? reply.answer.text : '', now);
    case 'discover': {
      const words = reply.answer.kind === 'words' ? reply.answer.words : [];
      return walked(state, walkAnswered(stage.walk, words, state.spec.profile.discovery?.models ?? []), now);
    }
  }
}

function ask(state: ConnectState): Connecting {
  const { spec, learnt, steps } = state;
  if (steps >= CONNECT_STEPS_MAX) return failed(tooManySteps(spec));
  const transaction = transactionOf(state);
  return { kind: 'asking', ask: askOf(spec, transaction, learnt), state: { ...state, steps: steps + 1 } };
}

function transactionOf({ spec, stage, learnt }: ConnectState): Transaction {
  const { unit, profile } = spec;
  switch (stage.kind) {
    case 'alive':
      return reservedOf(spec, learnt);
    case 'identify':
      return identification(unit, profile.identify[stage.index]);
    case 'discover':
      return walkRead(stage.walk, unit);
    case 'blocks': {
      const [block] = stage.run.pending;
      return block === undefined || stage.checking !== null ? reservedOf(spec, learnt) : blockTransaction(unit, block);
    }
  }
}

function identification(unit: number, way: 'serverId' | 'deviceId' | 'version' | undefined): Transaction {
  if (way === 'deviceId') return { kind: 'deviceId', unit };
  return way === 'version' ? { kind: 'cvm', unit, command: 'VER', length: null } : { kind: 'serverId', unit };
}

function tooManySteps({ analyzerId, profile }: MeterSpec): Failure {
  const message =
    `analyzer ${analyzerId}: expected to know a ${profile.model} within ${CONNECT_STEPS_MAX} requests, saw that it ` +
    'refuses ever more of them: check <model> and <address>';
  return { code: 'DEVICE_REFUSED', message, facts: { analyzerId } };
}

/** A request outside blocks failed: asked again, passed over, or the end. */
function requestFailed(state: ConnectState, failure: Failure, now: EpochMs): Connecting {
  const kind = classOf(failure);
  if (kind === 'line' || kind === 'turnedAway') return failed(failure);
  const { stage, failures } = state;
  if (isWorthAskingAgain(kind) && failures < retriesOf(state)) return ask({ ...state, failures: failures + 1 });
  switch (stage.kind) {
    case 'alive':
      return kind === 'refused' || kind === 'busy' ? identify(state, 0, now) : failed(failure);
    case 'identify':
      return isIdentifiedByReserved(state.spec) && kind !== 'refused'
        ? failed(failure)
        : identify(state, stage.index + 1, now);
    case 'discover':
      return kind === 'refused' ? walked(state, walkOn(stage.walk), now) : failed(failure);
    case 'blocks':
      return failed(failure);
  }
}

/** A meter that has never said what it is is not asked twice: each time costs the others of its line a timeout. */
function retriesOf({ spec, stage, known }: ConnectState): number {
  const isMute = stage.kind === 'identify' && known !== null && known.text === '' && !isIdentifiedByReserved(spec);
  return isMute ? 0 : spec.retries;
}

const at = (state: ConnectState, stage: Stage): ConnectState => ({ ...state, stage, failures: 0 });

/** Asks the next way to identify; without any that was answered the meter keeps the text it gave before. */
function identify(state: ConnectState, index: number, now: EpochMs): Connecting {
  if (index >= state.spec.profile.identify.length) return discover({ ...state, text: state.known?.text ?? '' }, now);
  return ask(at(state, { kind: 'identify', index }));
}

function identified(state: ConnectState, text: string, now: EpochMs): Connecting {
  const { spec, known } = state;
  if (!fitsIdentity(spec, text)) return failed(wrongText(spec, text));
  const isOther = known !== null && known.text.trim() !== '' && known.text !== text;
  // another meter: what its predecessor refused says nothing about it
  return discover(isOther ? { ...state, text, known: null, learnt: NOTHING_LEARNT } : { ...state, text }, now);
}

function discover(state: ConnectState, now: EpochMs): Connecting {
  if (state.spec.profile.discovery === null) return enter(state, 0, now);
  return ask(at(state, { kind: 'discover', walk: startWalk(state.learnt.base) }));
}

function walked(state: ConnectState, step: WalkStep, now: EpochMs): Connecting {
  switch (step.kind) {
    case 'walking':
      return ask(at(state, { kind: 'discover', walk: step.walk }));
    case 'nowhere':
      return failed(noSunSpecModel(state.spec, step.seen));
    case 'found': {
      const { learnt } = state;
      // addresses that were learnt belong to the map at its old place
      const moved = step.base === learnt.base ? learnt : { ...NOTHING_LEARNT, base: step.base };
      return enter({ ...state, learnt: moved, known: moved === learnt ? state.known : null }, 0, now);
    }
  }
}

function enter(state: ConnectState, index: number, now: EpochMs): Connecting {
  const name = BLOCK_STAGES[index];
  return name === undefined ? connected(state, now) : afterStage(enterBlocks(state, name, now), now);
}

function afterStage(step: StageStep, now: EpochMs): Connecting {
  if (step.kind === 'failed') return failed(step.failure);
  if (step.kind === 'asking') return ask(step.state);
  return enter(step.state, nextStage(step.state), now);
}

function nextStage({ stage }: ConnectState): number {
  return stage.kind === 'blocks' ? BLOCK_STAGES.indexOf(stage.name) + 1 : 0;
}

function connected(state: ConnectState, now: EpochMs): Connecting {
  const { spec, learnt, text, exponents, exponentsAt, once } = state;
  const { deviceId, unit: address, profile } = spec;
  const identity: Identity = { profileId: profile.id, text, at: now, ...{ deviceId, address }, ...learnt };
  const plans = planFor(spec, learnt);
  const meter: Meter = {
    identity,
    exponents,
    exponentsAt,
    plan: plans.normal,
    rapidPlan: spec.rapidConsultes.length === 0 ? null : plans.rapid,
    once,
  };
  return { kind: 'finished', result: { kind: 'connected', meter } };
}
