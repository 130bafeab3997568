import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { createRowSum, MANIFEST_NAME, type Manifest, memberName, type Part, SUM_NAME, sha256Of } from './manifest.ts';
import { partsNow, SESSION } from './parts.ts';
import { TAR_END, tarMember } from './tar.ts';

/** Rows of a table that are held in memory; each is a file in the archive. */
const MEMBER_BYTES = 1024 * 1024;
/** The partition was removed meanwhile (what is kept no longer), so nobody misses it. */
const NO_SUCH_TABLE = '42P01';

export type BackupSummary = {
  readonly file: string;
  readonly manifest: Manifest;
  /** Of the file. */
  readonly bytes: number;
};

/**
 * Writes everything that the centre knows into one file, a tar.gz of PostgreSQL's COPY texts with a manifest: of one
 * instant, while the centre goes on. Rows pass through in pieces, so memory is the same for any size. The file, mode
 * 0600, is there whole or not at all; one of that name is replaced. Rejects DATABASE_FAILED in words.
 */
export async function backupCentre(pool: pg.Pool, file: string): Promise<BackupSummary> {
  const path = resolve(file);
  const started = `${path}.part-${process.pid}`;
  const holder = await pool.connect();
  // that it ends is told by its next query; unheard, it would end the process
  holder.on('error', () => undefined);
  try {
    const snapshot = await takeSnapshot(holder);
    const kept: { manifest?: Manifest } = {};
    const archive = Readable.from(archiveOf(pool, snapshot, kept), { objectMode: false, highWaterMark: MEMBER_BYTES });
    await pipeline(archive, createGzip(), createWriteStream(started, { mode: 0o600, flush: true }));
    if (!kept.manifest) throw new Error('it has no manifest');
    await rename(started, path);
    return { file: path, manifest: kept.manifest, bytes: await syncedSize(path) };
  } catch (error) {
    await rm(started, { force: true }).catch(() => undefined);
    throw failed(path, error);
  } finally {
    // with its end the snapshot ends
    holder.release(true);
  }
}

function failed(path: string, error: unknown): LectorError {
  const text = error instanceof Error ? error.message : String(error);
  return new LectorError('DATABASE_FAILED', `the backup ${path} could not be written: ${safe(text)}`, {}, error);
}

type Snapshot = { readonly id: string; readonly at: Date; readonly migrations: string[]; readonly parts: Part[] };

/**
 * One connection holds the instant, others look at it for the time of one table: a lock on a table is held no longer
 * than that table takes, for a partition that is made or removed meanwhile would wait for it, and ingest behind it.
 */
async function takeSnapshot(holder: pg.PoolClient): Promise<Snapshot> {
  await holder.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${SESSION}`);
  const { rows } = await holder.query('SELECT pg_export_snapshot() AS id, now() AS at');
  const migrations = await holder.query('SELECT name FROM kysely_migration ORDER BY name');
  const { id, at } = rows[0];
  return { id, at, migrations: migrations.rows.map(({ name }) => String(name)), parts: await partsNow(holder) };
}

async function* archiveOf(pool: pg.Pool, snapshot: Snapshot, kept: { manifest?: Manifest }): AsyncGenerator<Buffer> {
  const seconds = snapshot.at.getTime() / 1000;
  const parts: Part[] = [];
  for (const part of snapshot.parts) {
    const sum = createRowSum();
    let n = 0;
    try {
      for await (const bytes of rowsOf(pool, snapshot.id, part)) {
        sum.add(bytes);
        n += 1;
        yield tarMember(memberName(part.name, n), bytes, seconds);
      }
      parts.push({ ...part, ...sum.end() });
    } catch (error) {
      const isGone = part.partition !== null && n === 0 && (error as { code?: string }).code === NO_SUCH_TABLE;
      if (!isGone) throw error;
    }
  }
  const { at, migrations } = snapshot;
  const manifest = { format: 1, what: 'lector centre', at: at.toISOString(), migrations, parts } satisfies Manifest;
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  yield tarMember(MANIFEST_NAME, Buffer.from(text), seconds);
  yield tarMember(SUM_NAME, Buffer.from(`${sha256Of(text)}  ${MANIFEST_NAME}\n`), seconds);
  yield TAR_END;
  kept.manifest = manifest;
}

/** The rows of one table at the instant of the snapshot, in pieces of about {@link MEMBER_BYTES}. */
async function* rowsOf(pool: pg.Pool, snapshotId: string, part: Part): AsyncGenerator<Buffer> {
  const client = await pool.connect();
  let isDone = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET TRANSACTION SNAPSHOT '${snapshotId}'; ${SESSION}`);
    const columns = part.columns.map((each) => client.escapeIdentifier(each)).join(', ');
    const rows = client.query(copyTo(`COPY ${client.escapeIdentifier(part.name)} (${columns}) TO STDOUT`));
    yield* gathered(rows);
    await client.query('COMMIT');
    isDone = true;
  } finally {
    // one that is in the middle of its rows can only be ended
    client.release(!isDone);
  }
}

async function* gathered(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < MEMBER_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/** Makes the name of the file durable, too. */
async function syncedSize(path: string): Promise<number> {
  const folder = await open(dirname(path), 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
  const file = await open(path, 'r');
  const { size } = await file.stat();
  await file.close();
  return size;
}
