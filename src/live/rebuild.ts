import { createMinuteMeans } from '../domain/minute-means.ts';
import { passOf } from '../domain/pass.ts';
import { powerIn } from '../domain/power-places.ts';
import type { Reading } from '../domain/reading.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { Store } from '../domain/store-port.ts';
import { createToday, dayOf, isMixed, type Today } from '../domain/today.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { AnalyzerTrack, History } from './ledger.ts';
import type { LiveOptions } from './ports.ts';

const HOUR_MS = 3_600_000;
/** How long it works before others have their turn, and how long it then waits: readings come first. */
const SLICE_MS = 4;
const REST_MS = 12;
/** What is asked of the store at once: so many readings, and the records of so long. */
const READINGS_AT_ONCE = 200;
const RECORDS_MS = 2 * HOUR_MS;

type Options = Pick<LiveOptions, 'clock' | 'store' | 'plant' | 'meterSince' | 'priceOf'> & {
  /** Whether the track is still the one of its analyzer. */
  readonly isCurrent: (track: AnalyzerTrack) => boolean;
  readonly done: (track: AnalyzerTrack) => void;
};

export type Rebuild = {
  /** Makes the history of these, in this order, after what is under way. */
  add(tracks: Iterable<AnalyzerTrack>): void;
};

/**
 * Makes from the store what a day and an hour were, beside everything else and a little at a time. All that is read
 * until an analyzer's turn ends is taken from the store; from that moment on readings are added as they come, so that
 * none is counted twice or left out.
 */
export function createRebuild(o: Options): Rebuild {
  const queue = new Set<AnalyzerTrack>();
  let steps: Generator<void, History> | null = null;
  let isUnderWay = false;

  const work = () => {
    const until = o.clock.mono() + SLICE_MS;
    for (const track of queue) {
      if (!finish(track, until)) {
        o.clock.setTimeout(work, REST_MS);
        return;
      }
    }
    isUnderWay = false;
  };
  /** Works on a track until it is done, or the time is over: then false. */
  const finish = (track: AnalyzerTrack, until: number): boolean => {
    try {
      if (o.isCurrent(track)) {
        steps ??= historyOf(track, o);
        for (let step = steps.next(); ; step = steps.next()) {
          if (step.done) {
            track.history = step.value;
            break;
          }
          if (o.clock.mono() >= until) return false;
        }
        o.done(track);
      }
    } catch {
      // what the store cannot tell now is missing in what is shown of before: what comes is added
      track.history ??= emptyHistory(track, o);
    }
    steps = null;
    queue.delete(track);
    return o.clock.mono() < until;
  };

  return {
    add(tracks) {
      for (const track of tracks) {
        track.history = null;
        track.waiting.length = 0;
        queue.delete(track);
        queue.add(track);
      }
      // what is half done may be among them
      if (steps !== null) steps = null;
      if (isUnderWay || queue.size === 0) return;
      isUnderWay = true;
      o.clock.setTimeout(work, 0);
    },
  };
}

function emptyHistory({ config, places, codes }: AnalyzerTrack, { clock, plant, priceOf }: Options): History {
  const readingMs = places.grid === 'rapid' ? (config.rapid?.readingMs ?? config.readingMs) : config.readingMs;
  const day = dayOf(clock.now(), plant().offsetAt);
  const today = createToday({
    ...{ places, codes, day, readingMs, recordingMs: config.recordingMs },
    // looked up each time: a reload may bring another contract
    ...(priceOf && { priceAt: (at) => priceOf(config.id)?.(at) }),
  });
  return { today, spark: createMinuteMeans(), day };
}

/** Rests after each step. What it returns is of everything that the store holds at that moment. */
function* historyOf(track: AnalyzerTrack, o: Options): Generator<void, History> {
  const { clock, store, meterSince } = o;
  const { id, readingMs, rapid, recordingMs } = track.config;
  const history = emptyHistory(track, o);
  const { today, day } = history;
  track.waiting.length = 0;
  const begun = clock.now();
  const since = meterSince(id);
  const nearMidnight = Math.max(since, day.start - Math.min(recordingMs, HOUR_MS));
  const last = store.lastRecord(id);
  const isOurs = last !== null && last.start >= since;
  track.lastRecord = last;

  yield* addRecords(track, {
    today,
    store,
    from: nearMidnight,
    until: Math.min(Math.max(begun, last?.end ?? 0), day.end),
    since,
  });
  const hourAgo = begun - HOUR_MS;
  const unrecorded = isOurs ? Math.max(nearMidnight, Math.min(last.end, begun)) : nearMidnight;
  const stepMs = READINGS_AT_ONCE * Math.min(readingMs, rapid?.readingMs ?? readingMs);
  let at = Math.max(since, Math.min(unrecorded, hourAgo));
  for (;;) {
    const now = clock.now();
    const to = Math.min(at + stepMs, now);
    for (const reading of store.readings(id, epochMs(at), epochMs(to))) {
      if (reading.nominal > nearMidnight && isAfter(reading, isOurs ? last : null)) today.reading(reading);
      if (reading.nominal > hourAgo) addPower(history, track, reading);
    }
    at = to;
    if (at >= now) break;
    yield;
  }
  for (const record of track.waiting.splice(0)) today.record(record);
  return history;
}

/** What a reading says of the minute it is of. */
export function addPower({ spark }: History, { places }: AnalyzerTrack, reading: Reading): void {
  if (reading.grid !== places.grid) return;
  const kw = powerIn(reading, places.power);
  if (kw !== null) spark.add(reading.nominal, kw);
}

/** Read after what the record holds. */
function isAfter(reading: Reading, last: LectorRecord | null): boolean {
  if (last === null) return true;
  const passes = passOf(reading) - passOf(last);
  return passes > 0 || (passes === 0 && reading.nominal > last.end);
}

type Span = {
  readonly today: Today;
  readonly store: Store;
  readonly from: number;
  readonly until: number;
  readonly since: number;
};

/** The records of today in the order they were made, the last one before today among them. */
function* addRecords({ config: { id }, places }: AnalyzerTrack, o: Span): Generator<void> {
  const { today, store, until, since } = o;
  const found: LectorRecord[] = [];
  for (let at = o.from; at < until; at += RECORDS_MS) {
    const to: EpochMs = epochMs(Math.min(at + RECORDS_MS, until));
    found.push(...store.records(id, epochMs(at), to).filter(({ start }) => start >= since));
    yield;
  }
  found.sort((a, b) => passOf(a) - passOf(b) || a.end - b.end || a.generation - b.generation);
  for (const record of found) {
    if (places.energy === null && isMixed(record, places)) {
      for (const reading of store.readings(id, record.start, record.end)) today.reading(reading);
      today.record(record);
      yield;
    } else today.recordAlone(record);
  }
}
