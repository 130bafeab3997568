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

/** Records that far before an exchange tell what the counter showed. */
const BEFORE_MS = 31 * DAY_MS;

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

/** Throws USAGE where the old meter would have counted backwards: its records before then, if there are any, tell. */
export function checkOld(event: Exchange, place: ExchangePlace): void {
  // what was before another exchange was shown by another meter
  const others = place.events.filter(isOf(event)).flatMap((other) => (other.kind === 'exchange' ? other.at : []));
  const since = Math.max(event.at - BEFORE_MS, 0, ...others.filter((at) => at < event.at));
  const shown = shownBefore(event, epochMs(since), place);
  if (shown === null || event.old >= shown.value) return;
  const when = localText(shown.at, place.offsetAt).slice(0, 16);
  const expected = `at least ${shown.value}, which the counter ${safe(shown.code, 40)} showed at ${when}`;
  throw new LectorError('USAGE', `--old: expected ${expected}; saw ${event.old}`);
}

/** The last value of the counter; null: nothing tells it. */
function shownBefore(event: Exchange, since: EpochMs, { dataDir, profile }: ExchangePlace) {
  const records = recordsOf(event, since, dataDir);
  const variables = variablesOf(profile);
  const own = event.counter ?? placesOf(variables, recordedIn(records)).imported?.code;
  const phases = variables.find(({ code }) => code === own)?.phases;
  if (own === undefined || phases === undefined) return null;
  const index = Math.max(0, phases.indexOf('total'));
  for (const { end, variables: recorded } of records.toReversed()) {
    const value = recorded[own]?.values[index] ?? null;
    const at = recorded[own]?.at ?? end;
    if (value !== null && at > since && at <= event.at) return { code: own, value, at };
  }
  return null;
}

function recordsOf({ analyzerId, at }: Exchange, since: EpochMs, dataDir: string) {
  try {
    const reader = openStoreReader({ dir: dataDir });
    try {
      return reader.records(analyzerId, since, at);
    } finally {
      void reader.close();
    }
  } catch (error) {
    // a store that cannot be read, or that nobody wrote yet, tells nothing
    if (error instanceof LectorError) return [];
    throw error;
  }
}
