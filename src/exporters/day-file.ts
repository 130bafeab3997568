import { open as openFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Log } from '../domain/ports.ts';

/** What is used of an open file; a test may give one that writes less than it was asked to. */
export type FileHandleLike = {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  readFile(): Promise<Buffer>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
};

export type OpenFile = (path: string, flags: string) => Promise<FileHandleLike>;
export const openReal: OpenFile = (path, flags) => openFile(path, flags);

/** A text file of whole lines, and where they end. */
export type DayFile = { readonly size: number; readonly lines: readonly string[] };

/**
 * The whole lines of a file; null when it does not exist. What a power cut left behind them (a torn line, zeros) is
 * kept in `<name>.torn` and cut off, with one line in the log.
 */
export async function readDayFile(path: string, open: OpenFile, log: Log): Promise<DayFile | null> {
  const file = await openExisting(path, open);
  if (file === null) return null;
  try {
    const bytes = await file.readFile();
    const size = wholeLength(bytes);
    if (size < bytes.length) {
      await appendFile(`${path}.torn`, bytes.subarray(size), open);
      await file.truncate(size);
      await file.datasync();
      const facts = { path, bytes: bytes.length - size };
      log.warn(facts, `the last line of ${path} was torn: cut off, and kept in ${basename(path)}.torn`);
    }
    const text = bytes.subarray(0, size).toString();
    return { size, lines: text === '' ? [] : text.slice(0, -1).split('\n') };
  } finally {
    await file.close();
  }
}

async function openExisting(path: string, open: OpenFile): Promise<FileHandleLike | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Length up to the end of the last line that is whole and holds no zeros. */
function wholeLength(bytes: Buffer): number {
  let end = bytes.lastIndexOf(0x0a) + 1;
  while (end > 0) {
    const start = end < 2 ? 0 : bytes.lastIndexOf(0x0a, end - 2) + 1;
    if (!bytes.subarray(start, end).includes(0)) return end;
    end = start;
  }
  return 0;
}

async function appendFile(path: string, bytes: Uint8Array, open: OpenFile): Promise<void> {
  const file = await open(path, 'a');
  try {
    await writeAll(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/**
 * Puts text behind the first `size` bytes of a file; durable when it resolves, with the new size. When it rejects the
 * file is as it was, or has a torn tail that {@link readDayFile} cuts.
 */
export async function appendText(path: string, size: number, text: string, open: OpenFile): Promise<number> {
  const bytes = Buffer.from(text);
  const file = (await openExisting(path, open)) ?? (await open(path, 'wx'));
  try {
    await writeAll(file, bytes, size);
    await file.datasync();
  } catch (error) {
    // also after a failed sync: what the page cache shows may never reach the disk, so it is written anew
    await file.truncate(size).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  if (size === 0) await syncFolder(dirname(path), open);
  return size + bytes.length;
}

/** A full disk may take fewer bytes than it is given and call that success. */
async function writeAll(file: FileHandleLike, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error('no byte was written'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string, open: OpenFile): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The system's name of what went wrong, such as ENOSPC; '' when there is none. */
export function errnoOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}
