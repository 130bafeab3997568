import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { LectorError } from '../domain/errors.ts';
import { STORE_FOLDER } from './environment.ts';
import { holderOf, lockFolder } from './folder-lock.ts';

/** Written last: a folder without it is no whole backup. */
export const MANIFEST = 'lector-backup.json';
const DATA = 'data.mdb';
/** Beside the store: the small state, and what was entered by hand. */
const SMALL: readonly string[] = ['state.json', 'events.json'];

export type BackupFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

/** What a backup says of itself. */
export type Manifest = {
  readonly product: 'lector';
  readonly kind: 'backup';
  readonly version: 1;
  /** ISO 8601. */
  readonly made: string;
  /** Folder that it was made of. */
  readonly from: string;
  readonly files: readonly BackupFile[];
};

type Failing = 'STORE_FAILED' | 'USAGE';
const failed = (code: Failing, text: string, cause?: unknown) => new LectorError(code, text, {}, cause);

/**
 * Copies the store and the small state of `dir` into `target`, a folder that is made, or is empty: one moment of the
 * store, whole, also while a server writes it. Everything is on the disk, and checked by its sum, when it resolves.
 * Rejects USAGE for a folder without a store and a target that is not empty, STORE_FAILED when the disk refuses.
 */
export async function backupStore(dir: string, target: string, made: Date): Promise<Manifest> {
  const store = join(dir, STORE_FOLDER);
  if (!existsSync(join(store, DATA))) {
    throw failed('USAGE', `expected a data folder with ${STORE_FOLDER}/${DATA}, saw none in ${dir}; see data_dir`);
  }
  await emptyFolder(target);
  try {
    await mkdir(join(target, STORE_FOLDER));
    // the store first: what the state says of clocks that were put back is then at least as new
    await copyStore(store, join(target, STORE_FOLDER));
    const small = SMALL.filter((name) => existsSync(join(dir, name)));
    for (const name of small) await copyFile(join(dir, name), join(target, name));
    const paths = [`${STORE_FOLDER}/${DATA}`, ...small];
    const files: BackupFile[] = [];
    for (const path of paths) files.push(await describe(target, path));
    const manifest: Manifest = {
      ...{ product: 'lector', kind: 'backup', version: 1 },
      ...{ made: made.toISOString(), from: dir, files },
    };
    await writeDurably(join(target, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    for (const folder of [join(target, STORE_FOLDER), target, dirname(target)]) await syncFile(folder);
    return manifest;
  } catch (error) {
    throw diskFailure(error, `the backup in ${target} could not be finished`);
  }
}

/** One transaction that only reads, in pages that are written out anew. */
async function copyStore(from: string, to: string): Promise<void> {
  const root = openLmdb({ path: from, encoding: 'binary', readOnly: true, maxDbs: 4 });
  try {
    await root.backup(to, true);
  } finally {
    await root.close();
  }
  // lmdb leaves its lock file beside the copy
  await rm(join(to, 'lock.mdb'), { force: true });
}

/** `recursive` alone tries for ever where a folder is there that takes none, as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path);
}

async function emptyFolder(target: string): Promise<void> {
  try {
    await makeFolder(target);
    if ((await readdir(target)).length === 0) return;
  } catch (error) {
    throw diskFailure(error, `cannot make the folder ${target}`);
  }
  throw failed('USAGE', `expected a folder that is new or empty, saw files in ${target}; choose another`);
}

/**
 * What a backup in `source` says of itself, after every file was checked by its sum. Rejects USAGE in words when it is
 * no backup, or not whole.
 */
export async function checkBackup(source: string): Promise<Manifest> {
  const manifest = await readManifest(source);
  for (const file of manifest.files) {
    await expectSame(source, file, 'the backup');
  }
  return manifest;
}

async function expectSame(folder: string, { path, bytes, sha256 }: BackupFile, what: string): Promise<void> {
  const seen = await describe(folder, path).catch((error: NodeJS.ErrnoException) => error);
  if (seen instanceof Error) throw failed('USAGE', `${what} in ${folder} lacks ${path}: ${seen.message}`);
  if (seen.bytes === bytes && seen.sha256 === sha256) return;
  const text = `${what} in ${folder} is damaged: ${path} should have ${bytes} bytes with sum ${sha256.slice(0, 12)}...`;
  throw failed('USAGE', `${text}, has ${seen.bytes} with ${seen.sha256.slice(0, 12)}...; use another backup`);
}

async function readManifest(source: string): Promise<Manifest> {
  const expected = `expected a backup with ${MANIFEST}, which "lector backup" writes last`;
  const text = await readFile(join(source, MANIFEST), 'utf8').catch(() => null);
  if (text === null) throw failed('USAGE', `${expected}, saw none in ${source}`);
  try {
    const manifest = JSON.parse(text) as Manifest;
    const isOurs = manifest.product === 'lector' && manifest.kind === 'backup' && Array.isArray(manifest.files);
    const isSafe = isOurs && manifest.files.every(({ path }) => [...SMALL, `${STORE_FOLDER}/${DATA}`].includes(path));
    if (isSafe && manifest.version === 1) return manifest;
  } catch {}
  throw failed('USAGE', `${expected}, saw another file of that name in ${source}, or one of a later Lector`);
}

/** What a restore took aside, by its name in the data folder. */
export type Restored = { readonly manifest: Manifest; readonly aside: readonly string[] };

/**
 * Puts a backup, which is checked first, in the place of the store and what is beside it in `dir`. Those that are there
 * are refused unless `replace`: then they are kept beside the new ones. Nothing else in the folder is touched. Rejects
 * STORE_LOCKED while a server runs.
 */
export async function restoreStore(
  source: string,
  dir: string,
  o: { readonly replace: boolean; readonly now: Date },
): Promise<Restored> {
  const manifest = await checkBackup(source);
  const pid = await holderOf(dir);
  if (pid !== null) {
    const text = `the data folder ${dir} is in use by process ${pid}; stop that Lector first`;
    throw new LectorError('STORE_LOCKED', text, { dir, pid });
  }
  const lock = await lockFolder(dir);
  const fresh = join(dir, `restoring-${process.pid}`);
  try {
    const present = [STORE_FOLDER, ...SMALL].filter((name) => existsSync(join(dir, name)));
    if (present.length > 0 && !o.replace) {
      const todo = 'give --replace to keep that aside and use the backup in its place';
      throw failed('USAGE', `expected a data folder without data, saw ${present.join(' and ')} in ${dir}; ${todo}`);
    }
    await mkdir(join(fresh, STORE_FOLDER), { recursive: true });
    for (const { path } of manifest.files) {
      await copyFile(join(source, path), join(fresh, path));
      await syncFile(join(fresh, path));
    }
    await syncFile(join(fresh, STORE_FOLDER));
    // what was copied may have been read wrong
    for (const file of manifest.files) await expectSame(fresh, file, 'the copy');
    const aside = await exchange(dir, fresh, present, `before-restore-${fileTime(o.now)}`);
    return { manifest, aside };
  } catch (error) {
    throw diskFailure(error, `the backup could not be put in ${dir}`);
  } finally {
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    await lock.release();
  }
}

const fileTime = (now: Date): string => now.toISOString().slice(0, 19).replaceAll(':', '-');

async function exchange(dir: string, fresh: string, present: readonly string[], mark: string) {
  for (const name of present) await rename(join(dir, name), join(dir, `${name}.${mark}`));
  for (const name of await readdir(fresh)) await rename(join(fresh, name), join(dir, name));
  await syncFile(dir);
  return present.map((name) => `${name}.${mark}`);
}

async function describe(folder: string, path: string): Promise<BackupFile> {
  const file = join(folder, path);
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  await syncFile(file);
  return { path, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Some file systems cannot sync a folder, or a file that is only read, and lose nothing by it. */
async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EIO' || error.code === 'ENOSPC') throw error;
    });
  } finally {
    await handle.close();
  }
}

function diskFailure(error: unknown, what: string): LectorError {
  if (error instanceof LectorError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return failed('STORE_FAILED', `${what}: ${text}; check the disk, its free space and the rights on the folder`, error);
}
