import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExportConfig } from '../../src/domain/installation.ts';
import { HOUR, MINUTE, meters, SECOND } from '../support/plant.ts';
import { LINES, METERS, metersWith, RELOAD_AT, runReloads } from '../support/reloads.ts';
import { createRuns } from '../support/runs.ts';
import { settleTurns } from '../support/stepped-clock.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dades(): ExportConfig & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'lector-dades-'));
  folders.push(path);
  return { type: 'localFile', target: 'dades', path, options: {} };
}

const without3 = metersWith({ 3: null });
const others = [1, 2, 4];
type Plant = Awaited<ReturnType<typeof runReloads>>;
const harm = (plant: Plant) => others.flatMap((id) => plant.harm(id));
/** Files are written in real time: until nothing is being sent any more. */
async function written(plant: Plant) {
  await plant.clock.advance(1);
  const ids = plant.app.fleet().destinations.map(({ id }) => `delivery:${id}`);
  while (ids.some((id) => plant.stateOf(id) === 'sending')) await settleTurns();
}
const linesOf = (folder: string, id: number) =>
  readdirSync(join(folder, String(id)))
    .filter((name) => name.endsWith('.txt'))
    .sort((a, b) => a.length - b.length)
    .map((name) =>
      readFileSync(join(folder, String(id), name), 'utf8')
        .trimEnd()
        .split('\n'),
    );

describe('an analyzer that is removed', () => {
  it('is recorded once, at the end of the window that was open, and then nothing is left of it', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: without3 });
    expect(plant.app.root.getSnapshot().context.scheduled.map(({ analyzerId }) => analyzerId)).toContain(3);
    expect(plant.app.root.system.get('analyzer:3')).toBeUndefined();
    await plant.clock.advance(20 * SECOND);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6']);
    await plant.clock.advance(10 * SECOND);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    expect(plant.app.root.getSnapshot().context.scheduled.map(({ analyzerId }) => analyzerId)).toEqual(others);
    expect(plant.app.fleet().leaving).toEqual([]);
    await plant.clock.advance(HOUR);
    expect(plant.told(3)).toHaveLength(3);
    expect(harm(plant)).toEqual([]);
    await plant.stop();
  });

  it.each([
    ['at the very end of a window', 3 * MINUTE],
    ['when its window has ended and waits for its last reading', 3 * MINUTE + 15],
  ])('%s: that window is recorded, once', async (_, at) => {
    const plant = await runReloads();
    await plant.clock.advance(at);
    await plant.reload({ analyzers: without3 });
    await plant.clock.advance(3 * MINUTE);
    expect(plant.told(3).map((text) => text.split(' ')[0])).toEqual(['1:00', '2:00', '3:00']);
    expect([...plant.seams(3), ...harm(plant)]).toEqual([]);
    await plant.stop();
  });

  it('and comes back within the window goes on: its record has what was read before and after', async () => {
    const plant = await runReloads();
    await plant.clock.advance(2 * MINUTE + 13_700);
    await plant.reload({ analyzers: without3 });
    await plant.clock.advance(20 * SECOND);
    await plant.reload();
    await plant.clock.advance(3 * MINUTE);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 4/6', '4:00 6/6', '5:00 6/6']);
    expect([...plant.harm(3, 180), ...harm(plant), ...plant.seams(3)]).toEqual([]);
    expect(plant.app.fleet().leaving).toEqual([]);
    await plant.stop();
  });

  it('and comes back with longer windows: the one that was open ends as it began', async () => {
    const plant = await runReloads();
    await plant.clock.advance(2 * MINUTE + 13_700);
    await plant.reload({ analyzers: without3 });
    await plant.clock.advance(20 * SECOND);
    await plant.reload({ analyzers: metersWith({ 3: { recordingMs: 5 * MINUTE } }) });
    await plant.clock.advance(8 * MINUTE);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 4/6', '4:00 6/6', '5:00 6/6', '10:00 30/30']);
    expect(harm(plant)).toEqual([]);
    await plant.stop();
  });

  it('and comes back an hour later begins anew, and the time between is marked as one gap', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ analyzers: without3 });
    await plant.clock.advance(HOUR);
    await plant.reload();
    await plant.clock.advance(3 * MINUTE);
    expect(plant.told(3).slice(2)).toEqual(['3:00 3/6', '63:00 3/6', '64:00 6/6', '65:00 6/6']);
    const gaps = plant.store.gaps(3, plant.start, plant.clock.now());
    expect(gaps.map(({ from, to }) => [(from - plant.start) / MINUTE, (to - plant.start) / MINUTE])).toEqual([[3, 62]]);
    expect(harm(plant)).toEqual([]);
    await plant.stop();
  });

  it('while it is paused has no record of the time in which it was', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    const command = { type: 'PAUSE', until: null } as const;
    plant.app.root.send({ type: 'COMMAND', analyzerId: 3, command });
    await plant.clock.advance(2 * MINUTE);
    await plant.reload({ analyzers: without3 });
    await plant.clock.advance(3 * MINUTE);
    expect(plant.told(3)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    await plant.reload();
    await plant.clock.advance(2 * MINUTE);
    // what a person paused stays paused
    expect(plant.linkOf(3)).toBe('paused');
    expect(harm(plant)).toEqual([]);
    await plant.stop();
  });

  it.each([
    ['a stop, and a start within the window', 10 * SECOND, 'stop'],
    ['a stop, and a start after it', 5 * MINUTE, 'stop'],
    ['a kill, and a start after it', 5 * MINUTE, 'kill'],
  ] as const)('and %s: its window is recorded once', async (_, ms, end) => {
    const runs = await createRuns({ analyzers: meters([1, 2]), at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(2 * MINUTE + 35 * SECOND);
    const left = { analyzers: meters([1]) };
    await runs.now().reload(left);
    await runs[end]();
    await runs.clock.advance(ms);
    await runs.start(left);
    await runs.clock.advance(3 * MINUTE);
    expect(runs.told(2)).toEqual(['08:00 1/6', '08:01 6/6', '08:02 6/6', '08:03 3/6']);
    expect(runs.now().app.fleet().leaving).toEqual([]);
    await runs.stop();
    await runs.start(left);
    expect(runs.now().app.fleet().leaving).toEqual([]);
    await runs.clock.advance(3 * MINUTE);
    expect(runs.told(2)).toHaveLength(4);
    await runs.stop();
    await runs.start({ analyzers: meters([1, 2]) });
    expect(runs.now().state.read().leaving).toEqual({});
    await runs.clock.advance(2 * MINUTE);
    expect(runs.told(2)).toHaveLength(6);
    await runs.stop();
  });

  it('sends its last record where the others send theirs, and where only it did', async () => {
    const [all, own] = [dades(), dades()];
    const analyzers = METERS.map((each) => ({ ...each, exports: each.id === 3 ? [all, own] : [all] }));
    const plant = await runReloads({ analyzers });
    await plant.clock.advance(RELOAD_AT);
    await written(plant);
    const view = await plant.reload({ analyzers: analyzers.filter(({ id }) => id !== 3) });
    expect(view.changes.map(({ subject, change, what }) => [subject, change, what])).toEqual([
      ['analyzer:3', 'removed', []],
      [`delivery:localFile:${all.path}`, 'changed', ['no more of analyzer 3']],
      [`delivery:localFile:${own.path}`, 'removed', []],
    ]);
    expect(plant.stateOf(`delivery:localFile:${own.path}`)).toBe('idle');
    await plant.clock.advance(MINUTE);
    await written(plant);
    for (const { path } of [all, own]) expect(linesOf(path, 3)[0]).toHaveLength(1 + 3);
    // now nobody has it any more
    expect(plant.app.root.system.get(`delivery:localFile:${own.path}`)).toBeUndefined();
    expect(plant.app.fleet().leaving).toEqual([]);
    await plant.clock.advance(MINUTE);
    await written(plant);
    expect(linesOf(all.path, 1)[0]).toHaveLength(1 + plant.records(1).length);
    expect(plant.texts('error')).toEqual([]);
    await plant.stop();
  });

  it('where only it sent and nothing can be sent now, is not gone before its record is there', async () => {
    const [all, own] = [dades(), dades()];
    const analyzers = METERS.map((each) => ({ ...each, exports: each.id === 3 ? [own] : [all] }));
    const plant = await runReloads({ analyzers });
    await plant.clock.advance(RELOAD_AT);
    await written(plant);
    // a file where the folder should be
    rmSync(own.path, { recursive: true });
    writeFileSync(own.path, '');
    await plant.reload({ analyzers: analyzers.filter(({ id }) => id !== 3) });
    await plant.clock.advance(MINUTE);
    await written(plant);
    expect(plant.told(3)).toHaveLength(3);
    expect(plant.stateOf(`delivery:localFile:${own.path}`)).toBe('backingOff');
    rmSync(own.path);
    for (let minute = 0; minute < 10; minute += 1) {
      await plant.clock.advance(MINUTE);
      await written(plant);
    }
    expect(linesOf(own.path, 3)[0]).toHaveLength(1 + 1);
    expect(plant.app.fleet().leaving).toEqual([]);
    expect(plant.app.root.system.get(`delivery:localFile:${own.path}`)).toBeUndefined();
    await plant.stop();
  });

  it('with its whole device, and all of both, still has its record', async () => {
    const plant = await runReloads();
    await plant.clock.advance(RELOAD_AT);
    await plant.reload({ devices: LINES.map((each) => ({ ...each, enabled: false })) });
    await plant.clock.advance(5 * MINUTE);
    for (const { id } of METERS) expect(plant.told(id)).toEqual(['1:00 6/6', '2:00 6/6', '3:00 3/6']);
    expect(plant.clock.pending()).toBe(2);
    await plant.reload();
    await plant.clock.advance(3 * MINUTE);
    for (const { id } of METERS) expect(plant.linkOf(id)).toBe('polling');
    await plant.stop();
    expect(plant.clock.pending()).toBe(0);
  });
});

describe('exporters that a reload changes', () => {
  it('one that is added gets what is recorded from then on, and one that is removed nothing more', async () => {
    const [first, second] = [dades(), dades()];
    const to = (exports: readonly ExportConfig[]) => METERS.map((each) => ({ ...each, exports }));
    const plant = await runReloads({ analyzers: to([first]) });
    await plant.clock.advance(RELOAD_AT);
    await written(plant);
    const view = await plant.reload({ analyzers: to([second]) });
    expect(view.changes.filter(({ subject }) => subject.startsWith('delivery'))).toEqual([
      {
        subject: `delivery:localFile:${first.path}`,
        change: 'removed',
        what: [],
        effect: 'it is sent nothing more; what it was not sent stays in the store',
      },
      {
        subject: `delivery:localFile:${second.path}`,
        change: 'added',
        what: [],
        effect: 'it gets what is recorded from now on',
      },
    ]);
    expect(plant.log.matching(/ 11 older records stay in the store/)).toHaveLength(1);
    await plant.clock.advance(2 * MINUTE);
    await written(plant);
    expect(linesOf(first.path, 1)[0]).toHaveLength(1 + 2);
    expect(linesOf(second.path, 1)[0]).toHaveLength(1 + 2);
    expect(METERS.flatMap(({ id }) => plant.harm(id))).toEqual([]);
    // and back again: it goes on where it was left
    await plant.reload({ analyzers: to([first]) });
    await plant.clock.advance(MINUTE);
    await written(plant);
    expect(linesOf(first.path, 1)[0]).toHaveLength(1 + 3);
    await plant.stop();
  });

  it('other consultes begin another file of the day, in the order of the configuration', async () => {
    const to = dades();
    const plant = await runReloads({ analyzers: METERS.map((each) => ({ ...each, exports: [to] })) });
    await plant.clock.advance(RELOAD_AT);
    await written(plant);
    const analyzers = METERS.map((each) => ({ ...each, exports: [to], consultes: ['CEA', 'TPF', 'PAT'] }));
    await plant.reload({ analyzers });
    await plant.clock.advance(MINUTE);
    await written(plant);
    const [first, second] = linesOf(to.path, 1);
    expect([first?.length, second?.length]).toEqual([3, 2]);
    expect(first?.[0]).toMatch(/^HORA\tTPF0\tTPF1\tTPF2\tPAT/);
    expect(second?.[0]).toMatch(/^HORA\tCEA0\tTPF0\tTPF1\tTPF2\tPAT/);
    await plant.stop();
  });
});
