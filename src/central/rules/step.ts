import type { EpochMs } from '../../domain/units.ts';

/** Of this share of a window something must be known, or nothing is told of it. */
export const SHARE_MIN = 0.5;
/** A window of which less is known is not whole: a counter is read some seconds before its end. */
export const SHARE_WHOLE = 0.98;

/** What was seen in a window, and what it was held against. */
export type Seen = {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly value: number;
  /** In the unit of `value`. */
  readonly limit: number;
  /** Of the window, what is known, 0..1. */
  readonly share: number;
  /** What the limit is, for a sentence: `95 % of the 50 kW contracted in P1`; null: as the rule says. */
  readonly limitIs: string | null;
  /** kW, or the currency. */
  readonly unit: string;
  /** That a forecast is of, `2026-01`; null: it is none. */
  readonly month: string | null;
  /** Of the figure, one sentence; null: nothing. */
  readonly note: string | null;
};

/** unknown: it cannot be told, and why. `share`: of the window, what is known. */
export type Finding =
  | { readonly kind: 'seen'; readonly seen: Seen }
  | { readonly kind: 'unknown'; readonly why: string; readonly share: number };

/** What lasts. */
export type Raised = {
  /** The same in all that is told of it. */
  readonly id: string;
  /** End of the window in which it began. */
  readonly since: EpochMs;
  /** When it was said last. */
  readonly saidAt: EpochMs;
  readonly most: { readonly value: number; readonly end: EpochMs };
};

/** A window of which more may come. `isOver`: what was there of it was above the limit. */
export type Open = { readonly end: EpochMs; readonly isOver: boolean };

/** What is remembered of a rule and one analyzer. Plain data. */
export type RuleState = {
  /** Windows that end until then were judged, but for those that are open. */
  readonly judgedUntil: EpochMs;
  readonly open: readonly Open[];
  readonly raised: Raised | null;
  readonly last: Seen | null;
  /** Why the last window could not be judged; null: it was. */
  readonly why: string | null;
};

export const newState = (judgedUntil: EpochMs): RuleState => ({
  ...{ judgedUntil, open: [], raised: null, last: null, why: null },
});

/** What is told. cleared: `why` it is watched no more; null: it is over. */
export type Told = {
  readonly event: 'raised' | 'repeated' | 'cleared';
  readonly raised: Raised;
  readonly seen: Seen | null;
  /** Records of it came when later ones had been judged. */
  readonly isLate: boolean;
  readonly why: string | null;
};

export type StepOptions = {
  readonly clearPercent: number;
  readonly repeatMs: number | null;
  readonly now: EpochMs;
  /** Of an alarm that begins. */
  readonly id: string;
};

export type Stepped = { readonly state: RuleState; readonly told: Told | null };

export const isOver = ({ value, limit }: Seen): boolean => value > limit;

/** What one window after another makes of it: raised above the limit, cleared well below it, and nothing between. */
export function stepRule(state: RuleState, seen: Seen, o: StepOptions): Stepped {
  const { raised } = state;
  const after: RuleState = { ...state, last: seen, why: null };
  if (raised === null) {
    if (!isOver(seen)) return { state: after, told: null };
    const begun = { id: o.id, since: seen.end, saidAt: o.now, most: { value: seen.value, end: seen.end } };
    return { state: { ...after, raised: begun }, told: told('raised', begun, seen) };
  }
  const most = seen.value > raised.most.value ? { value: seen.value, end: seen.end } : raised.most;
  if (seen.value <= seen.limit * (1 - o.clearPercent / 100)) {
    return { state: { ...after, raised: null }, told: told('cleared', { ...raised, most }, seen) };
  }
  // a clock that was put back since would make it wait
  const isTime = o.repeatMs !== null && (o.now - raised.saidAt >= o.repeatMs || o.now < raised.saidAt);
  const isDue = isOver(seen) && isTime;
  const lasting = { ...raised, most, saidAt: isDue ? o.now : raised.saidAt };
  return { state: { ...after, raised: lasting }, told: isDue ? told('repeated', lasting, seen) : null };
}

const told = (event: Told['event'], raised: Raised, seen: Seen): Told => ({
  ...{ event, raised, seen, isLate: false, why: null },
});

/**
 * A window whose records came when later ones had been judged: it may begin an alarm, or be the most of one, and ends
 * none.
 */
export function stepLate(state: RuleState, seen: Seen, o: StepOptions): Stepped {
  if (!isOver(seen)) return { state, told: null };
  const { state: after, told: said } = stepRule(state, seen, { ...o, repeatMs: null });
  const isNewer = state.last === null || seen.end > state.last.end;
  const kept = isNewer ? after : { ...after, last: state.last, why: state.why };
  return { state: kept, told: said === null ? null : { ...said, isLate: true } };
}

/** It is watched no more. */
export function endedFor(state: RuleState, why: string): Told | null {
  const { raised } = state;
  return raised === null ? null : { event: 'cleared', raised, seen: null, isLate: false, why };
}
