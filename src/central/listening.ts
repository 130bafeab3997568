import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { CentreApp } from './api/app-types.ts';

type Place = { readonly host: string; readonly port: number; readonly isTls: boolean };

/** Listens; resolves with the origin, such as `http://127.0.0.1:50080`. Rejects CONFIG_INVALID in words. */
export async function listen(app: CentreApp, { host, port, isTls }: Place): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    // not of the place, but of the program
    if (WHY[code] === undefined) throw error;
    const words = `cannot listen on port ${port} of ${safe(host, 80)}: ${WHY[code] ?? message}`;
    throw new LectorError('CONFIG_INVALID', words, { port }, error);
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or give another --port',
  EACCES: 'this user may not; give a --port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; give another --host',
  ENOTFOUND: 'there is no such name; give an address as --host',
  EAI_AGAIN: 'the name cannot be looked up; give an address as --host',
};
