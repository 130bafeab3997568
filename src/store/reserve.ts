import { rmSync, statSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Deleting needs space too: so much is kept for the moment in which the disk is full. */
export const RESERVE_BYTES = 2 * 1024 * 1024;

export type Space = { readonly freeBytes: number; readonly totalBytes: number };

export type Reserve = {
  /** Gives the space back to the disk; false: there was none to give. */
  release(): boolean;
  /** Makes it again where so much and as much again is free. Never throws. */
  make(space: Space): Promise<void>;
};

/** A file of `bytes` that only holds its place. */
export function createReserve(dir: string, bytes = RESERVE_BYTES): Reserve {
  const file = join(dir, 'reserve');
  const present = () => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= bytes;
  return {
    release() {
      try {
        if (statSync(file, { throwIfNoEntry: false }) === undefined) return false;
        rmSync(file);
        return true;
      } catch {
        return false;
      }
    },
    async make(space) {
      if (bytes === 0 || present() || space.freeBytes < 2 * bytes) return;
      try {
        await fill(file, bytes);
      } catch {
        await rm(file, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** Real blocks, not a hole; a disk may take fewer bytes than it was given and say nothing. */
async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    const zeros = Buffer.alloc(Math.min(bytes, 256 * 1024));
    for (let done = 0; done < bytes; ) {
      const { bytesWritten } = await file.write(zeros, 0, Math.min(zeros.length, bytes - done));
      if (bytesWritten === 0) throw new Error('the disk is full');
      done += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Free for us and in all, in bytes; null when the file system does not say. */
export async function spaceOf(dir: string): Promise<Space | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(dir);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}
