import type { CounterFlag } from './record.ts';

/** Exponents that a scale register of a meter may hold: the wrap of such a counter is one of these powers away. */
const EXPONENT_MAX = 6;
/** A fall is a wrap when the counter then went on by at most this share of its range. */
const WRAP_SHARE_MAX = 0.02;
/** Falling readings in a row, over a record's edge too, that make a reset. */
const FALLS_MIN = 2;

/** Range of a counter in its own unit. `scaled`: times a power of ten that the meter tells and a record forgets. */
export type CounterRange = { readonly size: number; readonly scaled: boolean };

/** What a window made of one counter. */
export type Counted = {
  /** Indexes of the values that count, in order. */
  readonly good: readonly number[];
  readonly delta: number | null;
  readonly baseline: number | null;
  readonly flags: readonly CounterFlag[];
};

type Walk = {
  readonly values: readonly number[];
  readonly range: CounterRange | null;
  readonly good: number[];
  delta: number | null;
  baseline: number | null;
  readonly flags: Set<CounterFlag>;
  /** {@link nextAtLeast}, made with the first fall. */
  next: Int32Array | null;
};

/**
 * Difference of a counter over a window, from the baseline of the record before it and the good values in time order.
 *
 * A counter never falls. When it does: back up within the window, it was a bad reading; near the end of its range, it
 * wrapped; fallen twice in a row to something that counts on, it was reset. One fallen reading at the end of the window
 * proves nothing, and a 0 never proves a reset: the baseline stays until the counter shows what became of it. A
 * difference from 0 is not taken either. So neither a lifetime of energy nor a negative one is ever recorded.
 */
export function countOver(
  values: readonly number[],
  baseline: number | null,
  range: CounterRange | null,
  pendingBefore: boolean,
): Counted {
  // an energy that counts backwards in the meter's sign is the same counter seen in a mirror
  const sign = (baseline ?? 0) < 0 || values.some((value) => value < 0) ? -1 : 1;
  const walk: Walk = {
    ...{ values: values.map((value) => sign * value), range, good: [], flags: new Set(), next: null },
    ...{ delta: baseline === null ? null : 0, baseline: baseline === null ? null : sign * baseline },
  };
  let index = baseline === null ? begin(walk, pendingBefore) : 0;
  while (index < values.length) index = step(walk, index, pendingBefore);
  const delta = walk.good.length === 0 ? null : walk.delta;
  return {
    ...{ good: walk.good, flags: [...walk.flags] },
    delta: delta === null ? null : sign * delta || 0,
    baseline: walk.baseline === null ? null : sign * walk.baseline || 0,
  };
}

/** First values ever: one lone 0 is no beginning. Returns the index to go on from. */
function begin(walk: Walk, pendingBefore: boolean): number {
  const { values, flags } = walk;
  if (values.length === 0) return 0;
  const counts = values.findIndex((value) => value !== 0);
  if (counts === -1 && values.length < FALLS_MIN && !pendingBefore) return pending(walk);
  if (counts > 0) flags.add('zeroIgnored');
  flags.add('first');
  accept(walk, Math.max(counts, 0));
  return Math.max(counts, 0) + 1;
}

function step(walk: Walk, index: number, pendingBefore: boolean): number {
  const { values, baseline, flags } = walk;
  const value = values[index]!;
  const from = baseline ?? value;
  if (value < from) return fallen(walk, index, from, pendingBefore);
  const next = values[index + 1] ?? value;
  if (next < value && next >= from) {
    // the one after it goes on where the one before it was
    flags.add('zeroIgnored');
    return index + 1;
  }
  if (from === 0 && value > 0) begun(walk);
  else if (walk.delta !== null) walk.delta += value - from;
  accept(walk, index);
  return index + 1;
}

/** A meter that has just woken says 0 too: what it counted before is not what was counted since. */
function begun(walk: Walk): void {
  walk.delta = null;
  walk.flags.add('first');
}

function fallen(walk: Walk, index: number, from: number, pendingBefore: boolean): number {
  const { values, range, flags } = walk;
  const back = recovery(walk, index, from);
  if (back !== null) {
    flags.add('zeroIgnored');
    return back;
  }
  let counts = index;
  while (values[counts] === 0) counts += 1;
  const value = values[counts];
  if (value === undefined) return pending(walk);
  const wrapped = wrapDistance(from, value, range);
  if (wrapped !== null) {
    flags.add('wrap');
    if (walk.delta !== null) walk.delta += wrapped;
    accept(walk, counts);
    return counts + 1;
  }
  const again = pendingBefore && walk.good.length === 0;
  if (values.length - index < FALLS_MIN && !again) return pending(walk);
  flags.add('reset');
  walk.delta = null;
  accept(walk, counts);
  return counts + 1;
}

function pending(walk: Walk): number {
  walk.flags.add('zeroIgnored').add('fallPending');
  return walk.values.length;
}

/** Index at which the values come back up to `from` in one leap, as after a bad reading; null when they do not. */
function recovery(walk: Walk, index: number, from: number): number | null {
  const { values } = walk;
  const back = firstAtLeast(walk, index, from);
  if (back === values.length) return null;
  return values[back]! - values[back - 1]! > (from - values[index]!) / 2 ? back : null;
}

/** Index of the first value after `index` that is `from` or more; their number when there is none. */
function firstAtLeast(walk: Walk, index: number, from: number): number {
  const { values, good } = walk;
  const last = good.at(-1);
  if (last !== undefined && values[last] === from) {
    walk.next ??= nextAtLeast(values);
    const next = walk.next[last]!;
    if (next > index) return next;
  }
  let at = index + 1;
  while (at < values.length && values[at]! < from) at += 1;
  return at;
}

/**
 * For each value the index of the next one that is not less; their number when there is none. In one pass: a counter
 * that falls all day, as a net one does while it exports, is asked at each fall.
 */
function nextAtLeast(values: readonly number[]): Int32Array {
  const next = new Int32Array(values.length).fill(values.length);
  const open: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    while (open.length > 0 && values[open.at(-1)!]! <= values[index]!) next[open.pop()!] = index;
    open.push(index);
  }
  return next;
}

/** How far the counter went when it wrapped from `from` to `value`; null when that is not what happened. */
function wrapDistance(from: number, value: number, range: CounterRange | null): number | null {
  if (range === null) return null;
  const powers = range.scaled ? Array.from({ length: 2 * EXPONENT_MAX + 1 }, (_, n) => n - EXPONENT_MAX) : [0];
  for (const power of powers) {
    const size = power < 0 ? range.size / 10 ** -power : range.size * 10 ** power;
    const distance = value + size - from;
    if (from <= size && distance <= size * WRAP_SHARE_MAX) return distance;
  }
  return null;
}

function accept(walk: Walk, index: number): void {
  walk.baseline = walk.values[index]!;
  walk.good.push(index);
}
