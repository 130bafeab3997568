import type { DeviceId } from '../domain/units.ts';
import type { PlantEvent } from '../protocol/events.ts';
import type { Operator } from '../protocol/operator.ts';
import type { EventBytes } from './outlet.ts';
import { bytesOf, type Topic, topicOf } from './topics.ts';
import type { Turns } from './turns.ts';

/** Somebody who is told what happens. */
export type Listener = {
  readonly topics: ReadonlySet<Topic>;
  /** `sent`: the event as it is sent, made at the first call and shared by all. */
  take(event: PlantEvent, sent: () => EventBytes): void;
  /** Called after some {@link Listener.take}, in a turn of its own. */
  flush(): void;
};

export type Hub = {
  /** From now on `listener` is told. */
  join(listener: Listener): void;
  leave(listener: Listener): void;
  /** Frames of a device are decoded from now on, until the function that is returned is called. */
  watch(device: DeviceId): () => void;
};

/**
 * One subscription at the operator for all clients, and one for the frames of each device, only while somebody listens.
 * Never throws into what happens: `onBug` is told.
 */
export function createHub(operator: Operator, turns: Turns, onBug: (error: unknown) => void): Hub {
  const listeners = new Set<Listener>();
  const unsent = new Set<Listener>();
  const watched = new Map<DeviceId, { watchers: number; readonly end: () => void }>();
  let end: (() => void) | null = null;

  function tell(event: PlantEvent): void {
    try {
      const topic = topicOf(event);
      let made: EventBytes | null = null;
      const sent = (): EventBytes => {
        made ??= bytesOf(event);
        return made;
      };
      for (const listener of listeners) {
        if (!listener.topics.has(topic)) continue;
        listener.take(event, sent);
        if (unsent.size === 0) setImmediate(flushAll);
        unsent.add(listener);
      }
    } catch (error) {
      onBug(error);
    }
  }

  /** What came in one pass of the event loop is sent together. */
  function flushAll(): void {
    const all = [...unsent];
    unsent.clear();
    for (const listener of all) {
      turns.ask({
        work() {
          if (listeners.has(listener)) listener.flush();
          return false;
        },
      });
    }
  }

  return {
    join(listener) {
      listeners.add(listener);
      end ??= operator.subscribe(tell);
    },
    leave(listener) {
      listeners.delete(listener);
      unsent.delete(listener);
      if (listeners.size > 0) return;
      end?.();
      end = null;
    },
    watch(device) {
      const watch = watched.get(device) ?? {
        watchers: 0,
        end: operator.watchFrames(device, (data) => tell({ event: 'frame', data })),
      };
      watch.watchers += 1;
      watched.set(device, watch);
      return () => {
        watch.watchers -= 1;
        if (watch.watchers > 0) return;
        watched.delete(device);
        watch.end();
      };
    },
  };
}
