import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { compare, ended, linesOf, startWriting } from './journal.ts';
import { canMountFiles, makeDisk, run } from './mounts.ts';
import { openSample, temporaryFolder } from './samples.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function verdictOf(dir: string, journal: string) {
  const began = performance.now();
  const { store, log } = await openSample({ dir });
  const openedMs = performance.now() - began;
  await store.outbox.register('rest', [1, 2, 3]);
  const verdict = compare(store, linesOf(journal));
  await store.close();
  return { ...verdict, openedMs, lines: log.lines };
}

const CLEAN = { lost: [], wrong: [], doubled: [], lines: [] };

describe('the process is killed', () => {
  const rounds = LONG ? 200 : 5;
  it(`D1 F39 kill -9 at any point, ${rounds} times: nothing reported written is lost or doubled`, {
    timeout: 60_000 + rounds * 4_000,
  }, async () => {
    const root = temporaryFolder((end) => ends.push(end));
    const reported: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // a new store now and then: all of it is compared each time
      const place = join(root, `${Math.floor(round / 15)}`);
      const [dir, journal] = [join(place, 'data'), join(place, 'journal')];
      mkdirSync(place, { recursive: true });
      const child = startWriting(dir, journal, 'for ever');
      // an instant between its start and well into its writing: chance is the point here
      const afterMs = 50 + Math.random() * (LONG ? 1_950 : 800);
      await pause(afterMs);
      child.kill('SIGKILL');
      await ended(child);
      const verdict = await verdictOf(dir, journal);
      expect(verdict, `round ${round}, killed after ${Math.round(afterMs)} ms`).toMatchObject(CLEAN);
      expect(verdict.openedMs).toBeLessThan(5_000);
      if (round % 15 === 14 || round === rounds - 1) reported.push(...linesOf(journal));
    }
    expect(reported.length).toBeGreaterThan(rounds);
    expect(reported.filter((line) => line.startsWith('failed') || line.startsWith('log'))).toEqual([]);
  });
});

describe('the power is cut', () => {
  const rounds = LONG ? 50 : 1;
  it.skipIf(!canMountFiles())(
    `D3 F40 a power cut at any point, ${rounds} times: all that was reported is there`,
    { timeout: 60_000 + rounds * 8_000 },
    async () => {
      const root = temporaryFolder((end) => ends.push(end));
      const disk = makeDisk(root, 96, (end) => ends.push(end));
      const [dir, journal] = [join(disk.mount, 'data'), join(root, 'journal')];
      for (let round = 0; round < rounds; round += 1) {
        disk.attach();
        const before = linesOf(journal).length;
        const child = startWriting(dir, journal, 'for ever');
        while (child.exitCode === null && linesOf(journal).length < before + 60) await pause(20);
        await pause(Math.random() * (LONG ? 1_600 : 300));
        child.kill('SIGSTOP');
        run('xfs_io', '-x', '-c', 'shutdown', disk.mount);
        child.kill('SIGKILL');
        await ended(child);
        disk.detach();
        disk.attach();
        const verdict = await verdictOf(dir, journal);
        expect(verdict, `round ${round}`).toMatchObject(CLEAN);
        disk.detach();
      }
      expect(linesOf(journal).filter((line) => line.startsWith('record')).length).toBeGreaterThan(15 * rounds);
    },
  );
});
