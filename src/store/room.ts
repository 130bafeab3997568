import { closeSync, openSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a commit may take beside its values: pages of the trees and of the list of free pages. */
const COMMIT_BYTES = 64 * 1024;
/** The same for each value put: a leaf, half of another when it splits, and its share of what leads there. */
const PUT_BYTES = 12 * 1024;
/** And removed: what is pruned lies together. */
const REMOVE_BYTES = 4 * 1024;
/** Of one record, generously. */
const ITEM_BYTES = 3 * PUT_BYTES + 12 * 1024;

export type CommitSize = { readonly puts: number; readonly removes: number; readonly valueBytes: number };

/** Most that a commit may take on the disk. */
export const commitBytes = ({ puts, removes, valueBytes }: CommitSize): number =>
  COMMIT_BYTES + puts * PUT_BYTES + removes * REMOVE_BYTES + 2 * valueBytes;

/** With so much free nobody takes it all between a look at the disk and the end of a commit. */
export const PLENTY_BYTES = 64 * 1024 * 1024;
/** In one commit while the disk is nearly full: the file takes room for one beforehand, and keeps it. */
const ITEMS_MAX = 16;

/** How many records or readings surely fit; at least one, for the disk is asked again when that does not. */
export function itemsFitting(room: number): number {
  const fitting = Math.max(1, Math.floor((room - COMMIT_BYTES) / ITEM_BYTES));
  return room < PLENTY_BYTES ? Math.min(fitting, ITEMS_MAX) : fitting;
}

/**
 * Free bytes on the disk of `file`, and those at the end of the file beyond `usedBytes`, which it holds already.
 * A write of lmdb that fails for want of space may damage the memory of the process (its message is longer than the
 * buffer that it is printed into), so none is begun that might.
 */
export function roomFor(file: string, usedBytes: () => number, enough: number): number {
  try {
    const free = freeBytes(file);
    return free >= enough ? free : free + Math.max(0, statSync(file).size - usedBytes());
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A file takes room in steps of so much. */
const STEP_BYTES = 64 * 1024;
const BLOCK_BYTES = 4096;

/**
 * Sees to it that a commit of `need` bytes writes only where `file` has its place on the disk already: whatever else
 * fills the disk meanwhile, lmdb finds it. `isWhole`: the file has no holes. plenty: nobody can fill the disk so fast.
 */
export async function takeRoom(
  file: string,
  usedBytes: () => number,
  need: number,
  isWhole: boolean,
): Promise<'plenty' | 'taken' | 'none'> {
  if (freeBytes(file) >= Math.max(need, PLENTY_BYTES)) return 'plenty';
  if (!isWhole && !(await fillHoles(file))) return 'none';
  const used = usedBytes();
  const missing = () => need - (statSync(file).size - used);
  if (missing() > 0) await lengthen(file, Math.ceil(missing() / STEP_BYTES) * STEP_BYTES);
  return missing() <= 0 ? 'taken' : 'none';
}

/** Free on the disk of `path`; no limit where the system does not tell. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Writes the zeros that are read where nothing ever was, so that they have their place. False: the disk is full. */
async function fillHoles(file: string): Promise<boolean> {
  const handle = await open(file, 'r+');
  try {
    const { size, blocks } = await handle.stat();
    if (blocks * 512 >= size) return true;
    const bytes = Buffer.alloc(STEP_BYTES);
    const zeros = Buffer.alloc(BLOCK_BYTES);
    for (let at = 0; at < size; at += STEP_BYTES) {
      const { bytesRead } = await handle.read(bytes, 0, STEP_BYTES, at);
      for (let from = 0; from < bytesRead; from += BLOCK_BYTES) {
        const length = Math.min(BLOCK_BYTES, bytesRead - from);
        if (zeros.compare(bytes, from, from + length, 0, length) !== 0) continue;
        const { bytesWritten } = await handle.write(zeros, 0, length, at + from);
        if (bytesWritten < length) return false;
      }
    }
    await handle.sync();
    return true;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** Why the file cannot be written, or null. The rights alone do not tell: a dying disk keeps them and refuses. */
export function whyNotWritable(file: string): unknown {
  try {
    closeSync(openSync(file, 'r+'));
    return null;
  } catch (error) {
    return error;
  }
}

/** Takes up to `bytes` of the disk for the end of `file`, so that nobody else gets them. Not while it is written. */
export async function lengthen(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const zeros = Buffer.alloc(64 * 1024);
    let { size } = await handle.stat();
    for (const end = size + bytes; size < end; ) {
      const { bytesWritten } = await handle.write(zeros, 0, Math.min(zeros.length, end - size), size);
      if (bytesWritten === 0) break;
      size += bytesWritten;
    }
    await handle.sync();
  } catch {
    // as much as there was
  } finally {
    await handle.close();
  }
}
