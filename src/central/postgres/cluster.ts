import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LectorError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { Binaries } from './binaries.ts';
import { DATABASE, ROLE, syncFolder } from './connection-file.ts';
import type { RunAs } from './run-as.ts';
import { CLUSTER_SETTINGS, programEnv } from './settings.ts';

export type ClusterTools = {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  readonly log: Log;
};

const INITDB_FLAGS = [
  ...['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--lc-messages=C'],
  ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
];

/** The part of a text that tells what went wrong. */
const COMPLAINT = /(?:ERROR|FATAL|PANIC|error): +(.*)/;

export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** true: there is a cluster of the version that we bring. Rejects, touching nothing, where there is anything else. */
export async function checkCluster({ dataDir, binaries }: ClusterTools): Promise<boolean> {
  const text = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new LectorError(
      'CONFIG_INVALID',
      `the database in ${dataDir} cannot be read (${error.code}): start the centre as the user who owns it, or as root`,
      { dir: dataDir },
      error,
    );
  });
  if (text === null) return mustBeFree(dataDir);
  const found = safe(text.trim(), 20);
  if (found === binaries.major) return true;
  throw new LectorError(
    'CONFIG_INVALID',
    `the database in ${dataDir} was made by PostgreSQL ${found}, and this Lector brings ${binaries.version}, which ` +
      'cannot read it: nothing was touched; back it up with the Lector that made it (lector central backup), and ' +
      'restore that into a new folder (--data)',
    { dir: dataDir, found, expected: binaries.major },
  );
}

async function mustBeFree(dataDir: string): Promise<false> {
  const names = await readdir(dataDir).catch(() => []);
  if (names.length === 0) return false;
  throw new LectorError(
    'CONFIG_INVALID',
    `${dataDir} holds files that are no database of PostgreSQL (${safe(names.slice(0, 3).join(', '), 100)}): nothing ` +
      'was touched; move them away, or name another folder with --data',
    { dir: dataDir },
  );
}

/** Makes the cluster beside its place and moves it there when it is whole: a crash leaves nothing half made. */
export async function makeCluster(tools: ClusterTools, password: string): Promise<void> {
  const { dataDir, runAs, log } = tools;
  const started = `${dataDir}.new`;
  await rm(started, { recursive: true, force: true });
  await mkdir(started, { mode: 0o700 });
  try {
    await giveTo(runAs, started);
    await initdb(tools, started);
    await runAlone({ ...tools, dataDir: started }, [
      `CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${password}'`,
      `GRANT pg_monitor, pg_checkpoint TO ${ROLE}`,
      `CREATE DATABASE ${DATABASE} OWNER ${ROLE}`,
    ]);
    // an empty folder may stand in its place, made for us by whoever prepared this machine
    await rm(dataDir, { recursive: true, force: true });
    await rename(started, dataDir);
    await syncFolder(dirname(dataDir));
  } catch (error) {
    await rm(started, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  log.info({ dir: dataDir, user: runAs.name }, `a new database was made in ${dataDir}`);
}

/** The role gets another password; for a folder whose connection file is lost. The server must not run. */
export async function resetPassword(tools: ClusterTools, password: string): Promise<void> {
  await runAlone(tools, [`ALTER ROLE ${ROLE} LOGIN PASSWORD '${password}'`]);
}

async function giveTo({ ids }: RunAs, path: string): Promise<void> {
  if (ids.uid !== undefined && ids.gid !== undefined) await chown(path, ids.uid, ids.gid);
}

async function initdb({ binaries, runAs }: ClusterTools, folder: string): Promise<void> {
  // the password of the superuser is forgotten at once: nobody connects as one
  const passwordFile = join(dirname(folder), `${basename(folder)}.key`);
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${newPassword()}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await giveTo(runAs, passwordFile);
    const settings = Object.entries(CLUSTER_SETTINGS).map(([name, value]) => `--set=${name}=${value}`);
    const args = [`--pgdata=${folder}`, `--pwfile=${passwordFile}`, ...INITDB_FLAGS, ...settings];
    const { code, text } = await runWhole(binaries.initdb, args, runAs, '');
    if (code !== 0) throw failed('a database could not be made', text);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Runs statements while nobody is connected and no password is asked; they come by a pipe, so no list shows them. */
async function runAlone({ binaries, dataDir, runAs }: ClusterTools, statements: readonly string[]): Promise<void> {
  const args = ['--single', '-D', dataDir, '-c', 'log_min_error_statement=panic', '-c', 'exit_on_error=on', 'postgres'];
  const input = statements.map((each) => `${each}\n`).join('');
  const { code, text } = await runWhole(binaries.postgres, args, runAs, input);
  // it goes on after an error and ends as if there had been none
  if (code !== 0 || /^.*(ERROR|FATAL|PANIC): /m.test(text)) throw failed('the database could not be prepared', text);
}

function failed(what: string, text: string): LectorError {
  const lines = text.trim().split('\n');
  const complaint = lines.map((line) => COMPLAINT.exec(line)?.[1]).find((each) => each !== undefined);
  return new LectorError('DATABASE_FAILED', `${what}: ${safe(complaint ?? lines.at(-1) ?? '')}`);
}

type Outcome = { readonly code: number | null; readonly text: string };

function runWhole(program: string, args: readonly string[], runAs: RunAs, input: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = programEnv();
    const child = spawn(program, args, { ...runAs.ids, cwd: '/', env, stdio: ['pipe', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-16_384);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
    // it may end before it reads
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
