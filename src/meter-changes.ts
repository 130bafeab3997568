import type { AnalyzerConfig } from './domain/installation.ts';
import { isOfPlace } from './domain/meter-place.ts';
import { passOf } from './domain/pass.ts';
import type { Log } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import type { MeterMark, SmallState, StateFile, Store } from './domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from './domain/units.ts';
import type { Fleet } from './fleet.ts';
import type { Recorder } from './recorder.ts';
import type { Closed } from './recovery.ts';

/** Analyzers of the configuration that say something else now than in the run before. */
export type MeterChanges = {
  /**
   * Since when what is stored of an analyzer is of the meter of now, ms; 0: always, or since before the wall clock was
   * put back: then {@link over} tells.
   */
  sinceOf(id: AnalyzerId): number;
  /** Whose profile, ratio, sign or place are others than those that are remembered. */
  differing(analyzers: readonly AnalyzerConfig[], profiles: ReadonlyMap<string, Profile>): readonly AnalyzerId[];
  /** Remembers analyzers as they are, and who leaves; those in `changed` say something else from `at` on. */
  change(fleet: Pick<Fleet, 'analyzers' | 'leaving'>, changed: ReadonlySet<AnalyzerId>, at: Instant): void;
  /** As they were, where their profile is still known: what ended before this run is recorded as theirs. */
  readonly former: readonly AnalyzerConfig[];
  /** The store as far as it holds what the meters of now said. */
  over(store: Store): Store;
  /** The same for those of before. */
  overFormer(store: Store): Store;
};

/** An instant of a wall clock that may be put back: how often it had been. */
export type Instant = { readonly now: EpochMs; readonly pass: number };

type Options = {
  readonly state: StateFile;
  readonly analyzers: readonly AnalyzerConfig[];
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly now: EpochMs;
  readonly log: Log;
};

/**
 * Compares each analyzer's profile, ratio, sign and place with those of the run before, and remembers them. Where one
 * changed, what was stored before stays out of the records of what is read now, and out of the differences of counters.
 */
export function openMeterChanges({ state, analyzers, profiles, now, log }: Options): MeterChanges {
  const before = state.read();
  const known = new Map(analyzers.map((each) => [each.id, markIn(before, each, profiles)]));
  const changed = analyzers.filter((each) => !isSame(each, known.get(each.id) ?? null));
  const former = changed.flatMap((each) => formerOf(each, known.get(each.id) ?? null, profiles));
  const passNow = () => state.read().pass?.number ?? 0;
  const formerSince = (id: AnalyzerId) => sinceIn(known.get(id));
  /** Since when each says what it says now. */
  const marks = new Map(analyzers.map(({ id }) => [id, formerSince(id)]));
  const markedSince = (id: AnalyzerId) => marks.get(id) ?? sinceIn(state.read().meters?.[id]);
  /** As they were remembered in this run: the file may be behind. */
  const latest = new Map<AnalyzerId, MeterMark>();

  const remember = (these: readonly AnalyzerConfig[]) => {
    const meters = Object.fromEntries(these.map((each) => [each.id, markOf(each, markedSince(each.id))]));
    for (const each of these) latest.set(each.id, markOf(each, markedSince(each.id)));
    const isKept = ([id, mark]: [string, MeterMark]) => isEqual(mark, state.read().meters?.[id]);
    if (Object.entries(meters).every(isKept)) return;
    state
      .update((last) => ({ ...last, meters: { ...last.meters, ...meters } }))
      .catch((error) => log.error({ error }, 'which meters are read could not be kept over a restart'));
  };
  /** What a window needs that is still open when this run ends; no options of exports, which may be secrets. */
  const rememberLeaving = (open: readonly AnalyzerConfig[]) => {
    if (open.length === 0 && Object.keys(state.read().leaving ?? {}).length === 0) return;
    const kept = open.map((each) => {
      const exports = each.exports.map((one) => ({ ...one, options: {} }));
      return [each.id, { ...each, exports, params: {} }] as const;
    });
    state
      .update((last) => ({ ...last, leaving: Object.fromEntries(kept) }))
      .catch((error) => log.error({ error }, 'who is still to be recorded could not be kept over a restart'));
  };
  for (const { id, model } of changed) {
    marks.set(id, { now, pass: passNow() });
    const text =
      `analyzer ${id} (${model}) has another model, ratio, sign or place than in the run before: ` +
      'the records of the window that is open now begin with what is read from now on';
    log.warn({ analyzer: id, before: known.get(id)?.model ?? '' }, text);
  }
  remember(analyzers);
  // who came back while Lector did not run leaves no more
  if (analyzers.some(({ id }) => before.leaving?.[id])) {
    rememberLeaving(Object.values(before.leaving ?? {}).filter(({ id }) => !known.has(id)));
  }
  return {
    former,
    sinceOf(id) {
      const { now: at, pass } = markedSince(id);
      return pass === passNow() ? at : 0;
    },
    differing(these, all) {
      const last = state.read();
      return these.filter((each) => !isSame(each, latest.get(each.id) ?? markIn(last, each, all))).map(({ id }) => id);
    },
    change({ analyzers: these, leaving }, others, at) {
      for (const { id } of these) marks.set(id, others.has(id) ? at : markedSince(id));
      remember(these);
      rememberLeaving(leaving.filter(({ phase }) => phase === 'open').map(({ analyzer }) => analyzer));
    },
    over: (store) => since(store, markedSince),
    overFormer: (store) => since(store, formerSince),
  };
}

function isEqual(one: MeterMark, other: MeterMark | undefined): boolean {
  const keys = Object.keys(one) as (keyof MeterMark)[];
  return other !== undefined && keys.every((key) => one[key] === other[key]) && passOf(one) === passOf(other);
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

const ALWAYS: Instant = { now: epochMs(0), pass: 0 };

const sinceIn = (mark: MeterMark | null | undefined): Instant =>
  mark ? { now: epochMs(mark.since), pass: passOf(mark) } : ALWAYS;

function markOf(analyzer: AnalyzerConfig, { now, pass }: Instant): MeterMark {
  const { profileId, model, ratio, invert, deviceId, address } = analyzer;
  return { profileId, model, ratio, invert, since: now, ...(pass > 0 && { pass }), deviceId, address };
}

function isSame(analyzer: AnalyzerConfig, mark: MeterMark | null): boolean {
  if (mark === null) return true;
  const { profileId, ratio, invert } = analyzer;
  const isAlike = mark.profileId === profileId && mark.ratio === ratio && mark.invert === invert;
  return isAlike && isOfPlace(mark, analyzer);
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

/**
 * A store in which readings up to an instant are not seen, and counters of records up to it are not gone on from. What
 * came after the wall clock was put back is later, whatever it says.
 */
function since(store: Store, sinceOf: (id: AnalyzerId) => Instant): Store {
  const isLater = (at: EpochMs, of: { readonly pass?: number }, { now, pass }: Instant): boolean =>
    passOf(of) > pass || (passOf(of) === pass && at > now);
  const readings: Store['readings'] = (id, after, until) => {
    const mark = sinceOf(id);
    const all = store.readings(id, after, until);
    return after >= mark.now && mark.pass === 0 ? all : all.filter((each) => isLater(each.nominal, each, mark));
  };
  return {
    ...store,
    // whoever sees what is written may have come later
    putRecord: (record) => store.putRecord(record),
    readings,
    instants(id, after, until) {
      const { now, pass } = sinceOf(id);
      const isWhole = after >= now && pass === 0;
      return isWhole ? store.instants(id, after, until) : readings(id, after, until).map(({ nominal }) => nominal);
    },
    lastRecord(id) {
      const last = store.lastRecord(id);
      return last !== null && !isLater(last.end, last, sinceOf(id)) ? { ...last, variables: {} } : last;
    },
  };
}

/** What records of the run before are made by, where it read otherwise. */
export function formerPlaces({ placeOf, profiles }: Fleet, former: readonly AnalyzerConfig[]): Fleet['placeOf'] {
  const analyzers = new Map(former.map((analyzer) => [analyzer.id, analyzer]));
  return (id) => {
    const [place, analyzer] = [placeOf(id), analyzers.get(id)];
    const profile = analyzer && profiles.get(analyzer.profileId);
    return place && analyzer && profile ? { ...place, analyzer, profile } : null;
  };
}
