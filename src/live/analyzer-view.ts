import type { AnalyzerContext } from '../../machines/analyzer-setup.ts';
import { probeWaitMs } from '../domain/backoff.ts';
import { consulted } from '../domain/consulted.ts';
import { latestOf } from '../domain/latest-values.ts';
import { isOfPlace } from '../domain/meter-place.ts';
import { SPARK_MINUTES } from '../domain/minute-means.ts';
import type { Clock } from '../domain/ports.ts';
import type { Reading } from '../domain/reading.ts';
import { CLOCK_BACK_MS } from '../domain/schedule.ts';
import type { Session } from '../domain/session.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { readingView } from '../protocol/reading-view.ts';
import type { AnalyzerState, AnalyzerView, NumberList, TodayView } from '../protocol/views.ts';
import { type AnalyzerTrack, turnTo } from './ledger.ts';
import { aheadOrNull, analyzerContext, deviceContext, errorView, isHeld, isoOrNull, type Scene } from './scene.ts';

type Now = Pick<Clock, 'now' | 'mono'>;

/** The state of an analyzer as people call it. */
export function analyzerState(scene: Scene, track: AnalyzerTrack): AnalyzerState {
  if (!track.device.enabled) return 'disabled';
  if (isHeld(scene, track) !== null) return 'held';
  const state = track.state ?? firstState(scene);
  return state === 'polling' && isRecording(scene, track) ? 'recording' : state;
}

/** Before its actor said anything. */
const firstState = ({ ledger }: Scene): 'connecting' | 'stopped' =>
  ledger.plant.installation.general.autoStart ? 'connecting' : 'stopped';

function isRecording({ o }: Scene, { name }: AnalyzerTrack): boolean {
  const value = o.actor(name)?.value as { readonly recorder?: unknown } | null | undefined;
  return value?.recorder === 'recording';
}

/** Everything about one analyzer, as it is now. */
export function analyzerView(scene: Scene, track: AnalyzerTrack): AnalyzerView {
  const { o, iso } = scene;
  const { config, profile, device } = track;
  const state = analyzerState(scene, track);
  const context = state === 'held' || state === 'disabled' ? null : analyzerContext(scene, track);
  const session = context?.session ?? null;
  const failure = state === 'held' ? isHeld(scene, track) : (session?.failure ?? null);
  const latest = latestReading(track);
  const now = o.clock.now();
  return {
    ...{ id: config.id, name: config.name, location: config.location },
    ...{ vendor: profile.vendor, model: config.model, profile: profile.id },
    ...{ device: config.deviceId, address: config.address, simulated: device.endpoint.type === 'simulated' },
    state,
    since: isoOrNull(iso, sinceOf(scene, track, state)),
    comm: state !== 'held' && state !== 'disabled' && track.comm,
    identification: identificationOf(scene, track),
    error: errorView(failure),
    attempt: state === 'failed' ? (session?.attempt ?? 0) : 0,
    nextTry: aheadOrNull(scene, nextTryOf(scene, track, state, session)),
    pausedUntil: state === 'paused' ? isoOrNull(iso, pauseEnd(context, o.clock)) : null,
    pausedBy: state === 'paused' ? (context?.pausedBy ?? 'analyzer') : null,
    ...{ readingMs: config.readingMs, rapidMs: config.rapid?.readingMs ?? null, recordingMs: config.recordingMs },
    nominalV: config.nominalV,
    ...(config.tariff !== undefined && { tariff: config.tariff }),
    readings: { good: track.good, failed: track.failed },
    errors: errorsOf(scene, track),
    errorShare: track.share.share(),
    lastReading: latest === null ? null : readingView(latest, iso),
    ageMs: ageOf(track, latest, o.clock),
    spark: track.history?.spark.list(now) ?? NO_SPARK,
    today: todayView(scene, track, now),
    lastRecord: lastRecordView(scene, track),
  };
}

/** Counted by the desk of its device, which lives as long as the server. */
function errorsOf(scene: Scene, { config }: AnalyzerTrack): AnalyzerView['errors'] {
  const device = scene.ledger.devices.get(config.deviceId);
  const desk = device === undefined ? null : (deviceContext(scene, device)?.desk ?? null);
  return desk?.counts[config.address] ?? {};
}

const NO_SPARK: NumberList = Array.from({ length: SPARK_MINUTES }, () => null);

/** When a pause ends: earlier than was said where the wall clock was put back meanwhile. */
function pauseEnd(context: AnalyzerContext | null, clock: Now): EpochMs | null {
  const { pausedUntil = null, pauseEnds = null } = context ?? {};
  if (pausedUntil === null || pauseEnds === null) return pausedUntil;
  const at = clock.now() + pauseEnds - clock.mono();
  return at < pausedUntil - CLOCK_BACK_MS ? epochMs(Math.round(at)) : pausedUntil;
}

function sinceOf({ ledger }: Scene, track: AnalyzerTrack, state: AnalyzerState): EpochMs | null {
  if (state === 'disabled') return null;
  return state === 'held' ? (ledger.heldAt.get(track.name) ?? null) : track.since;
}

/** The last values of every variable that is asked for, those of both grids together; null before the first. */
export function latestReading(track: AnalyzerTrack): Reading | null {
  const latest = lastOfAll(track);
  return latest === null ? null : consulted(latest, track.codes);
}

/** The same with the status of the meter. */
export function lastOfAll({ latest, config }: AnalyzerTrack): Reading | null {
  const { readingMs, rapid } = config;
  return latestOf(latest.normal, latest.rapid, { normal: readingMs, rapid: rapid?.readingMs ?? readingMs });
}

/** A wall clock that was put back makes nothing younger, and neither does a machine that slept. */
export function ageOf({ latestMono }: AnalyzerTrack, latest: Reading | null, clock: Now): number | null {
  return latest === null ? null : Math.max(0, clock.now() - latest.at, clock.mono() - latestMono);
}

/** What the meter said it is; null: it was not asked yet, or another one was there. */
export function identificationOf({ o }: Scene, { config, profile }: AnalyzerTrack): string | null {
  const identity = o.identityOf(config.id);
  return identity?.profileId === profile.id && isOfPlace(identity, config) ? identity.text : null;
}

/** When a meter that is lost is probed next; null: it is being probed, or nobody knows. */
function nextTryOf(
  { o, ledger }: Scene,
  track: AnalyzerTrack,
  state: AnalyzerState,
  session: Session | null,
): EpochMs | null {
  if (state === 'held') {
    const nextTry = ledger.changes.get(track.name)?.at(-1)?.nextTry;
    return nextTry ?? null;
  }
  if (state !== 'failed' || session === null || track.since === null || session.talk !== null) return null;
  // each probe that nobody answers begins the wait anew
  const probed = o.lines.endedAt(track.config.deviceId, track.config.address) ?? track.since;
  return epochMs(Math.max(track.since, probed) + probeWaitMs(session.attempt, session.failure));
}

function todayView({ ledger }: Scene, { history }: AnalyzerTrack, now: EpochMs): TodayView {
  if (history === null) return { energyKwh: null, energyFrom: null, cost: null, range: {} };
  turnTo(history, now, ledger.plant.offsetAt);
  const energy = history.today.energy();
  return {
    energyKwh: energy?.kwh ?? null,
    energyFrom: energy?.from ?? null,
    cost: history.today.cost(),
    range: history.today.range(),
  };
}

function lastRecordView({ iso }: Scene, { lastRecord }: AnalyzerTrack): AnalyzerView['lastRecord'] {
  if (lastRecord === null) return null;
  const { end, n, expected } = lastRecord;
  return { end: iso(end), n, expected };
}

/** Its measured values stand still though it answers. */
export function isFrozen(scene: Scene, track: AnalyzerTrack): boolean {
  const kind = analyzerContext(scene, track)?.session.steadiness?.kind;
  return kind === 'frozen' || kind === 'newlyFrozen';
}
