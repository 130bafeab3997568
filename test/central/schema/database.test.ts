import { Migrator } from 'kysely/migration';
import { afterEach, describe, expect, it } from 'vitest';
import { loadProfiles } from '../../../drivers/profiles/load.ts';
import { type Database, openDatabase } from '../../../src/central/schema/database.ts';
import { MIGRATIONS } from '../../../src/central/schema/migrations.ts';
import { emptyDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';

describe('the database of a centre', () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of open.splice(0).reverse()) await end();
  });

  async function empty(): Promise<string> {
    const { url, drop } = await emptyDatabase();
    open.push(drop);
    return url;
  }

  async function opened(url: string): Promise<Database> {
    const database = await openDatabase({ url, log: createLogLines() });
    open.push(database.close);
    return database;
  }

  it('gets its tables once when several centres start together', async () => {
    const url = await empty();
    const all = await Promise.all([1, 2, 3, 4].map(() => opened(url)));
    await Promise.all(all.map((database) => database.migrate()));
    await all[0]!.migrate();
    const { rows } = await all[0]!.pool.query('SELECT count(*)::int AS done FROM kysely_migration');
    expect(rows).toEqual([{ done: Object.keys(MIGRATIONS).length }]);
    expect(await all[0]!.db.selectFrom('records').selectAll().execute()).toEqual([]);
  });

  it('of before is brought to this version: what was charged by a contract still is, and a sum may be', async () => {
    const { migrate, db, pool } = await opened(await empty());
    const provider = { getMigrations: async () => ({ ...MIGRATIONS }) };
    const migrator = new Migrator({ db, provider });
    await migrator.migrateTo('0002-contracts');
    await pool.query(`INSERT INTO nodes (id, name, location, timezone) VALUES (4, '', '', 'UTC');
      INSERT INTO analyzers (node_id, id, name, location, vendor, model) VALUES (4, 1, '', '', '', '');
      INSERT INTO contracts (name, written) VALUES ('school', '');
      INSERT INTO assignments VALUES (4, 1, '2026-01-01', 'school')`);
    await migrator.migrateTo('0004-rules');
    await pool.query("INSERT INTO events SELECT 4, 'centre', id, 1, '{}' FROM generate_series(1, 3) AS id");
    await migrate();
    expect((await pool.query('SELECT last_event FROM nodes')).rows).toEqual([{ last_event: 3 }]);
    await pool.query("INSERT INTO assignments VALUES (4, 100, '2026-01-01', 'school')");
    const { rows } = await pool.query('SELECT analyzer_id FROM assignments ORDER BY 1');
    expect(rows).toEqual([{ analyzer_id: 1 }, { analyzer_id: 100 }]);
    await pool.query('DELETE FROM nodes');
    expect((await pool.query('SELECT FROM assignments')).rowCount).toBe(0);
  });

  it('knows a model for each profile, and leaves alone what was changed by hand', async () => {
    const { migrate, db } = await opened(await empty());
    await migrate();
    const seeded = await db.selectFrom('models').selectAll().where('name', '=', 'PM710').executeTakeFirstOrThrow();
    const profile = [...loadProfiles().profiles.values()].find(({ model }) => model === 'PM710')!;
    expect(seeded.variables.map(({ code }) => code)).toEqual(profile.variables.map(({ code }) => code));
    expect(seeded.variables.find(({ code }) => code === 'TPF')).toMatchObject({
      phases: ['L1', 'L2', 'L3'],
      unit: 'V',
    });

    await db.updateTable('models').set({ vendor: 'Mine', edited: true }).where('name', '=', 'PM710').execute();
    await db.updateTable('models').set({ vendor: 'Old' }).where('name', '=', 'PM500').execute();
    await migrate();
    const vendors = await db.selectFrom('models').select(['name', 'vendor']).orderBy('name').execute();
    expect(vendors).toContainEqual({ name: 'PM710', vendor: 'Mine' });
    expect(vendors).not.toContainEqual({ name: 'PM500', vendor: 'Old' });
  });

  it('reads numbers and times as they are, however the server prints them', async () => {
    const url = await empty();
    const first = await opened(url);
    const name = new URL(url).pathname.slice(1);
    await first.pool.query(`ALTER DATABASE ${name} SET extra_float_digits = 0`);
    await first.pool.query(`ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'`);
    const { pool } = await opened(url);
    const asked = "SELECT '{0.1, 123456.78901234567}'::float8[] AS list, '2026-05-04T08:15:00.250Z'::timestamptz AS at";
    const both = await Promise.all([1, 2, 3].map(() => pool.query(asked)));
    for (const { rows } of both) {
      expect(rows).toEqual([{ list: [0.1, 123456.78901234567], at: new Date('2026-05-04T08:15:00.250Z') }]);
    }
  });

  it.each([
    ['off', 'on'],
    ['remote_write', 'remote_write'],
  ])('commits wait for the disk, whatever the server is set up for: %s is %s', async (set, expected) => {
    const url = await empty();
    const first = await opened(url);
    await first.pool.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = ${set}`);
    const { rows } = await (await opened(url)).pool.query('SHOW synchronous_commit');
    expect(rows).toEqual([{ synchronous_commit: expected }]);
  });

  it('says in words that a newer Lector made it', async () => {
    const { migrate, pool } = await opened(await empty());
    await migrate();
    await pool.query("INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', 'now')");
    await expect(migrate()).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: 'the database was made by a newer Lector: install that version here',
    });
  });

  it('leaves no connection when it is closed, also one that was never asked; twice is fine', async () => {
    const { pool, close } = await openDatabase({ url: await empty(), log: createLogLines() });
    await close();
    expect([pool.totalCount, pool.ended]).toEqual([0, true]);
    await close();
  });

  it('gives up a connection that does not answer in time, and goes on with others', async () => {
    const { pool, close } = await openDatabase({ url: await empty(), log: createLogLines(), answerMs: 200 });
    open.push(close);
    await expect(pool.query('SELECT pg_sleep(20)')).rejects.toThrow(/timeout/);
    expect(pool.totalCount).toBe(0);
    expect((await pool.query('SELECT 7 AS n')).rows).toEqual([{ n: 7 }]);
  });

  const failing: readonly (readonly [string, (url: string) => string, RegExp])[] = [
    ['that nothing listens', () => 'postgresql://a:secret@127.0.0.1:1/x', /nothing listens there/],
    ['that there is no such database', (url) => url.replace(/\/[^/]*$/, '/nobody'), /there is no such database/],
    [
      'where it is, of a password among the settings',
      () => 'postgresql://127.0.0.1:1/x?user=a&password=secret',
      /at 127.0.0.1:1\/x: /,
    ],
    ['what a URL looks like', () => 'postgresql://a:secret@127.0.0.1:99999999/x', /^expected the URL of a PostgreSQL/],
    ['how a slash of a password is written', () => 'postgresql://a:b/secret@127.0.0.1/x', /is written as %2F/],
    ['what is no URL', () => 'a:secret@127.0.0.1/x', /^expected the URL of a PostgreSQL/],
    ['a file that is not there', () => 'postgresql://a:secret@h/x?sslrootcert=/no/where', /no such file.*\/no\/where/],
  ];
  it.each(failing)('says %s, and no password', async (_, urlOf, words) => {
    const failure = openDatabase({ url: urlOf(await empty()), log: createLogLines() });
    await expect(failure).rejects.toMatchObject({ code: 'DATABASE_FAILED', message: expect.stringMatching(words) });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });
});
