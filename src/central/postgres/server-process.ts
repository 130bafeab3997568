import { spawn } from 'node:child_process';
import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { ClusterTools } from './cluster.ts';
import { stopServer } from './remains.ts';
import type { ServerLog } from './server-log.ts';
import { FIXED_SETTINGS, programEnv } from './settings.ts';

export type ServerProcess = {
  readonly pid: number;
  /** How it ended, in words such as "signal SIGKILL". */
  readonly ended: Promise<string>;
  /** Bounded; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
};

export type ServerOptions = ClusterTools & {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Readonly<Record<string, string>>;
};

/**
 * Starts PostgreSQL in a process group of its own, so that Ctrl-C reaches only us and we stop it in our own time. It
 * takes connections when its log says so.
 */
export async function spawnServer(o: ServerOptions, port: number, lines: ServerLog): Promise<ServerProcess> {
  const settings = Object.entries({ ...FIXED_SETTINGS, ...o.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(o.binaries.postgres, ['-D', o.dataDir, '-p', String(port), ...settings], {
    ...o.runAs.ids,
    cwd: '/',
    env: programEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => lines.take(chunk));
  const { pid } = child;
  if (pid === undefined) throw await new Promise<LectorError>((resolve) => child.once('error', cannotStart(resolve)));
  // a process that ends without closing (an error nobody caught) takes it along
  const onExit = () => void child.kill('SIGINT');
  process.once('exit', onExit);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', onExit);
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  return {
    pid,
    ended,
    async stop() {
      await stopServer(o.dataDir, pid, o.clock, o.log);
      await ended;
    },
  };
}

const cannotStart = (resolve: (error: LectorError) => void) => (error: Error) =>
  resolve(new LectorError('DATABASE_FAILED', `PostgreSQL cannot be started: ${error.message}`, {}, error));
