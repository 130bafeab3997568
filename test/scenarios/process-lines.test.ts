import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openSample } from '../store/samples.ts';
import { PROFILES } from '../support/installation.ts';
import { plantXml, SIMULATED, serialDevice, startLector, writePlant } from '../support/lector-process.ts';
import { ptyMeters } from '../support/pty-meters.ts';
import { requireTool } from '../support/require-tool.ts';

const ends: (() => void | Promise<void>)[] = [];
const onEnd = (end: () => void | Promise<void>) => void ends.push(end);
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lector-lines-'));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Resolves when something was written to the store at least `ms` from now. */
function storedFor(ms: number): Promise<void> {
  const from = performance.now();
  return new Promise((resolve) => {
    const watcher = watch(join(folder, 'data', 'store', 'data.mdb'), () => {
      if (performance.now() - from < ms) return;
      watcher.close();
      resolve();
    });
  });
}

const isGood = ({ values }: Reading) => Object.values(values).some((all) => all.some((value) => value !== null));

/** Every reading that the ended process left behind, by analyzer. */
async function readingsOf(ids: readonly number[]): Promise<ReadonlyMap<number, readonly Reading[]>> {
  const { store } = await openSample({ dir: join(folder, 'data') });
  const found = new Map(ids.map((id) => [id, store.readings(id, epochMs(0), epochMs(4e12))] as const));
  await store.close();
  return found;
}

/** Good readings whose voltage is not that of their meter. */
function strange(readings: readonly Reading[], aheadMs: number): readonly Reading[] {
  return readings.filter(({ analyzerId, at, values }) => {
    const meter = createSimulatedMeter({ profile: PROFILES.get('sdm630')!, seed: 7, analyzerId });
    return (values.TPF ?? []).some((value, index) => {
      const near = [0, 250, 500, 1_000, 2_000].map((ms) => meter.truth('TPF', epochMs(at - aheadMs + ms))[index] ?? 0);
      return value !== null && !near.some((truth) => Math.abs(truth - value) < 2);
    });
  });
}

/** Nominal instants that have no reading, good or failed, between the first and the last. */
function missing(readings: readonly Reading[]): number {
  const [first, last] = [readings[0]?.nominal ?? 0, readings.at(-1)?.nominal ?? 0];
  return (last - first) / 1_000 + 1 - readings.length;
}

/** How far a clock must be ahead for the minute to end `ms` from now. */
const untilEdge = (ms: number): number => 1_000 * Math.round((60_000 - (Date.now() % 60_000) - ms) / 1_000);

/** The environment of a process whose wall clock is ahead; its monotonic clock is left alone. */
function shiftedClock(aheadMs: number): NodeJS.ProcessEnv {
  const preload = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  const sign = aheadMs < 0 ? '' : '+';
  return { LD_PRELOAD: preload, FAKETIME: `${sign}${aheadMs / 1_000}s`, DONT_FAKE_MONOTONIC: '1' };
}

/** Lines of the daily files of an analyzer, headers left out. */
function linesOf(id: number): readonly string[] {
  const at = join(folder, 'dades', String(id));
  const names = readdirSync(at).filter((name) => name.endsWith('.txt'));
  return names.flatMap((name) => readFileSync(join(at, name), 'utf8').trim().split('\n').slice(1));
}

describe.skipIf(!(requireTool('socat') && requireTool('faketime')))('an adapter is pulled out and put in again', () => {
  it('F14 F15 lost and opened are said at once, under another name too; the other line loses nothing', async () => {
    const meters = await ptyMeters(folder, 'usb', [1, 2], onEnd);
    const xml = plantXml(
      [serialDevice(1, meters.port), { id: 2, ...SIMULATED }],
      [
        { id: 1, device: 1 },
        { id: 2, device: 1 },
        { id: 3, device: 2 },
      ],
    );
    writePlant(folder, xml);
    const aheadMs = untilEdge(12_000);
    const lector = startLector({ folder, onEnd, env: shiftedClock(aheadMs) });
    await lector.entry(/^device 1 .* is open/);
    for (const id of [1, 2, 3])
      await lector.entry(new RegExp(`analyzer ${id} .*(is|are) read|analyzers .*${id}.* are read`));
    for (const round of [1, 2]) {
      const before = lector.entries.length;
      const pulledAt = Date.now();
      await meters.unplug();
      const lost = await lector.entry(/^device 1 .* was lost/, before);
      expect(Date.parse(lost.time) - aheadMs - pulledAt).toBeLessThan(1_000);
      await meters.plug();
      const opened = await lector.entry(/^device 1 .* is open$/, before);
      expect(Date.parse(opened.time)).toBeGreaterThan(Date.parse(lost.time));
      for (const id of [1, 2]) await lector.entry(new RegExp(`analyzer ${id}\\b.*answers again`), before);
      await storedFor(2_200);
      expect(lector.child.exitCode, `round ${round}`).toBeNull();
    }
    expect(openPorts(lector.pid)).toHaveLength(1);
    for (const id of [1, 2, 3]) await lector.entry(new RegExp(`analyzer ${id} .* is recorded until`));
    await storedFor(0);
    const end = await lector.end('SIGTERM');
    expect(end).toMatchObject({ code: 0 });
    const all = await readingsOf([1, 2, 3]);
    for (const [id, readings] of all) {
      expect(missing(readings), `analyzer ${id}`).toBe(0);
      expect(readings.filter(isGood).length, `analyzer ${id}`).toBeGreaterThan(1);
    }
    expect([1, 2].flatMap((id) => strange(all.get(id) ?? [], aheadMs))).toEqual([]);
    for (const id of [1, 2, 3]) expect(linesOf(id)).toHaveLength(1);
    const other = all.get(3) ?? [];
    expect(other.slice(1).filter((reading) => !isGood(reading))).toEqual([]);
  });
});

/** Writes into a terminal that nobody reads until it takes no more: the next write blocks. */
function fillUp(device: string): void {
  const fd = openSync(device, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    for (let written = 0; written < 10_000_000; ) written += writeSync(fd, Buffer.alloc(1024, 0xff));
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  } finally {
    closeSync(fd);
  }
}

/** Terminals that a process has open, deleted ones included. */
function openPorts(pid: number): readonly string[] {
  const fds = readdirSync(`/proc/${pid}/fd`);
  const targets = execFileSync(
    'sh',
    ['-c', `for f in ${fds.join(' ')}; do readlink /proc/${pid}/fd/$f || true; done`],
    {
      encoding: 'utf8',
    },
  );
  return [...new Set(targets.split('\n').filter((target) => /\/pts\/\d/.test(target)))];
}

describe.skipIf(!requireTool('socat'))('a line hangs', () => {
  it('F17 it takes no bytes: that is said, the others are read on, and a stop ends within two seconds', async () => {
    const meters = await ptyMeters(folder, 'usb', [1], onEnd);
    writePlant(
      folder,
      plantXml(
        [serialDevice(1, meters.port), { id: 2, ...SIMULATED }],
        [
          { id: 1, device: 1 },
          { id: 3, device: 2 },
        ],
      ),
    );
    const lector = startLector({ folder, onEnd });
    for (const id of [1, 3])
      await lector.entry(new RegExp(`analyzer ${id} .*(is|are) read|analyzers .*${id}.* are read`));
    const before = lector.entries.length;
    const hungAt = Date.now();
    process.kill(meters.pid(), 'SIGSTOP');
    fillUp(meters.device());
    await lector.entry(/took no bytes|analyzer 1 .*is not read/, before);
    const end = await lector.end('SIGTERM');
    expect(end).toMatchObject({ code: 0 });
    expect(end.ms).toBeLessThan(2_000);
    const all = await readingsOf([1, 3]);
    const other = (all.get(3) ?? []).filter(({ nominal }) => nominal > hungAt);
    expect(other.length).toBeGreaterThan(1);
    expect(other.filter((reading) => !isGood(reading))).toEqual([]);
    expect(missing(all.get(3) ?? [])).toBe(0);
    expect(readFileSync(join(folder, 'log', 'lector.1.log'), 'utf8')).toMatch(/"msg":"stopped"/);
  });
});
