import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { epochMs } from '../../src/domain/units.ts';
import { canMountFiles, fillUp, makeDisk, mountSmall } from '../store/mounts.ts';
import { sampleReading, sampleRecord } from '../store/sample-rows.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { PLANT_BEGAN, type QuickOptions, RECORDING_MS } from '../support/quick-plant.ts';
import { type QuickProcess, resumeAt, startQuick } from '../support/quick-process.ts';
import { verdictOf } from '../support/quick-verdict.ts';
import { requireRoot, requireTool } from '../support/require-tool.ts';

const LONG = process.env.LECTOR_TEST_CRASH === '1';
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const onEnd = (end: () => void) => void ends.push(end);

const CLEAN = { lost: [], doubled: [], wrong: [] };
/** Small enough for a disk of a few MiB. */
const SMALL_STORE = { minFreeBytes: 0, reserveBytes: 0, pruneEveryMs: 10_000 };

function start(folders: Pick<QuickOptions, 'dir' | 'dades' | 'journal'>, prefix: readonly string[] = []): QuickProcess {
  const plant = startQuick({ ...folders, from: PLANT_BEGAN, store: SMALL_STORE }, prefix);
  onEnd(() => void plant.child.kill('SIGKILL'));
  return plant;
}

/** How many readings were made, durable or not. */
const asked = (plant: QuickProcess) => plant.lines().filter((line) => line.startsWith('asked ')).length;
/** Whether the last that was said of the disk is that it takes nothing. */
const isRefusing = (lines: readonly string[]) =>
  lines.findLast((line) => /DISK FULL|takes writes again/.test(line))?.includes('DISK FULL') === true;
/** Position of the next line of the journal. */
const here = (plant: QuickProcess) => plant.lines().length;
/** Plant time of a line of the log. */
const timeOf = (line: string) => Number(line.split(' ')[2]);

async function judge(dir: string, dades: string, ...plants: readonly QuickProcess[]) {
  const { store } = await openSample({ dir, pruneEveryMs: 1e9 });
  const journal = plants.flatMap((plant) => plant.lines());
  const verdict = verdictOf(store, dades, journal);
  const readings = [1, 2, 3].flatMap((id) => store.readings(id, epochMs(0), epochMs(2 * PLANT_BEGAN)));
  await store.close();
  return { verdict, readings };
}

describe('the disk of the whole plant', () => {
  const rounds = LONG ? 100 : 5;
  it.skipIf(!requireRoot())(
    `D7 F44 is filled and freed ${rounds} times: meters are read on, nothing reported is lost, it heals by itself`,
    { timeout: 60_000 + rounds * 8_000 },
    async () => {
      const root = temporaryFolder(onEnd);
      const mount = mountSmall(root, 8 + (LONG ? 16 : 0), onEnd);
      const [dir, dades] = [join(mount, 'data'), join(mount, 'dades')];
      const plant = start({ dir, dades, journal: join(root, 'journal') });
      await plant.line(/^reading 1/);
      let refusals = 0;
      for (let round = 0; round < rounds; round += 1) {
        const filled = here(plant);
        const free = fillUp(mount);
        // what its file has room for is written all the same; the first time there is none
        if (round === 0) await plant.line(/^log error \d+ DISK FULL/, filled);
        // a window ends on the full disk now and then: its record waits too
        for (let more = 0; more < 40; more += 1) await plant.line(/^asked 1/, here(plant));
        const freed = here(plant);
        free();
        if (!isRefusing(plant.lines().slice(0, freed))) continue;
        refusals += 1;
        const healed = await plant.line(/^log info \d+ the disk takes writes again/, freed);
        const last = plant.lines()[freed - 1]?.split(' ')[2];
        expect(timeOf(healed) - Number(last)).toBeLessThan(RECORDING_MS);
      }
      expect(refusals).toBeGreaterThan(rounds / 10);
      const edge = Number((await plant.line(/^asked 1/, here(plant))).split(' ')[2]);
      const next = Math.ceil((edge + 1) / RECORDING_MS) * RECORDING_MS;
      await Promise.all([1, 2, 3].map((id) => plant.line(new RegExp(`^record ${id} ${next}$`))));
      expect(await plant.end('SIGTERM'), plant.stderr()).toBe(0);
      const { verdict, readings } = await judge(dir, dades, plant);
      expect(verdict).toEqual(CLEAN);
      // all that was read while it was full is there as well
      expect(readings.length).toBe(asked(plant));
      expect(plant.lines().filter((line) => line.startsWith('failed'))).toEqual([]);
    },
  );

  it.skipIf(!canMountFiles())(
    'F45 becomes read-only: reading and delivery go on, from memory, and it is said',
    async () => {
      const root = temporaryFolder(onEnd);
      const disk = makeDisk(root, 48, onEnd);
      disk.attach();
      const [dir, dades] = [join(disk.mount, 'data'), join(root, 'dades')];
      const plant = start({ dir, dades, journal: join(root, 'journal') });
      await plant.line(/^line 1/);
      const before = here(plant);
      disk.makeReadOnly();
      await plant.line(/^log error \d+ DISK (READ-ONLY|ERROR)/, before);
      const dead = here(plant);
      await plant.line(/^line 1/, dead);
      await plant.line(
        /^line 1/,
        dead +
          plant
            .lines()
            .slice(dead)
            .findIndex((line) => line.startsWith('line 1')) +
          1,
      );
      expect(
        plant
          .lines()
          .slice(dead)
          .filter((line) => line.startsWith('record ')),
      ).toEqual([]);
      expect(await plant.end('SIGTERM'), plant.stderr()).toBe(0);
      disk.attachCopy();
      const until = plant.lines().slice(0, before);
      const { store } = await openSample({ dir, pruneEveryMs: 1e9 });
      onEnd(() => void store.close());
      expect(verdictOf(store, join(root, 'none'), until).lost.filter((line) => !line.startsWith('line'))).toEqual([]);
    },
  );

  const strace = (inject: string) => [
    ...['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'],
    ...['-e', `inject=${inject}`],
  ];

  it.skipIf(!requireTool('strace'))(
    'F46 answers EIO now and then: it is opened anew and what waited is written',
    async () => {
      const root = temporaryFolder(onEnd);
      const [dir, dades] = [join(root, 'data'), join(root, 'dades')];
      const prefix = strace('fsync,fdatasync:error=EIO:when=20+11');
      const plant = start({ dir, dades, journal: join(root, 'journal') }, prefix);
      await plant.line(/^log error \d+ DISK ERROR/);
      for (const _ of [1, 2, 3]) await plant.line(/^log info \d+ the disk takes writes again/, here(plant));
      await plant.line(/^line 1/);
      expect(await plant.end('SIGTERM'), plant.stderr()).toBe(0);
      // what was delivered from memory, and could not be written before the end, is made again at the next start
      const after = startQuick({
        dir,
        dades,
        journal: join(root, 'journal'),
        from: resumeAt(plant, 0),
        store: SMALL_STORE,
      });
      onEnd(() => void after.child.kill('SIGKILL'));
      for (const id of [1, 2, 3]) await after.line(new RegExp(`^line ${id} `));
      expect(await after.end('SIGTERM'), after.stderr()).toBe(0);
      const { verdict } = await judge(dir, dades, plant, after);
      expect(verdict).toEqual(CLEAN);
      expect(plant.lines().filter((line) => line.startsWith('failed'))).toEqual([]);
    },
  );

  it.skipIf(!requireTool('strace'))('F47 takes seconds for each sync: no reading waits for it', async () => {
    const root = temporaryFolder(onEnd);
    const [dir, dades] = [join(root, 'data'), join(root, 'dades')];
    // 0.8 real seconds are 32 of the plant
    const prefix = strace('fdatasync:delay_exit=800000');
    const plant = start({ dir, dades, journal: join(root, 'journal') }, prefix);
    await plant.line(/^ready/);
    await plant.line(/^asked 3/);
    const first = Number((await plant.line(/^asked 1/, here(plant))).split(' ')[2]);
    for (let more = 0; more < 60; more += 1) await plant.line(/^asked 1/, here(plant));
    const nominals = plant.lines().flatMap((line) => {
      const nominal = Number(/^asked 1 (\d+)/.exec(line)?.[1] ?? Number.NaN);
      return nominal >= first ? [nominal] : [];
    });
    const late = nominals.filter((nominal, index) => index > 0 && nominal - (nominals[index - 1] ?? 0) > 30_000);
    expect(nominals.length).toBeGreaterThan(60);
    expect(late).toEqual([]);
  });
});

const DAY_MS = 86_400_000;

it('F57 what is older than it may be goes while it runs; what is still owed is delivered first', async () => {
  const root = temporaryFolder(onEnd);
  const [dir, dades] = [join(root, 'data'), join(root, 'dades')];
  const record = (end: number) => ({ ...sampleRecord(1, 0), start: epochMs(end - RECORDING_MS), end: epochMs(end) });
  const clock = { ...systemClock(), now: () => epochMs(PLANT_BEGAN - 450 * DAY_MS) };
  const { store: old } = await openSample({ dir, clock, pruneEveryMs: 1e9 });
  await old.outbox.register(`localFile:${dades}`, [1]);
  const ancient = Array.from({ length: 500 }, (_, n) => PLANT_BEGAN - 450 * DAY_MS - 20_000 + n * RECORDING_MS);
  await Promise.all(ancient.map((end) => old.putRecord(record(end))));
  const readings = ancient.map((nominal) => ({ ...sampleReading(1, 0), nominal: epochMs(nominal) }));
  await Promise.all(readings.map((each) => old.putReading(each)));
  await old.close();

  const plant = start({ dir, dades, journal: join(root, 'journal') });
  await plant.line(new RegExp(`^line 1 ${ancient.at(-1)}$`));
  for (let more = 0; more < 60; more += 1) await plant.line(/^asked 1/, here(plant));
  expect(await plant.end('SIGTERM'), plant.stderr()).toBe(0);
  const { store } = await openSample({ dir, pruneEveryMs: 1e9 });
  onEnd(() => void store.close());
  const [from, until] = [epochMs(0), epochMs(PLANT_BEGAN - DAY_MS)];
  expect(store.readings(1, from, until)).toEqual([]);
  expect(store.records(1, from, until)).toEqual([]);
  const delivered = readdirSync(join(dades, '1')).filter((name) => /^2026/.test(name));
  const lines = delivered.flatMap((name) =>
    readFileSync(join(dades, '1', name), 'utf8')
      .trim()
      .split('\n')
      .slice(1),
  );
  expect(lines).toHaveLength(ancient.length);
  expect(store.lastReading(1)?.nominal).toBeGreaterThan(PLANT_BEGAN);
});
