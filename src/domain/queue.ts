import type { Failure } from './errors.ts';
import type { Ask } from './transaction.ts';
import type { AnalyzerId, MonoMs, UnitId } from './units.ts';

/** Requests that one line keeps waiting: every unit of a bus, and some. */
export const QUEUE_LENGTH_MAX = 256;

/** One request of an analyzer; `requestId` is its own, so that an answer finds the question. */
export type LineRequest = {
  readonly requestId: number;
  readonly analyzerId: AnalyzerId;
  readonly unit: UnitId;
  readonly ask: Ask;
  /** After this instant nobody wants the answer. */
  readonly deadline: MonoMs;
  /** It goes on with a reading of which something was asked already: such readings are finished first. */
  readonly continues?: boolean;
  /** Asked for by hand: it goes when nothing else may, and is no turn of its analyzer. */
  readonly whenFree?: boolean;
};

/** What waits for a line, whose turn it was, and how many turns there were. */
export type LineQueue = {
  readonly waiting: readonly LineRequest[];
  /** Analyzers that had a turn, the one whose last turn is longest ago first. */
  readonly served: readonly AnalyzerId[];
  readonly turn: number;
};

export const EMPTY_QUEUE: LineQueue = { waiting: [], served: [], turn: 0 };

export type Admission =
  | { readonly kind: 'admitted'; readonly queue: LineQueue }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Takes a request in, or says why not: the queue is full, or its deadline has passed. */
export function admit(queue: LineQueue, request: LineRequest, now: MonoMs): Admission {
  if (request.deadline <= now) return { kind: 'refused', failure: deadlinePassed(request) };
  if (queue.waiting.length >= QUEUE_LENGTH_MAX) return { kind: 'refused', failure: queueFull(request) };
  return { kind: 'admitted', queue: { ...queue, waiting: [...queue.waiting, request] } };
}

export type Taken = {
  /** What goes onto the line now; null: nothing, or nothing yet. */
  readonly request: LineRequest | null;
  readonly queue: LineQueue;
  /** Waited too long: to be answered with {@link deadlinePassed}. */
  readonly expired: readonly LineRequest[];
  /** When nothing can go now: ms until something can, or must be given up; null: nothing waits. */
  readonly waitMs: number | null;
};

/**
 * The next request: first one that goes on with a reading, so that a line with too little time reads some meters whole
 * and not all of them in part; then of the analyzer whose last turn is longest ago, the earliest deadline first among
 * equals; last what was asked for by hand. Units that must be left alone until an instant (`quiet`) are passed over,
 * the others go on.
 */
export function takeNext(queue: LineQueue, now: MonoMs, quiet: Readonly<Record<UnitId, MonoMs>>): Taken {
  const expired = queue.waiting.filter((each) => each.deadline <= now);
  const waiting = expired.length === 0 ? queue.waiting : queue.waiting.filter((each) => each.deadline > now);
  const request = waiting.reduce<LineRequest | null>((best, each) => {
    if ((quiet[each.unit] ?? 0) > now) return best;
    return best === null || before(queue, each, best) ? each : best;
  }, null);
  if (request === null) return { request, queue: { ...queue, waiting }, expired, waitMs: waitMs(waiting, now, quiet) };
  const { analyzerId } = request;
  return {
    request,
    queue: {
      waiting: waiting.filter((each) => each !== request),
      served: request.whenFree ? queue.served : [...queue.served.filter((id) => id !== analyzerId), analyzerId],
      turn: queue.turn + 1,
    },
    expired,
    waitMs: null,
  };
}

function before(queue: LineQueue, a: LineRequest, b: LineRequest): boolean {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) < rankOf(b);
  // who never had a turn stands at -1
  const placeA = queue.served.indexOf(a.analyzerId);
  const placeB = queue.served.indexOf(b.analyzerId);
  return placeA === placeB ? a.deadline < b.deadline : placeA < placeB;
}

function rankOf({ continues, whenFree }: LineRequest): number {
  if (continues) return 0;
  return whenFree ? 2 : 1;
}

function waitMs(waiting: readonly LineRequest[], now: MonoMs, quiet: Readonly<Record<UnitId, MonoMs>>): number | null {
  if (waiting.length === 0) return null;
  const ends = waiting.map((each) => Math.min(each.deadline, quiet[each.unit] ?? now));
  return Math.max(1, Math.min(...ends) - now);
}

/** Drops what an analyzer has waiting: it was paused, stopped or started anew. */
export function forget(queue: LineQueue, analyzerId: AnalyzerId): LineQueue {
  return { ...queue, waiting: queue.waiting.filter((each) => each.analyzerId !== analyzerId) };
}

export function deadlinePassed(request: Pick<LineRequest, 'unit' | 'analyzerId'>): Failure {
  return {
    code: 'DEADLINE_PASSED',
    message: `the line had no time for unit ${request.unit} before its next reading was due: read it less often`,
    facts: { unit: request.unit, analyzer: request.analyzerId },
  };
}

function queueFull(request: LineRequest): Failure {
  return {
    code: 'QUEUE_FULL',
    message: `${QUEUE_LENGTH_MAX} requests wait for this line already`,
    facts: { unit: request.unit, analyzer: request.analyzerId },
  };
}
