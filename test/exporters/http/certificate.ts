import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key and a certificate that signs itself, for 127.0.0.1 unless told otherwise, made by openssl. */
export function certificate({ host = '', days = 2 } = {}): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lector-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const name = host === '' ? 'IP:127.0.0.1' : `DNS:${host}`;
    const make = (extra: readonly string[]) =>
      execFileSync(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
          ...['-keyout', key, '-out', cert, '-subj', `/CN=${host || '127.0.0.1'}`, '-addext', `subjectAltName=${name}`],
          ...extra,
        ],
        { stdio: 'pipe' },
      );
    if (days > 0) make(['-days', String(days)]);
    else makeExpired(folder, key, cert, name);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `openssl req` knows no past; `x509` takes a number of days below zero. */
function makeExpired(folder: string, key: string, cert: string, name: string): void {
  const request = join(folder, 'request.pem');
  const run = (args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  run([
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key],
    ...['-out', request, '-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${name}`],
  ]);
  run(['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-copy_extensions', 'copy', '-out', cert]);
}
