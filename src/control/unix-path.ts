import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { LectorError } from '../domain/errors.ts';

/** What the system takes: 108 bytes with the one that ends it. */
export const UNIX_PATH_BYTES_MAX = 107;
/** Whoever is there answers a connection at once. */
const ANSWER_MS = 1_000;
/** Its user and group may command; no one else. */
export const UNIX_MODE = 0o660;

/** Checks the path and makes its folder. Throws CONFIG_INVALID in words: to try again makes no sense. */
export function prepareUnixPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > UNIX_PATH_BYTES_MAX) {
    const saw = `the path of the unix socket ${path} has ${bytes} bytes`;
    const todo = 'write a shorter socket = PATH in lector.ini';
    throw new LectorError('CONFIG_INVALID', `${saw}, and the system takes ${UNIX_PATH_BYTES_MAX}; ${todo}`, { path });
  }
  mkdirSync(dirname(path), { recursive: true });
}

export const openToItsGroup = (path: string): void => chmodSync(path, UNIX_MODE);

/**
 * Takes away a socket that a server left behind when it was killed. Resolves with true when the path is free now, false
 * when somebody answers there, or it is no socket.
 */
export async function takeStaleSocketAway(path: string): Promise<boolean> {
  try {
    if (!lstatSync(path).isSocket()) return false;
    if (await answers(path)) return false;
    unlinkSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** False only where nobody listens: whoever cannot be asked is left alone. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path, timeout: ANSWER_MS });
    const end = (isThere: boolean) => {
      probe.destroy();
      resolve(isThere);
    };
    probe.once('connect', () => end(true));
    probe.once('timeout', () => end(true));
    probe.once('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED'));
  });
}
