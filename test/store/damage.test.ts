import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { epochMs } from '../../src/domain/units.ts';
import { encodeJson } from '../../src/store/codec.ts';
import { openEnvironment } from '../../src/store/environment.ts';
import { damageOf } from '../../src/store/integrity.ts';
import { SCHEMA_KEY } from '../../src/store/keys.ts';
import { openStateFile } from '../../src/store/state-file.ts';
import { sampleReading, sampleRecord } from './sample-rows.ts';
import { createKeptLog, openSample, temporaryFolder } from './samples.ts';

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const folder = () => temporaryFolder((end) => ends.push(end));

/** A store of many pages, with values that need pages of their own; returns its data file. */
async function madeStore(dir: string, count = 600): Promise<string> {
  const { store } = await openSample({ dir });
  await store.outbox.register('rest', [1]);
  const puts: Promise<unknown>[] = [];
  for (let place = 1; place <= count; place += 1) {
    puts.push(store.putReading(sampleReading(1, place)));
    puts.push(store.putRecord(sampleRecord(1, place, 0, place % 50 === 0 ? 6_000 : 0)));
    if (place % 60 === 0) await Promise.all(puts);
  }
  await Promise.all(puts);
  await store.close();
  return join(dir, 'store', 'data.mdb');
}

const zeroOut = (file: string, from: number, length: number) => {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(length), 0, length, from);
  closeSync(fd);
};

describe('a damaged data file', () => {
  it('a sound file is never called damaged, however it grew and shrank', async () => {
    const dir = folder();
    const file = await madeStore(dir);
    const sound = () => damageOf(file, () => performance.now(), Number.POSITIVE_INFINITY);
    expect(sound()).toBeNull();
    const environment = await openEnvironment(dir, systemClock(), createKeptLog());
    ends.push(() => environment.close());
    for (const [from, until] of [
      [0, 200],
      [300, 420],
    ] as const) {
      const keys = [...environment.keys('records', { start: [1], end: [1, '\uffff'] })].slice(from, until);
      await environment.commit((writes) => {
        for (const key of keys) writes.remove('records', key);
      });
      expect(sound()).toBeNull();
    }
    await environment.commit((writes) => {
      for (let number = 0; number < 50; number += 1) writes.put('readings', [7, number], Buffer.alloc(number * 300));
    });
    expect(sound()).toBeNull();
  });

  it('a page that is missing is found however little time there is, for it would end the process', async () => {
    const file = await madeStore(folder());
    truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096);
    expect(damageOf(file, () => performance.now(), -1)).toMatch(/page \d+ is missing/);
  });

  const MAKE: readonly { readonly what: string; readonly damage: (file: string, size: number) => void }[] = [
    { what: 'emptied', damage: (file) => truncateSync(file, 0) },
    { what: 'cut inside its header', damage: (file) => truncateSync(file, 100) },
    { what: 'cut after its header', damage: (file) => truncateSync(file, 8_192) },
    { what: 'cut in half', damage: (file, size) => truncateSync(file, Math.floor(size / 8_192) * 4_096) },
    { what: 'cut inside a page', damage: (file, size) => truncateSync(file, Math.floor(size / 2) + 17) },
    { what: 'filled with zeros from its beginning', damage: (file, size) => zeroOut(file, 0, size) },
    { what: 'with a tail of zeros', damage: (file, size) => zeroOut(file, Math.floor(size / 3), Math.ceil(size / 2)) },
    { what: 'with a text in its place', damage: (file) => writeFileSync(file, 'this is no data file '.repeat(900)) },
  ];
  it.each(MAKE)('F41 F42 $what is set aside, a new one is made, and the log has one line', async ({ damage }) => {
    const dir = folder();
    const file = await madeStore(dir);
    damage(file, statSync(file).size);
    const { store, log } = await openSample({ dir });
    expect(store.lastRecord(1)).toBeNull();
    expect(await store.putRecord(sampleRecord(1, 1))).toBe('written');
    await store.close();
    expect(readdirSync(dir).filter((name) => /^store\.corrupt-\d{4}-/.test(name))).toHaveLength(1);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/the store was damaged.*what dades holds stays there/);
  });

  it('F41 of damaged stores the newest two stay, the one of now among them though the clock went wrong', async () => {
    const dir = folder();
    const old = ['2026-01-01T00-00-00-000Z', '2098-01-01T00-00-00-000Z', '2099-01-01T00-00-00-000Z'];
    for (const stamp of old) mkdirSync(join(dir, `store.corrupt-${stamp}`, 'inner'), { recursive: true });
    const file = await madeStore(dir);
    truncateSync(file, 0);
    const { store, log } = await openSample({ dir });
    await store.close();
    const kept = readdirSync(dir).filter((name) => name.startsWith('store.corrupt-'));
    expect(kept).toEqual([expect.not.stringMatching(/2026-01|209/), 'store.corrupt-2099-01-01T00-00-00-000Z']);
    expect(log.lines.filter((line) => /older damaged store is removed/.test(line))).toHaveLength(2);
  });

  it('F41 cut at any page of its end: either all is there or it is set aside, and nothing crashes', async () => {
    const dir = folder();
    const file = await madeStore(dir, 120);
    const whole = readFileSync(file);
    for (let pages = whole.length / 4_096 - 1; pages > 2; pages -= 3) {
      rmSync(dir, { recursive: true });
      mkdirSync(join(dir, 'store'), { recursive: true });
      writeFileSync(file, whole.subarray(0, pages * 4_096));
      const { store, log } = await openSample({ dir });
      const count = store.records(1, epochMs(0), epochMs(2 ** 43)).length;
      expect([count, log.lines.length], `${pages} pages`).toEqual(log.lines.length === 0 ? [120, 0] : [0, 1]);
      await store.close();
    }
  });

  it('a value that is damaged is left out; the others are there, and what is owed flows on', async () => {
    const dir = folder();
    await madeStore(dir, 5);
    const environment = await openEnvironment(dir, systemClock(), createKeptLog());
    const [, second] = [...environment.keys('records', { start: [1], end: [1, '\uffff'] })];
    await environment.commit((writes) => writes.put('records', second ?? [], Buffer.from('{torn')));
    await environment.close();
    const { store, log } = await openSample({ dir });
    ends.push(() => store.close());
    await store.outbox.register('rest', [1]);
    expect(store.records(1, epochMs(0), epochMs(2 ** 43))).toHaveLength(4);
    expect(store.outbox.next('rest', 10)).toHaveLength(4);
    expect(store.outbox.owed('rest').count).toBe(4);
    expect(log.lines.filter((line) => line.includes('are damaged'))).toHaveLength(1);
  });
});

describe('the version of a store', () => {
  it('a later one is refused in words, and left as it is', async () => {
    const dir = folder();
    await madeStore(dir, 3);
    const environment = await openEnvironment(dir, systemClock(), createKeptLog());
    await environment.commit((writes) => writes.put('root', SCHEMA_KEY, encodeJson(99)));
    await environment.close();
    await expect(openSample({ dir })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/later Lector.*99.*up to 1/),
    });
    expect(readdirSync(dir)).toEqual(['store']);
  });

  it('a folder that cannot be used is refused in words', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(openSample({ dir: join(file, 'data') })).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });
});

describe('the state file', () => {
  const paused = { '3': { since: 5, until: null } };

  it('keeps what it is told, one change on top of the other', async () => {
    const file = join(folder(), 'state.json');
    const log = createKeptLog();
    const state = await openStateFile(file, log);
    expect(state.read()).toEqual({ version: 1, paused: {}, identities: {} });
    await Promise.all([
      state.update((old) => ({ ...old, paused })),
      state.update((old) => ({ ...old, paused: { ...old.paused, '4': { since: 6, until: 9 } } })),
    ]);
    expect((await openStateFile(file, log)).read().paused).toEqual({ ...paused, '4': { since: 6, until: 9 } });
    expect(log.lines).toEqual([]);
    expect(readdirSync(join(file, '..'))).toEqual(['state.json']);
  });

  it('F41 F42 cut at any length, zeros, or not ours: empty state, one line in the log, the old one kept', async () => {
    const file = join(folder(), 'state.json');
    await (await openStateFile(file, createKeptLog())).update((old) => ({ ...old, paused }));
    const whole = readFileSync(file);
    const cuts = Array.from({ length: whole.length - 2 }, (_, length) => whole.subarray(0, length));
    const others = ['null', '[]', '{"version":2,"paused":{},"identities":{}}', '{"version":1,"paused":[]}'];
    for (const bytes of [...cuts, Buffer.alloc(whole.length), ...others.map((text) => Buffer.from(text))]) {
      writeFileSync(file, bytes);
      const log = createKeptLog();
      const state = await openStateFile(file, log);
      expect(state.read(), bytes.toString()).toEqual({ version: 1, paused: {}, identities: {} });
      expect(log.lines).toHaveLength(1);
      expect(readFileSync(`${file}.torn`)).toEqual(bytes);
      expect(existsSync(file)).toBe(false);
    }
  });

  it('a change that cannot be written is undone, and the next one works', async () => {
    const dir = folder();
    const file = join(dir, 'inner', 'state.json');
    const state = await openStateFile(file, createKeptLog());
    await expect(state.update((old) => ({ ...old, paused }))).rejects.toThrow('ENOENT');
    expect(state.read().paused).toEqual({});
    mkdirSync(join(dir, 'inner'));
    await state.update((old) => ({ ...old, paused }));
    expect((await openStateFile(file, createKeptLog())).read().paused).toEqual(paused);
  });
});
