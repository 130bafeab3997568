import { FROZEN_WORDS } from '../domain/alarm-conditions.ts';
import type { AlarmKind } from '../domain/alarm-rules.ts';
import { safe } from '../domain/safe.ts';
import type { AlarmView } from '../protocol/views.ts';
import type { Raised } from './alarm-watch.ts';
import { analyzerState, isFrozen } from './analyzer-view.ts';
import { deliveryView } from './delivery-view.ts';
import { deviceState, deviceView } from './device-view.ts';
import type { AnalyzerTrack, DeliveryTrack, DeviceTrack } from './ledger.ts';
import { analyzerContext, errorView, isHeld, isoOrNull, type Scene, type WatchedScene } from './scene.ts';
import { labelOfTrack } from './why.ts';

/** Which alarms of rules say the same as a condition of now. */
type Kind = 'held' | 'closed' | 'unread' | 'frozen' | 'untaken' | 'trouble' | 'other';

/** What is wrong now whatever rules say, and what it is called where a rule says the same. */
type Condition = { readonly kind: Kind; readonly view: AlarmView };
type Plain = Omit<AlarmView, 'rule'>;

const SAME = {
  silent: ['unread', 'held'],
  lineLost: ['closed', 'held'],
  frozen: ['frozen'],
  owed: ['untaken', 'held'],
  diskLow: ['trouble'],
  above: [],
  below: [],
  demand: [],
} as const satisfies Readonly<Record<AlarmKind, readonly Kind[]>>;

/**
 * What is wrong now, worst first: held actors, lines that are lost, analyzers that are not read, then deliveries, then
 * what rules alone have found, then warnings, those of lines that have no time left first. What a rule raised for
 * something that is there already is that same alarm, with the rule's name. What a person did (paused, stopped,
 * disabled) is none.
 */
export function alarmsOf(scene: WatchedScene): readonly AlarmView[] {
  const { alone, joined } = join(conditionsOf(scene), scene.raised());
  const found = [...joined, ...alone];
  return [...found.filter(({ severity }) => severity === 'error'), ...found.filter(isWarning)];
}

function conditionsOf(scene: Scene): readonly Condition[] {
  const { analyzers, devices, deliveries } = scene.ledger;
  const tracks = [...devices.values(), ...analyzers.values(), ...deliveries.values()];
  return [
    ...tracks.flatMap((track) => kind('held', heldAlarm(scene, track))),
    ...[...devices.values()].flatMap((track) => kind('closed', deviceAlarm(scene, track))),
    ...[...devices.values()].flatMap((track) => kind('other', busyAlarm(scene, track))),
    ...[...analyzers.values()].flatMap((track) => analyzerAlarm(scene, track)),
    ...[...deliveries.values()].flatMap((track) => deliveryAlarms(scene, track)),
    ...kind(
      'trouble',
      troublesAlone(scene).map((text) => nodeAlarm(scene, text)),
    ),
  ];
}

/** Troubles but those of a destination that does not take records, which its own alarm says already. */
function troublesAlone(scene: Scene): readonly string[] {
  const said = [...scene.ledger.deliveries.values()].flatMap(
    (track) => deliveryView(scene, track).error?.message ?? [],
  );
  const isSaid = (text: string) => said.some((each) => text === each || text.endsWith(`: ${each}`));
  return scene.o.troubles().filter((text) => !isSaid(safe(text)));
}

function kind(name: Kind, views: readonly Plain[]): readonly Condition[] {
  return views.map((view) => ({ kind: name, view: { ...view, rule: null } }));
}

/** Each alarm once: those of rules with the condition that they are about, and those that are about none. */
function join(conditions: readonly Condition[], raised: readonly Raised[]) {
  if (raised.length === 0) return { joined: conditions.map(({ view }) => view), alone: [] };
  const found: { readonly kind: Kind; view: AlarmView }[] = conditions.map((condition) => ({ ...condition }));
  const bySubject = Map.groupBy(found, ({ view }) => view.subject);
  const alone: AlarmView[] = [];
  for (const { alarm, view } of raised) {
    const kinds: readonly Kind[] = SAME[alarm.watch.rule.when];
    const same = bySubject
      .get(view.subject)
      ?.find((each) => kinds.includes(each.kind) && (each.kind !== 'trouble' || each.view.message === view.message));
    if (same === undefined) alone.push(view);
    else same.view = joinedView(same.view, view);
  }
  return { joined: found.map(({ view }) => view), alone };
}

function joinedView(condition: AlarmView, raised: AlarmView): AlarmView {
  const severity = condition.severity === 'error' ? 'error' : raised.severity;
  const rule = condition.rule === null ? raised.rule : `${condition.rule}, ${raised.rule}`;
  return { ...condition, severity, since: condition.since ?? raised.since, rule };
}

const isWarning = ({ severity }: AlarmView): boolean => severity === 'warning';

type Track = AnalyzerTrack | DeviceTrack | DeliveryTrack;

function heldAlarm(scene: Scene, track: Track): readonly Plain[] {
  const cause = errorView(isHeld(scene, track));
  if (cause === null) return [];
  const since = isoOrNull(scene.iso, scene.ledger.heldAt.get(track.name) ?? null);
  const message = `crashed too often and is held: ${cause.message}`;
  return [{ severity: 'error', subject: track.name, label: labelOfTrack(scene, track), since, message }];
}

function deviceAlarm(scene: Scene, track: DeviceTrack): readonly Plain[] {
  const state = deviceState(scene, track);
  const { error, since } = deviceView(scene, track);
  // a line that is opened for the first time has no error yet
  if ((state !== 'reopening' && state !== 'opening') || error === null) return [];
  const label = labelOfTrack(scene, track);
  return [{ severity: 'error', subject: track.name, label, since, message: `is not open: ${error.message}` }];
}

/** Above this share of the last minute a line has no time left: what falls due then is read late, or not at all. */
const BUSY_ABOVE = 0.95;
const SEEN_MS = 55_000;

function busyAlarm(scene: Scene, track: DeviceTrack): readonly Plain[] {
  const { id } = track.config;
  const { utilisation, spanMs } = scene.o.lines.of(id);
  // at a start all of a line are identified at once
  if (utilisation <= BUSY_ABOVE || spanMs < SEEN_MS || deviceState(scene, track) !== 'open') return [];
  const share = `is busy ${Math.floor(100 * utilisation)} % of the time`;
  const remedy = 'read less often (tempslectura), or move some of its analyzers to a line of their own';
  const message = `${share}: readings come late or are left out; ${remedy}`;
  return [{ severity: 'warning', subject: track.name, label: labelOfTrack(scene, track), since: null, message }];
}

function analyzerAlarm(scene: Scene, track: AnalyzerTrack): readonly Condition[] {
  const state = analyzerState(scene, track);
  const alarm = { subject: track.name, label: labelOfTrack(scene, track), since: isoOrNull(scene.iso, track.since) };
  if (state === 'failed') {
    const cause = errorView(analyzerContext(scene, track)?.session.failure ?? null);
    const message = `is not read: ${cause?.message ?? 'no reason was given'}`;
    return kind('unread', [{ ...alarm, severity: 'error', message }]);
  }
  if ((state !== 'polling' && state !== 'recording') || !isFrozen(scene, track)) return [];
  const since = analyzerContext(scene, track)?.session.steadiness?.since ?? track.since;
  return kind('frozen', [{ ...alarm, severity: 'warning', since: isoOrNull(scene.iso, since), message: FROZEN_WORDS }]);
}

function deliveryAlarms(scene: Scene, track: DeliveryTrack): readonly Condition[] {
  const { state, error, since, owed, parked } = deliveryView(scene, track);
  const alarm = { subject: track.name, label: labelOfTrack(scene, track) };
  const alarms: Condition[] = [];
  if (state !== 'held' && error !== null) {
    const message = `does not take records, ${owed} ${owed === 1 ? 'waits' : 'wait'}: ${error.message}`;
    alarms.push(...kind('untaken', [{ ...alarm, severity: 'error', since, message }]));
  }
  if (parked > 0) {
    const message = `${parked} ${parked === 1 ? 'record is' : 'records are'} set aside: the destination refuses them`;
    alarms.push(...kind('other', [{ ...alarm, severity: 'warning', since: null, message }]));
  }
  return alarms;
}

function nodeAlarm({ ledger }: Scene, text: string): Plain {
  const { name, id } = ledger.plant.installation.node;
  return { severity: 'error', subject: 'node', label: `node ${id} (${safe(name)})`, since: null, message: safe(text) };
}
