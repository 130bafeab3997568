import { readFile } from 'node:fs/promises';
import { LectorError } from '../../domain/errors.ts';
import { TIMEOUT_SECONDS } from '../../domain/export-options.ts';
import { createHttpClient, type HttpClient } from '../../http/client.ts';
import type { ExporterContext } from '../ports.ts';

/** The client of a destination by its options `timeout` and `ca_file`, which is read when it is first needed. */
export function createDestinationClient({ config, clock, site }: ExporterContext): HttpClient {
  let client: Promise<HttpClient> | null = null;
  let isClosed = false;
  const create = async (): Promise<HttpClient> => {
    const ca = await readAuthority(config.options.ca_file);
    const timeoutMs = Number(config.options.timeout || TIMEOUT_SECONDS) * 1000;
    return createHttpClient({ clock, timeoutMs, userAgent: `lector/${site().version}`, ...(ca !== null && { ca }) });
  };
  return {
    async send(request) {
      if (isClosed) throw new LectorError('EXPORT_FAILED', 'nothing was sent: the destination is closing');
      client ??= create();
      const opened = await client.catch((error: unknown) => {
        client = null;
        throw error;
      });
      return opened.send(request);
    },
    async close() {
      isClosed = true;
      await client?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}

async function readAuthority(file: string | undefined): Promise<string | null> {
  if (file === undefined || file === '') return null;
  try {
    const text = await readFile(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    throw new LectorError('EXPORT_FAILED', `${file} of <ca_file> cannot be read (${code})`, { path: file }, error);
  }
  throw new LectorError('EXPORT_FAILED', `${file} of <ca_file> holds no certificate: PEM is expected`, { path: file });
}
