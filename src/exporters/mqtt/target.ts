import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { IClientOptions, MqttProtocol } from 'mqtt';
import { safe } from '../../domain/safe.ts';
import { failed } from './words.ts';

/** Where the broker is. */
export type Broker = {
  /** For people, without user and password: `mqtts://broker.example:8883`. */
  readonly words: string;
  readonly isEncrypted: boolean;
  readonly isLocal: boolean;
  readonly options: Pick<IClientOptions, 'protocol' | 'host' | 'port' | 'path' | 'ca' | 'cert' | 'key'>;
};

/** Files with certificates, absolute paths. */
export type BrokerFiles = { readonly ca?: string; readonly cert?: string; readonly key?: string };

const PORTS: Readonly<Record<string, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };
const EXAMPLE = 'mqtt://broker.example:1883, or mqtts://broker.example:8883 with TLS';
const FILE_BYTES_MAX = 1_000_000;

/**
 * Reads a target such as `mqtt://host:1883` (or mqtts, ws, wss) and the files that go with it, which may have changed
 * since the last time.
 *
 * @throws LectorError EXPORT_FAILED for what is no such target, and for a file that cannot be read.
 */
export function brokerOf(target: string, files: BrokerFiles = {}): Broker {
  const url = URL.canParse(target) ? new URL(target) : null;
  const protocol = url?.protocol.slice(0, -1) ?? '';
  const usual = PORTS[protocol];
  if (url === null || usual === undefined || url.hostname === '') {
    throw failed(`expected a target such as ${EXAMPLE}, saw ${safe(target, 100)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw failed('user and password do not stand in the target: write <user> and <password_file> instead');
  }
  const isEncrypted = protocol === 'mqtts' || protocol === 'wss';
  const given = Object.entries(files).filter(([, file]) => file !== undefined);
  if (!isEncrypted && given.length > 0) {
    throw failed(`<${given[0]?.[0]}_file> needs TLS: write ${protocol === 'ws' ? 'wss' : 'mqtts'}:// in the target`);
  }
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw failed('<cert_file> and <key_file> go together: a certificate and its key');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? usual : Number(url.port);
  const path = protocol.startsWith('ws') ? { path: `${url.pathname}${url.search}` } : {};
  return {
    words: `${protocol}://${url.hostname}:${port}`,
    isEncrypted,
    isLocal: host === 'localhost' || host === '::1' || host.startsWith('127.'),
    options: {
      ...{ protocol: protocol as MqttProtocol, host, port, ...path },
      // beside those that the system trusts
      ...(files.ca !== undefined && { ca: [...getCACertificates('default'), fileOf('ca', files.ca)] }),
      ...(files.cert !== undefined && { cert: fileOf('cert', files.cert) }),
      ...(files.key !== undefined && { key: fileOf('key', files.key) }),
    },
  };
}

function fileOf(name: string, file: string): string {
  try {
    const text = readFileSync(file, 'latin1');
    if (text.length <= FILE_BYTES_MAX && text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw failed(`<${name}_file> cannot be read: ${safe(error instanceof Error ? error.message : String(error))}`);
  }
  throw failed(`${safe(file)} of <${name}_file> holds nothing of the kind: PEM is expected`);
}
