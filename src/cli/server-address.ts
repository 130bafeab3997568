import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { locateConfig } from '../config/locate.ts';
import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { ConfigOptions } from './options.ts';

/** How a command of a client finds its server; what is left out is looked up. */
export type ServerOptions = ConfigOptions & {
  readonly host?: string;
  readonly port?: number;
  /** Path of a unix socket, instead of host and port. */
  readonly socket?: string;
  /** File whose first line is a token. */
  readonly tokenFile?: string;
};

/** Either `socket`, or `host` and `port`; `words` is what a person calls it. */
export type ServerAddress = {
  readonly socket?: string;
  readonly host?: string;
  readonly port?: number;
  readonly token?: string;
  readonly words: string;
};

type Env = Readonly<Record<string, string | undefined>>;

const HOST = '127.0.0.1';
const PORT = 50_007;
const PORT_MAX = 65_535;
/** Of a token file and of lector.ini: more is none of ours. */
const FILE_MAX_BYTES = 1 << 20;
const TOKEN_LENGTH_MAX = 1000;
/** As the server takes them: anything else it would not know. */
const TOKEN = /^[!-:<-~]+$/;
/** What a server listens on everywhere with is no address to go to. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': HOST, '::': '::1', '*': HOST };

/**
 * Where the server is: the options; else $LECTOR_SOCKET; else [Control] of the lector.ini that `lector serve` would
 * take here, its socket first where this user may use it; else 127.0.0.1:50007.
 *
 * @throws LectorError USAGE when options contradict each other or a file that they name cannot be used.
 */
export function serverAddress(options: ServerOptions, env: Env, cwd: string): ServerAddress {
  const token = options.tokenFile === undefined ? undefined : readToken(resolve(cwd, options.tokenFile));
  return withToken(whereNamed(options, cwd) ?? whereUsual(options, env, cwd), token);
}

/** What a server on this configuration holds, and where it is asked. */
export type ServerPlaces = ReturnType<typeof locateConfig> & {
  readonly dataDir: string;
  readonly logDir: string;
  /** Its unix socket first. */
  readonly addresses: readonly ServerAddress[];
};

/** Where the server of these files is, whether it runs or not. @throws CONFIG_INVALID without config.xml. */
export function serverPlaces(options: ConfigOptions, env: Env, cwd: string): ServerPlaces {
  const located = locateConfig(options, env, cwd);
  const ini = readIni(located, false);
  const port = ini.port === 0 ? [] : [atIni(ini)];
  return { ...located, dataDir: ini.dataDir, logDir: ini.logDir, addresses: [atSocket(ini.socket), ...port] };
}

function withToken(address: ServerAddress, token: string | undefined): ServerAddress {
  return token === undefined ? address : { ...address, token };
}

function whereNamed({ host, port, socket }: ServerOptions, cwd: string): ServerAddress | null {
  if (socket !== undefined && (host !== undefined || port !== undefined)) {
    throw new LectorError('USAGE', 'expected --socket or else --host and --port, saw both; leave one of them out');
  }
  if (socket !== undefined) return atSocket(resolve(cwd, socket));
  if (host === undefined && port === undefined) return null;
  // as people write it; an IPv6 address has more of these
  const [, name, digits] = /^([^:]+):(\d{1,5})$/.exec(host ?? '') ?? [];
  if (digits === undefined || name === undefined) return atPort(host ?? HOST, port ?? PORT);
  if (port !== undefined || Number(digits) < 1 || Number(digits) > PORT_MAX) {
    throw new LectorError('USAGE', `expected --host with a name alone, and --port; saw "${safe(host ?? '', 60)}"`);
  }
  return atPort(name, Number(digits));
}

function whereUsual(options: ServerOptions, env: Env, cwd: string): ServerAddress {
  const named = env.LECTOR_SOCKET;
  const asked = options.config ?? options.ini;
  if (asked === undefined && named !== undefined && named !== '') return atSocket(resolve(cwd, named));
  const ini = readIni(locate(options, env, cwd), options.ini !== undefined);
  // on port 0 it listens anywhere: what answers at the usual port is another server
  return ini.port === 0 || isUsable(ini.socket) ? atSocket(ini.socket) : atIni(ini);
}

/** What lector.ini says of the server, its paths absolute. */
function readIni({ configFile, iniFile }: ReturnType<typeof locateConfig>, named: boolean) {
  const keys = iniFile === null ? new Map<string, string>() : readKeys(iniFile, named);
  const base = dirname(iniFile ?? configFile);
  const key = (name: string, otherwise: string) => keys.get(name) || otherwise;
  const tokenFile = key('control.token_file', '');
  const dataDir = resolve(base, key('general.data_dir', 'data'));
  return {
    dataDir,
    logDir: resolve(base, key('general.log_dir', 'log')),
    socket: resolve(dataDir, key('control.socket', 'run/lector.sock')),
    host: key('control.host', HOST),
    port: Number(key('control.port', String(PORT))),
    tokenFile: tokenFile === '' ? null : resolve(base, tokenFile),
  };
}

function atIni({ host, port, tokenFile }: ReturnType<typeof readIni>): ServerAddress {
  const address = atPort(EVERYWHERE[host] ?? host, port >= 1 && port <= PORT_MAX ? port : PORT);
  return tokenFile === null ? address : withToken(address, tokenOrNone(tokenFile));
}

const atSocket = (socket: string): ServerAddress => ({ socket, words: safe(socket) });

const atPort = (host: string, port: number): ServerAddress => ({
  host,
  port,
  words: safe(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`),
});

/** As `lector serve` finds its files; a client does without config.xml. */
function locate(options: ConfigOptions, env: Env, cwd: string): ReturnType<typeof locateConfig> {
  try {
    return locateConfig(options, env, cwd);
  } catch {
    return locateConfig({ ...options, config: 'config.xml' }, env, cwd);
  }
}

function isUsable(socket: string): boolean {
  try {
    accessSync(socket, constants.R_OK | constants.W_OK);
    return statSync(socket).isSocket();
  } catch {
    return false;
  }
}

/**
 * The values of lector.ini as `section.key` in small letters. Read lightly, for a command must start at once: what is
 * wrong in it is for `lector check` to say.
 */
function readKeys(file: string, named: boolean): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  let section = '';
  for (const raw of iniText(file, named).split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    const heading = /^\[([^\]]*)\]/.exec(line)?.[1];
    const pair = /^([\w.-]+)\s*=(.*)$/.exec(line);
    if (heading !== undefined) section = heading.trim().toLowerCase();
    else if (pair !== null) keys.set(`${section}.${pair[1]?.toLowerCase()}`, iniValue(pair[2] ?? ''));
  }
  return keys;
}

function iniText(file: string, named: boolean): string {
  try {
    return readText(file);
  } catch (error) {
    if (!named) return '';
    throw unreadable('--ini', file, error);
  }
}

/** Quotes undone, or cut at the first free `;` or `#`, as the package `ini` reads it. */
function iniValue(raw: string): string {
  const text = raw.trim();
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted !== null) return quoted[2] ?? '';
  const free = /^(?:\\.|[^;#\\])*/.exec(text)?.[0] ?? '';
  return free.trim().replace(/\\([;#\\])/g, '$1');
}

/** The token of a file that was named: its first line that says something. */
function readToken(file: string): string {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    throw unreadable('--token-file', file, error);
  }
  const token = tokenOf(text);
  if (token !== undefined) return token;
  const rules = `of 1 to ${TOKEN_LENGTH_MAX} ASCII characters without blanks and semicolons`;
  throw new LectorError('USAGE', `expected a token ${rules} on a line of ${safe(file)}; saw none`);
}

/** Where the files of the server are used by chance, a token that is not for this user is none. */
function tokenOrNone(file: string): string | undefined {
  try {
    return tokenOf(readText(file));
  } catch {
    return undefined;
  }
}

function tokenOf(text: string): string | undefined {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const token = lines.find((line) => line !== '' && !line.startsWith('#'));
  return token !== undefined && token.length <= TOKEN_LENGTH_MAX && TOKEN.test(token) ? token : undefined;
}

function readText(file: string): string {
  if (statSync(file).size > FILE_MAX_BYTES) throw new Error('it is too big to be one');
  return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function unreadable(option: string, file: string, error: unknown): LectorError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const words = `${option} ${safe(file)} cannot be read: ${WHY[code] ?? safe(message)}`;
  return new LectorError('USAGE', `${words}; name a file that can, or leave ${option} out`);
}
