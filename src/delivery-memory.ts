import { deliveryWaitMs, type Random } from './domain/backoff.ts';
import type { Failure } from './domain/errors.ts';
import type { Clock } from './domain/ports.ts';
import { type AnalyzerId, type MonoMs, monoMs } from './domain/units.ts';

/** Attempts in which a record fails though others are taken, before it is set aside. */
export const POISON_ATTEMPTS = 10;

/** Shortest and longest that an analyzer is kept apart. */
const HELD_MIN_MS = 1000;
const HELD_MAX_MS = 86_400_000;

/**
 * Why the records of an analyzer are not tried until `until`. held: the destination said so, of new ones too. failed:
 * its oldest failed while others were taken, for the `attempt`th time.
 */
export type Apart = {
  readonly kind: 'held' | 'failed';
  readonly until: MonoMs;
  readonly failure: Failure;
  readonly attempt: number;
};

/** How often the oldest record of an analyzer failed; `withOthers`: while others were taken. */
export type Tries = { readonly all: number; readonly withOthers: number };
type Counted = Tries & { readonly receivedThen: number };

/** Who is kept apart now, and for how long the first of them is. */
export type Holding = {
  readonly analyzerIds: readonly AnalyzerId[];
  readonly failure: Failure;
  readonly forMs: number;
};

/** What is known of one destination from one attempt to the next; nothing of it outlives the process. */
export type DeliveryMemory = {
  /** Whose records are not tried now: of a backlog, and of what is recorded now. */
  apart(of: 'backlog' | 'fresh'): ReadonlySet<AnalyzerId>;
  /** null: nobody is kept apart. */
  holding(): Holding | null;
  /** Keeps an analyzer apart for so long; true: it was not, or for another reason. */
  hold(id: AnalyzerId, failure: Failure, forMs: number): boolean;
  /** The same with waits that grow. */
  waitLonger(id: AnalyzerId, failure: Failure): boolean;
  isKnownToFail(id: AnalyzerId): boolean;
  /** It is tried with the others again; true: it was not. */
  free(id: AnalyzerId): boolean;
  freeAll(): void;
  /** Of the oldest record of an analyzer, in an attempt in which `received` were taken. */
  failed(sequence: number, received: number): Tries;
  forget(sequence: number): void;
  /** So many records were taken. */
  received(count: number): void;
  /** What is recorded after this sequence need not wait; null: a backlog is not being delivered yet. */
  freshAfter: number | null;
  /** Whatever is owed up to here is kept apart: it need not be looked through again. */
  passed: number;
};

/** Records that are counted: one an analyzer, mostly; those that were pruned meanwhile stay behind. */
const COUNTED_MAX = 10_000;

export function createDeliveryMemory(o: {
  readonly clock: Pick<Clock, 'mono'>;
  readonly random: Random;
}): DeliveryMemory {
  const aparts = new Map<AnalyzerId, Apart>();
  const waiting = new Set<AnalyzerId>();
  const tries = new Map<number, Counted>();
  let taken = 0;

  /** Those whose time is over are tried again, from their oldest on. */
  const look = () => {
    for (const id of waiting) {
      if ((aparts.get(id)?.until ?? 0) > o.clock.mono()) continue;
      waiting.delete(id);
      memory.passed = 0;
    }
  };
  const keep = (id: AnalyzerId, apart: Apart): boolean => {
    const before = aparts.get(id);
    aparts.set(id, apart);
    waiting.add(id);
    return before?.failure.message !== apart.failure.message;
  };
  const memory: DeliveryMemory = {
    freshAfter: null,
    passed: 0,
    apart(of) {
      look();
      return new Set([...waiting].filter((id) => of === 'backlog' || aparts.get(id)?.kind === 'held'));
    },
    holding() {
      look();
      const all = [...waiting].flatMap((id) => aparts.get(id) ?? []);
      const [first] = all;
      if (first === undefined) return null;
      const until = all.reduce((least, each) => (each.until < least ? each.until : least), first.until);
      return { analyzerIds: [...waiting], failure: first.failure, forMs: Math.max(1, until - o.clock.mono()) };
    },
    hold(id, failure, forMs) {
      const ms = Math.min(HELD_MAX_MS, Math.max(HELD_MIN_MS, Number.isFinite(forMs) ? forMs : HELD_MIN_MS));
      return keep(id, { kind: 'held', until: monoMs(o.clock.mono() + ms), failure, attempt: 0 });
    },
    waitLonger(id, failure) {
      const attempt = (aparts.get(id)?.attempt ?? 0) + 1;
      const until = monoMs(o.clock.mono() + deliveryWaitMs(attempt, failure, o.random));
      return keep(id, { kind: 'failed', until, failure, attempt });
    },
    isKnownToFail: (id) => aparts.get(id)?.kind === 'failed',
    free(id) {
      if (waiting.delete(id)) memory.passed = 0;
      return aparts.delete(id);
    },
    freeAll() {
      aparts.clear();
      waiting.clear();
      memory.passed = 0;
    },
    failed(sequence, received) {
      const { all = 0, withOthers = 0, receivedThen = taken } = tries.get(sequence) ?? {};
      if (tries.size > COUNTED_MAX) tries.clear();
      const isBesideOthers = received > 0 || taken > receivedThen;
      const now = { all: all + 1, withOthers: withOthers + (isBesideOthers ? 1 : 0), receivedThen: taken };
      tries.set(sequence, now);
      return now;
    },
    forget: (sequence) => void tries.delete(sequence),
    received(count) {
      taken += count;
    },
  };
  return memory;
}
