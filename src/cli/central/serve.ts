import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { isNet } from '../../central/api/addresses.ts';
import { API_LIMITS, type ApiSettings } from '../../central/api/settings.ts';
import { createCentre } from '../../central/centre.ts';
import type { Registry } from '../../central/ports.ts';
import { createSecrets } from '../../central/rules/secrets.ts';
import { systemClock } from '../../clock.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { createLog, type LogHandle } from '../../log/create-log.ts';
import { zoneOffset } from '../../zone.ts';
import { endOnCrash } from '../crash.ts';
import { packageVersion } from '../package-version.ts';
import type { CentralServeOptions } from './options.ts';
import { placeOf } from './place.ts';
import { stopRequest } from './stop-request.ts';

/** `lector central serve`: takes and gives records in the foreground until it is told to stop. */
export async function serveCentre(options: CentralServeOptions): Promise<number> {
  const settings = settingsOf(options);
  const database = placeOf(options, process.env, process.cwd());
  const log = createLog({ level: 'info', dir: options.log ?? null, terminal: process.stdout.isTTY === true });
  const calm = endOnCrash(log);
  const stop = stopRequest(log);
  try {
    log.info({}, 'dir' in database ? `the centre starts on ${safe(database.dir)}` : 'the centre starts');
    const secretOf = createSecrets(secretsFolder(options), process.env);
    const about = { port: options.port, settings, version: packageVersion(), zoneOffset, secretOf };
    const centre = await createCentre({ database, clock: systemClock(), log, ...about });
    if (!stop.isAsked()) await firstToken(centre.registry, log);
    await stop.first;
    await centre.close();
    log.info({}, 'stopped');
    return 0;
  } catch (error) {
    // Ctrl+C reaches the programs that make a database too
    if (!stop.isAsked()) throw error;
    log.info({}, 'stopped before it was ready');
    return 0;
  } finally {
    stop.end();
    await log.close();
    calm();
  }
}

/** A token is shown to a person alone: what is no terminal may be kept. */
async function firstToken(registry: Registry, log: LogHandle): Promise<void> {
  if (await registry.hasAdminToken()) return;
  if (process.stderr.isTTY !== true) {
    log.info({}, 'nobody may change anything over the API yet: "lector central admin-token" makes the token for it');
    return;
  }
  const token = await registry.issueAdminToken('made at the first start');
  process.stderr.write(`
  The admin token of this centre, shown this once: ${token}
  It reads and changes everything over the API; "lector central admin-token" makes another.

`);
}

/** @throws LectorError USAGE in words. */
export function settingsOf(options: CentralServeOptions): ApiSettings {
  const { host, trust, trustProxy, publicName, tlsCert, tlsKey } = options;
  for (const net of [...trust, ...trustProxy]) {
    if (!isNet(net)) throw usage(`expected an address or a net such as 10.0.0.0/24, saw "${safe(net, 60)}"`);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usage('expected --tls-cert and --tls-key together; one of them is missing');
  }
  const tls = tlsCert === undefined || tlsKey === undefined ? null : fitting(tlsCert, tlsKey);
  const names = [hostname(), ...publicName].map((name) => name.toLowerCase());
  return { host, trust, proxies: trustProxy, names, tls, limits: API_LIMITS };
}

/** @throws LectorError USAGE in words. */
function secretsFolder({ secrets }: CentralServeOptions): string | null {
  if (secrets === undefined) return null;
  const about = statSync(secrets, { throwIfNoEntry: false });
  if (about?.isDirectory() === true) return resolve(secrets);
  throw usage(`expected a folder with a file for each secret, saw ${safe(secrets)}, which is none`);
}

/** Before a database is made: a certificate without its key serves nobody. */
function fitting(certFile: string, keyFile: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [pem(certFile), pem(keyFile)];
  const files = `${safe(certFile)} and ${safe(keyFile)}`;
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`expected a certificate and its own key, without a password, in ${files}: ${safe(reason)}`);
  }
  return { cert, key };
}

function pem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usage(`${safe(file)} cannot be read: ${safe(reason)}`);
  }
  if (text.includes('-----BEGIN ')) return text;
  throw usage(`expected PEM in ${safe(file)}, which begins with -----BEGIN; saw something else`);
}

const usage = (words: string) => new LectorError('USAGE', words);
