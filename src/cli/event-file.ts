import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import { EVENTS_FILE } from '../entered-events.ts';
import { notOurs } from '../store/data-owner.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { replaceFile } from '../store/state-file.ts';
import { eventsText, parseEvents } from '../tariff/events.ts';

/** Folder whose lock a command holds while it changes them; a server only reads. */
const LOCK_FOLDER = '.events';
const [TRY_MS, TRIES] = [50, 200];

/** What was entered by hand; none where there is no file. Throws CONFIG_INVALID where it cannot be read. */
export function readEvents(dataDir: string): readonly CostEvent[] {
  const file = join(dataDir, EVENTS_FILE);
  try {
    return parseEvents(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'EACCES') throw notOurs(dataDir, 'read', error);
    const isFolder = code === 'EISDIR';
    const words = isFolder ? 'it is a folder' : error instanceof Error ? error.message : String(error);
    throw new LectorError('CONFIG_INVALID', `${file} cannot be read: ${words}; correct it, or put it aside`);
  }
}

/**
 * Changes what was entered, in the place of the old file in one step, durable. One command after the other: each makes
 * its change on what the one before left. Rejects STORE_FAILED, STORE_LOCKED in words.
 */
export async function changeEvents(
  dataDir: string,
  change: (events: readonly CostEvent[]) => readonly CostEvent[],
): Promise<void> {
  checkFolder(dataDir);
  const folder = join(dataDir, LOCK_FOLDER);
  const lock = await lockSoon(folder, dataDir);
  const file = join(dataDir, EVENTS_FILE);
  try {
    const text = eventsText(change(readEvents(dataDir)));
    // what cannot be read again would be the end of every bill
    parseEvents(text);
    await replaceFile(file, text);
    await giveToOwner(dataDir, [file, folder]);
  } catch (error) {
    if (error instanceof LectorError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('STORE_FAILED', `${file} cannot be written: ${words}; nothing was changed`, {}, error);
  } finally {
    await lock.release();
  }
}

async function lockSoon(folder: string, dataDir: string): Promise<FolderLock> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!(error instanceof LectorError) || error.code !== 'STORE_LOCKED') throw notOurs(dataDir, 'write', error);
      if (left > 0) {
        await setTimeout(TRY_MS);
        continue;
      }
      const holder = `process ${error.facts.pid}`;
      throw new LectorError('STORE_LOCKED', `${holder} is writing events, and does not end; try again`, error.facts);
    }
  }
}

/** A folder that the server makes at its first start, as the user that it runs as: not ours to make. */
function checkFolder(dataDir: string): void {
  try {
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw notOurs(dataDir, 'write', error);
    const todo = 'start Lector once, or see data_dir in lector.ini';
    throw new LectorError('STORE_FAILED', `there is no data folder ${dataDir}; ${todo}`, {}, error);
  }
}

/** What root writes for a server that runs as another user is that user's. */
async function giveToOwner(dataDir: string, paths: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  for (const path of paths) await chown(path, uid, gid).catch(() => undefined);
}
