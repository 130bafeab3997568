import { open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Adapter, Low } from 'lowdb';
import type { Log } from '../domain/ports.ts';
import type { SmallState, StateFile } from '../domain/store-port.ts';

const EMPTY: SmallState = { version: 1, paused: {}, identities: {} };

/**
 * The small state in `file` (JSON that a person can read). A missing file is an empty state; one that is torn, empty or
 * not ours is kept beside it as `<name>.torn`, with one line in the log, and the state is empty.
 */
export async function openStateFile(file: string, log: Log): Promise<StateFile> {
  const db = new Low<SmallState>(atomicJson(file, log), EMPTY);
  await db.read();
  let waiting: Update[] = [];
  let running = false;

  /** Each change is made on what the one before left; all that came during a write share the next one. */
  const writeAll = async () => {
    running = true;
    // all calls of this turn share the first write
    await Promise.resolve();
    while (waiting.length > 0) {
      const updates = waiting;
      waiting = [];
      const before = db.data;
      const made = updates.filter((update) => apply(db, update));
      try {
        if (db.data !== before) await db.write();
        for (const { resolve } of made) resolve();
      } catch (error) {
        db.data = before;
        for (const { reject } of made) reject(error);
      }
    }
    running = false;
  };
  return {
    read: () => db.data,
    update(change) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ change, resolve, reject });
      if (!running) void writeAll();
      return promise;
    },
  };
}

type Update = {
  readonly change: (state: SmallState) => SmallState;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** False: the change threw, which its caller is told. */
function apply(db: Low<SmallState>, { change, reject }: Update): boolean {
  try {
    db.data = change(db.data);
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

/** Neither of the usual adapters is enough: one never syncs, the other replaces the good file on a full disk. */
function atomicJson(file: string, log: Log): Adapter<SmallState> {
  return {
    async read() {
      const text = await readText(file, log);
      if (text === null) return null;
      const state = parseState(text);
      if (state === null) await keepTorn(file, log);
      return state;
    },
    write: (state) => replaceFile(file, `${JSON.stringify(state, null, 2)}\n`),
  };
}

async function readText(file: string, log: Log): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      log.warn({ file, cause: String(error) }, 'the state file cannot be read; starting without it');
    return null;
  }
}

/** null: not a state of ours. */
function parseState(text: string): SmallState | null {
  try {
    const found = JSON.parse(text) as Partial<SmallState> | null;
    const isOurs = found?.version === 1 && isObject(found.paused) && isObject(found.identities);
    return isOurs ? (found as SmallState) : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

async function keepTorn(file: string, log: Log): Promise<void> {
  const torn = `${file}.torn`;
  await rename(file, torn).catch(() => undefined);
  log.warn({ file, torn }, 'the state file was damaged: it is kept aside, and what was paused by hand is forgotten');
}

/** All bytes, synced, in the place of the old file in one step; rejects and keeps the old one when the disk refuses. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  const bytes = Buffer.from(text);
  const file = await open(temporary, 'w');
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
      if (bytesWritten === 0) throw new Error(`cannot write ${temporary}: the disk is full`);
      done += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
