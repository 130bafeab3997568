import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { canMountFiles, makeDisk, run } from '../store/mounts.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { PLANT_BEGAN, RECORDING_MS } from '../support/quick-plant.ts';
import { type QuickProcess, resumeAt, startQuick } from '../support/quick-process.ts';
import { verdictOf } from '../support/quick-verdict.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const onEnd = (end: () => void) => void ends.push(end);

const CLEAN = { lost: [], doubled: [], wrong: [] };
/** How long the plant stands still between two runs: within a window, over an edge, over whole windows. */
const DOWN_MS = [0, 5_000, 20_000, RECORDING_MS, 400_000] as const;

/** On a machine that has much to do a sync of a tenth of a second is one of seconds in the plant: then this is said. */
const SLOW = /the disk does not answer|closed without writing|was closed before this was written/;
const troubles = (journal: readonly string[]) =>
  journal.filter((line) => /^(failed|log error)/.test(line) && !SLOW.test(line));

type Folders = { readonly dir: string; readonly dades: string; readonly journal: string };

async function judge({ dir, dades }: Folders, journal: readonly string[], checkedUntil?: number) {
  const { store } = await openSample({ dir, pruneEveryMs: 1e9 });
  const verdict = verdictOf(store, dades, journal, checkedUntil);
  const open = store.lastReading(1)?.nominal ?? 0;
  await store.close();
  return { verdict, open };
}

/** Runs on until the window that is open at its start is recorded and delivered, and stops in order. */
async function runOut(folders: Folders, from: number): Promise<QuickProcess> {
  const last = startQuick({ ...folders, from });
  onEnd(() => void last.child.kill('SIGKILL'));
  const edge = Math.ceil(from / RECORDING_MS) * RECORDING_MS;
  await Promise.all([1, 2, 3].map((id) => last.line(new RegExp(`^line ${id} ${edge}$`))));
  expect(await last.end('SIGTERM'), last.stderr()).toBe(0);
  return last;
}

/** Nominal instant of a good, durable reading of analyzer 1 in the first `ms` of a window. */
async function goodWithin(plant: QuickProcess, ms: number): Promise<number> {
  for (;;) {
    const good = await plant.line(/^asked 1 \d+ good$/, plant.lines().length);
    const nominal = Number(good.split(' ')[2]);
    if (nominal % RECORDING_MS > ms || nominal % RECORDING_MS === 0) continue;
    await plant.line(new RegExp(`^reading 1 ${nominal}$`));
    return nominal;
  }
}

const p99 = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? 0;

describe('the whole process is killed', () => {
  const rounds = LONG ? 200 : 5;
  it(`D1 F39 kill -9, ${rounds} times at random: nothing reported is lost, doubled or wrong, no start is refused`, {
    timeout: 60_000 + rounds * 6_000,
  }, async () => {
    const root = temporaryFolder(onEnd);
    const folders = { dir: join(root, 'data'), dades: join(root, 'dades'), journal: join(root, 'journal') };
    const journal: string[] = [];
    const startMs: number[] = [];
    const refused: string[] = [];
    let process: QuickProcess | null = null;
    let checkedUntil: number | undefined;
    for (let round = 0; round < rounds; round += 1) {
      const from = resumeAt(process, DOWN_MS[Math.floor(Math.random() * DOWN_MS.length)] ?? 0);
      const began = performance.now();
      process = startQuick({ ...folders, from });
      const { child } = process;
      onEnd(() => void child.kill('SIGKILL'));
      void process.line(/^ready/).then(
        () => startMs.push(performance.now() - began),
        () => undefined,
      );
      // an instant anywhere from before it runs to well into its work: chance is the point here
      const afterMs = 50 + Math.random() * 1_950;
      await pause(afterMs);
      if (child.exitCode !== null) refused.push(process.lines().slice(-3).join(' '));
      await process.end('SIGKILL');
      journal.push(...process.lines());
      const { verdict, open } = await judge(folders, journal, checkedUntil);
      expect(verdict, `round ${round}, killed after ${Math.round(afterMs)} ms`).toEqual(CLEAN);
      checkedUntil = open;
    }
    const from = (Math.floor(resumeAt(process, 0) / RECORDING_MS) + 1) * RECORDING_MS + 15_000;
    const last = await runOut(folders, from);
    journal.push(...last.lines());
    expect((await judge(folders, journal)).verdict).toEqual(CLEAN);
    expect(refused).toEqual([]);
    expect(troubles(journal)).toEqual([]);
    expect(journal.filter((line) => line.startsWith('record ')).length).toBeGreaterThanOrEqual(3);
    const measured = `start p99 ${Math.round(p99(startMs))} ms of ${startMs.length}`;
    globalThis.process.stderr.write(`D1: ${rounds} kills, ${measured}\n`);
    expect(p99(startMs)).toBeLessThan(5_000);
  });

  it('F39 the window that was open is rebuilt from the readings of before and after, and recorded once at its end', {
    timeout: 60_000,
  }, async () => {
    const root = temporaryFolder(onEnd);
    const folders = { dir: join(root, 'data'), dades: join(root, 'dades'), journal: join(root, 'journal') };
    const first = startQuick({ ...folders, from: PLANT_BEGAN });
    onEnd(() => void first.child.kill('SIGKILL'));
    const nominal = await goodWithin(first, 20_000);
    const edge = Math.ceil(nominal / RECORDING_MS) * RECORDING_MS;
    await first.end('SIGKILL');
    const second = await runOut(folders, first.latest());
    const journal = [...first.lines(), ...second.lines()];
    const { store } = await openSample({ dir: folders.dir, pruneEveryMs: 1e9 });
    ends.push(() => store.close());
    expect(verdictOf(store, folders.dades, journal)).toEqual(CLEAN);
    const [record, ...more] = store.records(1, epochMs(edge - 1), epochMs(edge));
    expect(more).toEqual([]);
    expect(journal.filter((line) => line === `record 1 ${edge}`)).toHaveLength(1);
    // how many of them were good is what the verdict compares with the record
    const nominals = store.readings(1, epochMs(edge - RECORDING_MS), epochMs(edge)).map(({ nominal }) => nominal);
    expect(nominals.filter((nominal) => nominal <= first.latest()).length).toBeGreaterThan(0);
    expect(nominals.filter((nominal) => nominal > first.latest()).length).toBeGreaterThan(0);
    expect(record?.n).toBeGreaterThan(0);
    expect(record).toMatchObject({ expected: 60, generation: 0 });
  });
});

describe('the power of the whole plant is cut', () => {
  const rounds = LONG ? 50 : 1;
  it.skipIf(!canMountFiles())(
    `D3 F40 a power cut, ${rounds} times: readings, records and lines that were reported are there, and nothing twice`,
    { timeout: 60_000 + rounds * 8_000 },
    async () => {
      const root = temporaryFolder(onEnd);
      const disk = makeDisk(root, 96, onEnd);
      const journal: string[] = [];
      const folders = {
        ...{ dir: join(disk.mount, 'data'), dades: join(disk.mount, 'dades') },
        journal: join(root, 'journal'),
      };
      let process: QuickProcess | null = null;
      let checkedUntil: number | undefined;
      for (let round = 0; round < rounds; round += 1) {
        disk.attach();
        process = startQuick({ ...folders, from: resumeAt(process, 0) });
        const { child } = process;
        onEnd(() => void child.kill('SIGKILL'));
        await process.line(round === 0 ? /^line 1/ : /^reading 1/);
        await pause(Math.random() * (LONG ? 2_000 : 500));
        child.kill('SIGSTOP');
        run('xfs_io', '-x', '-c', 'shutdown', disk.mount);
        await process.end('SIGKILL');
        disk.detach();
        disk.attach();
        journal.push(...process.lines());
        const { verdict, open } = await judge(folders, journal, checkedUntil);
        expect(verdict, `round ${round}`).toEqual(CLEAN);
        checkedUntil = open;
        disk.detach();
      }
      disk.attach();
      const last = await runOut(folders, resumeAt(process, 0));
      journal.push(...last.lines());
      expect((await judge(folders, journal)).verdict).toEqual(CLEAN);
      expect(troubles(journal)).toEqual([]);
      rmSync(join(disk.mount, 'data', 'lock'), { force: true });
      disk.detach();
    },
  );
});
