import type { Window } from './domain/grid.ts';
import type { Clock } from './domain/ports.ts';
import type { AnalyzerId } from './domain/units.ts';
import type { Place } from './fleet.ts';

/** What the windows of the last run came to: how many records were made of them, and the promise of their writes. */
export type Closed = { readonly windows: number; readonly written: Promise<unknown> };

export type Recovery = {
  /** Plans every analyzer and resolves; then closes, a window at a time, and others run in between. Never rejects. */
  begin(): Promise<{ readonly closed: Promise<Closed> }>;
  /** Settles when the windows that an analyzer left are closed; null: none is left. Never rejects. */
  under(id: AnalyzerId): Promise<void> | null;
  /** Closes all that is left at once. */
  finish(): void;
  /** Leaves the rest to the next start. */
  end(): void;
};

/** What one analyzer left: windows to close, oldest first, and marks of gaps that are being written. */
export type Left = { readonly windows: readonly Window[]; readonly marks: readonly Promise<unknown>[] };

type Options = {
  readonly places: readonly Place[];
  readonly clock: Pick<Clock, 'mono' | 'setTimeout'>;
  readonly plan: (place: Place) => Left;
  /** Closes one window; what is made of it, as promises of writes. Throws what the store says. */
  readonly close: (place: Place, window: Window) => readonly Promise<unknown>[];
  /** The first analyzer whose last run could not be looked into; the windows are closed with its next one. */
  readonly failed: (error: unknown) => void;
};

/** How long it works before others have their turn. */
const SLICE_MS = 10;

type Pending = { readonly place: Place; readonly windows: Window[] } & PromiseWithResolvers<void>;

/**
 * Closes what the last run left beside the readings of this one. What is to be closed is settled before anything is
 * read, and each analyzer's windows are closed in order by this alone: whoever closes a later one waits for `under`.
 */
export function createRecovery({ places, clock, plan, close, failed }: Options): Recovery {
  const pending = new Map<AnalyzerId, Pending>();
  const writes: Promise<unknown>[] = [];
  let windows = 0;
  let isEnded = false;
  let isTold = false;
  let since = clock.mono();

  const fail = (error: unknown) => {
    if (!isTold) failed(error);
    isTold = true;
  };
  const keep = (all: readonly Promise<unknown>[]) => {
    // whoever is still to be closed may throw before anybody waits for these
    for (const each of all) each.catch(() => undefined);
    writes.push(...all);
  };
  const breathe = async () => {
    if (clock.mono() - since < SLICE_MS) return;
    await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 0));
    since = clock.mono();
  };
  const look = (place: Place) => {
    try {
      const left = plan(place);
      keep(left.marks);
      if (left.windows.length === 0) return;
      pending.set(place.analyzer.id, { place, windows: [...left.windows], ...Promise.withResolvers<void>() });
    } catch (error) {
      fail(error);
    }
  };
  /** Closes the oldest window of an analyzer; where the store cannot be read, no more of its windows are tried. */
  const closeOne = (each: Pending) => {
    try {
      const window = each.windows.shift();
      const made = window === undefined ? [] : close(each.place, window);
      keep(made);
      windows += made.length;
    } catch (error) {
      each.windows.length = 0;
      fail(error);
    }
    if (each.windows.length > 0) return;
    pending.delete(each.place.analyzer.id);
    each.resolve();
  };
  const closeAll = async (): Promise<Closed> => {
    while (!isEnded) {
      const [next] = pending.values();
      if (next === undefined) return { windows, written: Promise.all(writes) };
      closeOne(next);
      await breathe();
    }
    return new Promise(() => {});
  };

  return {
    async begin() {
      since = clock.mono();
      for (const place of places) {
        look(place);
        await breathe();
        if (isEnded) break;
      }
      return { closed: closeAll() };
    },
    under: (id) => pending.get(id)?.promise ?? null,
    finish() {
      for (const each of pending.values()) while (pending.has(each.place.analyzer.id)) closeOne(each);
    },
    end() {
      isEnded = true;
    },
  };
}
