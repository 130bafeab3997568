import { type ConnectState, continueConnecting, startConnecting } from './connect.ts';
import type { Failure } from './errors.ts';
import { classOf } from './failure-class.ts';
import type { ConnectResult, Conversation, ReadResult, Reply } from './meter.ts';
import type { LineRequest } from './queue.ts';
import { continueReading, probeAsk, type ReadState, startReading } from './read.ts';
import { FORCED_MS, isForced, isOfGrid, NO_TIME, nextJob, ofJob, type ReadJob } from './read-job.ts';
import { readingOf } from './reading-of.ts';
import { failJobs, NOT_CONNECTED } from './session-jobs.ts';
import { FLAPS_MIN, type Instant, type Session, type SessionStep, step, type Talk } from './session-state.ts';
import { asTold, watchSteadiness } from './steadiness.ts';
import type { Identity } from './store-port.ts';
import type { Ask } from './transaction.ts';
import { type EpochMs, type MonoMs, monoMs } from './units.ts';

export type { Instant, Session, SessionEnd, SessionStep } from './session-state.ts';
export { FLAPS_MIN, newSession } from './session-state.ts';

/** Longest that a request to connect, to probe, or to go on with a reading waits for its turn on a busy line. */
const TURN_WAIT_MS = 120_000;

type Precedence = Pick<LineRequest, 'continues' | 'whenFree'>;

/** Sends a request of the conversation that is going on. */
function asks(session: Session, talk: Talk, ask: Ask, deadline: MonoMs, precedence: Precedence = {}): SessionStep {
  const requestId = session.requestId + 1;
  const { analyzerId, unit } = session.spec;
  return {
    session: { ...session, talk, requestId, end: 'asking' },
    request: { requestId, analyzerId, unit, ask, deadline, ...precedence },
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
    // what waits was asked for by hand while the meter was not known
    jobs: session.jobs.map((job) => ({ ...job, deadline: monoMs(at.mono + FORCED_MS) })),
  };
  return { ...step(connected), learnt: sameIdentity(session.identity, meter.identity) ? null : meter.identity };
}

/** Begins the reading that is next. Without a known meter, or anything waiting, nothing happens. */
export function beginReading(session: Session, at: Instant): SessionStep {
  const isLate = (each: ReadJob) => isForced(each) && each.deadline <= at.mono;
  const late = session.jobs.filter(isLate);
  if (late.length > 0) return failJobs(passedOver(session, late), late, NO_TIME);
  const job = nextJob(session.jobs);
  if (job === null || session.meter === null) return step(session);
  const begun = { ...session, jobs: session.jobs.filter((each) => each !== job) };
  const talk = startReading(session.spec, session.meter, job.grid, at.now);
  if (talk.kind === 'finished') return readingDone(begun, job, talk.result);
  return asks(begun, { kind: 'read', state: talk.state, job }, talk.ask, job.deadline, precedenceOf(job));
}

const passedOver = (session: Session, late: readonly ReadJob[]): Session => ({
  ...session,
  jobs: session.jobs.filter((each) => !late.includes(each)),
  end: 'read',
  steadiness: asTold(session.steadiness),
});

const precedenceOf = (job: ReadJob): Precedence => (isForced(job) ? { whenFree: true } : {});

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
  const precedence = { ...precedenceOf(job), continues: true };
  return asks(session, { kind: 'read', state: talk.state, job }, talk.ask, deadline, precedence);
}

function readingDone(session: Session, job: ReadJob, result: ReadResult): SessionStep {
  const at = result.answered[0]?.answer.at ?? job.nominal;
  const { nominal, grid } = job;
  const made = ofJob(job, readingOf({ spec: session.spec, nominal, at, grid, result }));
  const good = result.answered.length > 0;
  const counts = isOfGrid(job);
  const { tally, steadiness } = session;
  const { identity } = result.meter;
  const done: Session = {
    ...session,
    talk: null,
    end: result.lost ? 'lost' : 'read',
    meter: result.meter,
    identity,
    failure: result.failure,
    attempt: good && !result.lost ? 0 : session.attempt,
    tally: { good: tally.good + Number(counts && good), failed: tally.failed + Number(counts && !good) },
    lastGoodAt: good ? at : session.lastGoodAt,
    steadiness: counts ? watchSteadiness(steadiness, made, session.spec.profile) : asTold(steadiness),
  };
  return { ...step(done, [made]), learnt: sameIdentity(session.identity, identity) ? null : identity };
}

/** A meter that is lost is probed by hand no more often than this: each time costs the others of its line a timeout. */
export const ASKED_EVERY_MS = 10_000;

export const mayProbeByHand = ({ askedAt }: Session, { mono }: Instant): boolean =>
  askedAt === null || mono - askedAt >= ASKED_EVERY_MS;

/** Asks the short reserved read that shows whether a meter is there. */
export function beginProbing(session: Session, at: Instant): SessionStep {
  const isByHand = session.jobs.some(isForced);
  const probing = isByHand ? { ...session, askedAt: at.mono } : session;
  const deadline = monoMs(at.mono + TURN_WAIT_MS);
  return asks(probing, { kind: 'probe' }, probeAsk(session.spec, session.identity), deadline, {
    ...(isByHand && { whenFree: true }),
  });
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

/** The meter is lost: what waits has failed, and the next probe waits longer, unless it was asked for by hand. */
export function giveUp(session: Session): SessionStep {
  const { jobs } = session;
  const isByHand = session.end === 'silent' && jobs.some(isForced);
  const attempt = session.attempt + Number(!isByHand);
  const failed: Session = { ...session, jobs: [], meter: null, talk: null, attempt };
  return failJobs(failed, jobs, session.failure ?? NOT_CONNECTED);
}

/** A meter that was read is lost; one that only could not be connected has not come back between. */
export function noteLoss(session: Session, now: EpochMs): Session {
  if (session.end !== 'lost') return session;
  return { ...session, losses: [...session.losses, now].slice(-FLAPS_MIN) };
}

/** The line is down: that is why the meter, which was lost already, is not read now. */
export function noteCause(session: Session, cause: Failure | null): SessionStep {
  return step({ ...session, failure: cause ?? session.failure });
}

/** The reading in progress and those of the grids that wait end with this failure; one by hand still waits. */
export function interrupt(session: Session, failure: Failure, at: Instant): SessionStep {
  const ended =
    session.talk?.kind === 'read'
      ? takeReply(session, { kind: 'failed', failure }, at)
      : step({ ...session, talk: null, end: 'none' });
  const waiting = ended.session.jobs.filter(isOfGrid);
  const left = { ...ended.session, jobs: ended.session.jobs.filter(isForced) };
  const dropped = failJobs(left, waiting, failure);
  return { ...dropped, learnt: ended.learnt, readings: [...ended.readings, ...dropped.readings] };
}

/** Ends whatever goes on, without a trace: the analyzer was paused or stopped. */
export function breakOff(session: Session): SessionStep {
  return step({ ...session, talk: null, jobs: [], end: 'none', meter: null, attempt: 0, failure: null });
}

/** Whether the last reading made it clear that the meter's values stand still. */
export function isNewlyFrozen(session: Session): boolean {
  return session.end === 'read' && session.steadiness?.kind === 'newlyFrozen';
}

function sameIdentity(a: Identity | null, b: Identity): boolean {
  if (a === null) return false;
  const same = (x: readonly unknown[], y: readonly unknown[]) => x.length === y.length && x.every((e, n) => e === y[n]);
  if (JSON.stringify(a.silent) !== JSON.stringify(b.silent)) return false;
  if (a.deviceId !== b.deviceId || a.address !== b.address) return false;
  return a.text === b.text && a.base === b.base && same(a.splits, b.splits) && same(a.refused, b.refused);
}
