import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type CostEvent, EVENTS_MAX } from './domain/cost-event.ts';
import type { Log } from './domain/ports.ts';
import { safe } from './domain/safe.ts';
import { parseEvents } from './tariff/events.ts';

/** Beside the store, in `data_dir`. */
export const EVENTS_FILE = 'events.json';

const FILE_BYTES_MAX = 16_777_216;

/** What `lector event` enters beside the running server, read again when its file changed. */
export type EnteredEvents = {
  /** null: it could not be read yet. */
  now(): readonly CostEvent[] | null;
  /** Looks whether the file changed; resolves when what is in it is known. Never rejects. */
  look(): Promise<void>;
  /** One sentence while it cannot be read; null: it can. */
  trouble(): string | null;
};

type EnteredOptions = {
  readonly dataDir: string;
  readonly log: Log;
  /** There are others now. */
  readonly changed: () => void;
};

/** The first look begins at once; `dataDir` '': there is nothing to look at. */
export function watchEvents({ dataDir, log, changed }: EnteredOptions): EnteredEvents {
  const file = join(dataDir, EVENTS_FILE);
  let events: readonly CostEvent[] | null = dataDir === '' ? [] : null;
  let seen = '';
  let trouble: string | null = null;
  let looking: Promise<void> | null = null;

  const keep = (next: readonly CostEvent[]): void => {
    trouble = null;
    const isSame = events !== null && JSON.stringify(events) === JSON.stringify(next);
    events = next;
    if (!isSame) changed();
  };
  const say = (error: unknown): void => {
    const words = safe(error instanceof Error ? error.message : String(error));
    const before = trouble;
    trouble = `${safe(file)} cannot be read: ${words}; centres go by what they were told before`;
    if (trouble !== before) log.warn({ error }, trouble);
  };
  const look = async (): Promise<void> => {
    let handle: FileHandle | null = null;
    try {
      handle = await open(file, 'r');
      const { ino, size, mtimeMs } = await handle.stat();
      const mark = `${ino} ${size} ${mtimeMs}`;
      if (mark === seen) return;
      if (size > FILE_BYTES_MAX) throw new Error(`it has ${size} bytes, at most ${FILE_BYTES_MAX} are read`);
      const next = parseEvents(await handle.readFile('utf8'));
      if (next.length > EVENTS_MAX) throw new Error(`it has ${next.length} events, at most ${EVENTS_MAX} are told`);
      seen = mark;
      keep(next);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return say(error);
      seen = '';
      keep([]);
    } finally {
      await handle?.close().catch(() => undefined);
    }
  };
  const lookOnce = (): Promise<void> => {
    if (dataDir === '') return Promise.resolve();
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };
  void lookOnce();
  return {
    now: () => events,
    look: lookOnce,
    trouble: () => trouble,
  };
}
