import type { Failure } from './errors.ts';
import type { Window } from './grid.ts';
import { deadlinePassed } from './queue.ts';
import { failedJob, forcedJob, isForced, isOfGrid, type ReadJob } from './read-job.ts';
import { type Instant, type Session, type SessionStep, step } from './session-state.ts';

/** A reading is due. It waits while another is made; one of its grid that still waits has missed its time. */
export function addJob(session: Session, job: ReadJob): SessionStep {
  const isDisplaced = (each: ReadJob) => isOfGrid(each) && each.grid === job.grid;
  const displaced = session.jobs.filter(isDisplaced);
  const jobs = [...session.jobs.filter((each) => !isDisplaced(each)), job];
  const late = deadlinePassed({ unit: session.spec.unit, analyzerId: session.spec.analyzerId });
  return failJobs({ ...session, jobs }, displaced, late);
}

/** A reading is due and cannot be made: one failed reading says so, for the record's n of N. */
export function missJob(session: Session, job: ReadJob): SessionStep {
  return failJobs(session, [job], session.failure ?? NOT_CONNECTED);
}

export const NOT_CONNECTED: Failure = { code: 'LINE_CLOSED', message: 'the meter was not identified yet', facts: {} };

export function failJobs(session: Session, jobs: readonly ReadJob[], failure: Failure): SessionStep {
  const readings = jobs.map((job) => failedJob(session.spec.analyzerId, job, failure));
  const tally = { ...session.tally, failed: session.tally.failed + jobs.filter(isOfGrid).length };
  return step({ ...session, tally }, readings);
}

/** A reading is asked for by hand. It waits for those of the grids, and for the meter; a second one is not kept. */
export function addForced(session: Session, at: Instant): SessionStep {
  if (session.jobs.some(isForced)) return step(session);
  return step({ ...session, jobs: [...session.jobs, forcedJob(at.now, at.mono)] });
}

/** Whether a reading by hand of which nothing was answered is under way: one of the grids does not wait for it. */
export function isForcedBegun({ talk }: Session): boolean {
  if (talk?.kind !== 'read' || !isForced(talk.job)) return false;
  return talk.state.values === null && talk.state.run.answered.length === 0;
}

/** The reading by hand stands aside: it begins again afterwards. What it asked for must be taken off the line. */
export function putBack(session: Session): SessionStep {
  if (session.talk?.kind !== 'read') return step(session);
  const jobs = [...session.jobs.filter(isOfGrid), session.talk.job];
  return step({ ...session, talk: null, end: 'none', jobs });
}

/** A reading by hand of a meter that was lost, and was probed by hand a moment ago: it has failed already. */
export function refuseForced(session: Session, at: Instant): SessionStep {
  return failJobs(session, [forcedJob(at.now, at.mono)], session.failure ?? NOT_CONNECTED);
}

/** What was due and is not made yet, the one in progress first. */
export const jobsOf = ({ talk, jobs }: Session): readonly ReadJob[] =>
  talk?.kind === 'read' ? [talk.job, ...jobs] : jobs;

/** Whether a reading of the grids is being made: only that is worth waiting for. */
export const isReading = ({ talk }: Session): boolean => talk?.kind === 'read' && isOfGrid(talk.job);

/**
 * Whether a reading of the window is still being made, or waits to be. One of after the wall clock was put back is
 * none: a busy line always has one, and the windows of before would wait until the clock comes to their end again.
 */
export function isReadingDueBy({ talk, jobs }: Session, window: Window): boolean {
  const isOf = (job: ReadJob) => isOfGrid(job) && job.nominal <= window.end && (job.pass ?? 0) <= (window.pass ?? 0);
  return (talk?.kind === 'read' && isOf(talk.job)) || jobs.some(isOf);
}
