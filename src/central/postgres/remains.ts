import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../domain/ports.ts';
import { canSignal } from '../../lock/process-identity.ts';
import { serversIn, signal } from './server-pids.ts';

/** PostgreSQL ends its connections, writes what it holds and goes; on a slow card that takes its time. */
const FAST_LIMIT_MS = 30_000;
/** It leaves everything and goes: nothing is lost, the next start recovers. */
const IMMEDIATE_LIMIT_MS = 5_000;
const KILLED_LIMIT_MS = 5_000;
/** What a killed server leaves behind sees it within moments, unless it is in the middle of something. */
const LEFTOVER_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(() => resolve(), ms));
}

/** true when it came to be within the limit. */
async function within(clock: Clock, limitMs: number, isSo: () => boolean): Promise<boolean> {
  const until = clock.mono() + limitMs;
  while (!isSo()) {
    if (clock.mono() >= until) return false;
    await pause(clock, LOOK_EVERY_MS);
  }
  return true;
}

/** Stops the server `pid` of `dataDir` and whatever works there: politely, then not; never longer than 40 s. */
export async function stopServer(dataDir: string, pid: number, clock: Clock, log: Log): Promise<void> {
  const isGone = () => (serversIn(dataDir) ?? [pid].filter(canSignal)).length === 0;
  signal(pid, 'SIGINT');
  if (await within(clock, FAST_LIMIT_MS, isGone)) return;
  log.warn({ pid }, `PostgreSQL did not stop in ${FAST_LIMIT_MS / 1000} s: it is told to leave everything and go`);
  signal(pid, 'SIGQUIT');
  if (await within(clock, IMMEDIATE_LIMIT_MS, isGone)) return;
  log.error({ pid }, 'PostgreSQL does not stop: it is killed; nothing that was stored is lost');
  for (const each of new Set([pid, ...(serversIn(dataDir) ?? [])])) signal(each, 'SIGKILL');
  await within(clock, KILLED_LIMIT_MS, isGone);
}

/**
 * Makes a folder that nobody holds ready for a start: stops the server that a killed centre left running, waits for
 * what a killed server left, and removes a postmaster.pid that names none of them.
 */
export async function clearRemains(dataDir: string, clock: Clock, log: Log): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const named = await readPid(file);
  const servers = serversIn(dataDir);
  if (servers === null) return clearUnseen(file, named, dataDir, clock, log);
  if (named !== null && servers.includes(named)) {
    log.warn({ pid: named }, `PostgreSQL still ran from a centre that was killed (process ${named}): it is stopped`);
    await stopServer(dataDir, named, clock, log);
  }
  await endLeftovers(dataDir, clock, log);
  if (await rm(file).then(always, never)) log.info({}, 'a postmaster.pid of a server that is gone was removed');
}

const always = () => true;
const never = () => false;

async function endLeftovers(dataDir: string, clock: Clock, log: Log): Promise<void> {
  const isGone = () => (serversIn(dataDir) ?? []).length === 0;
  if (await within(clock, LEFTOVER_LIMIT_MS, isGone)) return;
  const pids = serversIn(dataDir) ?? [];
  log.warn({ pids }, 'processes of a PostgreSQL that is gone do not end: they are killed');
  for (const pid of pids) signal(pid, 'SIGKILL');
  await within(clock, KILLED_LIMIT_MS, isGone);
}

/** Where the system does not tell who works in a folder: a number that cannot be signalled is gone. */
async function clearUnseen(file: string, named: number | null, dataDir: string, clock: Clock, log: Log) {
  if (named !== null && canSignal(named)) return stopServer(dataDir, named, clock, log);
  await rm(file, { force: true });
}

/** The number in postmaster.pid; null: no file, or one that is empty or garbage. */
async function readPid(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : null;
}
