import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { IClientOptions, MqttProtocol } from 'mqtt';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

/** Where the broker is, and how to get in. Files are PEM; the password is a secret. */
export type BrokerOptions = {
  /** `mqtt://host:1883`, `mqtts://host:8883`, `ws://` or `wss://`; without user and password. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
};

/** What mqtt connects with, and what people call the broker. */
export type Broker = { readonly words: string; readonly options: IClientOptions };

const PORTS: Readonly<Record<string, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };
const FILE_BYTES_MAX = 1_000_000;

/** Reads where the broker is, and the files that go with it. Throws USAGE in words for what cannot be. */
export function brokerOf(o: BrokerOptions): Broker {
  const url = URL.canParse(o.url) ? new URL(o.url) : null;
  const protocol = url?.protocol.slice(0, -1) ?? '';
  const usual = PORTS[protocol];
  if (url === null || usual === undefined || url.hostname === '') {
    throw usage(
      `expected a broker such as mqtt://broker.example:1883 or mqtts://broker.example, saw ${safe(o.url, 100)}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw usage('user and password do not stand in the URL: give --user, and --password-file or LECTOR_MQTT_PASSWORD');
  }
  const isEncrypted = protocol === 'mqtts' || protocol === 'wss';
  if (!isEncrypted && [o.caFile, o.certFile, o.keyFile].some((file) => file !== undefined)) {
    throw usage(`certificates need TLS: write ${protocol === 'ws' ? 'wss' : 'mqtts'}:// in the URL`);
  }
  if ((o.certFile === undefined) !== (o.keyFile === undefined)) throw usage('a certificate and its key go together');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? usual : Number(url.port);
  return {
    words: `${protocol}://${url.hostname}:${port}`,
    options: {
      ...{ protocol: protocol as MqttProtocol, host, port },
      ...(protocol.startsWith('ws') && { path: `${url.pathname}${url.search}` }),
      ...(o.user !== undefined && { username: o.user }),
      ...(o.password !== undefined && { password: o.password }),
      // beside those that the system trusts
      ...(o.caFile !== undefined && { ca: [...getCACertificates('default'), fileOf(o.caFile)] }),
      ...(o.certFile !== undefined && { cert: fileOf(o.certFile) }),
      ...(o.keyFile !== undefined && { key: fileOf(o.keyFile) }),
    },
  };
}

const usage = (words: string) => new LectorError('USAGE', words);

function fileOf(file: string): string {
  try {
    const text = readFileSync(file, 'latin1');
    if (text.length <= FILE_BYTES_MAX && text.includes('-----BEGIN ')) return text;
  } catch (error) {
    throw usage(`${safe(file)} cannot be read: ${safe(error instanceof Error ? error.message : String(error))}`);
  }
  throw usage(`${safe(file)} holds neither certificate nor key: PEM is expected`);
}

const UNTRUSTED =
  'its certificate is signed by an authority that is not trusted here: name that authority with --ca-file';

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the broker running, and is the port right?',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the host does not answer',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  EPROTO: 'that port does not speak TLS: mqtts:// needs one that does, 8883 as a rule',
  ERR_SSL_WRONG_VERSION_NUMBER: 'that port does not speak TLS: mqtts:// needs one that does, 8883 as a rule',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name: use the name that stands in it',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it, and check the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

/** The broker lets in another client of our name. MQTT 5, section 3.14.2.1. */
export const TAKEN_OVER = 142;

/** Reason codes of MQTT 5, section 2.4, and what old brokers say instead. */
const BY_REASON: Readonly<Record<number, string>> = {
  1: 'it does not speak MQTT 5, which several ingesters side by side need',
  4: 'it does not know this user, or the password is wrong',
  5: 'it does not let this user in',
  132: 'it does not speak MQTT 5, which several ingesters side by side need',
  133: 'it does not take our name: choose another with --id',
  134: 'it does not know this user, or the password is wrong',
  135: 'this user may not do that there',
  136: 'it is not available now',
  137: 'it is busy',
  139: 'it is shutting down',
  143: 'it does not take the topic',
  [TAKEN_OVER]: 'another ingester came with the same name: give each its own with --id',
  151: 'a quota there is used up',
  158: 'it knows no shared subscriptions, which several ingesters side by side need',
};

export const reasonWords = (code: number): string => BY_REASON[code] ?? `it refuses, with reason ${code} of MQTT 5`;

/** What went wrong, as the end of a sentence about the broker. */
export function errorWords(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  if (typeof code === 'number') return reasonWords(code);
  const known = typeof code === 'string' ? BY_CODE[code] : undefined;
  return known ?? safe(message === undefined || message === '' ? String(error) : message);
}
