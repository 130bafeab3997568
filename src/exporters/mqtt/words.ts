import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

const SELF_SIGNED =
  'its certificate is signed by an authority that is not trusted here: name that authority in <ca_file>';

/** Codes of Node and OpenSSL, in words. */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the broker running, and is the port right?',
  ENOTFOUND: 'there is no host of that name: check the name and the DNS of this machine',
  EAI_AGAIN: 'the name could not be looked up: the DNS of this machine does not answer',
  EHOSTUNREACH: 'the host cannot be reached: check network and address',
  ENETUNREACH: 'the network cannot be reached: check the network of this machine',
  ETIMEDOUT: 'the host does not answer: check network, address and firewall',
  ECONNRESET: 'the broker closed the connection',
  EPIPE: 'the broker closed the connection',
  EPROTO: 'the two ends speak different protocols: mqtts:// needs a port with TLS, 8883 as a rule',
  ERR_SSL_WRONG_VERSION_NUMBER: 'that port does not speak TLS: use mqtt://, or the port with TLS, 8883 as a rule',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name: use the name that stands in it',
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it, and check the clock of this machine',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: SELF_SIGNED,
  SELF_SIGNED_CERT_IN_CHAIN: SELF_SIGNED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT: SELF_SIGNED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: SELF_SIGNED,
};

const NOT_AUTHORIZED = 'it does not let us: check <user>, its password, and the rights of that user';

/** What a broker says at a connection, a publish, or as it ends: MQTT 5 section 2.4, MQTT 3.1.1 table 3.1. */
const BY_REASON: Readonly<Record<number, string>> = {
  1: 'it speaks neither MQTT 5 nor 3.1.1',
  2: 'it does not take our client id: choose another with <client_id>',
  3: 'it is not available now',
  4: 'it does not know this user, or the password is wrong: check <user> and <password_file>',
  5: NOT_AUTHORIZED,
  131: 'it refuses for a reason of its own',
  132: 'it speaks neither MQTT 5 nor 3.1.1',
  133: 'it does not take our client id: choose another with <client_id>',
  134: 'it does not know this user, or the password is wrong: check <user> and <password_file>',
  135: NOT_AUTHORIZED,
  136: 'it is not available now',
  137: 'it is busy',
  138: 'it has banned this client: ask who runs it',
  139: 'it is being shut down',
  141: 'it heard nothing from us for too long',
  142: 'another client came with the same client id: give each lector its own <client_id>',
  144: 'it does not take the topic: check <prefix>',
  147: 'too many messages were on their way at once',
  149: 'a message was too large for it',
  150: 'it is sent too many messages',
  151: 'a quota of it is used up',
  152: 'whoever runs it ended the connection',
  153: 'it does not take what is in the message',
  154: 'it keeps no retained messages',
  155: 'it does not take messages that are acknowledged (QoS 1)',
  156: 'it wants us to use another broker',
  157: 'it has moved: change the target',
  159: 'we connected too often',
};

/** A reason code of MQTT as the end of a sentence about the broker. */
export function reasonWords(code: number): string {
  return BY_REASON[code] ?? `it says no (reason code ${code})`;
}

/** Whether the other end broke off without a word. */
export const isCut = (code: unknown): boolean => code === 'ECONNRESET' || code === 'EPIPE';

/** A connection that was broken off before it was made: with TLS where there is none, and without where there is. */
export function closedWords(isEncrypted: boolean): string {
  const ask = isEncrypted
    ? 'does that port speak TLS? mqtt:// goes without'
    : 'is it an MQTT broker? A port with TLS needs mqtts://';
  return `it closed the connection before it was made: ${ask}`;
}

/** What went wrong with a connection, as the end of a sentence; the text of an error from outside is made safe. */
export function errorWords(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'number') return reasonWords(code);
  const known = typeof code === 'string' ? BY_CODE[code] : undefined;
  if (known !== undefined) return known;
  if (message === 'connack timeout') return 'it does not answer: is it an MQTT broker?';
  if (message === 'Keepalive timeout') return 'it does not answer any more';
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return safe(typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text);
}

export function failed(words: string, facts: Readonly<Record<string, string | number>> = {}): LectorError {
  return new LectorError('EXPORT_FAILED', words, facts);
}
