import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../../machines/delivery.ts';
import type { DeviceNews } from '../../machines/device-setup.ts';
import { analyzerName, deliveryName, deviceName } from '../../machines/events.ts';
import { consultedOf } from '../domain/consulted.ts';
import type { Failure } from '../domain/errors.ts';
import type { OffsetAt, Window } from '../domain/grid.ts';
import type { AnalyzerConfig, DeviceConfig } from '../domain/installation.ts';
import type { Meter } from '../domain/meter.ts';
import { isOfPlace } from '../domain/meter-place.ts';
import type { MinuteMeans } from '../domain/minute-means.ts';
import type { PausedBy } from '../domain/mode.ts';
import { type PowerPlaces, powerPlaces } from '../domain/power-places.ts';
import type { Profile } from '../domain/profile.ts';
import type { Reading } from '../domain/reading.ts';
import type { LectorRecord } from '../domain/record.ts';
import { createShareOfLast, type ShareOfLast } from '../domain/share-of-last.ts';
import { dayOf, type Today } from '../domain/today.ts';
import {
  type AnalyzerId,
  type DeviceId,
  type EpochMs,
  type MonoMs,
  monoMs,
  type VariableCode,
} from '../domain/units.ts';
import type { LogLine } from '../protocol/events.ts';
import type { AnalyzerState, DeliveryState, DeviceState } from '../protocol/views.ts';
import type { Plant } from './ports.ts';

/** Readings that the share of errors is of. */
const SHARE_OF = 100;

/** What a day and an hour were, once it is rebuilt from the store: from then on readings are added as they come. */
export type History = { readonly today: Today; readonly spark: MinuteMeans; day: Window };

/** Begins the day of an instant where it is later than the one that runs. */
export function turnTo(history: History, at: EpochMs, offsetAt: OffsetAt): void {
  if (at <= history.day.end) return;
  history.day = dayOf(at, offsetAt);
  history.today.begin(history.day);
}

/** What is known of one analyzer beside what its actor says. */
export type AnalyzerTrack = {
  readonly kind: 'analyzer';
  readonly name: string;
  readonly config: AnalyzerConfig;
  readonly device: DeviceConfig;
  readonly profile: Profile;
  readonly places: PowerPlaces;
  /** What people see of its readings: the status of the meter is read beside it. */
  readonly codes: readonly VariableCode[];
  state: Exclude<AnalyzerState, 'recording' | 'held' | 'disabled'> | null;
  since: EpochMs | null;
  /** Whether the last transaction with the meter was good; a pause leaves it as it was. */
  comm: boolean;
  good: number;
  failed: number;
  readonly share: ShareOfLast;
  /** The last reading of each grid that holds values. */
  readonly latest: { normal: Reading | null; rapid: Reading | null };
  /** When the newer of them came. */
  latestMono: MonoMs;
  /** As it was connected last: what is read once only. */
  meter: Meter | null;
  lastRecord: Pick<LectorRecord, 'start' | 'end' | 'n' | 'expected'> | null;
  /** null: not rebuilt yet. */
  history: History | null;
  /** Records that came while it is being rebuilt. */
  readonly waiting: LectorRecord[];
};

export type DeviceTrack = {
  readonly kind: 'device';
  readonly name: string;
  readonly config: DeviceConfig;
  readonly analyzerIds: readonly AnalyzerId[];
  state: DeviceState | null;
  since: EpochMs | null;
};

export type DeliveryTrack = {
  readonly kind: 'delivery';
  readonly name: string;
  readonly config: Plant['destinations'][number];
  state: DeliveryState | null;
  since: EpochMs | null;
  failure: Failure | null;
  nextTry: EpochMs | null;
  /** Since when some of its records are kept apart; null: none are. */
  apartSince: EpochMs | null;
  /** Records acknowledged, by when. */
  readonly receipts: { at: number; count: number }[];
};

/** `until` null: until it is resumed. */
export type Pause = { readonly until: EpochMs | null; readonly by: PausedBy };

/** A change of state as it was told; it is put into words when somebody asks. */
export type Noted = {
  readonly at: EpochMs;
  /** How it was from then on. */
  readonly state: AnalyzerState | DeviceState | DeliveryState;
  readonly nextTry: EpochMs | null;
} & (
  | {
      readonly kind: 'analyzer';
      readonly news: AnalyzerNews;
      readonly identity: string;
      readonly isFirst: boolean;
      /** Of a pause: with whom, and until when; absent: not told, as after a start. */
      readonly pause?: Pause;
    }
  | { readonly kind: 'device'; readonly news: DeviceNews }
  | { readonly kind: 'delivery'; readonly news: DeliveryNews }
  | { readonly kind: 'crash'; readonly news: 'crashed' | 'held' | 'retried'; readonly failure: Failure | null }
);

/** Changes that are kept of each. */
export const CHANGES_KEPT = 20;
/** Lines of the log that are kept. */
const LINES_KEPT = 500;

/** What was witnessed: written by the witness alone, read by the views. */
export type Ledger = {
  /** What is configured, as of the last installing. */
  plant: Plant;
  readonly analyzers: Map<AnalyzerId, AnalyzerTrack>;
  readonly devices: Map<DeviceId, DeviceTrack>;
  readonly deliveries: Map<string, DeliveryTrack>;
  /** By actor, newest last. */
  readonly changes: Map<string, Noted[]>;
  readonly heldAt: Map<string, EpochMs>;
  readonly lines: LogLine[];
  /** It is being stopped. */
  isEnding: boolean;
};

export function createLedger(plant: Plant): Ledger {
  const ledger: Ledger = {
    plant,
    ...{ analyzers: new Map(), devices: new Map(), deliveries: new Map(), changes: new Map(), heldAt: new Map() },
    ...{ lines: [], isEnding: false },
  };
  install(ledger, plant);
  return ledger;
}

/** Takes over another plant; what is still the same goes on. Returns the analyzers whose history is to be rebuilt. */
export function install(ledger: Ledger, plant: Plant): readonly AnalyzerTrack[] {
  ledger.plant = plant;
  const { devices, analyzers } = plant.installation;
  const fresh: AnalyzerTrack[] = [];
  const before = new Map(ledger.analyzers);
  ledger.analyzers.clear();
  for (const config of analyzers) {
    const device = devices.find(({ id }) => id === config.deviceId);
    if (device === undefined) continue;
    const known = before.get(config.id) ?? null;
    const track = analyzerTrack(config, device, plant.profileOf(config), known);
    ledger.analyzers.set(config.id, track);
    if (track.history === null) fresh.push(track);
  }
  const lines = new Map(ledger.devices);
  ledger.devices.clear();
  for (const config of devices) ledger.devices.set(config.id, deviceTrack(config, analyzers, lines.get(config.id)));
  const targets = new Map(ledger.deliveries);
  ledger.deliveries.clear();
  for (const config of plant.destinations)
    ledger.deliveries.set(config.id, deliveryTrack(config, targets.get(config.id)));
  forgetOthers(ledger);
  return fresh;
}

function forgetOthers({ analyzers, devices, deliveries, changes, heldAt }: Ledger): void {
  const names = new Set([...analyzers.values(), ...devices.values(), ...deliveries.values()].map(({ name }) => name));
  for (const name of [...changes.keys(), ...heldAt.keys()]) {
    if (names.has(name)) continue;
    changes.delete(name);
    heldAt.delete(name);
  }
}

function analyzerTrack(
  config: AnalyzerConfig,
  device: DeviceConfig,
  profile: Profile,
  before: AnalyzerTrack | null,
): AnalyzerTrack {
  const known = before !== null && isSameMeter(before, config, profile) ? before : null;
  const isSameDay = known !== null && isReadAlike(known.config, config);
  return {
    ...{ kind: 'analyzer', name: analyzerName(config.id), config, device, profile },
    ...{ places: powerPlaces(config, profile), codes: consultedOf(config) },
    ...{ state: before?.state ?? null, since: before?.since ?? null },
    comm: known?.comm ?? false,
    ...{ good: before?.good ?? 0, failed: before?.failed ?? 0, share: before?.share ?? createShareOfLast(SHARE_OF) },
    latest: known?.latest ?? { normal: null, rapid: null },
    latestMono: known?.latestMono ?? monoMs(0),
    meter: known?.meter ?? null,
    lastRecord: before?.lastRecord ?? null,
    history: isSameDay ? known.history : null,
    waiting: isSameDay ? known.waiting : [],
  };
}

/** What is read now may stand beside what was read before. At another address or line it may be another meter. */
function isSameMeter({ config, profile: before }: AnalyzerTrack, now: AnalyzerConfig, profile: Profile): boolean {
  // a profile that did not change is the same object after a reload too
  return before === profile && config.ratio === now.ratio && config.invert === now.invert && isOfPlace(config, now);
}

/** The same variables on the same grids: where not, what they add up to is made anew. */
function isReadAlike(a: AnalyzerConfig, b: AnalyzerConfig): boolean {
  const textOf = ({ readingMs, recordingMs, consultes, rapid }: AnalyzerConfig) =>
    JSON.stringify([readingMs, recordingMs, consultes, rapid]);
  return textOf(a) === textOf(b);
}

function deviceTrack(
  config: DeviceConfig,
  analyzers: readonly AnalyzerConfig[],
  before: DeviceTrack | undefined,
): DeviceTrack {
  const analyzerIds = analyzers.filter(({ deviceId }) => deviceId === config.id).map(({ id }) => id);
  const { state = null, since = null } = before ?? {};
  return { kind: 'device', name: deviceName(config.id), config, analyzerIds, state, since };
}

function deliveryTrack(config: DeliveryTrack['config'], before: DeliveryTrack | undefined): DeliveryTrack {
  const { state = null, since = null, failure = null, nextTry = null, apartSince = null, receipts = [] } = before ?? {};
  const name = deliveryName(config.id);
  return { kind: 'delivery', name, config, state, since, failure, nextTry, apartSince, receipts };
}

/** Keeps a change of an actor; the oldest go. */
export function note({ changes }: Ledger, name: string, change: Noted): void {
  const known = changes.get(name);
  if (known === undefined) changes.set(name, [change]);
  else {
    known.push(change);
    if (known.length > CHANGES_KEPT) known.shift();
  }
}

/** Keeps of a pause that was just told what its actor does not tell. */
export function notePause({ changes }: Ledger, name: string, pause: Pause): void {
  const known = changes.get(name);
  const last = known?.at(-1);
  if (last?.kind === 'analyzer' && last.news.news === 'paused') known?.splice(-1, 1, { ...last, pause });
}

/** Keeps a line of the log; the oldest go. */
export function keepLine({ lines }: Ledger, line: LogLine): void {
  lines.push(line);
  if (lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT);
}
