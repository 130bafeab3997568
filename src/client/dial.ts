import { createConnection, type Socket } from 'node:net';
import { LectorError } from '../domain/errors.ts';
import { noServer, type Place, unreachable } from './place.ts';
import type { ClientPorts } from './ports.ts';

/** Between two signs of life that the system asks of a silent peer. */
const KEEP_ALIVE_MS = 10_000;

export const closedByUs = (): LectorError => new LectorError('CANCELLED', 'the client was closed');

/**
 * Connects within `timeoutMs`. Rejects with NO_SERVER in words; with CANCELLED when `signal` says so. The socket is
 * paused and has no listeners yet.
 */
export function dial(place: Place, timeoutMs: number, ports: ClientPorts, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(closedByUs());
    const socket = createConnection({
      ...place.to,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const settle = () => {
      ports.clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
    };
    const fail = (error: LectorError) => {
      settle();
      // a late error of a socket that is given up is nobody's
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(closedByUs());
    const onTime = () => fail(noServer(place, `no connection within ${timeoutMs / 1000} s`));
    const timer = ports.clock.setTimeout(onTime, timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (error) => fail(unreachable(place, error)));
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
