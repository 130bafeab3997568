import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backupCentre } from '../../../src/central/backup/backup.ts';
import { restoreCentre } from '../../../src/central/backup/restore.ts';
import { openDatabase } from '../../../src/central/schema/database.ts';
import { afterTest } from '../../support/afterwards.ts';
import { emptyDatabase, testDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { everything, fillCentre, temporaryFolder } from './filled.ts';

let whole = Buffer.alloc(0);
let target: Awaited<ReturnType<typeof openDatabase>>;
let dropTarget: () => Promise<void>;

beforeAll(async () => {
  const source = await testDatabase();
  await fillCentre(source.database.pool, 2_000);
  const file = join('/tmp', `lector-backup-of-a-test-${process.pid}`);
  await backupCentre(source.database.pool, file);
  whole = readFileSync(file);
  execFileSync('rm', [file]);
  await source.drop();
  const made = await emptyDatabase();
  target = await openDatabase({ url: made.url, log: createLogLines() });
  dropTarget = made.drop;
}, 60_000);
afterAll(async () => {
  await target.close();
  await dropTarget();
});

const written = (bytes: Buffer | string): string => {
  const file = join(temporaryFolder(), 'centre.tar.gz');
  writeFileSync(file, bytes);
  return file;
};
const tablesOf = async (pool: pg.Pool) => (await pool.query("SELECT 1 FROM pg_class WHERE relname = 'nodes'")).rowCount;

const refusedAs = async (file: string, words: RegExp) => {
  const error = await restoreCentre(target.pool, file).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CENTRE_REFUSED', message: expect.stringMatching(words) });
  expect((error as Error).message).not.toMatch(/\n/);
  expect(await tablesOf(target.pool)).toBe(0);
};

describe('a file that is no whole backup is refused before anything is written', () => {
  it.each([0.001, 0.1, 0.5, 0.9, 0.999])('torn after %d of it', async (share) => {
    const torn = whole.subarray(0, Math.floor(whole.length * share));
    await refusedAs(written(torn), /is not restored, for it is not a whole backup: it (ends too early|was altered)/);
  });

  it('torn by its last byte', async () => {
    await refusedAs(written(whole.subarray(0, -1)), /ends too early/);
  });

  it.each([0.2, 0.5, 0.8])('one bit altered, at %d of it', async (share) => {
    const altered = Buffer.from(whole);
    const at = Math.floor(whole.length * share);
    altered[at] = (altered[at] ?? 0) ^ 0x10;
    await refusedAs(written(altered), /not a whole backup: /);
  });

  const packed = (from: string, to: string) => {
    const text = gunzipSync(whole).toString('latin1');
    expect(text).toContain(from);
    expect(to.length).toBe(from.length);
    return gzipSync(Buffer.from(text.replace(from, to), 'latin1'));
  };

  it('unpacked, altered and packed again', async () => {
    const before = '\tPM710\t';
    await refusedAs(written(packed(before, '\tPM711\t')), /the rows of \w+ are not those that were written/);
  });

  it('its manifest altered', async () => {
    await refusedAs(written(packed('"format": 1', '"format": 2')), /its manifest was altered/);
  });

  it('a table left out of it', async () => {
    const text = gunzipSync(whole).toString('latin1');
    const at = text.indexOf('records_2026_10.000001.copy');
    const next = text.indexOf('records_2026_11.000001.copy');
    const without = Buffer.from(text.slice(0, at) + text.slice(next), 'latin1');
    await refusedAs(written(gzipSync(without)), /rows of records_2026_10 are not .*\(0 of 2000 rows\)/);
  });

  it('unpacked, torn and packed again', async () => {
    const archive = gunzipSync(whole);
    // without its end, in the middle of a file, and in the middle of a header
    for (const length of [archive.length - 1_024, 300_000, 200]) {
      await refusedAs(written(gzipSync(archive.subarray(0, length))), /whole backup: it ends too early/);
    }
  });

  it('something else', async () => {
    await refusedAs(written('a picture'), /it was altered or damaged, or it is no backup/);
    await refusedAs(written(''), /it ends too early/);
    await refusedAs(written(gzipSync('a'.repeat(5_000))), /it is no archive of a backup/);
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'photo.jpg'), 'x');
    execFileSync('tar', ['-czf', 'other.tar.gz', 'photo.jpg'], { cwd: dir });
    await refusedAs(join(dir, 'other.tar.gz'), /holds photo\.jpg, which no backup has/);
  });

  it('no file at all, or a folder', async () => {
    const dir = temporaryFolder();
    await refusedAs(join(dir, 'none'), /there is no such file/);
    mkdirSync(join(dir, 'folder'));
    await refusedAs(join(dir, 'folder'), /it is a folder/);
  });
});

describe('a database that is not there for it is refused, and stays as it is', () => {
  const database = async () => {
    const made = await testDatabase();
    afterTest(() => made.drop());
    return made.database.pool;
  };

  it.each([
    ['nodes', "INSERT INTO nodes (id, name, location, timezone) VALUES (1, '', '', 'UTC')", /not empty \(nodes: 1,/],
    [
      'records that are gone',
      "INSERT INTO shapes (sha256, variables) VALUES ('\\x01', '[]')",
      /there are or were some/,
    ],
  ])('one with %s', async (_what, text, words) => {
    const pool = await database();
    await pool.query(text);
    const before = await everything(pool);
    await expect(restoreCentre(pool, written(whole))).rejects.toMatchObject({
      code: 'CENTRE_REFUSED',
      message: expect.stringMatching(words),
    });
    expect(await everything(pool)).toEqual(before);
  });

  it('one that somebody uses', async () => {
    const pool = await database();
    const client = await pool.connect();
    afterTest(() => client.release(true));
    await client.query('BEGIN; LOCK TABLE records IN ROW EXCLUSIVE MODE');
    await expect(restoreCentre(pool, written(whole))).rejects.toThrow(/in use: stop every centre/);
  });

  it('one of another version of the tables', async () => {
    const pool = await database();
    await pool.query("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', 'x')");
    await expect(restoreCentre(pool, written(whole))).rejects.toThrow(/9999-later/);
  });
});
