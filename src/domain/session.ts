import { type ConnectState, continueConnecting, startConnecting } from './connect.ts';
import type { Failure } from './errors.ts';
import { classOf } from './failure-class.ts';
import type { Window } from './grid.ts';
import type { ConnectResult, Conversation, Meter, MeterSpec, ReadResult, Reply } from './meter.ts';
import { deadlinePassed, type LineRequest } from './queue.ts';
import { continueReading, probeAsk, type ReadState, startReading } from './read.ts';
import type { Reading } from './reading.ts';
import { failedReading, readingOf } from './reading-of.ts';
import { type Steadiness, watchSteadiness } from './steadiness.ts';
import type { Identity } from './store-port.ts';
import type { Ask } from './transaction.ts';
import { type EpochMs, type MonoMs, monoMs } from './units.ts';

/** Longest that a request to connect, to probe, or to go on with a reading waits for its turn on a busy line. */
const TURN_WAIT_MS = 120_000;

/** A reading that is due: after `deadline` the next one is. */
export type ReadJob = {
  readonly nominal: EpochMs;
  readonly grid: 'normal' | 'rapid';
  readonly deadline: MonoMs;
  /** How often the wall clock had been put back when it fell due; absent: never. */
  readonly pass?: number;
};

type Talk =
  | { readonly kind: 'connect'; readonly state: ConnectState }
  | { readonly kind: 'read'; readonly state: ReadState; readonly job: ReadJob }
  | { readonly kind: 'probe' };

/**
 * How the last conversation ended. connected: the meter is known; read: a reading was made, whole or in part; lost: the
 * meter is gone; failed: it could not be connected; alive, silent: what a probe found; asking: it has not ended.
 */
export type SessionEnd = 'none' | 'asking' | 'connected' | 'read' | 'lost' | 'failed' | 'alive' | 'silent';

/** Everything that one analyzer's machine knows, changed only by the functions of this file. Prints as JSON. */
export type Session = {
  readonly spec: MeterSpec;
  readonly identity: Identity | null;
  readonly meter: Meter | null;
  readonly talk: Talk | null;
  readonly end: SessionEnd;
  /** Readings due that wait for the one in progress: at most one of each grid. */
  readonly jobs: readonly ReadJob[];
  readonly requestId: number;
  /** Losses in a row since the meter was last read whole; sets how long the next probe waits. */
  readonly attempt: number;
  /** Why it is failed, or what went wrong with part of the last reading. */
  readonly failure: Failure | null;
  readonly tally: { readonly good: number; readonly failed: number };
  readonly lastGoodAt: EpochMs | null;
  /** Since when its measured values have not changed; null: they may well stand still. */
  readonly steadiness: Steadiness | null;
};

/** The session after something happened; what goes to the device and to the store. */
export type SessionStep = {
  readonly session: Session;
  readonly request: LineRequest | null;
  readonly readings: readonly Reading[];
  /** Set when something was learnt that outlives a restart. */
  readonly learnt: Identity | null;
};

export type Instant = { readonly now: EpochMs; readonly mono: MonoMs };

export function newSession(spec: MeterSpec, identity: Identity | null): Session {
  const known = identity?.profileId === spec.profile.id ? identity : null;
  return {
    spec,
    identity: known,
    meter: null,
    talk: null,
    end: 'none',
    jobs: [],
    requestId: 0,
    attempt: 0,
    failure: null,
    tally: { good: 0, failed: 0 },
    lastGoodAt: null,
    steadiness: null,
  };
}

const step = (session: Session, readings: readonly Reading[] = []): SessionStep => ({
  session,
  request: null,
  readings,
  learnt: null,
});

/** Sends a request of the conversation that is going on. `continues`: an earlier one of the same reading was sent. */
function asks(session: Session, talk: Talk, ask: Ask, deadline: MonoMs, continues = false): SessionStep {
  const requestId = session.requestId + 1;
  const { analyzerId, unit } = session.spec;
  return {
    session: { ...session, talk, requestId, end: 'asking' },
    request: { requestId, analyzerId, unit, ask, deadline, continues },
    readings: [],
    learnt: null,
  };
}

/** Begins to identify the meter. */
export function beginConnecting(session: Session, at: Instant): SessionStep {
  return connecting(session, startConnecting(session.spec, session.identity, at.now), at);
}

function connecting(session: Session, talk: Conversation<ConnectState, ConnectResult>, at: Instant): SessionStep {
  if (talk.kind === 'asking') {
    return asks(session, { kind: 'connect', state: talk.state }, talk.ask, monoMs(at.mono + TURN_WAIT_MS));
  }
  const { result } = talk;
  if (result.kind === 'failed') return step({ ...session, talk: null, end: 'failed', failure: result.failure });
  const { meter } = result;
  const connected: Session = {
    ...session,
    talk: null,
    end: 'connected',
    meter,
    identity: meter.identity,
    failure: null,
  };
  return { ...step(connected), learnt: sameIdentity(session.identity, meter.identity) ? null : meter.identity };
}

/** A reading is due. It waits while another is made; one of its grid that still waits has missed its time. */
export function addJob(session: Session, job: ReadJob): SessionStep {
  const displaced = session.jobs.filter((each) => each.grid === job.grid);
  const jobs = [...session.jobs.filter((each) => each.grid !== job.grid), job];
  const late = deadlinePassed({ unit: session.spec.unit, analyzerId: session.spec.analyzerId });
  return failJobs({ ...session, jobs }, displaced, late);
}

/** A reading is due and cannot be made: one failed reading says so, for the record's n of N. */
export function missJob(session: Session, job: ReadJob): SessionStep {
  return failJobs(session, [job], session.failure ?? NOT_CONNECTED);
}

const NOT_CONNECTED: Failure = { code: 'LINE_CLOSED', message: 'the meter was not identified yet', facts: {} };

function failJobs(session: Session, jobs: readonly ReadJob[], failure: Failure): SessionStep {
  const { analyzerId } = session.spec;
  const readings = jobs.map((job) => inPass(job, failedReading(analyzerId, job.nominal, job.grid, failure)));
  const tally = { ...session.tally, failed: session.tally.failed + jobs.length };
  return step({ ...session, tally }, readings);
}

/** A time that came twice is told apart by how often the clock had been put back. */
function inPass({ pass }: ReadJob, reading: Reading): Reading {
  return pass === undefined ? reading : { ...reading, pass };
}

/** Begins the reading that waits longest. Without a known meter, or anything waiting, nothing happens. */
export function beginReading(session: Session, at: Instant): SessionStep {
  const [job, ...jobs] = session.jobs;
  if (job === undefined || session.meter === null) return step(session);
  const talk = startReading(session.spec, session.meter, job.grid, at.now);
  if (talk.kind === 'finished') return readingDone({ ...session, jobs }, job, talk.result);
  return asks({ ...session, jobs }, { kind: 'read', state: talk.state, job }, talk.ask, job.deadline);
}

/**
 * A reading that was begun is finished, whatever falls due meanwhile: on a line with too little time every reading
 * would else be given up half way, and none would ever be whole.
 */
function reading(
  session: Session,
  job: ReadJob,
  talk: Conversation<ReadState, ReadResult>,
  { mono }: Instant,
): SessionStep {
  if (talk.kind === 'finished') return readingDone(session, job, talk.result);
  const deadline = monoMs(mono + TURN_WAIT_MS);
  return asks(session, { kind: 'read', state: talk.state, job }, talk.ask, deadline, true);
}

function readingDone(session: Session, job: ReadJob, result: ReadResult): SessionStep {
  const at = result.answered[0]?.answer.at ?? job.nominal;
  const { nominal, grid } = job;
  const made = inPass(job, readingOf({ spec: session.spec, nominal, at, grid, result }));
  const good = result.answered.length > 0;
  const { tally } = session;
  const { identity } = result.meter;
  const done: Session = {
    ...session,
    talk: null,
    end: result.lost ? 'lost' : 'read',
    meter: result.meter,
    identity,
    failure: result.failure,
    attempt: good && !result.lost ? 0 : session.attempt,
    tally: { good: tally.good + Number(good), failed: tally.failed + Number(!good) },
    lastGoodAt: good ? at : session.lastGoodAt,
    steadiness: watchSteadiness(session.steadiness, made, session.spec.profile),
  };
  return { ...step(done, [made]), learnt: sameIdentity(session.identity, identity) ? null : identity };
}

/** Asks the short reserved read that shows whether a meter is there. */
export function beginProbing(session: Session, at: Instant): SessionStep {
  return asks(session, { kind: 'probe' }, probeAsk(session.spec, session.identity), monoMs(at.mono + TURN_WAIT_MS));
}

/** The reply to the request in flight: the conversation goes on, or ends. */
export function takeReply(session: Session, reply: Reply, at: Instant): SessionStep {
  const { talk } = session;
  switch (talk?.kind) {
    case undefined:
      return step(session);
    case 'connect':
      return connecting(session, continueConnecting(talk.state, reply, at.now), at);
    case 'read':
      return reading(session, talk.job, continueReading(talk.state, reply, at.now), at);
    case 'probe':
      return step(
        reply.kind === 'answered' || isSignOfLife(reply.failure)
          ? { ...session, talk: null, end: 'alive' }
          : { ...session, talk: null, end: 'silent', failure: reply.failure },
      );
  }
}

/** The meter itself refused: not a gateway on behalf of one that is silent. */
function isSignOfLife(failure: Failure): boolean {
  const kind = classOf(failure);
  return kind === 'refused' || kind === 'busy';
}

/** The meter is lost: what waits has failed, and the next probe waits longer. */
export function giveUp(session: Session): SessionStep {
  const { jobs } = session;
  const failed = { ...session, jobs: [], meter: null, talk: null, attempt: session.attempt + 1 };
  return failJobs(failed, jobs, session.failure ?? NOT_CONNECTED);
}

/** The line is down: that is why the meter, which was lost already, is not read now. */
export function noteCause(session: Session, cause: Failure | null): SessionStep {
  return step({ ...session, failure: cause ?? session.failure });
}

/** Ends whatever goes on, without a trace: the analyzer was paused or stopped. */
export function breakOff(session: Session): SessionStep {
  return step({ ...session, talk: null, jobs: [], end: 'none', meter: null, attempt: 0, failure: null });
}

/**
 * Whether a reading of the window is still being made, or waits to be. One of after the wall clock was put back is
 * none: a busy line always has one, and the windows of before would wait until the clock comes to their end again.
 */
export function isReadingDueBy({ talk, jobs }: Session, window: Window): boolean {
  const isOf = ({ nominal, pass = 0 }: ReadJob) => nominal <= window.end && pass <= (window.pass ?? 0);
  return (talk?.kind === 'read' && isOf(talk.job)) || jobs.some(isOf);
}

/** Whether the last reading made it clear that the meter's values stand still. */
export function isNewlyFrozen(session: Session): boolean {
  return session.end === 'read' && session.steadiness?.kind === 'newlyFrozen';
}

function sameIdentity(a: Identity | null, b: Identity): boolean {
  if (a === null) return false;
  const same = (x: readonly unknown[], y: readonly unknown[]) => x.length === y.length && x.every((e, n) => e === y[n]);
  return a.text === b.text && a.base === b.base && same(a.splits, b.splits) && same(a.refused, b.refused);
}
