import { createEventQueue } from './event-queue.ts';
import type { ClientEvent } from './types.ts';

/** What is pushed on one side and iterated on the other. */
export type EventStream = AsyncIterator<ClientEvent, undefined> & {
  readonly isOver: boolean;
  push(event: ClientEvent): void;
  /** The reader gets what waits, then the error, then no more. */
  fail(error: unknown): void;
  /** What waits is dropped, whoever waits is done. */
  end(): void;
};

type Reader = {
  readonly resolve: (result: IteratorResult<ClientEvent, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

const DONE = { done: true, value: undefined } as const;

/** `onEnd` is called once, when no more will be read. */
export function createEventStream(onEnd: () => void): EventStream {
  const queue = createEventQueue();
  const readers: Reader[] = [];
  let isOver = false;
  let failure: { readonly error: unknown } | null = null;

  const pour = () => {
    while (readers.length > 0) {
      const value = isOver ? undefined : queue.shift();
      if (value !== undefined) readers.shift()?.resolve({ done: false, value });
      else if (isOver) readers.shift()?.resolve(DONE);
      else if (failure !== null) {
        readers.shift()?.reject(failure.error);
        end();
      } else return;
    }
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    onEnd();
    pour();
  };
  return {
    get isOver() {
      return isOver;
    },
    push(event) {
      queue.push(event);
      pour();
    },
    fail(error) {
      failure = { error };
      pour();
    },
    end,
    next: () =>
      new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        pour();
      }),
    async return() {
      end();
      return DONE;
    },
  };
}
