import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { pino } from 'pino';
import roll from 'pino-roll';

/** Bounds of what the log may take on disk: 15 files of 2 MiB. */
export const LOG_FILE_BYTES = 2 * 1024 * 1024;
export const LOG_FILES_MAX = 15;

/** Lines that wait in memory while the disk does not take them; beyond, the newest are dropped and counted. */
const WAITING_BYTES_MAX = 1024 * 1024;
const RETRY_MS = 5000;
const CLOSE_MS = 1000;
const FILE_NAME = /^lector\.(\d+)\.log$/;

export type RollingFile = {
  write(line: string): void;
  /** Lines dropped so far because the disk did not take them. */
  dropped(): number;
  /** Flushes what waits, for at most a second. Never rejects. */
  close(): Promise<void>;
};

type Destination = Awaited<ReturnType<typeof roll>>;

/**
 * `lector.N.log` in `dir`, the highest N being the newest. Writing never blocks and never throws: while the folder or
 * the disk refuses, lines wait in bounded memory and it is tried again every few seconds. `onTrouble` is told once per
 * trouble, in words.
 */
export function openRollingFile(dir: string, onTrouble: (text: string) => void): RollingFile {
  const waiting = createWaitingLines();
  let destination: Destination | null = null;
  let troubled = false;
  let closed = false;

  const trouble = (error: unknown) => {
    if (!troubled) onTrouble(`cannot write the log in ${dir} (${(error as Error).message}); going on without it`);
    troubled = true;
  };
  const open = async () => {
    try {
      const opened = await openDestination(dir);
      opened.on('error', trouble);
      opened.on('drop', waiting.drop);
      opened.on('write', () => {
        troubled = false;
      });
      waiting.handOver((line) => opened.write(line));
      destination = opened;
    } catch (error) {
      trouble(error);
    }
  };
  let opening = open();
  const retry = setInterval(() => {
    // an empty write makes the stream try again what the disk refused before
    if (destination) destination.write('');
    else opening = opening.then(() => (destination ? undefined : open()));
  }, RETRY_MS);
  retry.unref();

  return {
    write(line) {
      if (closed) return;
      if (destination) destination.write(line);
      else waiting.add(line);
    },
    dropped: waiting.dropped,
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(retry);
      await opening;
      if (destination) await ended(destination);
    },
  };
}

async function openDestination(dir: string): Promise<Destination> {
  mkdirSync(dir, { recursive: true });
  pruneLogs(dir);
  const destination = await roll({
    file: join(dir, 'lector'),
    extension: '.log',
    size: `${LOG_FILE_BYTES}b`,
    limit: { count: LOG_FILES_MAX, removeOtherLogFiles: true },
    sync: false,
    maxLength: WAITING_BYTES_MAX,
  });
  await once(destination, 'ready');
  return destination;
}

/** Lines that came before there was a file to write them to. */
function createWaitingLines() {
  let lines: string[] = [];
  let bytes = 0;
  let dropped = 0;
  const drop = () => {
    dropped += 1;
  };
  return {
    add(line: string) {
      if (bytes + line.length > WAITING_BYTES_MAX) return drop();
      lines.push(line);
      bytes += line.length;
    },
    handOver(write: (line: string) => void) {
      for (const line of lines) write(line);
      lines = [];
      bytes = 0;
    },
    drop,
    dropped: () => dropped,
  };
}

/** Ends a stream after what it holds is written, or after a second when the disk does not take it. Never rejects. */
export async function ended(stream: ReturnType<typeof pino.destination>): Promise<void> {
  const closing = once(stream, 'close').catch(() => undefined);
  stream.end();
  const limit = new AbortController();
  await Promise.race([closing, sleep(CLOSE_MS, undefined, { signal: limit.signal }).catch(() => undefined)]);
  limit.abort();
}

/** Deletes the oldest log files, and files far larger than ours, until count and bytes are within bounds. */
export function pruneLogs(dir: string): void {
  const files = readdirSync(dir).flatMap((name) => {
    const number = FILE_NAME.exec(name)?.[1];
    return number === undefined ? [] : [{ path: join(dir, name), number: Number(number) }];
  });
  let bytes = 0;
  files.sort((a, b) => b.number - a.number);
  for (const [index, file] of files.entries()) {
    bytes += statSync(file.path, { throwIfNoEntry: false })?.size ?? 0;
    if (index >= LOG_FILES_MAX || bytes > LOG_FILES_MAX * LOG_FILE_BYTES) rmSync(file.path, { force: true });
  }
}
