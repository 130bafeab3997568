import { isQuiet } from './alarm-hours.ts';
import type { AlarmRule } from './alarm-rules.ts';
import type { OffsetAt } from './grid.ts';
import { type AnalyzerId, type DeviceId, type EpochMs, epochMs } from './units.ts';

/** Whom a rule is about. */
export type AlarmSubject =
  | { readonly kind: 'analyzer'; readonly id: AnalyzerId }
  | { readonly kind: 'device'; readonly id: DeviceId }
  | { readonly kind: 'delivery'; readonly id: string }
  | { readonly kind: 'node' };

/** One rule for one of those that it is about. */
export type AlarmWatch = {
  /** The same after a reload. */
  readonly key: string;
  readonly rule: AlarmRule;
  readonly subject: AlarmSubject;
};

/**
 * What was found. between: beyond where it ends and not where it begins, or nobody can tell now: an alarm stays, and
 * none begins. none: nobody wants it watched now, as of a meter that was paused (`why`).
 */
export type Verdict =
  | { readonly kind: 'off' }
  | { readonly kind: 'between' }
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'on';
      /** Without its subject: `has not been read for 15 min: no answer`. */
      readonly message: string;
      readonly value: number | null;
      /** For how long it has been so already, as far as is known. */
      readonly ageMs: number;
    };

export type Judged = { readonly watch: AlarmWatch; readonly verdict: Verdict };

/**
 * An alarm that may become one (`pending`), is one (`raised`), or ended in quiet hours before those who heard of it
 * could be told (`ended`). Plain data.
 */
export type Alarm = {
  readonly watch: AlarmWatch;
  readonly phase: 'pending' | 'raised' | 'ended';
  /** Lived time at which it began, ms. */
  readonly beganAt: number;
  readonly since: EpochMs;
  readonly message: string;
  readonly value: number | null;
  /** Its actions were told that it began. */
  readonly isTold: boolean;
  /** Lived time at which it was said last, ms. */
  readonly saidAt: number;
};

export type AlarmState = ReadonlyMap<string, Alarm>;

/** Something to tell: `says` in the log, `acts` by the actions of the rule. */
export type AlarmEvent = {
  readonly what: 'raised' | 'repeated' | 'cleared';
  readonly alarm: Alarm;
  readonly at: EpochMs;
  /** For how long it lasted so far, ms of lived time. */
  readonly lastedMs: number;
  /** cleared: why it is watched no more; null: it is over. */
  readonly why: string | null;
  readonly says: boolean;
  readonly acts: boolean;
};

/** `lived`: ms in which the program ran. It knows no clock that is put forward, and no machine that sleeps. */
export type AlarmTime = { readonly now: EpochMs; readonly lived: number; readonly offsetAt: OffsetAt };

export type Stepped = { readonly state: AlarmState; readonly events: readonly AlarmEvent[] };

const GONE = 'it is not watched any more';

/** What became of every alarm, and what is to be told. Alarms that nobody judged are watched no more, and end. */
export function stepAlarms(before: AlarmState, judged: readonly Judged[], time: AlarmTime): Stepped {
  const state = new Map<string, Alarm>();
  const events: AlarmEvent[] = [];
  const seen = new Set<string>();
  const take = (key: string, { alarm, events: told }: Step) => {
    if (alarm !== null) state.set(key, alarm);
    events.push(...told);
  };
  for (const { watch, verdict } of judged) {
    const known = before.get(watch.key);
    if (known === undefined && verdict.kind !== 'on') continue;
    seen.add(watch.key);
    // what its rule says now counts
    take(watch.key, stepAlarm(known === undefined ? null : { ...known, watch }, watch, verdict, time));
  }
  for (const [key, alarm] of before) {
    if (!seen.has(key)) take(key, stepAlarm(alarm, alarm.watch, { kind: 'none', why: GONE }, time));
  }
  return { state, events };
}

type Step = { readonly alarm: Alarm | null; readonly events: readonly AlarmEvent[] };
const NOTHING: Step = { alarm: null, events: [] };

function stepAlarm(alarm: Alarm | null, watch: AlarmWatch, verdict: Verdict, time: AlarmTime): Step {
  switch (verdict.kind) {
    case 'on':
      return found(alarm ?? begun(watch, verdict, time), verdict, time);
    case 'between':
      return alarm === null || alarm.phase === 'pending' ? NOTHING : lasting(alarm, time);
    case 'off':
      return ended(alarm, null, time);
    case 'none':
      return ended(alarm, verdict.why, time);
  }
}

type Found = Verdict & { kind: 'on' };

function begun(watch: AlarmWatch, { ageMs, message, value }: Found, { now, lived }: AlarmTime): Alarm {
  const since = epochMs(Math.round(now - ageMs));
  return { watch, phase: 'pending', beganAt: lived - ageMs, since, message, value, isTold: false, saidAt: lived };
}

function found(before: Alarm, { message, value }: Found, time: AlarmTime): Step {
  const alarm = { ...before, message, value };
  if (alarm.phase === 'raised') return lasting(alarm, time);
  const quiet = isQuietNow(alarm, time);
  if (alarm.phase === 'ended') {
    // those who heard that it began never heard that it ended
    const again: Alarm = { ...alarm, phase: 'raised', beganAt: time.lived, since: time.now, saidAt: time.lived };
    return { alarm: again, events: [eventOf('raised', again, time, { says: true, acts: false })] };
  }
  if (time.lived - alarm.beganAt < holdMs(alarm.watch.rule)) return { alarm, events: [] };
  const raised: Alarm = { ...alarm, phase: 'raised', isTold: !quiet, saidAt: time.lived };
  return { alarm: raised, events: [eventOf('raised', raised, time, { says: true, acts: !quiet })] };
}

/** Of these the facts tell how long it was so, and so does the verdict. */
const holdMs = ({ when, forMs }: AlarmRule): number =>
  when === 'silent' || when === 'owed' || when === 'frozen' ? 0 : forMs;

/** It is there as before: told once quiet hours are over, and again where its rule says so. */
function lasting(alarm: Alarm, time: AlarmTime): Step {
  const quiet = isQuietNow(alarm, time);
  if (alarm.phase === 'ended') return ended(alarm, null, time);
  const { repeatMs } = alarm.watch.rule;
  const isDue = repeatMs !== null && time.lived - alarm.saidAt >= repeatMs;
  if (!alarm.isTold && !quiet) {
    const told: Alarm = { ...alarm, isTold: true, saidAt: time.lived };
    return { alarm: told, events: [eventOf('raised', told, time, { says: false, acts: true })] };
  }
  if (!isDue) return { alarm, events: [] };
  const again: Alarm = { ...alarm, saidAt: time.lived };
  return { alarm: again, events: [eventOf('repeated', again, time, { says: true, acts: !quiet })] };
}

function ended(alarm: Alarm | null, why: string | null, time: AlarmTime): Step {
  if (alarm === null || alarm.phase === 'pending') return NOTHING;
  const quiet = isQuietNow(alarm, time);
  const says = alarm.phase === 'raised';
  if (!alarm.isTold) return { alarm: null, events: [eventOf('cleared', alarm, time, { says, acts: false }, why)] };
  if (!quiet) return { alarm: null, events: [eventOf('cleared', alarm, time, { says, acts: true }, why)] };
  const events = says ? [eventOf('cleared', alarm, time, { says, acts: false }, why)] : [];
  return { alarm: { ...alarm, phase: 'ended' }, events };
}

const isQuietNow = ({ watch }: Alarm, { now, offsetAt }: AlarmTime): boolean =>
  isQuiet(now, watch.rule.quiet, offsetAt);

type Told = Pick<AlarmEvent, 'says' | 'acts'>;

function eventOf(
  what: AlarmEvent['what'],
  alarm: Alarm,
  time: AlarmTime,
  told: Told,
  why: string | null = null,
): AlarmEvent {
  return { what, alarm, at: time.now, lastedMs: time.lived - alarm.beganAt, why, ...told };
}

/** Those that are raised, oldest first within a severity, errors before warnings. */
export function raisedOf(state: AlarmState): readonly Alarm[] {
  const raised = [...state.values()].filter(({ phase }) => phase === 'raised');
  const rank = ({ watch }: Alarm) => (watch.rule.severity === 'error' ? 0 : 1);
  return raised.sort((a, b) => rank(a) - rank(b) || a.beganAt - b.beganAt);
}
