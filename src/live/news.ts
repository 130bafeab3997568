import type { Clock } from '../domain/ports.ts';
import type { AnalyzerId, DeviceId } from '../domain/units.ts';
import type { PlantEvent } from '../protocol/events.ts';

/** Events go out for so long at once; then others have their turn. */
const SLICE_MS = 5;

/** What changed, by which event tells it. */
export type Subject =
  | { readonly kind: 'analyzer'; readonly id: AnalyzerId }
  | { readonly kind: 'device'; readonly id: DeviceId }
  | { readonly kind: 'delivery'; readonly id: string }
  | { readonly kind: 'node' }
  | { readonly kind: 'installation' };

export type News = {
  /** Whether anybody listens: nothing is made for nobody. */
  isHeard(): boolean;
  publish(event: PlantEvent): void;
  /** Something about it changed: it is told once as it then is, when what happens now is over. */
  touch(subject: Subject): void;
  subscribe(listener: (event: PlantEvent) => void): () => void;
};

type Options = {
  readonly clock: Pick<Clock, 'mono' | 'setTimeout'>;
  /** The event of a subject as it is now; null: it is gone. */
  readonly eventOf: (subject: Subject) => PlantEvent | null;
};

/** Tells listeners what happens, one object for all of them. A listener that throws is not told any more. */
export function createNews({ clock, eventOf }: Options): News {
  const listeners = new Set<(event: PlantEvent) => void>();
  const touched = new Map<string, Subject>();
  let isAsked = false;

  const publish = (event: PlantEvent) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch {
        // whoever listens must never hurt what it listens to
        listeners.delete(listener);
      }
    }
  };
  const flush = () => {
    const until = clock.mono() + SLICE_MS;
    for (const [key, subject] of touched) {
      touched.delete(key);
      const event = listeners.size === 0 ? null : eventOf(subject);
      if (event !== null) publish(event);
      if (clock.mono() >= until && touched.size > 0) {
        clock.setTimeout(flush, 0);
        return;
      }
    }
    isAsked = false;
  };
  return {
    isHeard: () => listeners.size > 0,
    publish,
    touch(subject) {
      if (listeners.size === 0) return;
      touched.set('id' in subject ? `${subject.kind} ${subject.id}` : subject.kind, subject);
      if (isAsked) return;
      isAsked = true;
      queueMicrotask(flush);
    },
    subscribe(listener) {
      // the same function may listen twice
      const own = (event: PlantEvent) => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
