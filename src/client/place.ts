import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { ClientOptions } from './types.ts';

export const HOST_DEFAULT = '127.0.0.1';
export const PORT_DEFAULT = 50_007;

/** Where a server is listened for, and how a person calls that. */
export type Place = { readonly to: { path: string } | { host: string; port: number }; readonly words: string };

export function placeOf({ host = HOST_DEFAULT, port = PORT_DEFAULT, socket }: ClientOptions): Place {
  if (socket !== undefined) return { to: { path: socket }, words: `the socket ${safe(socket)}` };
  const shown = host.includes(':') ? `[${host}]` : host;
  return { to: { host, port }, words: `${safe(shown)}:${port}` };
}

const NOT_ALLOWED = 'this user may not use it: be in the group of the server';

/** Why nobody was reached, by the system's own code. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket',
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  ENOTSOCK: 'that is no socket',
  ENOTFOUND: 'no computer of that name is known',
  EAI_AGAIN: 'the name cannot be looked up now',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ECONNRESET: 'it closed the connection',
};

/** NO_SERVER in one sentence: where it was looked for, why nobody was found, and what to do. */
export function noServer(place: Place, why: string, facts: Readonly<Record<string, string>> = {}): LectorError {
  // another server would not let this user in either
  const hint = why === NOT_ALLOWED ? '' : '; "lector serve" starts one';
  return new LectorError('NO_SERVER', `no Lector server at ${place.words}: ${why}${hint}`, facts);
}

/** What the system said when a connection could not be made, in words. */
export function unreachable(place: Place, error: NodeJS.ErrnoException): LectorError {
  const errno = error.code ?? '';
  return noServer(place, REASONS[errno] ?? safe(error.message || errno || 'the connection failed'), { errno });
}
