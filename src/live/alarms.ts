import { safe } from '../domain/safe.ts';
import type { AlarmView } from '../protocol/answers.ts';
import { analyzerState, isFrozen } from './analyzer-view.ts';
import { deliveryView } from './delivery-view.ts';
import { deviceState, deviceView } from './device-view.ts';
import type { AnalyzerTrack, DeliveryTrack, DeviceTrack } from './ledger.ts';
import { analyzerContext, errorView, isHeld, isoOrNull, type Scene } from './scene.ts';
import { labelOfTrack } from './why.ts';

/**
 * What is wrong now, worst first: held actors, lines that are lost, analyzers that are not read, then deliveries, then
 * warnings, those of lines that have no time left first. What a person did (paused, stopped, disabled) is none.
 */
export function alarmsOf(scene: Scene): readonly AlarmView[] {
  const { analyzers, devices, deliveries } = scene.ledger;
  const tracks = [...devices.values(), ...analyzers.values(), ...deliveries.values()];
  const found = [
    ...tracks.flatMap((track) => heldAlarm(scene, track)),
    ...[...devices.values()].flatMap((track) => deviceAlarm(scene, track)),
    ...[...devices.values()].flatMap((track) => busyAlarm(scene, track)),
    ...[...analyzers.values()].flatMap((track) => analyzerAlarm(scene, track)),
    ...[...deliveries.values()].flatMap((track) => deliveryAlarms(scene, track)),
    ...scene.o.troubles().map((text) => nodeAlarm(scene, text)),
  ];
  return [...found.filter(({ severity }) => severity === 'error'), ...found.filter(isWarning)];
}

const isWarning = ({ severity }: AlarmView): boolean => severity === 'warning';

type Track = AnalyzerTrack | DeviceTrack | DeliveryTrack;

function heldAlarm(scene: Scene, track: Track): readonly AlarmView[] {
  const cause = errorView(isHeld(scene, track));
  if (cause === null) return [];
  const since = isoOrNull(scene.iso, scene.ledger.heldAt.get(track.name) ?? null);
  const message = `crashed too often and is held: ${cause.message}`;
  return [{ severity: 'error', subject: track.name, label: labelOfTrack(scene, track), since, message }];
}

function deviceAlarm(scene: Scene, track: DeviceTrack): readonly AlarmView[] {
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

function busyAlarm(scene: Scene, track: DeviceTrack): readonly AlarmView[] {
  const { id } = track.config;
  const { utilisation, spanMs } = scene.o.lines.of(id);
  // at a start all of a line are identified at once
  if (utilisation <= BUSY_ABOVE || spanMs < SEEN_MS || deviceState(scene, track) !== 'open') return [];
  const share = `is busy ${Math.floor(100 * utilisation)} % of the time`;
  const remedy = 'read less often (tempslectura), or move some of its analyzers to a line of their own';
  const message = `${share}: readings come late or are left out; ${remedy}`;
  return [{ severity: 'warning', subject: track.name, label: labelOfTrack(scene, track), since: null, message }];
}

function analyzerAlarm(scene: Scene, track: AnalyzerTrack): readonly AlarmView[] {
  const state = analyzerState(scene, track);
  const alarm = { subject: track.name, label: labelOfTrack(scene, track), since: isoOrNull(scene.iso, track.since) };
  if (state === 'failed') {
    const cause = errorView(analyzerContext(scene, track)?.session.failure ?? null);
    const message = `is not read: ${cause?.message ?? 'no reason was given'}`;
    return [{ ...alarm, severity: 'error', message }];
  }
  if ((state !== 'polling' && state !== 'recording') || !isFrozen(scene, track)) return [];
  const since = analyzerContext(scene, track)?.session.steadiness?.since ?? track.since;
  const message = 'every measured value has been the same for hours though it answers: check the meter';
  return [{ ...alarm, severity: 'warning', since: isoOrNull(scene.iso, since), message }];
}

function deliveryAlarms(scene: Scene, track: DeliveryTrack): readonly AlarmView[] {
  const { state, error, since, owed, parked } = deliveryView(scene, track);
  const alarm = { subject: track.name, label: labelOfTrack(scene, track) };
  const alarms: AlarmView[] = [];
  if (state !== 'held' && error !== null) {
    const message = `does not take records, ${owed} ${owed === 1 ? 'waits' : 'wait'}: ${error.message}`;
    alarms.push({ ...alarm, severity: 'error', since, message });
  }
  if (parked > 0) {
    const message = `${parked} ${parked === 1 ? 'record is' : 'records are'} set aside: the destination refuses them`;
    alarms.push({ ...alarm, severity: 'warning', since: null, message });
  }
  return alarms;
}

function nodeAlarm({ ledger }: Scene, text: string): AlarmView {
  const { name, id } = ledger.plant.installation.node;
  return { severity: 'error', subject: 'node', label: `node ${id} (${safe(name)})`, since: null, message: safe(text) };
}
