import { BlockList, isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { type Installation, LOG_LEVELS } from '../domain/installation.ts';
import { readTable } from './fields.ts';
import { parseIni } from './ini-file.ts';
import { type Report, seen } from './report.ts';
import { filled, oneOf, optional, text, whole, yesNo } from './schema.ts';
import { readTextFile } from './text-file.ts';

const GENERAL = {
  log_level: optional(oneOf(LOG_LEVELS), 'info'),
  auto_start: optional(yesNo, true),
  log_dir: optional(filled('a folder'), 'log'),
  data_dir: optional(filled('a folder'), 'data'),
  absolute_targets: optional(yesNo, false),
} as const;

const CONTROL = {
  host: optional(filled('an address or name to listen on', 253), '127.0.0.1'),
  port: optional(whole(0, 65_535), 50_007),
  socket: optional(filled('a path'), 'run/lector.sock'),
  token_file: optional(text(1000, 'a path'), ''),
  trust: optional(text(4000, 'addresses such as 10.0.0.0/24'), ''),
  allow_insecure: optional(yesNo, false),
} as const;

const NAMES = { General: Object.keys(GENERAL), Control: Object.keys(CONTROL) };

type Settings = Pick<Installation, 'general' | 'control'>;

/** lector.ini with its paths made absolute; every default where there is none, then beside config.xml. */
export function readGeneral(iniFile: string | null, configFile: string, shown: string, report: Report): Settings {
  const base = dirname(iniFile ?? configFile);
  const content = iniFile === null ? '' : readTextFile(iniFile, shown, report);
  const ini = parseIni(content ?? '', shown, NAMES, report);
  const context = { at: shown, report, name: (name: string) => name };
  const general = readTable(ini.get('General') ?? new Map(), GENERAL, context).values;
  const control = readTable(ini.get('Control') ?? new Map(), CONTROL, context);
  const dataDir = resolve(base, general.data_dir);
  const { host, port, socket, token_file, trust, allow_insecure } = control.values;
  if (!isLoopback(host) && token_file === '' && !allow_insecure) {
    const todo = 'write token_file = FILE, or allow_insecure = yes (anyone may then look, and no one may command)';
    report.error(control.at('host'), 'host = 127.0.0.1 while there is no token_file', seen(host), todo);
  }
  return {
    general: {
      logLevel: general.log_level,
      autoStart: general.auto_start,
      logDir: resolve(base, general.log_dir),
      dataDir,
      absoluteTargets: general.absolute_targets,
    },
    control: {
      host,
      port,
      socket: resolve(dataDir, socket),
      tokenFile: token_file === '' ? null : resolve(base, token_file),
      trust: trustOf(trust, control.at('trust'), report),
      allowInsecure: allow_insecure,
    },
  };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function trustOf(words: string, at: string, report: Report): readonly string[] {
  const nets = words.split(/[\s,]+/).filter((word) => word !== '');
  for (const net of nets) {
    if (isNet(net)) continue;
    report.error(at, 'trust: addresses such as 10.0.0.7 or 10.0.0.0/24, separated by commas', seen(net));
  }
  return nets;
}

function isNet(word: string): boolean {
  const [address = '', bits, more] = word.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}
