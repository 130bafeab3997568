import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { backupStore, checkBackup, MANIFEST, restoreStore } from '../../src/store/backup.ts';
import { ended, linesOf, startWriting } from './journal.ts';
import { sampleRecord } from './sample-rows.ts';
import { openSample, temporaryFolder } from './samples.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const ALL = [epochMs(0), epochMs(9e15)] as const;
const ends: (() => void | Promise<void>)[] = [];
let root = '';
const at = (...names: readonly string[]) => join(root, ...names);

beforeEach(() => {
  root = temporaryFolder((end) => ends.push(end));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A data folder with so many records of analyzer 1, and a small state. */
async function filled(dir: string, records: number): Promise<void> {
  const { store } = await openSample({ dir });
  for (let number = 1; number <= records; number += 1) await store.putRecord(sampleRecord(1, number));
  await store.close();
  writeFileSync(join(dir, 'state.json'), '{ "version": 1, "paused": {}, "identities": {} }\n');
}

async function countIn(dir: string): Promise<number> {
  const { store } = await openSample({ dir });
  const count = store.records(1, ...ALL).length;
  await store.close();
  return count;
}

const wordsOf = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message);

describe('lector backup', () => {
  it.skipIf(process.platform !== 'linux')('says that a folder takes none, and does not try for ever', async () => {
    await filled(at('data'), 1);
    const said = await wordsOf(backupStore(at('data'), '/proc/lector/backup', NOW));
    expect(said).toContain('cannot make the folder /proc/lector/backup');
  });

  it('copies records, state and entered events, and a restore brings them back', async () => {
    await filled(at('data'), 5);
    writeFileSync(join(at('data'), 'events.json'), '{ "version": 1, "events": [] }\n');
    const manifest = await backupStore(at('data'), at('copy'), NOW);
    expect(manifest.files.map(({ path }) => path)).toEqual(['store/data.mdb', 'state.json', 'events.json']);
    expect(readdirSync(at('copy')).sort()).toEqual(['events.json', MANIFEST, 'state.json', 'store']);
    const { aside } = await restoreStore(at('copy'), at('other'), { replace: false, now: NOW });
    expect(aside).toEqual([]);
    expect(await countIn(at('other'))).toBe(5);
    for (const name of ['state.json', 'events.json']) {
      expect(readFileSync(at('other', name), 'utf8')).toContain('"version": 1');
    }
  });

  it('is one moment of a store that another process writes meanwhile', async () => {
    mkdirSync(at('busy'));
    const child = startWriting(at('busy', 'data'), at('busy', 'journal'), 'for ever');
    ends.push(async () => {
      child.kill('SIGKILL');
      await ended(child);
    });
    const reported = () => linesOf(at('busy', 'journal')).filter((line) => line.startsWith('record 1 ')).length;
    await vi.waitFor(() => expect(reported()).toBeGreaterThan(20), 15_000);
    const before = reported();
    await backupStore(at('busy', 'data'), at('copy'), NOW);
    const after = before + 1 + (await vi.waitFor(() => reported()));
    await restoreStore(at('copy'), at('other'), { replace: false, now: NOW });
    const { store } = await openSample({ dir: at('other') });
    const numbers = store.records(1, ...ALL).map(({ end }) => (end - sampleRecord(1, 0).end) / (15 * 60_000));
    await store.close();
    // what was reported before it began is in it, without a hole
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(before);
    expect(numbers.length).toBeLessThanOrEqual(after);
  });

  it('refuses a target with files in it, and a folder without a store', async () => {
    await filled(at('data'), 1);
    mkdirSync(at('full'));
    writeFileSync(at('full', 'x'), '');
    expect(await wordsOf(backupStore(at('data'), at('full'), NOW))).toContain('new or empty, saw files');
    expect(await wordsOf(backupStore(at('nothing'), at('copy'), NOW))).toContain(`saw none in ${at('nothing')}`);
    expect(existsSync(at('copy'))).toBe(false);
  });
});

describe('lector restore', () => {
  it('keeps aside what was there, and touches nothing else of the folder', async () => {
    await filled(at('data'), 3);
    await backupStore(at('data'), at('copy'), NOW);
    await filled(at('other'), 7);
    mkdirSync(at('other', 'central'));
    const { aside } = await restoreStore(at('copy'), at('other'), { replace: true, now: NOW });
    expect(aside).toEqual([
      'store.before-restore-2026-11-25T12-00-00',
      'state.json.before-restore-2026-11-25T12-00-00',
    ]);
    expect(await countIn(at('other'))).toBe(3);
    expect(existsSync(at('other', 'central'))).toBe(true);
    expect(readdirSync(at('other')).filter((name) => name.startsWith('restoring'))).toEqual([]);
  });

  it('refuses a folder with data, and one that a server uses', async () => {
    await filled(at('data'), 1);
    await backupStore(at('data'), at('copy'), NOW);
    const refused = await wordsOf(restoreStore(at('copy'), at('data'), { replace: false, now: NOW }));
    expect(refused).toContain('--replace');
    const { store } = await openSample({ dir: at('data') });
    ends.push(() => store.close());
    const locked = await wordsOf(restoreStore(at('copy'), at('data'), { replace: true, now: NOW }));
    expect(locked).toContain(`in use by process ${process.pid}`);
    expect(existsSync(at('data', 'store', 'data.mdb'))).toBe(true);
  });

  it.each([
    [
      'a byte more',
      (copy: string) => appendFileSync(join(copy, 'store', 'data.mdb'), 'x'),
      'is damaged: store/data.mdb',
    ],
    ['a file less', (copy: string) => rmSync(join(copy, 'state.json')), 'lacks state.json'],
    ['no manifest', (copy: string) => rmSync(join(copy, MANIFEST)), 'saw none in'],
    ['half a manifest', (copy: string) => writeFileSync(join(copy, MANIFEST), '{ "product": "lec'), 'another file of'],
    [
      'a path that leads out of it',
      (copy: string) =>
        writeFileSync(
          join(copy, MANIFEST),
          JSON.stringify({ product: 'lector', kind: 'backup', version: 1, files: [{ path: '../../etc/passwd' }] }),
        ),
      'another file of',
    ],
  ])('refuses a backup with %s, and leaves the folder as it is', async (_, break_, words) => {
    await filled(at('data'), 2);
    await backupStore(at('data'), at('copy'), NOW);
    break_(at('copy'));
    expect(await wordsOf(checkBackup(at('copy')))).toContain(words);
    expect(await wordsOf(restoreStore(at('copy'), at('data'), { replace: true, now: NOW }))).toContain(words);
    expect(await countIn(at('data'))).toBe(2);
  });
});
