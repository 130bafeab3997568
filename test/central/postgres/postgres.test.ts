import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachPostgres, postgresHolder } from '../../../src/central/postgres/postgres.ts';
import { serversIn } from '../../../src/central/postgres/server-pids.ts';
import { systemClock } from '../../../src/clock.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { requireRoot } from '../../support/require-tool.ts';
import { clusterFolder, open, postmaster, query, startCentre, temporaryFolder } from './folders.ts';

const NOBODY = 65_534;
const attach = async (dir: string) => {
  const log = createLogLines();
  return { log, postgres: await attachPostgres({ dir, clock: systemClock(), log, settings: { fsync: 'off' } }) };
};
const refusal = { code: 'CONFIG_INVALID' };

describe('a PostgreSQL of our own', () => {
  it('starts in an empty folder, reached by a password alone, and is gone when it is closed', async () => {
    const dir = join(temporaryFolder(), "the 'central'");
    const { postgres, log } = await open(dir, { settings: {} });
    expect(postgres.isUp()).toBe(true);
    const settings = await query(
      postgres.url,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes',
        'listen_addresses', 'unix_socket_directories', 'TimeZone') ORDER BY name`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', TimeZone: 'UTC' },
      ...{ listen_addresses: '127.0.0.1', unix_socket_directories: '' },
    });
    const { password } = new URL(postgres.url);
    expect(password.length).toBeGreaterThanOrEqual(43);
    const wrong = postgres.url.replace(password, 'x'.repeat(43));
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dir, 'connection.json')).mode & 0o777).toBe(0o600);
    expect(
      log.lines
        .filter(({ level }) => level !== 'debug')
        .map(({ text }) => text)
        .join('\n'),
    ).toMatch(/a new database was made.*\n.*PostgreSQL 18.* runs.* on port \d+ of this machine/);
    expect(JSON.stringify(log.lines)).not.toContain(password);
    await postgres.close();
    expect(postgres.isUp()).toBe(false);
    expect(serversIn(join(dir, 'postgres'))).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual(['connection.json', 'postgres']);
  });

  it('the role that is used is no superuser, and can do what a centre does', async () => {
    const { postgres } = await open(await clusterFolder());
    const rights = `SELECT rolsuper, pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_roles, pg_database
      WHERE rolname = current_user AND datname = current_database()`;
    expect(await query(postgres.url, rights)).toEqual([{ rolsuper: false, owner: 'lector' }]);
    await query(postgres.url, 'CREATE TABLE t (a int) PARTITION BY RANGE (a)');
    await query(postgres.url, 'CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (2)');
    await query(postgres.url, 'CREATE DATABASE another');
  });
});

describe('who uses a folder that is served', () => {
  it('a second that wants to serve it is refused, with the number of the first', async () => {
    const dir = await clusterFolder();
    const first = startCentre(dir, 'serve');
    await first.told('open');
    expect(await postgresHolder(dir)).toEqual({ pid: first.child.pid, role: 'serving' });
    await expect(open(dir)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      facts: { pid: first.child.pid },
      message: expect.stringMatching(new RegExp(`served by process ${first.child.pid}: .*--data`)),
    });
    first.child.kill('SIGTERM');
    await first.ended;
    const { postgres } = await open(dir);
    expect(postgres.isUp()).toBe(true);
  });

  it('a command attaches to it, and leaves it running', async () => {
    const dir = await clusterFolder();
    const { postgres } = await open(dir);
    const command = (await attach(dir)).postgres;
    expect(command.url).toBe(postgres.url);
    await command.close();
    expect(await query(command.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('where nobody serves it a command starts it, and who wants to serve meanwhile waits for its end', async () => {
    const dir = temporaryFolder();
    const command = (await attach(dir)).postgres;
    expect(await query(command.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    const log = createLogLines();
    const serving = open(dir, { log });
    await expect.poll(() => log.matching(/a command \(process \d+\) uses the database: waiting/).length).toBe(1);
    await command.close();
    expect((await serving).postgres.isUp()).toBe(true);
  });
});

describe('a folder that cannot be used is refused in one sentence, and left alone', () => {
  let made = '';
  beforeAll(() => {
    made = join(homedir(), 'x-of-a-test');
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));

  it.skipIf(!requireRoot())('one under the home of root, which PostgreSQL cannot enter', async () => {
    const refused = await open(made).catch((error: unknown) => error as Error);
    expect(refused).toMatchObject(refusal);
    expect(refused).toMatchObject({ message: expect.stringMatching(/cannot enter \/\w+: .*--data/) });
    expect(existsSync(made)).toBe(false);
  });

  it.skipIf(!requireRoot())('one that this user may not write', async () => {
    const dir = temporaryFolder();
    const told = await startCentre(join(dir, 'central'), 'serve', NOBODY).told('refused');
    expect(told).toMatch(/^refused CONFIG_INVALID cannot use .*central for the centre: EACCES.*--data/);
  });

  it('one that holds other files', async () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'postgres'));
    writeFileSync(join(dir, 'postgres', 'photo.jpg'), 'x');
    await expect(open(dir)).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(/photo\.jpg/) });
    expect(readdirSync(dir)).toEqual(['postgres']);
    expect(readdirSync(join(dir, 'postgres'))).toEqual(['photo.jpg']);
  });

  it('a database of another version of PostgreSQL', async () => {
    const dir = await clusterFolder();
    await (await open(dir)).postgres.close();
    writeFileSync(join(dir, 'postgres', 'PG_VERSION'), '17\n');
    const before = readdirSync(join(dir, 'postgres'));
    await expect(open(dir)).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(/made by PostgreSQL 17, .*brings 18.*nothing was touched.*backup/),
    });
    expect(readdirSync(join(dir, 'postgres'))).toEqual(before);
    writeFileSync(join(dir, 'postgres', 'PG_VERSION'), '18\n');
    expect((await open(dir)).postgres.isUp()).toBe(true);
  });

  it.skipIf(!requireRoot())('a database that belongs to root', async () => {
    const dir = await clusterFolder();
    await (await open(dir)).postgres.close();
    chownSync(join(dir, 'postgres'), 0, 0);
    await expect(open(dir)).rejects.toMatchObject({ ...refusal, message: expect.stringMatching(/chown -R postgres/) });
  });
});

describe('the user that it runs as', () => {
  const ownerOf = (pid: number) => statSync(`/proc/${pid}`).uid;

  it.skipIf(!requireRoot())('is the owner of the folder when root starts it, and the log says so', async () => {
    const dir = temporaryFolder();
    chownSync(dir, NOBODY, NOBODY);
    const { log } = await open(dir);
    expect(ownerOf(postmaster(dir))).toBe(NOBODY);
    expect(log.matching(/runs as user nobody, for root may not run it/)).toHaveLength(1);
    expect(statSync(join(dir, 'connection.json')).uid).toBe(NOBODY);
  });

  it.skipIf(!requireRoot())('is somebody else when the folder is root’s too', async () => {
    const dir = join(temporaryFolder(), 'central');
    await open(dir);
    expect(ownerOf(postmaster(dir))).not.toBe(0);
    expect(statSync(join(dir, 'connection.json')).uid).toBe(0);
  });

  it.skipIf(!requireRoot())(
    'is the one that starts it otherwise; who may not read the password is told so',
    async () => {
      const dir = temporaryFolder();
      chownSync(dir, NOBODY, NOBODY);
      const centre = startCentre(dir, 'serve', NOBODY);
      const [, url = ''] = (await centre.told('open')).split(' ');
      expect(ownerOf(postmaster(dir))).toBe(NOBODY);
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect((await attach(dir)).postgres.url).toBe(url);
      const other = startCentre(dir, 'attach', 1);
      expect(await other.told('refused')).toMatch(/may not read .*connection\.json: run it as the user that serves/);
      centre.child.kill('SIGTERM');
      await centre.ended;
      expect(serversIn(join(dir, 'postgres'))).toEqual([]);
    },
  );
});

describe('the password', () => {
  it.each([
    ['lost', null],
    ['torn', '{"port":50'],
    ['of another database', `{"port":1,"password":"${'x'.repeat(43)}"}`],
  ])('that is %s is replaced, and what is stored stays', async (_how, text) => {
    const dir = await clusterFolder();
    const first = (await open(dir)).postgres;
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.close();
    const file = join(dir, 'connection.json');
    const before = readFileSync(file, 'utf8');
    if (text === null) rmSync(file);
    else writeFileSync(file, text);
    const { postgres } = await open(dir);
    expect(await query(postgres.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    expect(postgres.url).not.toBe(first.url);
    expect(readFileSync(file, 'utf8')).not.toBe(before);
  });
});
