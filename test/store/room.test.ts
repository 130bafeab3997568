import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freeBytes, itemsFitting, PLENTY_BYTES, takeRoom } from '../../src/store/room.ts';
import { requireRoot } from '../support/require-tool.ts';
import { fillUp, mountSmall } from './mounts.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});
const onEnd = (end: () => void) => void ends.push(end);

const PAGE = 4096;
const page = Buffer.alloc(PAGE, 7);

/** A file of 100 pages of which only the last was ever written. */
function sparseFile(folder: string): string {
  const file = join(folder, 'data.mdb');
  const fd = openSync(file, 'w');
  ftruncateSync(fd, 99 * PAGE);
  writeSync(fd, page, 0, PAGE, 99 * PAGE);
  closeSync(fd);
  return file;
}

function writePages(file: string, numbers: readonly number[]): void {
  const fd = openSync(file, 'r+');
  for (const number of numbers) expect(writeSync(fd, page, 0, PAGE, number * PAGE)).toBe(PAGE);
  closeSync(fd);
}

describe.skipIf(!requireRoot())('room for a commit on a nearly full disk', () => {
  it('F44 is taken beforehand, holes included: whoever fills the disk then cannot take it', async () => {
    const mount = mountSmall(temporaryFolder(onEnd), 2, onEnd);
    const file = sparseFile(mount);
    expect(await takeRoom(file, () => 100 * PAGE, 50 * PAGE, false)).toBe('taken');
    fillUp(mount);
    expect(freeBytes(mount)).toBe(0);
    writePages(file, [0, 9, 57, 99, 100, 149]);
    expect(await takeRoom(file, () => 100 * PAGE, 50 * PAGE, true)).toBe('taken');
    expect(await takeRoom(file, () => 150 * PAGE, 50 * PAGE, true)).toBe('none');
  });

  it('F44 is not there while the holes of the file cannot be filled', async () => {
    const mount = mountSmall(temporaryFolder(onEnd), 1, onEnd);
    const file = sparseFile(mount);
    const free = fillUp(mount);
    expect(await takeRoom(file, () => 50 * PAGE, PAGE, false)).toBe('none');
    free();
    expect(await takeRoom(file, () => 50 * PAGE, PAGE, false)).toBe('taken');
    writePages(file, [49]);
    expect(statSync(file).size).toBe(100 * PAGE);
  });

  it('F44 a new store on a full disk is refused in words, and opens when there is space', async () => {
    const mount = mountSmall(temporaryFolder(onEnd), 1, onEnd);
    const free = fillUp(mount);
    await expect(openSample({ dir: mount })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('no space left on device; check the disk, its free space'),
    });
    free();
    rmSync(join(mount, 'store'), { recursive: true, force: true });
    const { store } = await openSample({ dir: mount, minFreeBytes: 0, reserveBytes: 0 });
    await store.close();
  });
});

describe('how much goes into a commit', () => {
  it('is little while the disk is nearly full, since the file keeps the room that it took for one', () => {
    expect(itemsFitting(PLENTY_BYTES - 1)).toBe(16);
    expect(itemsFitting(PLENTY_BYTES)).toBeGreaterThan(1_000);
    expect(itemsFitting(0)).toBe(1);
  });
});
