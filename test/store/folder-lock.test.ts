import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../src/store/folder-lock.ts';
import { ended, linesOf, startWriting } from './journal.ts';
import { openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const folder = () => temporaryFolder((end) => ends.push(end));

describe('the lock of a data folder', () => {
  it('F43 refuses a second one with the number of the first process, and lets it in after release', async () => {
    const dir = folder();
    const lock = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`in use by process ${process.pid}`),
      facts: { pid: process.pid },
    });
    await lock.release();
    await (await lockFolder(dir)).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('F43 another process that writes there is named; when it is killed its lock is taken over', {
    timeout: 20_000,
  }, async () => {
    const dir = folder();
    const journal = join(folder(), 'journal');
    const child = startWriting(dir, journal, 'for ever');
    while (linesOf(journal).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(openSample({ dir })).rejects.toMatchObject({ code: 'STORE_LOCKED', facts: { pid: child.pid } });
    child.kill('SIGKILL');
    await ended(child);
    const { store } = await openSample({ dir });
    expect(readlinkSync(join(dir, 'lock'))).toMatch(new RegExp(`^${process.pid}\\.`));
    await store.close();
  });

  it('F43 knows a number that another process has now, or had before the last start of the machine', async () => {
    const dir = folder();
    const lock = await lockFolder(dir);
    const [pid, start, boot] = readlinkSync(join(dir, 'lock')).split('.');
    await lock.release();
    for (const stale of [`${pid}.${Number(start) - 1}.${boot}`, `${pid}.${start}.00000000`, 'rubbish', '0.1.x', '-1']) {
      symlinkSync(stale, join(dir, 'lock'));
      const taken = await lockFolder(dir);
      expect(readlinkSync(join(dir, 'lock'))).toBe(`${pid}.${start}.${boot}`);
      await taken.release();
    }
  });

  it('F43 of many that find a stale lock at once exactly one gets it', { timeout: 20_000 }, async () => {
    const dir = folder();
    symlinkSync('4194999.1.gone', join(dir, 'lock'));
    const module = new URL('../../src/store/folder-lock.ts', import.meta.url).href;
    const script = `import { lockFolder } from '${module}';
      const say = (text) => () => process.stdout.write(text);
      await lockFolder(${JSON.stringify(dir)}).then(say('mine'), say('no'));
      setTimeout(() => process.exit(), 1500);`;
    const outcomes = Array.from({ length: 5 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script]);
      const [text] = await once(child.stdout, 'data');
      await ended(child);
      return String(text);
    });
    expect((await Promise.all(outcomes)).sort()).toEqual(['mine', 'no', 'no', 'no', 'no']);
  });
});
