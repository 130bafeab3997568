import type { ClientEvent } from './types.ts';

/** Events that wait for a slow reader; beyond it states replace their older selves, and the oldest of the rest go. */
export const EVENTS_MAX = 1000;

/** Events between a connection and whoever iterates: bounded, in order, honest about what was left out. */
export type EventQueue = {
  push(event: ClientEvent): void;
  /** The next event; `lagged` first where something before it was left out; undefined: nothing waits. */
  shift(): ClientEvent | undefined;
};

/** As long as `eventsMax`, or one event for each subject (analyzer, device, delivery) if that is more. */
export function createEventQueue(eventsMax = EVENTS_MAX): EventQueue {
  const events = new Map<number, ClientEvent>();
  /** The newest event of each subject, and the passing ones, oldest first. */
  const latest = new Map<string, number>();
  const passing = new Set<number>();
  let next = 0;
  let missed = 0;

  const remove = (place: number, subject: string | null) => {
    events.delete(place);
    passing.delete(place);
    if (subject !== null && latest.get(subject) === place) latest.delete(subject);
  };
  const leaveOut = (place: number | undefined, subject: string | null): boolean => {
    if (place === undefined) return false;
    remove(place, subject);
    missed += 1;
    return true;
  };
  const add = (event: ClientEvent, subject: string | null) => {
    const place = next++;
    events.set(place, event);
    if (subject === null) passing.add(place);
    else latest.set(subject, place);
  };
  /** Everything anew: what was known of the states before is void, what has passed is not. */
  const startAnew = () => {
    for (const [place, event] of events) {
      const subject = subjectOf(event);
      if (subject !== null) remove(place, subject);
    }
  };

  return {
    push(event) {
      if (event.event === 'lagged') {
        missed += event.data.missed;
        return;
      }
      const subject = subjectOf(event);
      if (event.event === 'snapshot') startAnew();
      if (events.size >= eventsMax) {
        const older = subject === null ? undefined : latest.get(subject);
        const room = leaveOut(older, subject) || leaveOut(passing.values().next().value, null);
        if (!room && subject === null) {
          missed += 1;
          return;
        }
      }
      add(event, subject);
    },
    shift() {
      if (missed > 0) {
        const data = { missed };
        missed = 0;
        return { event: 'lagged', data };
      }
      const first = events.entries().next().value;
      if (first === undefined) return undefined;
      remove(first[0], subjectOf(first[1]));
      return first[1];
    },
  };
}

/** Whose state an event tells: a later one makes it void. null: it tells something that passes, and is told once. */
function subjectOf(event: ClientEvent): string | null {
  switch (event.event) {
    case 'reading':
      return `reading:${event.data.id}`;
    case 'analyzer':
      return `analyzer:${event.data.id}`;
    case 'device':
      return `device:${event.data.id}`;
    case 'delivery':
      return `delivery:${event.data.exporter}`;
    case 'record':
    case 'log':
    case 'frame':
      return null;
    case 'node':
    case 'installation':
    case 'shutdown':
    case 'lagged':
    case 'snapshot':
    case 'disconnected':
      return event.event;
  }
}
