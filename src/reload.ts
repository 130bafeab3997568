import { LectorError } from './domain/errors.ts';
import type { OffsetAt, Window } from './domain/grid.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { Profile } from './domain/profile.ts';
import { windowIn } from './domain/recording-grid.ts';
import { planReload, type ReloadPlan } from './domain/reload.ts';
import type { Store } from './domain/store-port.ts';
import { type AnalyzerId, type DeviceId, epochMs } from './domain/units.ts';
import { type Configuration, type Fleet, nextFleet } from './fleet.ts';
import type { MeterChanges } from './meter-changes.ts';
import type { ReloadView } from './protocol/answers.ts';
import type { Made, Recorder } from './recorder.ts';

/** Whom another configuration touches though they stay. */
export type Touched = { readonly lines: readonly DeviceId[]; readonly analyzers: readonly AnalyzerId[] };

/** What a reload works on: all that was made of the configuration in force. */
export type ReloadOptions = {
  readonly fleet: () => Fleet;
  /** Puts another one in force before it returns; resolves when what it replaced is closed. */
  readonly install: (fleet: Fleet, touched: Touched) => Promise<void>;
  readonly recorder: Pick<Recorder, 'closeWindow' | 'recovering'>;
  readonly meters: Pick<MeterChanges, 'differing' | 'change'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  readonly log: Log;
  /** Resolves when everything is started; rejects when it ended before. */
  readonly running: () => Promise<unknown>;
  /** Windows that ended and wait at an analyzer, and whether it is read. */
  readonly waiting: (id: AnalyzerId) => { readonly windows: readonly Window[]; readonly isRead: boolean };
  /** How often the wall clock was put back. */
  readonly pass: () => number;
  readonly recorded: (made: readonly Made[]) => void;
  readonly storeFailed: (error: unknown) => void;
};

export type Reloading = {
  /** One after the other. Rejects CANCELLED once Lector is being stopped. */
  reload(next: Configuration, planOnly: boolean): Promise<ReloadView>;
  /** None begins from now on, and one that waits is given up. */
  end(): void;
};

export function createReloading(o: ReloadOptions): Reloading {
  let last: Promise<unknown> = Promise.resolve();
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => undefined);
  let isEnding = false;
  const orEnd = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, ending.promise]);

  const planned = (next: Configuration): ReloadPlan => {
    const { installation, profiles } = o.fleet();
    return planReload(installation, next.installation, [profiles, next.profiles]);
  };

  const apply = async (next: Configuration): Promise<ReloadPlan> => {
    await orEnd(o.running());
    const plan = planned(next);
    const others = new Set([...plan.meters, ...o.meters.differing(plan.read, next.profiles)]);
    // what the last run left of them is recorded as what they were
    for (const id of [...plan.removed, ...others]) await orEnd(o.recorder.recovering(id) ?? Promise.resolve());
    if (isEnding) throw stopping();
    // from here to the end of the installation nobody else has a turn
    for (const id of others) closeEnded(o, id);
    for (const id of plan.removed) closeWaiting(o, id);
    const now = o.clock.now();
    const fleet = nextFleet(o.fleet(), next, { store: o.store, now, offsetAt: o.offsetAt });
    o.meters.change(fleet, others, { now, pass: o.pass() });
    await o.install(fleet, plan);
    return plan;
  };

  const reload = async (given: Configuration, planOnly: boolean): Promise<ReloadView> => {
    if (isEnding) throw stopping();
    const { profiles, contracts } = o.fleet();
    const next = {
      ...{ ...given, profiles: knownProfiles(given.profiles, profiles) },
      // one that cannot be read now is that of before: without it the cost of the day is lost until midnight
      contracts: new Map([...(contracts ?? []), ...(given.contracts ?? [])]),
    };
    if (planOnly) return viewOf(planned(next), false);
    const plan = await apply(next);
    sayChanges(plan, o.log);
    return viewOf(plan, true);
  };

  return {
    reload(next, planOnly) {
      const turn = last.then(() => reload(next, planOnly));
      last = turn.catch(() => undefined);
      return turn;
    },
    end() {
      isEnding = true;
      ending.reject(stopping());
    },
  };
}

/** Profiles that say what they said before stay the same objects: whoever compares those of many meters sees it. */
function knownProfiles(profiles: Configuration['profiles'], former: Configuration['profiles']) {
  const known = ([id, profile]: [string, Profile]): [string, Profile] => {
    const before = former.get(id);
    const isSame = before !== undefined && JSON.stringify(before) === JSON.stringify(profile);
    return [id, isSame ? before : profile];
  };
  return new Map([...profiles].map(known));
}

/** Changes that the log names one by one. */
const SAID_MAX = 50;

const stopping = () => new LectorError('CANCELLED', 'Lector is being stopped: the configuration stays as it is');

const viewOf = ({ changes, needsRestart }: ReloadPlan, applied: boolean): ReloadView => ({
  ...{ applied, changes, needsRestart },
  warnings: [],
});

/** Closes the windows that wait at an analyzer, which goes. */
function closeWaiting(o: ReloadOptions, id: AnalyzerId): void {
  const { windows, isRead } = o.waiting(id);
  for (const window of windows) close(o, id, window, isRead);
}

/** Closes all that ended of an analyzer: what it is told to record later is made of other readings. */
function closeEnded(o: ReloadOptions, id: AnalyzerId): void {
  closeWaiting(o, id);
  const place = o.fleet().placeOf(id);
  if (place === null) return;
  const { start } = windowIn(place.scheduled, epochMs(o.clock.now() + 1), o.offsetAt);
  const pass = o.pass();
  close(o, id, { ...windowIn(place.scheduled, start, o.offsetAt), ...(pass > 0 && { pass }) }, false);
}

function close(o: ReloadOptions, id: AnalyzerId, window: Window, evenEmpty: boolean): void {
  try {
    o.recorded(o.recorder.closeWindow(id, window, evenEmpty));
  } catch (error) {
    o.storeFailed(error);
  }
}

function sayChanges({ changes, needsRestart }: ReloadPlan, log: Log): void {
  if (changes.length === 0) log.info({}, 'the configuration was read again: nothing that is in force changed');
  for (const { subject, change, what, effect } of changes.slice(0, SAID_MAX)) {
    const differing = what.length === 0 ? '' : ` (${what.join(', ')})`;
    log.info({ subject, change }, `${subject.replace(':', ' ')} ${change}${differing}: ${effect}`);
  }
  if (changes.length > SAID_MAX) log.info({}, `and ${changes.length - SAID_MAX} more changes`);
  for (const text of needsRestart) log.warn({}, text);
}
