import type { OffsetAt, Window } from './grid.ts';
import { lastIn, nextIn, type RecordingGrid, windowIn } from './recording-grid.ts';
import type { AnalyzerId, EpochMs } from './units.ts';
import { epochMs } from './units.ts';

/** When one analyzer is read and recorded. `rapidMs` is the interval of its second, faster grid, or null. */
export type Scheduled = RecordingGrid & {
  readonly analyzerId: AnalyzerId;
  readonly readingMs: number;
  readonly rapidMs: number | null;
  /** Wait after each nominal instant, so that the analyzers of a line do not collide ({@link staggerOf}). */
  readonly staggerMs: number;
};

export type Grid = 'normal' | 'rapid';

/** Something to do now. `at` is when it fell due: the nominal instant, or the window's end, plus the stagger. */
export type Due =
  | {
      readonly kind: 'reading';
      readonly analyzerId: AnalyzerId;
      readonly grid: Grid;
      readonly nominal: EpochMs;
      /** Instants before this one that passed unread (the process stood still, or the clock jumped). */
      readonly missed: number;
      /** How often the wall clock had been put back; absent: never. */
      readonly pass?: number;
      readonly at: EpochMs;
    }
  /** The window ended, and every reading of it came out before this: make its record. */
  | { readonly kind: 'recording'; readonly analyzerId: AnalyzerId; readonly window: Window; readonly at: EpochMs }
  /** Whole windows, (from, to], in which nothing ran: no records, one gap. */
  | {
      readonly kind: 'gap';
      readonly analyzerId: AnalyzerId;
      readonly from: EpochMs;
      readonly to: EpochMs;
      readonly windows: number;
      readonly at: EpochMs;
    }
  /** The wall clock was put back for the `pass`th time; everything is armed anew. */
  | {
      readonly kind: 'clockBack';
      readonly from: EpochMs;
      readonly to: EpochMs;
      readonly pass: number;
      readonly at: EpochMs;
    };

/** Analyzers that share every instant, and what comes next for them. Plain data. */
export type Slot = Omit<Scheduled, 'analyzerId'> & {
  readonly analyzerIds: readonly AnalyzerId[];
  /** Every nominal instant and window end up to here was handed out. */
  readonly taken: EpochMs;
  readonly nextReading: EpochMs;
  readonly nextRapid: EpochMs | null;
  /** The window to close next. */
  readonly window: Window;
  /** When the slot is due next. */
  readonly at: EpochMs;
};

/**
 * All analyzers and what comes next: plain data, never changed in place. `ranUntil` is the last time it was asked,
 * `pass` how often the wall clock was put back until now.
 */
export type Schedule = { readonly ranUntil: EpochMs; readonly slots: readonly Slot[]; readonly pass: number };

/** A wall clock that falls back by no more than this is waited for: NTP does so every day. */
export const CLOCK_BACK_MS = 1_000;
/** Longest wait after a nominal instant. */
export const STAGGER_MAX_MS = 2_000;
/** Staggers are multiples of this: analyzers then share timers, at most a hundred a second. */
export const STAGGER_STEP_MS = 10;

/** A schedule of everything that falls due (nominal instant plus stagger) after `now`. */
export function startSchedule(list: readonly Scheduled[], now: EpochMs, offsetAt: OffsetAt, pass = 0): Schedule {
  const slots = slotsOf(list, offsetAt, (each) => epochMs(now - each.staggerMs));
  return { ranUntil: now, slots, pass };
}

/**
 * The same schedule with another list: what was handed out is not handed out again, and what was not still will be.
 * What the clock did since it was last asked, it sees when it is asked next.
 */
export function changeSchedule(
  schedule: Schedule,
  list: readonly Scheduled[],
  now: EpochMs,
  offsetAt: OffsetAt,
): Schedule {
  const taken = new Map(schedule.slots.flatMap((slot) => slot.analyzerIds.map((id) => [id, slot.taken] as const)));
  const takenOf = (each: Scheduled) => taken.get(each.analyzerId) ?? epochMs(now - each.staggerMs);
  return { ...schedule, slots: slotsOf(list, offsetAt, takenOf) };
}

function slotsOf(
  list: readonly Scheduled[],
  offsetAt: OffsetAt,
  takenOf: (each: Scheduled) => EpochMs,
): Schedule['slots'] {
  const alike = (each: Scheduled) => JSON.stringify({ ...each, analyzerId: 0, taken: takenOf(each) });
  return [...Map.groupBy(list, alike).values()].map((group) => {
    const { analyzerId: _, ...cadence } = group[0]!;
    return armed({ ...cadence, analyzerIds: group.map((each) => each.analyzerId) }, takenOf(group[0]!), offsetAt);
  });
}

type Cadence = Omit<Slot, 'taken' | 'nextReading' | 'nextRapid' | 'window' | 'at'>;

function armed(cadence: Cadence, taken: EpochMs, offsetAt: OffsetAt): Slot {
  const { readingMs, rapidMs, staggerMs } = cadence;
  const nextReading = nextIn(cadence, readingMs, taken, offsetAt);
  const nextRapid = rapidMs === null ? null : nextIn(cadence, rapidMs, taken, offsetAt);
  const window = windowIn(cadence, epochMs(taken + 1), offsetAt);
  const at = epochMs(Math.min(nextReading, nextRapid ?? nextReading, window.end) + staggerMs);
  return { ...cadence, taken, nextReading, nextRapid, window, at };
}

/** When something is due next; null when there is nothing to schedule. */
export function nextInstant(schedule: Schedule): EpochMs | null {
  let next = Number.POSITIVE_INFINITY;
  for (const slot of schedule.slots) if (slot.at < next) next = slot.at;
  return next === Number.POSITIVE_INFINITY ? null : epochMs(next);
}

/**
 * Everything that fell due since the schedule was last asked, in order: at one instant the readings come before the
 * recording that closes on them. Of several instants that one analyzer missed only the last is handed out; of several
 * windows only the one that was still begun and the one that the last reading closes, with one gap between.
 */
export function takeDue(
  schedule: Schedule,
  now: EpochMs,
  offsetAt: OffsetAt,
): { readonly schedule: Schedule; readonly events: readonly Due[] } {
  if (now < schedule.ranUntil - CLOCK_BACK_MS) return takeClockBack(schedule, now, offsetAt);
  const ranUntil = epochMs(Math.max(now, schedule.ranUntil));
  if (!schedule.slots.some((slot) => slot.at <= now)) return { schedule: { ...schedule, ranUntil }, events: [] };
  const events: Due[] = [];
  const slots = schedule.slots.map((slot) => {
    if (slot.at > now) return slot;
    const until = epochMs(now - slot.staggerMs);
    const readings = dueReadings(slot, until, schedule, offsetAt);
    const windows = dueWindows(slot, until, schedule, readings, offsetAt);
    events.push(...ofEach(slot, [...readings, ...windows]));
    return armed(slot, until, offsetAt);
  });
  return { schedule: { ...schedule, ranUntil, slots }, events: events.sort(inOrder) };
}

/** Everything due in (from, now], in order. */
export function dueEvents(list: readonly Scheduled[], from: EpochMs, now: EpochMs, offsetAt: OffsetAt): readonly Due[] {
  return takeDue(startSchedule(list, from, offsetAt), now, offsetAt).events;
}

/** An event of a slot before it is handed out to each of its analyzers; `at` without the stagger. */
type Shared = Due extends infer Each ? (Each extends Due ? Omit<Each, 'analyzerId'> : never) : never;

function ofEach(slot: Slot, shared: readonly Shared[]): readonly Due[] {
  return slot.analyzerIds.flatMap((analyzerId) =>
    shared.map((each) => ({ ...each, analyzerId, at: epochMs(each.at + slot.staggerMs) }) as Due),
  );
}

const RANK = { clockBack: 0, reading: 1, recording: 2, gap: 3 } as const;

function inOrder(a: Due, b: Due): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return RANK[a.kind] - RANK[b.kind];
  return a.kind === 'clockBack' || b.kind === 'clockBack' ? 0 : a.analyzerId - b.analyzerId;
}

type SharedReading = Extract<Shared, { kind: 'reading' }>;

function dueReadings(slot: Slot, until: EpochMs, { pass }: Schedule, offsetAt: OffsetAt): readonly SharedReading[] {
  const grids = [
    { grid: 'normal', everyMs: slot.readingMs, first: slot.nextReading },
    { grid: 'rapid', everyMs: slot.rapidMs, first: slot.nextRapid },
  ] as const;
  return grids.flatMap(({ grid, everyMs, first }) => {
    if (everyMs === null || first === null || first > until) return [];
    const nominal = lastIn(slot, everyMs, until, offsetAt);
    const missed = instantsBetween(slot, everyMs, first, nominal, offsetAt);
    return [{ kind: 'reading', grid, nominal, missed, ...(pass > 0 && { pass }), at: nominal }];
  });
}

/** How many nominal instants lie in [first, last), by arithmetic: ten years may have passed. */
function instantsBetween(slot: Slot, everyMs: number, first: EpochMs, last: EpochMs, offsetAt: OffsetAt): number {
  const here = windowIn(slot, first, offsetAt);
  if (last <= here.end) return Math.round((last - first) / everyMs);
  const there = windowIn(slot, last, offsetAt);
  const windows = Math.round((there.start - here.end) / slot.recordingMs);
  const rest = Math.floor((here.end - first) / everyMs) + 1;
  return rest + windows * Math.floor(slot.recordingMs / everyMs) + Math.round((last - there.start) / everyMs) - 1;
}

/** Windows that ended up to `until`: records of those in which something ran or is read now, and the gap between. */
function dueWindows(
  slot: Slot,
  until: EpochMs,
  { ranUntil, pass }: Schedule,
  readings: readonly SharedReading[],
  offsetAt: OffsetAt,
): readonly Shared[] {
  const first = slot.window;
  if (first.end > until) return [];
  const last = windowIn(slot, windowIn(slot, epochMs(until + 1), offsetAt).start, offsetAt);
  if (last.end === first.end) return [recording(first, pass)];
  const begun = ranUntil > first.start && wasDueIn(first, slot);
  const read = readings.some(({ nominal }) => nominal > last.start && nominal <= last.end);
  const from = begun ? first.end : first.start;
  const to = read ? last.start : last.end;
  const windows = Math.max(1, Math.round((to - from) / slot.recordingMs));
  return [
    ...(begun ? [recording(first, pass)] : []),
    ...(from < to ? [{ kind: 'gap', from, to, windows, at: to } as const] : []),
    ...(read ? [recording(last, pass)] : []),
  ];
}

/** Whether a reading of the window fell due before now: where none did, its time was passed over. */
function wasDueIn({ start }: Window, { readingMs, rapidMs, nextReading, nextRapid }: Slot): boolean {
  return nextReading > start + readingMs || (rapidMs !== null && nextRapid !== null && nextRapid > start + rapidMs);
}

const recording = (window: Window, pass: number): Shared => ({
  kind: 'recording',
  window: pass === 0 ? window : { ...window, pass },
  at: window.end,
});

/**
 * The wall clock went back: windows that it has left are closed now, because it may never come to their end again,
 * and everything after `now` will come once more; its records get the next generation.
 */
function takeClockBack(
  schedule: Schedule,
  now: EpochMs,
  offsetAt: OffsetAt,
): { readonly schedule: Schedule; readonly events: readonly Due[] } {
  const left = schedule.slots.filter(({ window }) => now <= window.start && schedule.ranUntil > window.start);
  const closed = left.flatMap((slot) =>
    ofEach(slot, [{ ...recording(slot.window, schedule.pass), at: epochMs(now - slot.staggerMs) }]),
  );
  const slots = schedule.slots.map((slot) => {
    const taken = epochMs(now - slot.staggerMs);
    // still in the same window: the one before it stays closed
    return armed(slot, now > slot.window.start ? epochMs(Math.max(taken, slot.window.start)) : taken, offsetAt);
  });
  const pass = schedule.pass + 1;
  return {
    schedule: { ranUntil: now, slots, pass },
    events: [{ kind: 'clockBack', from: schedule.ranUntil, to: now, pass, at: now }, ...closed.sort(inOrder)],
  };
}

/** Where an analyzer stands among the others: on which of the devices, and which on its line. */
export type Place = {
  readonly deviceIndex: number;
  readonly devices: number;
  readonly analyzerIndex: number;
  readonly analyzers: number;
};

/**
 * Stagger in ms of an analyzer: those of one line are spread evenly over 0.9 of the reading interval (2 s at most),
 * and the lines are shifted against each other. `readingMs` is the interval of its fastest grid.
 */
export function staggerOf(place: Place, readingMs: number): number {
  const share = (place.analyzerIndex + place.deviceIndex / place.devices) / place.analyzers;
  const span = Math.min(0.9 * readingMs, STAGGER_MAX_MS);
  return Math.floor((share * span) / STAGGER_STEP_MS) * STAGGER_STEP_MS;
}
