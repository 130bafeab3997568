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

/** How many records or readings surely fit; at least one, for the disk is asked again when that does not. */
export const itemsFitting = (room: number): number => Math.max(1, Math.floor((room - COMMIT_BYTES) / ITEM_BYTES));

/**
 * Free bytes on the disk of `file`, and those at the end of the file beyond `usedBytes`, which it holds already.
 * A write of lmdb that fails for want of space may damage the memory of the process (its message is longer than the
 * buffer that it is printed into), so none is begun that might.
 */
export function roomFor(file: string, usedBytes: () => number, enough: number): number {
  try {
    const { bavail, bsize } = statfsSync(file);
    const free = bavail * bsize;
    return free >= enough ? free : free + Math.max(0, statSync(file).size - usedBytes());
  } catch {
    return Number.POSITIVE_INFINITY;
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
