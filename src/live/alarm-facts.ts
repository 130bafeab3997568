import { type Ages, createAges } from '../domain/alarm-age.ts';
import {
  type AnalyzerFacts,
  type DeliveryFacts,
  type DeviceFacts,
  type DiskFacts,
  judgeAnalyzer,
  judgeDelivery,
  judgeDevice,
  judgeDisk,
} from '../domain/alarm-conditions.ts';
import type { AlarmState, AlarmWatch, Judged, Verdict } from '../domain/alarm-engine.ts';
import { type AlarmTracker, createAlarmTracker, unseenKwh } from '../domain/alarm-tracker.ts';
import { wantedBy } from '../domain/alarm-watches.ts';
import { safe } from '../domain/safe.ts';
import { FROZEN_AFTER_MS } from '../domain/steadiness.ts';
import type { AnalyzerId, MonoMs } from '../domain/units.ts';
import { isFrozen } from './analyzer-view.ts';
import { owedOf } from './delivery-view.ts';
import { deviceState } from './device-view.ts';
import type { AnalyzerTrack, DeviceTrack } from './ledger.ts';
import { analyzerContext, deviceContext, isHeld, type Scene } from './scene.ts';

/** What is kept of an analyzer between two turns. */
type Seen = {
  readonly tracker: AlarmTracker;
  /** Of the meter and how it is read: what was seen of another one does not count. */
  readonly meter: string;
  /** When the last reading came, by the clock that is never put back. */
  heardMono: MonoMs;
  /** Lived time then, or when it was not to be read. */
  heardAt: number;
  readonly counter: AnalyzerFacts['counter'];
};

/** Makes facts of what is known of the plant, and judges each watch by them. */
export type AlarmFacts = {
  reading: (id: AnalyzerId) => AlarmTracker | undefined;
  /** Other rules, or another plant. */
  watch(watches: readonly AlarmWatch[]): void;
  /** Nothing is judged for a while. */
  rest(): void;
  /** `lived`: ms in which the program ran. Watches of which nothing is known, and nothing is to be, are left out. */
  judge(lived: number, disk: DiskFacts, known: AlarmState): readonly Judged[];
};

export function createAlarmFacts(scene: Scene): AlarmFacts {
  const seen = new Map<AnalyzerId, Seen>();
  const ages = createAges();
  let watches: readonly AlarmWatch[] = [];
  let lastLived = 0;

  const judge = (watch: AlarmWatch, facts: Turn): Verdict => {
    const { rule, subject } = watch;
    switch (subject.kind) {
      case 'analyzer': {
        const found = facts.analyzer(subject.id);
        return found === null ? GONE : judgeAnalyzer(rule, found);
      }
      case 'device': {
        const track = scene.ledger.devices.get(subject.id);
        return track === undefined ? GONE : judgeDevice(deviceFacts(scene, track));
      }
      case 'delivery':
        return judgeDelivery(rule, facts.delivery(subject.id));
      case 'node':
        return judgeDisk(rule, facts.disk);
    }
  };
  return {
    reading: (id) => seen.get(id)?.tracker,
    watch(next) {
      watches = next;
      const rules = Map.groupBy(
        next.filter(({ subject }) => subject.kind === 'analyzer'),
        ({ subject }) => (subject.kind === 'analyzer' ? subject.id : 0),
      );
      for (const id of [...seen.keys()]) if (!rules.has(id)) seen.delete(id);
      for (const [id, own] of rules) {
        const track = scene.ledger.analyzers.get(id);
        if (track === undefined) continue;
        const fresh = seenOf(scene, track, seen.get(id), lastLived);
        const counter = track.places.energy?.code ?? null;
        fresh.tracker.want(
          wantedBy(
            own.map(({ rule }) => rule),
            track.config.recordingMs,
            counter,
          ),
        );
        seen.set(id, fresh);
      }
    },
    rest: ages.rest,
    judge(lived, disk, known) {
      lastLived = lived;
      ages.turn(scene.o.clock.now(), lived);
      for (const [id, each] of seen) hear(scene.ledger.analyzers.get(id), each, lived);
      const memo = new Map<AnalyzerId, AnalyzerFacts | null>();
      const turn: Turn = {
        disk,
        analyzer(id) {
          const made = memo.get(id);
          if (made !== undefined) return made;
          const [track, each] = [scene.ledger.analyzers.get(id), seen.get(id)];
          const facts =
            track === undefined || each === undefined ? null : analyzerFacts(scene, track, each, { lived, ages });
          memo.set(id, facts);
          return facts;
        },
        delivery(id) {
          const { count, oldestEnd } = owedOf(scene, id);
          return { owed: count, ageMs: oldestEnd === null ? 0 : ages.ageOf(id, oldestEnd) };
        },
      };
      const judged: Judged[] = [];
      for (const watch of watches) {
        const verdict = judge(watch, turn);
        if (verdict.kind === 'on' || known.has(watch.key)) judged.push({ watch, verdict });
      }
      return judged;
    },
  };
}

const GONE: Verdict = { kind: 'none', why: 'it is not there any more' };

type Turn = {
  readonly disk: DiskFacts;
  readonly analyzer: (id: AnalyzerId) => AnalyzerFacts | null;
  readonly delivery: (id: string) => DeliveryFacts;
};

function seenOf({ ledger }: Scene, track: AnalyzerTrack, before: Seen | undefined, lived: number): Seen {
  const { config, places, profile } = track;
  const { deviceId, address, readingMs, rapid, consultes, ratio, invert } = config;
  const meter = JSON.stringify([profile.id, deviceId, address, readingMs, rapid, consultes, ratio, invert]);
  if (before?.meter === meter) return before;
  const tracker = createAlarmTracker({ config, places, offsetAt: ledger.plant.offsetAt });
  const unseen = unseenKwh(places, profile, ratio);
  const counter = places.energy !== null && unseen !== null ? { code: places.energy.code, unseenKwh: unseen } : null;
  return { tracker, meter, heardMono: track.latestMono, heardAt: lived, counter };
}

/** Takes in whether it was heard since the last turn. */
function hear(track: AnalyzerTrack | undefined, seen: Seen, lived: number): void {
  if (track === undefined) return;
  seen.tracker.turn();
  if (track.latestMono === seen.heardMono) return;
  seen.heardMono = track.latestMono;
  seen.heardAt = lived;
}

/** Why nobody wants it read; null: it is to be read. */
function offWords({ ledger }: Scene, { device, state }: AnalyzerTrack): string | null {
  if (!device.enabled) return 'its device is disabled';
  if (state === 'paused') return 'it is paused';
  const isStopped = state === 'stopped' || (state === null && !ledger.plant.installation.general.autoStart);
  return isStopped ? 'it is stopped' : null;
}

type Time = { readonly lived: number; readonly ages: Ages };

function analyzerFacts(scene: Scene, track: AnalyzerTrack, seen: Seen, { lived, ages }: Time): AnalyzerFacts {
  const { config, profile } = track;
  const off = offWords(scene, track);
  // when it is to be read again, it has its time to answer
  if (off !== null) seen.heardAt = lived;
  return {
    off,
    silentMs: lived - seen.heardAt,
    readingMs: Math.min(config.readingMs, config.rapid?.readingMs ?? config.readingMs),
    recordingMs: config.recordingMs,
    cause: () => causeOf(scene, track),
    frozenMs: () => frozenMs(scene, track, ages),
    counter: seen.counter,
    unitOf: (code) => profile.variables.find((each) => each.code === code)?.unit ?? '',
    tracker: seen.tracker,
  };
}

function causeOf(scene: Scene, track: AnalyzerTrack): string | null {
  const failure = isHeld(scene, track) ?? analyzerContext(scene, track)?.session.failure ?? null;
  return failure === null ? null : safe(failure.message);
}

/** What the session found is so for hours at least, whatever the wall clock did meanwhile. */
function frozenMs(scene: Scene, track: AnalyzerTrack, ages: Ages): number | null {
  if (track.state !== 'polling' || !isFrozen(scene, track)) return null;
  const since = analyzerContext(scene, track)?.session.steadiness?.since ?? null;
  return since === null ? null : Math.max(FROZEN_AFTER_MS, ages.ageOf(track.name, since));
}

function deviceFacts(scene: Scene, track: DeviceTrack): DeviceFacts {
  const state = deviceState(scene, track);
  switch (state) {
    case 'open':
    // closed between two readings
    case 'resting':
      return { state: 'open' };
    case 'opening':
    case 'reopening': {
      const cause = deviceContext(scene, track)?.cause ?? null;
      return cause === null ? { state: 'between' } : { state: 'lost', cause: safe(cause.message) };
    }
    case 'held': {
      const failure = isHeld(scene, track);
      return { state: 'lost', cause: `it crashed too often: ${safe(failure?.message ?? 'no reason was given')}` };
    }
    case 'closing':
      return { state: 'between' };
    case 'paused':
    case 'closed':
    case 'disabled':
      return { state: 'off', why: `it is ${state}` };
  }
}
