import type { Failure } from './errors.ts';
import { adapterSuspected, heard, NO_SILENCE, noteFailure, type Silence, silenceReopened } from './health.ts';
import { type LineHints, NO_HINTS, noteDue, noteGarbled, noteGiven, understood } from './line-hints.ts';
import type { Reply } from './meter.ts';
import { admit, deadlinePassed, EMPTY_QUEUE, forget, type LineQueue, type LineRequest, takeNext } from './queue.ts';
import type { Answer, LineEvent, LineEventKind } from './transaction.ts';
import { type AnalyzerId, type MonoMs, monoMs, type UnitId } from './units.ts';

/** What a line has to do and what it knows of its units: plain data, changed only by the functions of this file. */
export type Desk = {
  /** draining: what is on the line is finished, nothing new is taken. */
  readonly mode: 'serving' | 'draining';
  readonly queue: LineQueue;
  /** The request on the line. */
  readonly current: LineRequest | null;
  /** Analyzers that asked for something and did not leave: the port stays open for them. */
  readonly attending: readonly AnalyzerId[];
  /** Units that must be left alone until an instant, after a timeout. */
  readonly quiet: Readonly<Record<UnitId, MonoMs>>;
  /** ms until something can be done with what waits; null: nothing waits. */
  readonly waitMs: number | null;
  readonly silence: Silence;
  readonly hints: LineHints;
  readonly counts: Readonly<Record<UnitId, Readonly<Partial<Record<LineEventKind, number>>>>>;
};

export const EMPTY_DESK: Desk = {
  mode: 'serving',
  queue: EMPTY_QUEUE,
  current: null,
  attending: [],
  quiet: {},
  waitMs: null,
  silence: NO_SILENCE,
  hints: NO_HINTS,
  counts: {},
};

/** No request has this number. */
const NOBODY = 0;
const STOPPING: Failure = { code: 'CANCELLED', message: 'Lector is being stopped', facts: {} };

/** The desk after something happened, and who must be told what: each request gets exactly one reply in its life. */
export type DeskOutcome = {
  readonly desk: Desk;
  readonly replies: readonly { readonly request: LineRequest; readonly reply: Reply }[];
};

/** A request comes in: it waits for its turn, or is refused. */
export function deskAdmit(desk: Desk, request: LineRequest, now: MonoMs): DeskOutcome {
  if (desk.mode === 'draining') return deskRefuse(desk, request, STOPPING);
  const verdict = admit(desk.queue, request, now);
  if (verdict.kind === 'refused') return { desk, replies: [failed(request, verdict.failure)] };
  const known = desk.attending.includes(request.analyzerId);
  const attending = known ? desk.attending : [...desk.attending, request.analyzerId];
  return { desk: { ...desk, queue: verdict.queue, attending }, replies: [] };
}

/** A request comes in while the line cannot be used. */
export function deskRefuse(desk: Desk, request: LineRequest, failure: Failure): DeskOutcome {
  return { desk, replies: [failed(request, failure)] };
}

/** The line is free: the next request becomes the current one, if any may go now. */
export function deskTake(desk: Desk, now: MonoMs): DeskOutcome {
  const { request, queue, expired, waitMs } = takeNext(desk.queue, now, desk.quiet);
  return {
    desk: { ...desk, queue, current: request, waitMs },
    replies: expired.map((each) => failed(each, deadlinePassed(each))),
  };
}

/** The request goes onto the line without waiting; null when it must wait, or is refused. */
export function deskTakeAtOnce(desk: Desk, request: LineRequest, now: MonoMs): DeskOutcome | null {
  const taken = deskTake(deskAdmit(desk, request, now).desk, now);
  return taken.desk.current === request ? taken : null;
}

export function deskAnswered(desk: Desk, answer: Answer): DeskOutcome {
  const { current } = desk;
  return {
    desk: { ...desk, current: null, silence: heard(desk.silence), hints: understood(desk.hints) },
    replies: current === null ? [] : [{ request: current, reply: { kind: 'answered', answer } }],
  };
}

/** Nothing waits, but somebody attends: the line stays open for what comes. */
export const deskIsAtRest = ({ mode, queue, attending }: Desk): boolean =>
  mode === 'serving' && queue.waiting.length === 0 && attending.length > 0;

/** A meter that says that it is busy is left alone for so long before the retry. */
export const BUSY_QUIET_MS = 200;

/**
 * The current request failed. Its unit is left alone for `facts.quietMs`, a busy one for {@link BUSY_QUIET_MS}; others
 * may be asked meanwhile.
 */
export function deskFailed(desk: Desk, failure: Failure, now: MonoMs): DeskOutcome {
  const { current } = desk;
  if (current === null) return { desk, replies: [] };
  const quietMs = Number(failure.facts.quietMs ?? (failure.code === 'DEVICE_BUSY' ? BUSY_QUIET_MS : 0));
  const quiet = quietMs > 0 ? { ...desk.quiet, [current.unit]: monoMs(now + quietMs) } : desk.quiet;
  const silence = noteFailure(desk.silence, current.analyzerId, failure.code);
  const hints = noteGarbled(desk.hints, current.analyzerId, failure);
  return { desk: { ...desk, current: null, quiet, silence, hints }, replies: [failed(current, failure)] };
}

/** The line is gone: everything that waits is answered now, not at its timeout. */
export function deskLost(desk: Desk, cause: Failure): DeskOutcome {
  const all = desk.current === null ? desk.queue.waiting : [desk.current, ...desk.queue.waiting];
  return {
    desk: { ...desk, queue: { ...desk.queue, waiting: [] }, current: null, quiet: {} },
    replies: all.map((request) => failed(request, cause)),
  };
}

/**
 * The analyzer wants nothing of what it asked for: what it has waiting is dropped without a reply, and what is on the
 * line for it is nobody's any more, so that its answer cannot meet an analyzer that was started anew and numbers from
 * the start.
 */
export function deskWithdraw(desk: Desk, analyzerId: AnalyzerId): DeskOutcome {
  const { current } = desk;
  const kept = current?.analyzerId === analyzerId ? { ...current, requestId: NOBODY } : current;
  return { desk: { ...desk, current: kept, queue: forget(desk.queue, analyzerId) }, replies: [] };
}

/** It wants nothing more: the line need not stay open for it either. */
export function deskLeave(desk: Desk, analyzerId: AnalyzerId): DeskOutcome {
  const { desk: left, replies } = deskWithdraw(desk, analyzerId);
  return { desk: { ...left, attending: left.attending.filter((id) => id !== analyzerId) }, replies };
}

/** Counts what the link noticed. A late answer that was seen whole ends the rest of its unit. */
export function deskNoticed(desk: Desk, event: LineEvent, now: MonoMs): DeskOutcome {
  const known = desk.counts[event.unit] ?? {};
  const counts = { ...desk.counts, [event.unit]: { ...known, [event.kind]: (known[event.kind] ?? 0) + 1 } };
  const quiet = event.kind === 'late' ? { ...desk.quiet, [event.unit]: now } : desk.quiet;
  const hints = event.kind === 'echo' ? noteDue(desk.hints, 'echo') : desk.hints;
  return { desk: { ...desk, counts, quiet, hints }, replies: [] };
}

/** Lector is being stopped: what waits is answered, what is on the line goes on. */
export function deskDrain(desk: Desk): DeskOutcome {
  return {
    desk: { ...desk, mode: 'draining', queue: { ...desk.queue, waiting: [] } },
    replies: desk.queue.waiting.map((request) => failed(request, STOPPING)),
  };
}

/** Everybody who attends is silent: it is the adapter, not the meters. */
export function deskSuspectsAdapter(desk: Desk, now: MonoMs): boolean {
  return adapterSuspected(desk.silence, desk.attending, now);
}

/** What is due of hints about the line has been said. */
export function deskHinted(desk: Desk): Desk {
  return { ...desk, hints: noteGiven(desk.hints) };
}

export function deskReopens(desk: Desk, now: MonoMs): Desk {
  return { ...desk, silence: silenceReopened(now) };
}

function failed(request: LineRequest, failure: Failure): DeskOutcome['replies'][number] {
  return { request, reply: { kind: 'failed', failure } };
}
