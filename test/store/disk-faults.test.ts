import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { requireTool } from '../support/require-tool.ts';
import { compare, ended, linesOf, startWriting } from './journal.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const folder = () => temporaryFolder((end) => ends.push(end));

/** Calls on a descriptor after one of its calls was made to fail, and before it was closed: there must be none. */
function usedAfterFailure(trace: string): { readonly failures: number; readonly used: readonly string[] } {
  const broken = new Set<string>();
  const used: string[] = [];
  let failures = 0;
  for (const line of trace.split('\n')) {
    const [, call = '', fd = ''] = /^\d+ +(\w+)\((\d+)/.exec(line) ?? [];
    if (call === 'close') broken.delete(fd);
    else if (line.includes('(INJECTED)')) {
      failures += 1;
      broken.add(fd);
    } else if (broken.has(fd)) used.push(line);
  }
  return { failures, used };
}

describe('the disk answers with an error', () => {
  const FAULTS = [
    { what: 'EIO on the sync of its data', inject: 'fdatasync:error=EIO:when=3' },
    { what: 'EIO on every other sync', inject: 'fdatasync:error=EIO:when=2+2' },
    { what: 'EIO on a write', inject: 'writev:error=EIO:when=4' },
  ];
  it.skipIf(!requireTool('strace')).each(FAULTS)(
    'F46 $what: the file is closed, opened anew and written again, and nothing reported is lost',
    { timeout: 30_000 },
    async ({ inject }) => {
      const [dir, journal, trace] = [folder(), join(folder(), 'journal'), join(folder(), 'trace')];
      await (await openSample({ dir })).store.close();
      const calls = 'trace=close,fdatasync,writev,pwrite64';
      const strace = ['strace', '-f', '--seccomp-bpf', '-o', trace, '-e', calls, '-e', `inject=${inject}`];
      const child = startWriting(dir, journal, '30', strace);
      await ended(child);
      const lines = linesOf(journal);
      expect(lines.at(-1)).toBe('closed');
      expect(lines.filter((line) => line.startsWith('failed'))).toEqual([]);
      expect(lines.filter((line) => line.startsWith('record'))).toHaveLength(90);
      expect(lines.some((line) => line.includes('DISK ERROR'))).toBe(true);
      expect(lines.filter((line) => line.startsWith('log')).at(-1)).toContain('takes writes again');
      const { failures, used } = usedAfterFailure(readFileSync(trace, 'utf8'));
      expect(failures).toBeGreaterThan(0);
      expect(used).toEqual([]);
      const { store } = await openSample({ dir });
      await store.outbox.register('rest', [1, 2, 3]);
      expect(compare(store, lines)).toMatchObject({ lost: [], wrong: [], doubled: [] });
      await store.close();
    },
  );
});

describe('the disk is slow', () => {
  it.skipIf(!requireTool('strace'))(
    'F47 a sync of 2 s delays no call, no timer and no reading of what was put',
    {
      timeout: 30_000,
    },
    async () => {
      const [dir, trace] = [folder(), join(folder(), 'trace')];
      await (await openSample({ dir })).store.close();
      const program = fileURLToPath(new URL('./slow-child.ts', import.meta.url));
      const options = ['-f', '--seccomp-bpf', '-o', trace, '-e', 'trace=fdatasync'];
      const delay = ['-e', 'inject=fdatasync:delay_exit=2000000'];
      const child = spawn('strace', [...options, ...delay, process.execPath, program, dir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { lagMs, callMs, ...rest } = JSON.parse(await text(child.stdout));
      expect(rest).toEqual({ seen: 50, early: 0, stored: 50, trouble: null });
      expect(Math.max(lagMs, callMs)).toBeLessThan(500);
    },
  );
});
