import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { requireRoot, requireTool } from '../support/require-tool.ts';

export function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** Whether a file can be mounted as a disk here; says why when it cannot. */
export function canMountFiles(): boolean {
  if (!requireRoot() || !requireTool('xfs_io') || !requireTool('mkfs.ext4')) return false;
  if (spawnSync('losetup', ['-f']).status === 0) return true;
  process.stderr.write('skipped: there are no loop devices here\n');
  return false;
}

type OnEnd = (end: () => void) => void;

/** A small file system in memory, in `root`; gone when the test is over. */
export function mountSmall(root: string, megabytes: number, onEnd: OnEnd): string {
  const mount = join(root, 'small');
  mkdirSync(mount);
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', mount);
  onEnd(() => void spawnSync('umount', ['-l', mount]));
  return mount;
}

/** An ext4 file system in a file in `root`, not mounted yet. */
export function makeDisk(root: string, megabytes: number, onEnd: OnEnd) {
  const image = join(root, 'disk');
  const mount = join(root, 'mount');
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1024 * 1024);
  mkdirSync(mount);
  run('mkfs.ext4', '-q', '-F', image);
  onEnd(() => void spawnSync('umount', ['-l', mount]));
  return {
    mount,
    attach: () => run('mount', '-o', 'loop,errors=remount-ro', image, mount),
    detach: () => run('umount', mount),
    /** Mounts a copy of what is on it, also while somebody still holds it open. */
    attachCopy() {
      run('umount', '-l', mount);
      run('cp', image, `${image}.copy`);
      run('mount', '-o', 'loop', `${image}.copy`, mount);
    },
    /** What the kernel does with a card that dies. */
    makeReadOnly: () => run('mount', '-o', 'remount,abort', mount),
  };
}

/** Takes all that is free, to the last block; returns how to give it back. */
export function fillUp(folder: string): () => void {
  const path = join(folder, 'filler');
  const fd = openSync(path, 'a');
  for (const size of [64 * 1024, 4096]) {
    const zeros = Buffer.alloc(size);
    try {
      while (writeSync(fd, zeros) === size);
    } catch {
      // full
    }
  }
  closeSync(fd);
  return () => rmSync(path, { force: true });
}
