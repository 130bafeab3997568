import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Profile } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { openStoreReader } from '../store/reader.ts';
import { DAY_MS } from '../tariff/local-day.ts';
import { recordedIn } from '../tariff/usage-columns.ts';
import { placesOf } from '../tariff/usage-places.ts';
import { localText } from '../zone.ts';
import { variablesOf } from './cost-source.ts';

type Exchange = Extract<CostEvent, { readonly kind: 'exchange' }>;

const HOUR_MS = 3_600_000;
/** Records that far before an exchange, and after it, tell what the counter showed. */
const AROUND_MS = 31 * DAY_MS;
/** So many times the mean of before is no consumption: a digit too many, or the counter of another meter. */
const FAR_TIMES = 100;

const isOf = (event: Exchange) => (other: CostEvent) =>
  other.kind === 'exchange' && other.analyzerId === event.analyzerId && other.counter === event.counter;

/** Throws USAGE where the same exchange was entered already. */
export function checkOnce(event: Exchange, events: readonly CostEvent[]): void {
  const same = events.filter(isOf(event)).find((other) => other.kind === 'exchange' && other.at === event.at);
  if (same === undefined) return;
  const todo = `lector event remove ${same.id} takes that back`;
  throw new LectorError('USAGE', `this exchange is event ${same.id} already, a meter is exchanged once; ${todo}`);
}

export type ExchangePlace = {
  readonly dataDir: string;
  readonly profile: Profile | null;
  readonly events: readonly CostEvent[];
  readonly offsetAt: OffsetAt;
};

/**
 * Throws USAGE where the old meter would have counted backwards, or one of both much further than it can have: its
 * records around then, if there are any, tell.
 */
export function checkCounters(event: Exchange, place: ExchangePlace): void {
  // what was before another exchange, or after it, was shown by another meter
  const others = place.events.filter(isOf(event)).flatMap((other) => (other.kind === 'exchange' ? other.at : []));
  const since = Math.max(event.at - AROUND_MS, 0, ...others.filter((at) => at < event.at));
  const until = Math.min(event.at + AROUND_MS, ...others.filter((at) => at > event.at));
  const shown = shownAround(event, { since: epochMs(since), until: epochMs(until) }, place);
  if (shown === null) return;
  const { before, after, perMs } = shown;
  const code = safe(shown.code, 40);
  const time = (at: EpochMs) => localText(at, place.offsetAt).slice(0, 16);
  if (before !== null && event.old < before.value) {
    const expected = `at least ${before.value}, which the counter ${code} showed at ${time(before.at)}`;
    throw new LectorError('USAGE', `--old: expected ${expected}; saw ${event.old}`);
  }
  /** Whether it cannot have gone so far in a time, of an hour at least. */
  const isFar = (way: number, ms: number) => perMs > 0 && way > perMs * Math.max(ms, HOUR_MS) * FAR_TIMES;
  if (before !== null && isFar(event.old - before.value, event.at - before.at)) {
    throw tooFar('old', event.old, `what the counter ${code} showed at ${time(before.at)}, ${before.value}`);
  }
  if (after !== null && isFar(after.value - event.new, after.at - event.at)) {
    throw tooFar('new', event.new, `what the counter ${code} showed at ${time(after.at)}, ${after.value}`);
  }
}

const tooFar = (name: string, saw: number, near: string): LectorError =>
  new LectorError('USAGE', `--${name}: expected a counter near ${near}; saw ${saw}, from which no energy can be told`);

type Shown = { readonly value: number; readonly at: EpochMs };

/** Last value before, first one after, and what the counter went in a ms before; null: nothing tells it. */
function shownAround(
  event: Exchange,
  { since, until }: { readonly since: EpochMs; readonly until: EpochMs },
  { dataDir, profile }: ExchangePlace,
) {
  const records = recordsOf(event, since, until, dataDir);
  const variables = variablesOf(profile);
  const own = event.counter ?? placesOf(variables, recordedIn(records)).imported?.code;
  const phases = variables.find(({ code }) => code === own)?.phases;
  if (own === undefined || phases === undefined) return null;
  const index = Math.max(0, phases.indexOf('total'));
  let first: Shown | null = null;
  let before: Shown | null = null;
  let after: Shown | null = null;
  let went = 0;
  for (const { end, variables: recorded } of records) {
    const value = recorded[own]?.values[index] ?? null;
    const at = recorded[own]?.at ?? end;
    if (value === null || at <= since) continue;
    if (at <= event.at) {
      if (before !== null) went += recorded[own]?.delta[index] ?? 0;
      before = { value, at };
      first ??= before;
    } else after ??= { value, at };
  }
  const ms = before === null || first === null ? 0 : before.at - first.at;
  return { code: own, before, after, perMs: ms > 0 ? went / ms : 0 };
}

function recordsOf({ analyzerId }: Exchange, since: EpochMs, until: EpochMs, dataDir: string) {
  try {
    const reader = openStoreReader({ dir: dataDir });
    try {
      return reader.records(analyzerId, since, until);
    } finally {
      void reader.close();
    }
  } catch (error) {
    // a store that cannot be read, or that nobody wrote yet, tells nothing
    if (error instanceof LectorError) return [];
    throw error;
  }
}
