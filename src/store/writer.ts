import { LectorError } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Environment, TableName, Writes } from './environment.ts';
import { type Refusal, refusalError, refusalOf } from './failure.ts';
import type { Key } from './keys.ts';
import { COMMIT_ITEMS_MAX, createWaiting, type Item } from './waiting.ts';

/** Waits between attempts while the disk refuses. */
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
const TRY_ANYWAY_MS = 30_000;
/** After a failure commits begin small and double: a full disk takes a little, and what is deleted makes room late. */
const COMMIT_ITEMS_FIRST = 8;
/** A commit that takes longer counts as trouble: exporters may drink from memory. */
export const HANGING_MS = 15_000;
/** Longest that closing waits for what is not written. */
export const CLOSE_MS = 5_000;

export type WriterOptions = {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly dir: string;
  readonly readingsBytesMax: number;
  readonly recordsBytesMax: number;
  /** The disk has begun to refuse, or does not answer: what waits may be delivered from memory. */
  readonly onRefused: () => void;
  /** Called after each failed commit, nothing under way: what may help. true: try again at once. */
  readonly recover: (refusal: Refusal) => Promise<boolean>;
  /** Whether the disk has no space. While it has none no attempt is made, for {@link TRY_ANYWAY_MS} at most. */
  readonly isFull: () => Promise<boolean>;
};

type Cell = { readonly table: TableName; readonly key: Key; readonly bytes: Buffer | null };

export type Writer = {
  /** Queues an item for the next commit. */
  add(item: Item): void;
  /** Sets one value of the root table; of several before a commit the last counts. null removes it. */
  set(key: Key, bytes: Buffer | null): void;
  /** Resolves when every `set` until now is durable, or is kept in memory because the disk refuses. */
  saved(): Promise<void>;
  /** Runs `job` while no commit is under way. Rejects as the job does. */
  between<T>(job: () => Promise<T>): Promise<T>;
  refusing(): boolean;
  /** Words for the banner, or null. */
  trouble(): string | null;
  /** Writes what waits, for at most {@link CLOSE_MS}. */
  close(): Promise<void>;
};

/**
 * The one place that writes. What arrives while a commit is under way goes into the next one; nothing waits on
 * purpose. While the disk refuses, everything waits in bounded memory and is tried again, and nothing is reported
 * written.
 */
export function createWriter(o: WriterOptions): Writer {
  const { clock, log } = o;
  const waiting = createWaiting(o.readingsBytesMax, o.recordsBytesMax);
  let cells = new Map<string, Cell>();
  let savers: (() => void)[] = [];
  const jobs: (() => Promise<void>)[] = [];
  let running: Promise<void> | null = null;
  let refusal: Refusal | null = null;
  let hanging = false;
  let failures = 0;
  let itemsMax = COMMIT_ITEMS_MAX;
  let dropped = 0;
  let closed = false;
  let wake: () => void = () => undefined;

  const drop = (items: readonly Item[]) => {
    if (items.length === 0) return;
    if (dropped === 0) log.error({ dir: o.dir }, 'memory for what the disk does not take is used up: the oldest go');
    dropped += items.length;
    for (const item of items) item.dropped();
  };
  const releaseSavers = () => {
    const released = savers;
    savers = [];
    for (const release of released) release();
  };
  const isWork = () => waiting.records() + waiting.readings() + cells.size + jobs.length > 0;

  const commitOnce = async (): Promise<void> => {
    const items = waiting.take(Math.min(itemsMax, Math.max(1, o.environment.fitting())));
    const taken = cells;
    const asked = savers;
    cells = new Map();
    savers = [];
    const watch = clock.setTimeout(() => {
      hanging = true;
      log.error({ dir: o.dir, waitedMs: HANGING_MS }, 'the disk does not answer; what is recorded waits in memory');
      for (const release of asked) release();
      o.onRefused();
    }, HANGING_MS);
    try {
      await o.environment.commit((writes) => writeAll(writes, items, taken));
    } catch (error) {
      // what was set meanwhile is newer
      cells = new Map([...taken, ...cells]);
      savers = [...asked, ...savers];
      drop(waiting.putBack());
      throw error;
    } finally {
      clock.clearTimeout(watch);
    }
    waiting.confirm();
    for (const item of items) item.written();
    for (const release of asked) release();
  };

  const succeeded = () => {
    itemsMax = Math.min(COMMIT_ITEMS_MAX, itemsMax * 2);
    failures = 0;
    if (itemsMax < COMMIT_ITEMS_MAX && waiting.records() + waiting.readings() > 0) return;
    if (refusal !== null || hanging) {
      log.info(
        { dir: o.dir, failures, dropped },
        'the disk takes writes again; what waited in memory is being written',
      );
    }
    refusal = null;
    hanging = false;
    dropped = 0;
  };
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => resolve(), ms);
      wake = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  const refused = async (error: unknown) => {
    const told = refusalOf(error);
    // a write cut short by a full disk is told as an input/output error
    const seen: Refusal = told.kind === 'broken' && (await o.isFull()) ? { ...told, kind: 'full' } : told;
    const isNew = refusal?.kind !== seen.kind;
    refusal = seen;
    failures += 1;
    itemsMax = COMMIT_ITEMS_FIRST;
    if (isNew) log.error({ dir: o.dir, cause: seen.text }, `${headline(seen)}; what is recorded waits in memory`);
    releaseSavers();
    o.onRefused();
    const again = await o.recover(seen).catch(() => false);
    if (closed || (again && failures === 1)) return;
    const from = clock.mono();
    do await sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 10)));
    while (!closed && clock.mono() - from < TRY_ANYWAY_MS && seen.kind === 'full' && (await o.isFull()));
  };
  const run = async () => {
    // all calls of this turn share the first commit
    await Promise.resolve();
    for (let attempts = 0; isWork(); ) {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
      if (waiting.records() + waiting.readings() + cells.size === 0) continue;
      try {
        await commitOnce();
        succeeded();
      } catch (error) {
        await refused(error);
        attempts += 1;
        if (closed && attempts > 1) break;
      }
    }
    running = null;
    releaseSavers();
  };
  const start = () => {
    if (running === null) running = run();
  };

  return {
    add(item) {
      drop(waiting.add(item));
      start();
    },
    set(key, bytes) {
      cells.set(JSON.stringify(key), { table: 'root', key, bytes });
      start();
    },
    saved() {
      if (refusal !== null || hanging || (cells.size === 0 && running === null)) return Promise.resolve();
      start();
      return new Promise((resolve) => savers.push(resolve));
    },
    between(job) {
      return new Promise((resolve, reject) => {
        jobs.push(async () => job().then(resolve, reject));
        start();
      });
    },
    refusing: () => refusal !== null || hanging,
    trouble() {
      if (refusal === null && !hanging) return null;
      const head = refusal === null ? 'DISK DOES NOT ANSWER' : headline(refusal);
      const counts = `${waiting.records()} records and ${waiting.readings()} readings wait in memory`;
      return `${head}: ${counts} (${o.dir})${dropped === 0 ? '' : `; ${dropped} of the oldest were dropped`}`;
    },
    async close() {
      closed = true;
      wake();
      const time = sleep(CLOSE_MS);
      await Promise.race([running ?? Promise.resolve(), time]);
      wake();
      const left = waiting.clear();
      if (left.length > 0)
        log.error({ dir: o.dir, count: left.length }, 'closed without writing what waited in memory');
      for (const item of left) item.dropped();
      releaseSavers();
    },
  };
}

function writeAll(writes: Writes, items: readonly Item[], cells: ReadonlyMap<string, Cell>): void {
  for (const item of items) item.write(writes);
  for (const { table, key, bytes } of cells.values()) {
    if (bytes === null) writes.remove(table, key);
    else writes.put(table, key, bytes);
  }
}

function headline(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'full':
      return 'DISK FULL';
    case 'readOnly':
      return 'DISK READ-ONLY';
    case 'broken':
      return `DISK ERROR (${refusal.text})`;
  }
}

/** What a caller gets for something that was dropped. */
export function droppedError(dir: string, cause: string | null): LectorError {
  return cause === null
    ? new LectorError('STORE_FAILED', `the store in ${dir} was closed before this was written`, { dir })
    : refusalError({ kind: 'full', text: `the memory for what waits is used up (${cause})` }, dir);
}
