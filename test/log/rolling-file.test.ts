import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_FILE_BYTES, LOG_FILES_MAX, openRollingFile, pruneLogs } from '../../src/log/rolling-file.ts';
import { requireRoot } from '../support/require-tool.ts';

let folder: string;
let troubles: string[];
const trouble = (text: string) => troubles.push(text);
const line = `${'x'.repeat(1023)}\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-roll-'));
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sizeOf = (name: string) => statSync(join(folder, name)).size;
const total = () => readdirSync(folder).reduce((sum, name) => sum + sizeOf(name), 0);

/** The last bytes of the two newest files: where the last line is, also when the file has just been changed. */
function newestTails(): string {
  const newest = readdirSync(folder).sort((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]));
  return newest
    .slice(0, 2)
    .map((name) => readFileSync(join(folder, name), 'latin1').slice(-20))
    .join();
}

/** Writes `count` MiB in batches, letting the disk take each before the next. */
async function writeMiB(file: ReturnType<typeof openRollingFile>, count: number): Promise<void> {
  for (let batch = 0; batch < count * 4; batch++) {
    for (let n = 0; n < 256; n++) file.write(line);
    file.write(`batch ${batch} done\n`);
    await expect.poll(newestTails, { interval: 1 }).toContain(`batch ${batch} done`);
  }
}

describe('the rotating log files', () => {
  it('F57 never keep more than 15 files of 2 MiB, also over a restart', async () => {
    const first = openRollingFile(folder, trouble);
    await writeMiB(first, 20);
    await first.close();
    const second = openRollingFile(folder, trouble);
    await writeMiB(second, 20);
    await second.close();
    expect(readdirSync(folder).length).toBeLessThanOrEqual(LOG_FILES_MAX);
    // a file ends with the batch that crosses the limit
    expect(total()).toBeLessThan(LOG_FILES_MAX * (LOG_FILE_BYTES + 1024 * 1024));
    expect(readdirSync(folder)).toContain('lector.16.log');
    expect(troubles).toEqual([]);
  }, 120_000);

  it('F57 of old logs the newest within the bounds stay, and files that are not logs are left alone', () => {
    for (let n = 1; n <= 40; n++) writeFileSync(join(folder, `lector.${n}.log`), 'old');
    truncateSync(join(folder, 'lector.30.log'), 10 * 1024 ** 3);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    pruneLogs(folder);
    const kept = Array.from({ length: 10 }, (_, n) => `lector.${31 + n}.log`);
    expect(readdirSync(folder).sort()).toEqual([...kept, 'notes.txt']);
  });

  it('a folder that cannot be made is said once, and writing and closing go on', async () => {
    writeFileSync(join(folder, 'file'), '');
    const file = openRollingFile(join(folder, 'file', 'log'), trouble);
    for (let n = 0; n < 5000; n++) file.write(line);
    await file.close();
    expect(troubles).toEqual([expect.stringContaining('cannot write the log in')]);
    expect(file.dropped()).toBeGreaterThan(3000);
  });

  it('a full disk is said once, blocks nothing, and lines flow again when there is room', async () => {
    if (!requireRoot()) return;
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status).toBe(0);
    try {
      writeFileSync(join(disk, 'filler'), 'x'.repeat(240 * 1024));
      const file = openRollingFile(disk, trouble);
      for (let n = 0; n < 64; n++) file.write(`${'y'.repeat(1023)}\n`);
      await expect.poll(() => troubles).toEqual([expect.stringContaining('ENOSPC')]);
      rmSync(join(disk, 'filler'));
      file.write('after\n');
      await file.close();
      expect(troubles).toHaveLength(1);
      const text = readFileSync(join(disk, 'lector.1.log'), 'utf8');
      expect(text.endsWith('y\nafter\n')).toBe(true);
      expect(text.split('\n').filter((each) => each.length === 1023)).toHaveLength(64);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});
