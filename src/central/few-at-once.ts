import type { Database } from './schema/database.ts';

/** Runs what it is given, some at one time; the others wait, and go in the order in which they came. */
export type FewAtOnce = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * At most `max` at one time. A place is free only in the next turn of the event loop: what is made of an answer is done
 * by then, and whoever came for something else had its turn.
 */
export function createFewAtOnce(max: number): FewAtOnce {
  const waiting: (() => void)[] = [];
  let free = max;
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      setImmediate(leave);
    }
  };
}

/** The same database; who asks it through this one holds at most `max` of its connections. */
export function askedByFew(database: Database, max: number): Database {
  const few = createFewAtOnce(max);
  const { pool } = database;
  const query = (...asked: readonly unknown[]) =>
    few(() => (pool.query as (...all: unknown[]) => Promise<unknown>).apply(pool, [...asked]));
  return { ...database, pool: Object.create(pool, { query: { value: query } }) };
}

/** One after another, each in a turn of the event loop of its own. */
export type Turns = { next(): Promise<void> };

/** For work that is cut into small pieces: who has one piece waits for one of each of the others. */
export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  const go = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(go);
  };
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 1) setImmediate(go);
      }),
  };
}
