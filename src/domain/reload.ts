import { type Destination, destinationsOf } from './destinations.ts';
import type { AnalyzerConfig, DeviceConfig, Installation } from './installation.ts';
import type { Profile } from './profile.ts';
import {
  type AnalyzerDifferences,
  alarmDifferences,
  analyzerDifferences,
  enabledDifferences,
  isOtherProfile,
  lineDifferences,
  nodeDifferences,
  startDifferences,
  virtualDifferences,
} from './reload-words.ts';
import type { AnalyzerId, DeviceId } from './units.ts';

/** One thing that differs, as people are told it. */
export type PlannedChange = {
  /** `analyzer:3`, `device:1`, `delivery:localFile:/dades`, `virtual:100`, `node`. */
  readonly subject: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly what: readonly string[];
  readonly effect: string;
};

/** What another configuration changes, and whom it touches; all others go on. */
export type ReloadPlan = {
  readonly changes: readonly PlannedChange[];
  /** What counts only at the next start, one sentence each. */
  readonly needsRestart: readonly string[];
  /** Devices that stay and whose line is closed and opened anew. */
  readonly lines: readonly DeviceId[];
  /** Analyzers that stay and are connected anew, those of such devices among them. */
  readonly analyzers: readonly AnalyzerId[];
  /** Analyzers that say something else from now on: what was read before is not mixed with it. */
  readonly meters: readonly AnalyzerId[];
  /** Analyzers that were read and are no more. */
  readonly removed: readonly AnalyzerId[];
  /** All that are read then. */
  readonly read: readonly AnalyzerConfig[];
};

/** The profiles of the former configuration and of the next, by id. */
export type ProfilesOfBoth = readonly [ReadonlyMap<string, Profile>, ReadonlyMap<string, Profile>];

/** Devices that are read, and the analyzers on them. */
export function readOf({ devices, analyzers }: Pick<Installation, 'devices' | 'analyzers'>) {
  const enabled = devices.filter((device) => device.enabled);
  const ids = new Set(enabled.map(({ id }) => id));
  return { devices: enabled, analyzers: analyzers.filter((each) => ids.has(each.deviceId)) };
}

/** Compares two configurations. Where no profiles are given, those of one id are taken for the same. */
export function planReload(
  before: Installation,
  after: Installation,
  profiles: ProfilesOfBoth = [new Map(), new Map()],
): ReloadPlan {
  const [was, is] = [readOf(before), readOf(after)];
  const differences = differencesBetween(before, after, profiles);
  const [lines, touched] = [touchedLines(was, is, profiles), touchedAnalyzers(was, is, differences)];
  const ofLines = is.analyzers.filter((each) => lines.has(each.deviceId) && touched.stay.has(each.id));
  const anew = new Set([...touched.anew, ...ofLines.map(({ id }) => id)]);
  const context = { before, after, differences, lines, was, is };
  return {
    changes: [
      ...nodeChanges(before, after),
      ...deviceChanges(context),
      ...analyzerChanges(context),
      ...deliveryChanges(was, is),
      ...virtualChanges(before, after),
      ...alarmChanges(before, after),
    ],
    needsRestart: startDifferences(before, after),
    lines: [...lines],
    analyzers: is.analyzers.filter(({ id }) => anew.has(id)).map(({ id }) => id),
    meters: touched.meters,
    removed: was.analyzers.filter(({ id }) => !touched.there.has(id)).map(({ id }) => id),
    read: is.analyzers,
  };
}

type Read = ReturnType<typeof readOf>;
type Context = {
  readonly before: Installation;
  readonly after: Installation;
  readonly differences: Differing;
  readonly lines: ReadonlySet<DeviceId>;
  readonly was: Read;
  readonly is: Read;
};

/** Lines that stay but are opened otherwise, or speak another protocol: that of the first of their meters. */
function touchedLines(was: Read, is: Read, [old, young]: ProfilesOfBoth): ReadonlySet<DeviceId> {
  const protocolOf = ({ analyzers }: Read, { id }: DeviceConfig, profiles: ReadonlyMap<string, Profile>) =>
    profiles.get(analyzers.find((each) => each.deviceId === id)?.profileId ?? '')?.protocol ?? 'modbus';
  const former = byId(was.devices);
  const isTouched = (device: DeviceConfig) => {
    const known = former.get(device.id);
    if (known === undefined) return false;
    return lineDifferences(known, device).length > 0 || protocolOf(was, known, old) !== protocolOf(is, device, young);
  };
  return new Set(is.devices.filter(isTouched).map(({ id }) => id));
}

function touchedAnalyzers(was: Read, is: Read, differences: Differing) {
  const former = byId(was.analyzers);
  const stay = is.analyzers.filter(({ id }) => former.has(id)).map(({ id }) => id);
  const meters = stay.filter((id) => (differences.get(id)?.meter.length ?? 0) > 0);
  const anew = stay.filter((id) => (differences.get(id)?.connection.length ?? 0) > 0);
  const there = new Set(is.analyzers.map(({ id }) => id));
  return { there, stay: new Set(stay), anew: [...anew, ...meters], meters };
}

/** What differs of the analyzers that both have. */
type Differing = ReadonlyMap<AnalyzerId, AnalyzerDifferences>;

function differencesBetween(before: Installation, after: Installation, [old, young]: ProfilesOfBoth): Differing {
  const former = byId(before.analyzers);
  // a profile is long, and many meters have the same
  const used = new Set(after.analyzers.map(({ profileId }) => profileId));
  const others = new Set([...used].filter((id) => isOtherProfile(old.get(id), young.get(id))));
  return new Map(
    after.analyzers.flatMap((analyzer) => {
      const known = former.get(analyzer.id);
      if (known === undefined) return [];
      const isOther = known.profileId === analyzer.profileId && others.has(analyzer.profileId);
      return [[analyzer.id, analyzerDifferences(known, analyzer, isOther)] as const];
    }),
  );
}

const byId = <T extends { readonly id: number }>(list: readonly T[]): ReadonlyMap<number, T> =>
  new Map(list.map((each) => [each.id, each]));

function nodeChanges(before: Installation, after: Installation): readonly PlannedChange[] {
  const what = nodeDifferences(before, after);
  return what.length === 0 ? [] : [{ subject: 'node', change: 'changed', what, effect: 'nothing is interrupted' }];
}

function virtualChanges({ virtuals: old = [] }: Installation, { virtuals: young = [] }: Installation) {
  return pairsOf(old, young).flatMap(([before, after]): readonly PlannedChange[] => {
    const subject = `virtual:${(after ?? before)?.id}`;
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    const what = before === undefined || after === undefined ? [] : virtualDifferences(before, after);
    return change === 'changed' && what.length === 0
      ? []
      : [{ subject, change, what, effect: 'nothing is interrupted: it is computed' }];
  });
}

function alarmChanges(before: Installation, after: Installation): readonly PlannedChange[] {
  const what = alarmDifferences(before, after);
  const effect = 'nothing is interrupted; alarms that go on are not told again';
  return what.length === 0 ? [] : [{ subject: 'alarms', change: 'changed', what, effect }];
}

/** Each of both lists once, in the order of the former; what is new comes last. */
function pairsOf<T extends { readonly id: number | string }>(before: readonly T[], after: readonly T[]) {
  const known = new Map(before.map((each) => [each.id, each]));
  const next = new Map(after.map((each) => [each.id, each]));
  return [...new Set([...known.keys(), ...next.keys()])].map((id) => [known.get(id), next.get(id)] as const);
}

const LEFT = 'the window that is open is recorded once, at its end';
const NOBODY = 'no analyzer is on it';

function deviceChanges({ before, after, lines, was, is }: Context): readonly PlannedChange[] {
  const on = ({ analyzers }: Read, id: DeviceId) => analyzers.filter((each) => each.deviceId === id).length;
  return pairsOf(before.devices, after.devices).flatMap(([old, young]): readonly PlannedChange[] => {
    if (young === undefined) {
      if (old === undefined) return [];
      const effect = old.enabled ? closedFor(on(was, old.id)) : 'it was not read';
      return [{ subject: `device:${old.id}`, change: 'removed', what: [], effect }];
    }
    const subject = `device:${young.id}`;
    if (old === undefined) {
      const effect = young.enabled ? openedFor(on(is, young.id)) : 'it is disabled: nothing is read';
      return [{ subject, change: 'added', what: [], effect }];
    }
    const differences = [...enabledDifferences(old, young), ...lineDifferences(old, young)];
    const what = differences.length === 0 && lines.has(young.id) ? ['protocol of its meters'] : differences;
    if (what.length === 0) return [];
    return [{ subject, change: 'changed', what, effect: lineEffect(old, young, on(was, old.id), on(is, young.id)) }];
  });
}

function lineEffect(old: DeviceConfig, young: DeviceConfig, before: number, after: number): string {
  if (!young.enabled) return old.enabled ? closedFor(before) : 'it is disabled: nothing is read';
  if (!old.enabled || before === 0) return openedFor(after);
  if (after === 0) return `its line is closed: ${NOBODY} any more; other lines go on`;
  return `its line is closed and opened anew, and ${itsOwn(after)} connected again; other lines go on`;
}

const openedFor = (analyzers: number): string =>
  analyzers === 0
    ? `nothing is read: ${NOBODY}`
    : `its line is opened, and ${itsOwn(analyzers)} read; all others go on`;

function closedFor(analyzers: number): string {
  if (analyzers === 0) return `nothing was read: ${NOBODY}`;
  const left = analyzers === 1 ? LEFT : 'the windows that are open are recorded once, at their end';
  return `its line is closed, and ${itsOwn(analyzers)} read no more; ${left}`;
}

/** `its analyzer is`, `its 3 analyzers are`. */
const itsOwn = (count: number): string => (count === 1 ? 'its analyzer is' : `its ${count} analyzers are`);

function analyzerChanges({ before, after, differences: all, was, is, lines }: Context): readonly PlannedChange[] {
  const [wasRead, isRead] = [byId(was.analyzers), byId(is.analyzers)];
  return pairsOf(before.analyzers, after.analyzers).flatMap(([old, young]): readonly PlannedChange[] => {
    if (young === undefined) {
      if (old === undefined) return [];
      const effect = wasRead.has(old.id) ? `it is read no more; ${LEFT}` : 'it was not read';
      return [{ subject: `analyzer:${old.id}`, change: 'removed', what: [], effect }];
    }
    const subject = `analyzer:${young.id}`;
    const disabled = `nothing is read: device ${young.deviceId} is disabled`;
    if (old === undefined) {
      const effect = isRead.has(young.id) ? 'it is read from now on; all others go on' : disabled;
      return [{ subject, change: 'added', what: [], effect }];
    }
    const differences = all.get(young.id);
    const what = Object.values(differences ?? {}).flat();
    if (differences === undefined || what.length === 0) return [];
    const effect = isRead.has(young.id)
      ? analyzerEffect(differences, wasRead.has(young.id), lines.has(young.deviceId))
      : disabled;
    return [{ subject, change: 'changed', what, effect }];
  });
}

function analyzerEffect(of: AnalyzerDifferences, wasRead: boolean, isLineAnew: boolean): string {
  if (!wasRead) return 'it is read from now on; all others go on';
  const others = isLineAnew ? 'with its line' : 'the others of its line go on';
  const connected = isLineAnew ? `it is connected anew, ${others}` : `it is connected anew; ${others}`;
  const grid = 'its windows keep their length until one of the former and one of the new end together';
  const sentences = [
    ...(of.meter.length > 0 ? ['what was read before stays out of its records from now on'] : []),
    ...(of.recording.length > 0 ? [grid] : []),
  ];
  const isAnew = of.connection.length + of.meter.length > 0;
  return [isAnew ? connected : 'nothing is interrupted', ...sentences].join('; ');
}

const REMOVED_PAGE = ['removed', 'nothing is answered there any more'] as const;

function deliveryChanges(was: Read, is: Read): readonly PlannedChange[] {
  const idsOf = (destination: Destination | undefined) => destination?.analyzers.map(({ id }) => id) ?? [];
  const pairs = pairsOf(destinationsOf(was.analyzers), destinationsOf(is.analyzers));
  return pairs.flatMap(([old, young]): readonly PlannedChange[] => {
    const subject = `delivery:${(young ?? old)?.id}`;
    const isOwedNothing = (young ?? old)?.config.type === 'prometheus';
    if (isOwedNothing && (young === undefined || old === undefined)) {
      const [change, effect] = young ? (['added', 'it answers from now on'] as const) : REMOVED_PAGE;
      return [{ subject, change, what: [], effect }];
    }
    if (young === undefined) {
      const isDeserted = idsOf(old).every((id) => !is.analyzers.some((each) => each.id === id));
      const effect = isDeserted
        ? 'it is sent the last records of its analyzers, and then nothing more'
        : 'it is sent nothing more; what it was not sent stays in the store';
      return [{ subject, change: 'removed', what: [], effect }];
    }
    if (old === undefined)
      return [{ subject, change: 'added', what: [], effect: 'it gets what is recorded from now on' }];
    const [before, after] = [idsOf(old), idsOf(young)];
    const added = after.filter((id) => !before.includes(id));
    const removed = before.filter((id) => !after.includes(id));
    const what = [
      ...added.map((id) => `gets analyzer ${id}`),
      ...removed.map((id) => `no more of analyzer ${id}`),
      ...optionDifferences(old, young),
    ];
    return what.length === 0 ? [] : [{ subject, change: 'changed', what, effect: 'nothing is interrupted' }];
  });
}

function optionDifferences({ config: old }: Destination, { config: young }: Destination): readonly string[] {
  const names = [...new Set([...Object.keys(old.options), ...Object.keys(young.options)])];
  return names.filter((name) => old.options[name] !== young.options[name]).map((name) => `another ${name}`);
}
