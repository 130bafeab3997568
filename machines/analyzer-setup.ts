import { type AnyActorRef, assign, enqueueActions, fromPromise, setup } from 'xstate';
import { probeWaitMs } from '../src/domain/backoff.ts';
import type { Failure } from '../src/domain/errors.ts';
import type { Window } from '../src/domain/grid.ts';
import type { MeterSpec } from '../src/domain/meter.ts';
import { isModeCommand, type Mode, modeAfter, type PausedBy, RUNNING } from '../src/domain/mode.ts';
import type { ReadJob } from '../src/domain/read-job.ts';
import * as session from '../src/domain/session.ts';
import * as jobs from '../src/domain/session-jobs.ts';
import type { Identity } from '../src/domain/store-port.ts';
import { type AnalyzerId, type EpochMs, type MonoMs, monoMs } from '../src/domain/units.ts';
import type { AnalyzerEvent, AnySystem, MachineTime, ReadDue, Sender } from './events.ts';
import { deviceName, ROOT_NAME, tell } from './events.ts';
import { notProvided } from './slots.ts';

export type AnalyzerInput = {
  readonly spec: MeterSpec;
  /** Intervals of the two reading grids; null: no rapid grid. */
  readonly readingMs: number;
  readonly rapidMs: number | null;
  readonly identity: Identity | null;
  /** What a restart by a changed configuration left: absent, or null: nothing. */
  readonly left?: Left | null;
} & Mode;

/** What an analyzer that is stopped and started anew had to do still. */
export type Left = {
  /** Readings that were due and not made. */
  readonly jobs: readonly ReadJob[];
  /** Windows that ended and were not recorded. */
  readonly windows: readonly Window[];
};

export type AnalyzerContext = {
  readonly readingMs: number;
  readonly rapidMs: number | null;
  readonly session: session.Session;
  /** What the last step made, for the slots that keep it. */
  readonly made: Pick<session.SessionStep, 'readings' | 'learnt'>;
  /** Windows that ended and are not recorded yet, oldest first. */
  readonly windows: readonly Window[];
  /** When the pause has lasted its time, whatever the wall clock says meanwhile; null: it has no end. */
  readonly pauseEnds: MonoMs | null;
} & Mode;

/** What `remember` is given. */
export type Remembered = Pick<Mode, 'mode'> & { readonly until: EpochMs | null; readonly by: PausedBy | null };

/** A change that a person wants to know of. */
export type AnalyzerNews = {
  readonly news: 'connecting' | 'polling' | 'failed' | 'paused' | 'stopped' | 'recordFailed' | 'frozen';
  readonly failure: Failure | null;
};

/** Windows that wait for a store that does not write; beyond, the oldest is forgotten (its readings are kept). */
export const WINDOWS_WAITING_MAX = 3000;
const RECORD_RETRY_MS = 5000;
/** How long a stop waits for the reading in progress. */
const DRAIN_MS = 1000;
/** A pause ends by the wall clock too, which may be set meanwhile: it is looked at this often. */
const PAUSE_CHECK_MS = 60_000;

/** The slots of an analyzer: what it asks of the world, and what it says. */
export function analyzerSetup({ now, mono }: MachineTime) {
  const at = (): session.Instant => ({ now: now(), mono: mono() });
  const pauseLeft = ({ pausedUntil, pauseEnds }: AnalyzerContext): number =>
    pausedUntil === null || pauseEnds === null ? Infinity : Math.min(pausedUntil - now(), pauseEnds - mono());
  const job = (context: AnalyzerContext, due: ReadDue): ReadJob => {
    const interval = due.grid === 'rapid' ? (context.rapidMs ?? context.readingMs) : context.readingMs;
    const { missed: _, ...read } = due;
    return { ...read, deadline: monoMs(mono() + interval) };
  };
  return setup({
    types: { context: {} as AnalyzerContext, events: {} as AnalyzerEvent, input: {} as AnalyzerInput },
    actors: {
      closeWindow: fromPromise<void, { analyzerId: AnalyzerId; window: Window }>(notProvided('closeWindow')),
    },
    actions: {
      /** Keeps what the last step made: readings and what was learnt. */
      keep: ({ context }) => {
        if (context.made.readings.length > 0) throw new Error('slot "keep" was not provided');
      },
      /** Remembers over a restart that a person paused or resumed it. */
      remember: (_, _mode: Remembered) => {},
      announce: (_, _news: AnalyzerNews) => {},
      connect: enqueueActions((a) => advance(a, session.beginConnecting(a.context.session, at()))),
      probe: enqueueActions((a) => advance(a, session.beginProbing(a.context.session, at()))),
      read: enqueueActions((a) => advance(a, session.beginReading(a.context.session, at()))),
      giveUp: enqueueActions((a) => advance(a, session.giveUp(a.context.session))),
      noteLoss: assign({ session: ({ context }) => session.noteLoss(context.session, now()) }),
      noteLine: enqueueActions((a) => {
        if (a.event.type === 'LINE') advance(a, session.noteCause(a.context.session, a.event.cause));
      }),
      breakOff: enqueueActions((a) => advance(a, session.breakOff(a.context.session))),
      reply: enqueueActions((a) => advance(a, session.takeReply(a.context.session, replyOf(a.event), at()))),
      cancel: enqueueActions((a) => advance(a, session.takeReply(a.context.session, CANCELLED, at()))),
      interrupt: enqueueActions((a) => advance(a, session.interrupt(a.context.session, INTERRUPTED, at()))),
      forceJob: enqueueActions((a) => advance(a, jobs.addForced(a.context.session, at()))),
      refuseForced: enqueueActions((a) => advance(a, jobs.refuseForced(a.context.session, at()))),
      putBack: enqueueActions((a) => advance(a, jobs.putBack(a.context.session))),
      queueJob: enqueueActions((a) => {
        if (a.event.type === 'READ') advance(a, jobs.addJob(a.context.session, job(a.context, a.event.due)));
      }),
      missJob: enqueueActions((a) => {
        if (a.event.type === 'READ') advance(a, jobs.missJob(a.context.session, job(a.context, a.event.due)));
      }),
      queueWindow: assign({
        windows: ({ context, event }) =>
          event.type === 'RECORD' ? [...context.windows, event.window].slice(-WINDOWS_WAITING_MAX) : context.windows,
      }),
      dropWindow: assign({ windows: ({ context }) => context.windows.slice(1) }),
      leave: enqueueActions(({ enqueue, context, system }) => {
        const { analyzerId, deviceId } = context.session.spec;
        tell(enqueue, system, deviceName(deviceId), { type: 'LEAVE', analyzerId });
      }),
      withdraw: enqueueActions(({ enqueue, context, system }) => {
        const { analyzerId, deviceId } = context.session.spec;
        tell(enqueue, system, deviceName(deviceId), { type: 'WITHDRAW', analyzerId });
      }),
      noteCadence: assign(({ event }) =>
        event.type === 'CADENCE' ? { readingMs: event.readingMs, rapidMs: event.rapidMs } : {},
      ),
      sayPauseEnded: enqueueActions(({ enqueue, context, system }) => {
        tell(enqueue, system, ROOT_NAME, { type: 'PAUSE_ENDED', analyzerId: context.session.spec.analyzerId });
      }),
      sayDrained: enqueueActions(({ enqueue, context, system }) => {
        tell(enqueue, system, ROOT_NAME, { type: 'ANALYZER_DRAINED', analyzerId: context.session.spec.analyzerId });
      }),
      changeMode: assign(({ context, event }) => (isModeCommand(event) ? modeAfter(context, event) : {})),
      endPause: assign(RUNNING),
      notePauseEnds: assign({
        pauseEnds: ({ context: { pausedUntil } }) =>
          pausedUntil === null ? null : monoMs(mono() + pausedUntil - now()),
      }),
    },
    guards: {
      changesMode: ({ context, event }) => isModeCommand(event) && modeAfter(context, event) !== context,
      isPaused: ({ context }) => context.mode === 'paused',
      isPauseOver: ({ context }) => pauseLeft(context) <= 0,
      isStopped: ({ context }) => context.mode === 'stopped',
      isCurrent: ({ context, event }) =>
        event.type === 'REPLY' && context.session.talk !== null && event.requestId === context.session.requestId,
      /** Only a reading is worth waiting for. */
      isQuiet: ({ context }) => !jobs.isReading(context.session),
      isForcedBegun: ({ context }) => jobs.isForcedBegun(context.session),
      mayProbeByHand: ({ context }) => session.mayProbeByHand(context.session, at()),
      isLineDown: ({ context, event }) => event.type === 'LINE' && !event.up && context.session.talk !== null,
      isLineUp: ({ event }) => event.type === 'LINE' && event.up,
      hasEnded: ({ context }, { end }: { end: session.SessionEnd }) => context.session.end === end,
      isNewlyFrozen: ({ context }) => session.isNewlyFrozen(context.session),
      hasJob: ({ context }) => context.session.jobs.length > 0,
      mayRecord: ({ context }) => {
        const window = context.windows[0];
        return window !== undefined && !jobs.isReadingDueBy(context.session, window);
      },
    },
    delays: {
      probeWait: ({ context }) => probeWaitMs(context.session.attempt, context.session.failure),
      pauseEnd: ({ context }) => Math.max(0, Math.min(PAUSE_CHECK_MS, pauseLeft(context))),
      recordRetry: RECORD_RETRY_MS,
      drainLimit: DRAIN_MS,
    },
  });
}

const failedReply = (failure: Failure) => ({ kind: 'failed', failure }) as const;
const NO_DEVICE = failedReply({ code: 'LINE_CLOSED', message: 'its device is held after several crashes', facts: {} });
const CANCELLED = failedReply({ code: 'CANCELLED', message: 'Lector is being stopped', facts: {} });

/** What a reading that another one takes the place of ends with. */
const INTERRUPTED: Failure = {
  code: 'CANCELLED',
  message: 'the analyzer was identified again, or started anew, meanwhile',
  facts: {},
};

/** The reply in an event; a line that went down is one. */
function replyOf(event: AnalyzerEvent) {
  if (event.type === 'REPLY') return event.reply;
  const cause = event.type === 'LINE' ? event.cause : null;
  return failedReply(cause ?? { code: 'LINE_CLOSED', message: 'the line was closed', facts: {} });
}

type Acting = {
  readonly enqueue: Sender & { assign(change: Partial<AnalyzerContext>): void };
  readonly system: AnySystem;
  readonly self: AnyActorRef;
};

/** Takes a step: the session changes, a request goes to the device, and what was made waits for `keep`. */
function advance({ enqueue, system, self }: Acting, { session: next, request, readings, learnt }: session.SessionStep) {
  enqueue.assign({ session: next, made: { readings, learnt } });
  if (request === null) return;
  const sent = tell(enqueue, system, deviceName(next.spec.deviceId), { type: 'REQUEST', request });
  if (!sent) enqueue.sendTo(self, { type: 'REPLY', requestId: request.requestId, reply: NO_DEVICE });
}
