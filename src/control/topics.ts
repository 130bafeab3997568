import type { PlantEvent } from '../protocol/events.ts';
import { eventLine } from '../protocol/json-answers.ts';
import type { Subscription } from '../protocol/requests.ts';
import type { EventBytes } from './outlet.ts';

/** What a client listens to, `all` taken apart. */
export type Topic = Exclude<Subscription, 'all'>;

const ALL: readonly Topic[] = ['readings', 'states', 'records', 'log'];

/** What subscriptions stand for; `all` is everything but frames. */
export const topicsOf = (what: readonly Subscription[]): readonly Topic[] =>
  what.flatMap((each) => (each === 'all' ? ALL : [each]));

/** Which listeners an event is for. */
export function topicOf(event: PlantEvent): Topic {
  switch (event.event) {
    case 'reading':
      return 'readings';
    case 'record':
      return 'records';
    case 'log':
      return 'log';
    case 'frame':
      return `frames:${event.data.device}`;
    case 'analyzer':
    case 'device':
    case 'delivery':
    case 'node':
    case 'installation':
    case 'shutdown':
      return 'states';
  }
}

/** What an event tells of; null: something that happened once, which no later event replaces. */
function subjectOf(event: PlantEvent): string | null {
  switch (event.event) {
    case 'reading':
    case 'analyzer':
    case 'device':
      return `${event.event}:${event.data.id}`;
    case 'delivery':
      return `delivery:${event.data.exporter}`;
    case 'node':
    case 'installation':
    case 'shutdown':
      return event.event;
    case 'record':
    case 'log':
    case 'frame':
      return null;
  }
}

/** An event as it is sent to everybody. */
export function bytesOf(event: PlantEvent): EventBytes {
  return {
    bytes: Buffer.from(eventLine(event), 'utf8'),
    subject: subjectOf(event),
    isLast: event.event === 'shutdown',
  };
}
