import type { AnalyzerConfig } from './domain/installation.ts';
import type { Log } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import type { MeterMark, SmallState, StateFile, Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';
import type { Recorder } from './recorder.ts';
import type { Closed } from './recovery.ts';

/** Analyzers of the configuration that say something else now than in the run before. */
export type MeterChanges = {
  /** As they were, where their profile is still known: what ended before this run is recorded as theirs. */
  readonly former: readonly AnalyzerConfig[];
  /** The store as far as it holds what the meters of now said. */
  over(store: Store): Store;
  /** The same for those of before. */
  overFormer(store: Store): Store;
};

type Options = {
  readonly state: StateFile;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly now: EpochMs;
  readonly log: Log;
};

/**
 * Compares each analyzer's profile, ratio and sign with those of the run before, and remembers them. Where one changed,
 * what was stored before stays out of the records of what is read now, and out of the differences of counters.
 */
export function openMeterChanges({ state, analyzers, profiles, now, log }: Options): MeterChanges {
  const before = state.read();
  const known = new Map(analyzers.map((each) => [each.id, markIn(before, each, profiles)]));
  const changed = analyzers.filter((each) => !isSame(each, known.get(each.id) ?? null));
  const sinceOf = (id: AnalyzerId) => known.get(id)?.since ?? 0;
  const marks = new Map(
    analyzers.map((each) => [each.id, changed.includes(each) ? now : epochMs(sinceOf(each.id))] as const),
  );
  for (const { id, model } of changed) {
    const text =
      `analyzer ${id} (${model}) has another model, ratio or sign than in the run before: ` +
      'the records of the window that is open now begin with what is read from now on';
    log.warn({ analyzer: id, before: known.get(id)?.model ?? '' }, text);
  }
  if (changed.length > 0 || analyzers.some(({ id }) => before.meters?.[id] === undefined)) {
    const meters = Object.fromEntries(analyzers.map((each) => [each.id, markOf(each, marks.get(each.id) ?? 0)]));
    state
      .update((last) => ({ ...last, meters: { ...last.meters, ...meters } }))
      .catch((error) => log.error({ error }, 'which meters are read could not be kept over a restart'));
  }
  return {
    former: changed.flatMap((each) => formerOf(each, known.get(each.id) ?? null, profiles)),
    over: (store) => (Math.max(...marks.values(), 0) === 0 ? store : since(store, (id) => marks.get(id) ?? 0)),
    overFormer: (store) => since(store, sinceOf),
  };
}

/** A recorder that first closes what the meters of before left: all of it, for what is left then is a gap. */
export function afterFormer(recorder: Recorder, former: Recorder): Recorder {
  return {
    ...recorder,
    async recover(startedAt) {
      const { closed } = await former.recover(startedAt);
      const before = await closed;
      const rest = await recorder.recover(startedAt);
      return { closed: rest.closed.then((after) => both(before, after)) };
    },
    endRecovery() {
      former.endRecovery();
      recorder.endRecovery();
    },
  };
}

const both = (one: Closed, other: Closed): Closed => ({
  windows: one.windows + other.windows,
  written: Promise.all([one.written, other.written]),
});

/** Before marks were kept, the identity tells the profile. */
function markIn(
  { meters, identities }: SmallState,
  analyzer: AnalyzerConfig,
  profiles: ReadonlyMap<string, Profile>,
): MeterMark | null {
  const kept = meters?.[analyzer.id];
  const profileId = identities[analyzer.id]?.profileId;
  if (kept !== undefined || profileId === undefined) return kept ?? null;
  const { model, ratio, invert } = analyzer;
  return {
    profileId,
    model: profileId === analyzer.profileId ? model : (profiles.get(profileId)?.model ?? ''),
    ...{ ratio, invert, since: 0 },
  };
}

function markOf({ profileId, model, ratio, invert }: AnalyzerConfig, at: number): MeterMark {
  return { profileId, model, ratio, invert, since: at };
}

function isSame({ profileId, ratio, invert }: AnalyzerConfig, mark: MeterMark | null): boolean {
  return mark === null || (mark.profileId === profileId && mark.ratio === ratio && mark.invert === invert);
}

function formerOf(
  analyzer: AnalyzerConfig,
  mark: MeterMark | null,
  profiles: ReadonlyMap<string, Profile>,
): readonly AnalyzerConfig[] {
  if (mark === null || !profiles.has(mark.profileId)) return [];
  const { profileId, model, ratio, invert } = mark;
  return [{ ...analyzer, profileId, model, ratio, invert }];
}

/** A store in which readings up to an instant are not seen, and counters of records up to it are not gone on from. */
function since(store: Store, sinceOf: (id: AnalyzerId) => number): Store {
  const cut = (id: AnalyzerId, after: EpochMs, until: EpochMs) =>
    epochMs(Math.max(after, Math.min(until, sinceOf(id))));
  return {
    ...store,
    readings: (id, after, until) => store.readings(id, cut(id, after, until), until),
    instants: (id, after, until) => store.instants(id, cut(id, after, until), until),
    lastRecord(id) {
      const last = store.lastRecord(id);
      return last !== null && last.end <= sinceOf(id) ? { ...last, variables: {} } : last;
    },
  };
}
