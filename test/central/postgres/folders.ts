import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openPostgres, type Postgres, type PostgresOptions } from '../../../src/central/postgres/postgres.ts';
import { serversIn, signal } from '../../../src/central/postgres/server-pids.ts';
import { systemClock } from '../../../src/clock.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { putCluster } from '../../support/prepared-cluster.ts';

export const onEnd = afterTest;

/** A temporary folder that anybody may enter; what runs in `postgres` below it is ended with the test. */
export function temporaryFolder(): string {
  const dir = lastingFolder();
  onEnd(() => removeFolder(dir));
  return dir;
}

/** A {@link temporaryFolder} with a PostgreSQL that nobody has used. */
export async function clusterFolder(): Promise<string> {
  const dir = temporaryFolder();
  await putCluster(dir);
  return dir;
}

export function lastingFolder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'lector-centre-')));
  chmodSync(dir, 0o755);
  return dir;
}

export async function removeFolder(dir: string): Promise<void> {
  await endServers(join(dir, 'postgres'));
  for (const name of readdirSync(dir)) await endServers(join(dir, name, 'postgres'));
  rmSync(dir, { recursive: true, force: true });
}

async function endServers(dataDir: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const pids = serversIn(dataDir) ?? [];
    if (pids.length === 0) return;
    for (const pid of pids) signal(pid, 'SIGKILL');
    await pause(10);
  }
}

/** Opened as in service, without waiting for the disk; closed with the test. */
export async function open(dir: string, more: Partial<PostgresOptions> = {}) {
  const log = createLogLines();
  const options = { dir, clock: systemClock(), log, settings: { fsync: 'off' }, ...more };
  const postgres = await openPostgres(options);
  onEnd(() => postgres.close());
  return { postgres, log };
}

export async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function postmaster(dir: string): number {
  return Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Resolves when it is back; to be called before it goes down. */
export function backAgain(postgres: Postgres): Promise<void> {
  return new Promise((resolve) => {
    const end = postgres.onRestart(() => {
      end();
      resolve();
    });
  });
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (await condition()) return;
    await pause(10);
  }
  throw new Error(`not within 20 s: ${what}`);
}

export type CentreProcess = {
  readonly child: ChildProcess;
  /** What it told, a line each. */
  readonly lines: readonly string[];
  /** Resolves with the first line that starts so, of those from number `from` on; rejects when it ends before. */
  told(start: string, from?: number): Promise<string>;
  readonly ended: Promise<void>;
};

/** Starts centre-process.ts; `uid`: as another user. Killed with the test. */
export function startCentre(dir: string, mode: string, uid?: number, more: readonly string[] = []): CentreProcess {
  const script = fileURLToPath(new URL('./centre-process.ts', import.meta.url));
  const ids = uid === undefined ? {} : { uid, gid: uid };
  const args = [script, dir, mode, ...more];
  const child = spawn(process.execPath, args, { ...ids, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const watchers = new Set<() => void>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const told = (start: string, from = 0) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.slice(from).find((line) => line.startsWith(start));
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`the centre ended: ${lines.slice(-5).join(' | ')} ${complaint}`)));
    });
  return { child, lines, told, ended };
}
