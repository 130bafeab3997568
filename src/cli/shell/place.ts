import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { ServerOptions } from '../server-address.ts';

/**
 * What stands behind `lector shell`: `host`, `host:port`, `:port`, `[::1]:port`, or a path with a `/` for a unix
 * socket, as options. Throws USAGE when it contradicts --host, --port or --socket, or is none of these.
 */
export function withServer<O extends ServerOptions>(options: O, server: string | undefined): O {
  if (server === undefined || server === '') return options;
  const { host, port, socket } = options;
  if (host !== undefined || socket !== undefined) {
    const named = host === undefined ? '--socket' : '--host';
    throw new LectorError('USAGE', `expected a server or ${named}, saw both; leave one of them out`);
  }
  if (server.includes('/')) return { ...options, socket: server };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(server) ?? [];
  const name = bracketed ?? plain ?? (/^[\da-f.]*(:[\da-f.]*){2,}$/i.test(server) ? server : '');
  const number = digits === undefined ? port : Number(digits);
  const isPort = number === undefined || (number >= 1 && number <= 65_535);
  if ((name === '' && digits === undefined) || !isPort) {
    throw new LectorError('USAGE', `expected a server such as 10.0.0.7 or 10.0.0.7:50007, saw "${safe(server, 60)}"`);
  }
  if (digits !== undefined && port !== undefined) {
    throw new LectorError('USAGE', 'expected a port behind the server or --port, saw both; leave one of them out');
  }
  return { ...options, ...(name === '' ? {} : { host: name }), ...(number === undefined ? {} : { port: number }) };
}
