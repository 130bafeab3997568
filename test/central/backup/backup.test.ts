import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Migrator } from 'kysely/migration';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { backupCentre } from '../../../src/central/backup/backup.ts';
import { TABLES } from '../../../src/central/backup/manifest.ts';
import { restoreCentre } from '../../../src/central/backup/restore.ts';
import { openDatabase } from '../../../src/central/schema/database.ts';
import { MIGRATIONS } from '../../../src/central/schema/migrations.ts';
import { afterTest } from '../../support/afterwards.ts';
import { emptyDatabase, testDatabase } from '../../support/database.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { everything, fillCentre, putRecords, temporaryFolder } from './filled.ts';

const filled = async (records?: number) => {
  const made = await testDatabase();
  afterTest(() => made.drop());
  await fillCentre(made.database.pool, records);
  return made.database.pool;
};
const fresh = async () => {
  const made = await emptyDatabase();
  const database = await openDatabase({ url: made.url, log: createLogLines() });
  afterTest(async () => {
    await database.close();
    await made.drop();
  });
  return database.pool;
};
const count = async (pool: pg.Pool, where: string) =>
  Number((await pool.query(`SELECT count(*) AS n FROM records WHERE ${where}`)).rows[0].n);

describe('a backup that is restored', () => {
  it('holds every row of every table, exactly', async () => {
    const pool = await filled();
    const file = join(temporaryFolder(), 'centre.tar.gz');
    const { manifest, bytes } = await backupCentre(pool, file);
    expect(bytes).toBe(statSync(file).size);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(manifest.parts.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(100);
    const other = await fresh();
    expect(await restoreCentre(other, file)).toEqual(manifest);
    expect(await everything(other)).toEqual(await everything(pool));
    const partitions = `SELECT relname::text, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition
      AND relkind = 'r' ORDER BY 1`;
    expect((await other.query(partitions)).rows).toEqual((await pool.query(partitions)).rows);
  });

  it('goes on where it was: the next number is the next, and another backup is the same', async () => {
    const pool = await filled();
    const dir = temporaryFolder();
    const first = await backupCentre(pool, join(dir, 'a.tar.gz'));
    const other = await fresh();
    await restoreCentre(other, join(dir, 'a.tar.gz'));
    const again = await backupCentre(other, join(dir, 'b.tar.gz'));
    expect(again.manifest.parts).toEqual(first.manifest.parts);
    const shape = "INSERT INTO shapes (sha256, variables) VALUES ('\\x04', '[]') RETURNING id";
    expect((await other.query(shape)).rows).toEqual([{ id: 4 }]);
  });

  it('may have tables already, of the same version and with nothing in them but what they begin with', async () => {
    const pool = await filled();
    const file = join(temporaryFolder(), 'centre.tar.gz');
    await backupCentre(pool, file);
    const { database, drop } = await testDatabase();
    afterTest(drop);
    await restoreCentre(database.pool, file);
    expect(await everything(database.pool)).toEqual(await everything(pool));
  });

  it('may be of a version that had fewer tables: these are made, and brought to this version afterwards', async () => {
    const made = await emptyDatabase();
    afterTest(made.drop);
    const old = await openDatabase({ url: made.url, log: createLogLines() });
    afterTest(() => old.close());
    const getMigrations = async () => ({ ...MIGRATIONS });
    await new Migrator({ db: old.db, provider: { getMigrations } }).migrateTo('0001-first');
    await old.pool.query("INSERT INTO nodes (id, name, location, timezone) VALUES (4, 'School', '', 'UTC')");
    const file = join(temporaryFolder(), 'centre.tar.gz');
    await backupCentre(old.pool, file);
    const other = await emptyDatabase();
    afterTest(other.drop);
    const database = await openDatabase({ url: other.url, log: createLogLines() });
    afterTest(() => database.close());
    await restoreCentre(database.pool, file);
    await database.migrate();
    expect((await everything(database.pool)).nodes).toHaveLength(1);
  });

  it('is an archive that others can read, each table a list of rows', async () => {
    const pool = await filled();
    const dir = temporaryFolder();
    const { manifest } = await backupCentre(pool, join(dir, 'centre.tar.gz'));
    execFileSync('tar', ['-xzf', 'centre.tar.gz'], { cwd: dir });
    expect(JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))).toEqual(manifest);
    execFileSync('sha256sum', ['-c', 'manifest.sha256'], { cwd: dir });
    expect(readFileSync(join(dir, 'records_2026_10.000001.copy'), 'utf8').trim().split('\n')).toHaveLength(50);
  });

  it('knows all tables that there are', async () => {
    const { database, drop } = await testDatabase();
    afterTest(drop);
    const { rows } = await database.pool.query(`SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p')
      AND NOT relispartition AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'kysely%'`);
    expect(rows.map(({ name }) => name).sort()).toEqual([...TABLES].sort());
  });
});

describe('while the centre goes on', () => {
  it('a backup is of one instant: what was committed together is in it together, or not at all', async () => {
    const pool = await filled(60_000);
    const file = join(temporaryFolder(), 'centre.tar.gz');
    let [pairs, isOver] = [0, false];
    const putPairs = async () => {
      while (!isOver) {
        pairs += 1;
        // the first goes into the partition that is copied last, the second into the one that is copied first
        await pool.query(pairOf(pairs));
      }
    };
    const writers = [putPairs(), putPairs(), putPairs()];
    await expect.poll(() => count(pool, 'node_id = 9')).toBeGreaterThan(20);
    const before = await count(pool, 'node_id = 9');
    const { manifest } = await backupCentre(pool, file);
    const after = await count(pool, 'node_id = 9');
    isOver = true;
    await Promise.all(writers);
    const other = await fresh();
    await restoreCentre(other, file);
    const [ours, theirs] = [await count(other, 'node_id = 9'), await count(other, 'node_id = 8')];
    expect(ours).toBe(theirs);
    expect(ours).toBeGreaterThanOrEqual(before);
    expect(ours).toBeLessThan(after);
    expect(await count(other, 'node_id = 4')).toBe(120_001);
    expect(manifest.parts.find(({ name }) => name === 'records_2026_10')?.rows).toBe(60_000 + ours);
  }, 60_000);

  it('it holds up nobody who makes or removes a partition, and what was removed is not in it', async () => {
    const pool = await filled();
    const file = join(temporaryFolder(), 'centre.tar.gz');
    const halted = haltedAfterSnapshot(pool);
    const backup = backupCentre(halted.pool, file);
    await halted.reached;
    await pool.query('SET lock_timeout = 2000');
    await pool.query('DROP TABLE records_2026_10');
    await pool.query(
      "CREATE TABLE records_2026_12 PARTITION OF records FOR VALUES FROM ('2026-12-01Z') TO ('2027-01-01Z')",
    );
    await putRecords(pool, 4, '2026-12-03 00:00:00+00', 10);
    halted.goOn();
    await backup;
    const other = await fresh();
    await restoreCentre(other, file);
    expect(await count(other, "end_at >= '2026-11-01Z' AND end_at < '2026-12-01Z'")).toBe(50);
    expect(await count(other, 'true')).toBe(51);
  });

  it('its memory stays the same however many rows there are', async () => {
    const pool = await filled(160_000);
    const file = join(temporaryFolder(), 'centre.tar.gz');
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const held = () => {
      collect();
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    /** What is held in four of five looks: what is under way at an instant may be more on a busy machine. */
    const usuallyHeld = async (work: Promise<unknown>) => {
      const before = held();
      const looks: number[] = [];
      const timer = setInterval(() => looks.push(held() - before), 250);
      afterTest(() => clearInterval(timer));
      await work;
      clearInterval(timer);
      looks.sort((a, b) => a - b);
      return looks[Math.floor(looks.length * 0.8)] ?? 0;
    };
    const backup = backupCentre(pool, file);
    const [whileBackedUp, { manifest }] = await Promise.all([usuallyHeld(backup), backup]);
    const whileRestored = await usuallyHeld(restoreCentre(await fresh(), file));
    // who held it all would hold 61 MB and more then
    expect(manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(76e6);
    expect(whileBackedUp).toBeLessThan(45e6);
    expect(whileRestored).toBeLessThan(45e6);
  }, 90_000);
});

describe('the file of a backup', () => {
  it('is there whole or not at all, and an older one stays until then', async () => {
    const pool = await filled();
    const dir = temporaryFolder();
    const file = join(dir, 'centre.tar.gz');
    writeFileSync(file, 'older');
    await pool.query('ALTER TABLE records_2026_11 RENAME COLUMN lows TO lows_of_today').catch(() => undefined);
    await pool.query('ALTER TABLE settings RENAME TO settings_of_old');
    const broken = { connect: failingAfter(pool, 3) } as unknown as pg.Pool;
    await expect(backupCentre(broken, file)).rejects.toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringMatching(/centre\.tar\.gz could not be written: the connection broke/),
    });
    expect(readdirSync(dir)).toEqual(['centre.tar.gz']);
    expect(readFileSync(file, 'utf8')).toBe('older');
    await backupCentre(pool, file);
    expect(readdirSync(dir)).toEqual(['centre.tar.gz']);
  });

  it('cannot lie in a folder that is not there, which is said', async () => {
    const pool = await filled(1);
    const file = join(temporaryFolder(), 'nowhere', 'centre.tar.gz');
    await expect(backupCentre(pool, file)).rejects.toThrow(/could not be written: ENOENT/);
    mkdirSync(join(file, '..'));
    await backupCentre(pool, file);
  });
});

const pairOf = (n: number) => {
  const row = (node: number, month: number) =>
    `(${node}, 1, '2026-${month}-02Z'::timestamptz + ${n} * interval '1 ms', 0, 'x', 1, '{1}')`;
  return `INSERT INTO records (node_id, analyzer_id, end_at, generation, model, shape_id, "values")
    VALUES ${row(9, 11)}, ${row(8, 10)}, ${row(9, 10)}, ${row(8, 11)}`;
};

/** A pool whose second connection is given only when told: by then the instant of a backup is fixed. */
function haltedAfterSnapshot(pool: pg.Pool) {
  let [reach, goOn]: (() => void)[] = [];
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let connections = 0;
  const connect = async () => {
    connections += 1;
    if (connections > 1) {
      reach?.();
      await gate;
    }
    return pool.connect();
  };
  return { pool: { connect } as unknown as pg.Pool, reached, goOn: () => goOn?.() };
}

function failingAfter(pool: pg.Pool, connections: number): () => Promise<pg.PoolClient> {
  let made = 0;
  return async () => {
    made += 1;
    if (made > connections) throw new Error('the connection broke');
    return pool.connect();
  };
}
