import type { ExportType } from '../domain/export-options.ts';
import type { ExportConfig } from '../domain/installation.ts';
import { listed, type Report, seen } from './report.ts';
import type { Found } from './schema.ts';

type Checked = {
  readonly type: Exclude<ExportType, 'localFile'>;
  readonly target: Found;
  readonly options: ExportConfig['options'];
  readonly at: string;
};

type Rule = {
  readonly protocols: readonly string[];
  readonly example: string;
  /** What takes the place of user and password in the target. */
  readonly instead: string;
  /** Path and query are kept as they stand. */
  readonly query: boolean;
};

const WEB = { protocols: ['http:', 'https:'], query: false } as const;

const RULES = {
  clientRest: { ...WEB, example: 'https://centre.example/ws/v2', instead: '<token_file>' },
  influx: { ...WEB, example: 'http://127.0.0.1:8086', instead: '<user> and <password_file>, or <token_file>' },
  http: { ...WEB, query: true, example: 'https://example.org/hook', instead: '<token_file> or <secret_file>' },
  mqtt: {
    protocols: ['mqtt:', 'mqtts:', 'ws:', 'wss:'],
    query: false,
    example: 'mqtts://broker.example:8883',
    instead: '<user> and <password_file>',
  },
} as const satisfies Readonly<Record<Exclude<Checked['type'], 'prometheus'>, Rule>>;

/** Whether a target is what its type can reach, and has the options that it cannot be reached without. */
export function checkTarget(checked: Checked, report: Report): void {
  const { type, target } = checked;
  if (type === 'prometheus') checkListener(checked, report);
  else if (checkUrl(RULES[type], target, type, report)) {
    if (type === 'influx') checkInflux(checked, report);
    if (type === 'mqtt') checkBroker(checked, report);
    checkReadable(checked, report);
  }
}

function checkUrl(rule: Rule, { value, at }: Found, type: string, report: Report): boolean {
  const expected = `target="${rule.example}", say, of ${type}`;
  const url = URL.canParse(value) ? new URL(value) : null;
  const protocols = listed(
    rule.protocols.map((each) => `${each}//`),
    'or',
  );
  if (url === null || !rule.protocols.includes(url.protocol) || url.hostname === '') {
    report.error(at, expected, value === '' ? 'none' : seen(value), `write an address that begins with ${protocols}`);
    return false;
  }
  if (url.username !== '' || url.password !== '') {
    report.error(at, 'a target without user and password', seen(value), `write ${rule.instead} instead`);
    return false;
  }
  if (url.hash !== '' || (url.search !== '' && !rule.query)) {
    report.error(at, expected, seen(value), 'remove what follows ? or #');
    return false;
  }
  return true;
}

function checkInflux({ options, at }: Checked, report: Report): void {
  const { version, database, bucket, org } = options;
  const [hasDatabase, hasBucket] = [database !== undefined, bucket !== undefined];
  if (version === '1' ? !hasDatabase : version === undefined && !hasDatabase && !hasBucket) {
    report.error(at, '<database> (InfluxDB 1), or <org> and <bucket> (2)', 'none', 'say where the records go');
  } else if (version === undefined && hasDatabase && hasBucket) {
    report.error(at, '<database> (InfluxDB 1) or <bucket> (2)', 'both', 'remove one, or write <version>');
  } else if ((version === '2' || (version === undefined && hasBucket)) && (org === undefined || !hasBucket)) {
    report.error(at, '<org> and <bucket> of InfluxDB 2', hasBucket ? 'no <org>' : 'no <bucket>', 'write both');
  }
}

const isEncrypted = (url: URL): boolean => ['https:', 'mqtts:', 'wss:'].includes(url.protocol);
const encryptedOf = (url: URL): string => ({ 'mqtt:': 'mqtts://', 'ws:': 'wss://' })[url.protocol] ?? 'https://';

function checkBroker({ target, options, at }: Checked, report: Report): void {
  const url = new URL(target.value);
  const files = ['ca_file', 'cert_file', 'key_file'].filter((name) => options[name] !== undefined);
  if (files.length > 0 && !isEncrypted(url)) {
    const todo = `write ${encryptedOf(url)}, or remove what is for TLS only`;
    report.error(target.at, `${encryptedOf(url)} where there is <${files[0]}>`, seen(target.value), todo);
  }
  if ((options.cert_file === undefined) !== (options.key_file === undefined)) {
    const missing = options.key_file === undefined ? 'no <key_file>' : 'no <cert_file>';
    report.error(at, '<cert_file> and <key_file>: a certificate and its key', missing, 'write both');
  }
  for (const name of ['prefix', 'discovery_prefix'] as const) {
    const value = options[name] ?? '';
    if (!/[+#]/.test(value)) continue;
    report.error(at, `<${name}>: levels of a topic, without + and #`, seen(value), 'write lector, say');
  }
}

/** What proves who we are should not be read on the way. */
function checkReadable({ target, options }: Checked, report: Report): void {
  const hasSecret = ['token', 'password'].some(
    (name) => options[`${name}_file`] !== undefined || options[`${name}_env`] !== undefined,
  );
  const url = new URL(target.value);
  if (!hasSecret || isEncrypted(url) || isLoopback(url.hostname)) return;
  const expected = `${encryptedOf(url)} where there is a token or password`;
  report.warn(target.at, expected, seen(target.value), 'anybody on the way reads it');
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

function checkListener({ target: { value, at }, options }: Checked, report: Report): void {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(value) ?? [];
  if (host === '' || Number(port) > 65_535) {
    const saw = value === '' ? 'none' : seen(value);
    report.error(at, 'target="127.0.0.1:9464", say, of prometheus', saw, 'write the address and port to listen on');
  } else if (!isLoopback(host) && options.token_file === undefined && options.token_env === undefined) {
    const todo = 'write <token_file>, or listen on 127.0.0.1';
    report.error(at, 'a token where others than this machine can connect', seen(value), todo);
  }
}
