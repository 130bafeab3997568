import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../../machines/delivery.ts';
import type { DeviceNews } from '../../machines/device-setup.ts';
import { deliveryWaitMs, PARKED_RETRY_MS, probeWaitMs, reopenWaitMs } from '../domain/backoff.ts';
import { hasValues } from '../domain/latest-values.ts';
import type { Reading } from '../domain/reading.ts';
import { HELD_RETRY_MS } from '../domain/restart.ts';
import { safe } from '../domain/safe.ts';
import type { Session } from '../domain/session.ts';
import { type EpochMs, epochMs, type MonoMs } from '../domain/units.ts';
import { recordWire } from '../protocol/record-wire.ts';
import type { IsoTime } from '../protocol/views.ts';
import { isPausedLine } from './device-view.ts';
import type { Frames } from './frames.ts';
import {
  type AnalyzerTrack,
  type DeliveryTrack,
  type DeviceTrack,
  install,
  keepLine,
  type Ledger,
  type Noted,
  note,
  turnTo,
} from './ledger.ts';
import type { News, Subject } from './news.ts';
import type { ActorState, LiveOptions, Witness } from './ports.ts';
import { isAnswered, readingEvent } from './reading-event.ts';
import { addPower } from './rebuild.ts';

export type WitnessOptions = {
  readonly o: LiveOptions;
  readonly ledger: Ledger;
  readonly news: News;
  readonly frames: Pick<Frames, 'saw'>;
  readonly iso: (at: EpochMs) => IsoTime;
  /** Who waits for what an analyzer says next. */
  readonly heard: (session: Session, news: AnalyzerNews) => void;
  /** Begins, or begins again, to make of the store what was before. */
  readonly rebuild: () => void;
};

/** Longest line of the log that is shown. */
const LINE_MAX = 2000;
/** Receipts are shown of so long. */
const RECEIPTS_MS = 60_000;

const ANALYZER_STATE = {
  connecting: 'connecting',
  polling: 'polling',
  failed: 'failed',
  paused: 'paused',
  stopped: 'stopped',
  recordFailed: null,
  frozen: null,
} as const satisfies Record<AnalyzerNews['news'], AnalyzerTrack['state']>;

const DEVICE_STATE = {
  opened: 'open',
  openFailed: 'reopening',
  lost: 'reopening',
  adapter: 'reopening',
  heard: null,
  resting: 'resting',
  closed: 'closed',
  echo: null,
  settings: null,
} as const satisfies Record<DeviceNews['news'], DeviceTrack['state']>;

const DELIVERY_STATE = { recovered: 'idle', failed: 'backingOff', parked: 'parked' } as const satisfies Record<
  DeliveryNews['news'],
  DeliveryTrack['state']
>;

/** Writes what happens into the ledger, and tells who listens. */
export function createWitness(w: WitnessOptions): Witness {
  const { o, ledger, news } = w;
  const { clock } = o;
  const enter = <S>(track: { state: S | null; since: EpochMs | null }, state: S | null) => {
    if (state === null || state === track.state) return;
    track.state = state;
    track.since = clock.now();
  };
  /** What is new in a configuration speaks before all of it is in force. */
  const known = <T>(find: () => T | undefined): T | undefined => {
    const track = find();
    if (track !== undefined || o.plant().installation === ledger.plant.installation) return track;
    install(ledger, o.plant());
    return find();
  };
  const crash = (name: string, change: Noted & { kind: 'crash' }) => {
    if (change.news === 'held') ledger.heldAt.set(name, change.at);
    else ledger.heldAt.delete(name);
    note(ledger, name, change);
    const subject = subjectOf(name);
    if (subject !== null) news.touch(subject);
  };

  return {
    root(told) {
      if ('name' in told) {
        const failure = 'failure' in told ? told.failure : null;
        const nextTry = told.news === 'held' ? epochMs(clock.now() + HELD_RETRY_MS) : null;
        const state = stateAfterCrash(ledger, told.name, told.news);
        crash(told.name, { kind: 'crash', at: clock.now(), state, nextTry, news: told.news, failure });
        return;
      }
      if (told.news === 'running') w.rebuild();
      if (told.news === 'draining') endsNow(w);
      news.touch({ kind: 'node' });
    },
    device(id, told) {
      const track = known(() => ledger.devices.get(id));
      if (track === undefined) return;
      enter(track, DEVICE_STATE[told.news]);
      note(ledger, track.name, {
        ...{ kind: 'device', at: clock.now(), news: told },
        // what it hears, it hears while it is open
        state: told.news === 'resting' && isPausedLine(w, track) ? 'paused' : (track.state ?? 'open'),
        nextTry: deviceNextTry(o.actor(track.name), told, clock.now()),
      });
      news.touch({ kind: 'device', id });
    },
    analyzer(session, told) {
      const id = session.spec.analyzerId;
      const track = known(() => ledger.analyzers.get(id));
      if (track === undefined) return;
      const now = clock.now();
      const { attempt, failure, identity } = session;
      enter(track, ANALYZER_STATE[told.news]);
      note(ledger, track.name, {
        ...{ kind: 'analyzer', at: now, news: told, state: track.state ?? 'connecting' },
        ...{ identity: identity?.text ?? '', isFirst: isFirstHeard(ledger, track) },
        nextTry: told.news === 'failed' ? epochMs(now + probeWaitMs(attempt, failure)) : null,
      });
      if (told.news === 'polling') track.meter = session.meter;
      if (told.news === 'polling') track.comm = isAnswered(failure) ?? true;
      else if (told.news === 'failed') track.comm = false;
      news.touch({ kind: 'analyzer', id });
      w.heard(session, told);
    },
    delivery(exporterId, told) {
      const track = ledger.deliveries.get(exporterId);
      if (track === undefined) return;
      const now = clock.now();
      track.failure = told.failure;
      track.nextTry = deliveryNextTry(o.actor(track.name), told, now);
      const state = DELIVERY_STATE[told.news];
      enter(track, state);
      note(ledger, track.name, { kind: 'delivery', at: now, news: told, state, nextTry: track.nextTry });
      news.touch({ kind: 'delivery', id: exporterId });
    },
    time(told) {
      if (told.kind === 'clockBack') w.rebuild();
      news.touch({ kind: 'node' });
    },
    reading(reading) {
      const track = ledger.analyzers.get(reading.analyzerId);
      if (track === undefined) return;
      take(track, reading, ledger, clock.mono());
      if (news.isHeard()) news.publish({ event: 'reading', data: readingEvent(track, reading, clock.now(), w.iso) });
    },
    recorded(record) {
      const track = ledger.analyzers.get(record.analyzerId);
      if (track !== undefined) {
        if (track.history === null) track.waiting.push(record);
        else track.history.today.record(record);
        track.lastRecord = record;
      }
      if (!news.isHeard()) return;
      // the last one of an analyzer that is gone is told too
      news.publish({ event: 'record', data: recordWire(record, w.iso) });
      for (const { config } of ledger.deliveries.values()) {
        const isOwed = track === undefined || config.analyzerIds.includes(record.analyzerId);
        if (isOwed) news.touch({ kind: 'delivery', id: config.id });
      }
    },
    delivered(exporterId, count) {
      const receipts = ledger.deliveries.get(exporterId)?.receipts;
      if (receipts === undefined) return;
      addReceipt(receipts, clock.mono(), count);
      news.touch({ kind: 'delivery', id: exporterId });
    },
    apart(exporterId) {
      const track = ledger.deliveries.get(exporterId);
      if (track === undefined) return;
      track.apartSince = o.holding(exporterId) === null ? null : (track.apartSince ?? clock.now());
      news.touch({ kind: 'delivery', id: exporterId });
    },
    frame: w.frames.saw,
    log(level, text) {
      const line = { at: w.iso(clock.now()), level, text: safe(text, LINE_MAX) };
      keepLine(ledger, line);
      if (news.isHeard()) news.publish({ event: 'log', data: line });
    },
    trouble: () => news.touch({ kind: 'node' }),
  };
}

/** Says once that it ends. */
export function endsNow({ ledger, news }: Pick<WitnessOptions, 'ledger' | 'news'>): void {
  if (ledger.isEnding) return;
  ledger.isEnding = true;
  news.publish({ event: 'shutdown', data: { words: 'the server is being stopped' } });
}

/** It said nothing yet but that it is asked what it is: it does not answer "again". */
function isFirstHeard({ changes }: Ledger, { name }: AnalyzerTrack): boolean {
  const before = changes.get(name) ?? [];
  return before.every((change) => change.kind === 'analyzer' && change.news.news === 'connecting');
}

/** What is started anew begins as it always does, but what a person took off stays so. */
function stateAfterCrash({ analyzers }: Ledger, name: string, news: 'crashed' | 'held' | 'retried'): Noted['state'] {
  if (news === 'held') return 'held';
  const subject = subjectOf(name);
  if (subject?.kind !== 'analyzer') return subject?.kind === 'device' ? 'resting' : 'idle';
  const { state = null } = analyzers.get(subject.id) ?? {};
  return state === 'paused' || state === 'stopped' ? state : 'connecting';
}

function subjectOf(name: string): Subject | null {
  const [kind = ''] = name.split(':', 1);
  const id = name.slice(kind.length + 1);
  if (kind === 'analyzer' || kind === 'device') return { kind, id: Number(id) };
  return kind === 'delivery' ? { kind, id } : null;
}

/** One for each second of the last minute, however many come. */
function addReceipt(receipts: DeliveryTrack['receipts'], at: MonoMs, count: number): void {
  const last = receipts.at(-1);
  if (last !== undefined && Math.floor(last.at / 1000) === Math.floor(at / 1000)) {
    receipts[receipts.length - 1] = { at: last.at, count: last.count + count };
  } else receipts.push({ at, count });
  while (receipts[0]!.at <= at - RECEIPTS_MS) receipts.shift();
}

/** Takes in one reading: some additions, nothing else. */
function take(track: AnalyzerTrack, reading: Reading, { plant }: Ledger, mono: MonoMs): void {
  const isGood = reading.failure === null || hasValues(reading);
  if (hasValues(reading)) {
    track.latest[reading.grid] = reading;
    track.latestMono = mono;
  }
  // one that failed while it is being connected was not asked for
  const wasAsked = reading.failure === null || track.state === 'polling';
  if (wasAsked) track.comm = isAnswered(reading.failure) ?? track.comm;
  if (reading.forced === true) return;
  if (isGood) track.good += 1;
  else track.failed += 1;
  // who is not identified yet misses its first instants: that is no trouble of the line
  if (isGood || track.state !== 'connecting') track.share.add(!isGood);
  const { history } = track;
  if (history === null) return;
  turnTo(history, reading.nominal, plant.offsetAt);
  history.today.reading(reading);
  addPower(history, track, reading);
}

type Attempts = { readonly attempt?: number; readonly kind?: 'serial' | 'tcp' };
const attemptsOf = (actor: ActorState | null): Attempts => (actor?.context ?? {}) as Attempts;

/** A device announces what happened before it counts it. */
function deviceNextTry(actor: ActorState | null, { news, cause }: DeviceNews, now: EpochMs): EpochMs | null {
  if (DEVICE_STATE[news] !== 'reopening') return null;
  const { attempt = 0, kind = 'serial' } = attemptsOf(actor);
  return epochMs(now + reopenWaitMs(kind, attempt + 1, cause, () => 0));
}

function deliveryNextTry(actor: ActorState | null, { news, failure }: DeliveryNews, now: EpochMs): EpochMs | null {
  if (news === 'recovered') return null;
  if (news === 'parked') return epochMs(now + PARKED_RETRY_MS);
  return epochMs(now + deliveryWaitMs((attemptsOf(actor).attempt ?? 0) + 1, failure, () => 0));
}
