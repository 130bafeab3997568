import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';

/** `https://centre.example:8443`; the text itself when it is no URL. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : safe(url);
}

const CLOCK = "look at the date of this machine and of the server's certificate";
const CA = 'name the authority that signed it as <ca_file>, or install it on this machine';

/** What a code of Node or OpenSSL means to a person, and what to do. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is it running, is the port right, does a firewall refuse?',
  ECONNRESET: 'it closed the connection before it answered',
  EPIPE: 'it closed the connection before it answered',
  ECONNABORTED: 'it closed the connection before it answered',
  EHOSTUNREACH: 'there is no way to it: look at the network of this machine',
  ENETUNREACH: 'there is no way to it: look at the network of this machine',
  EHOSTDOWN: 'the host does not answer',
  ENETDOWN: 'the network of this machine is down',
  ENOTFOUND: 'there is no host of that name: correct it, or look at the DNS of this machine',
  EAI_AGAIN: 'its name could not be looked up: the DNS of this machine does not answer',
  ETIMEDOUT: 'no answer: look at the network, and whether a firewall drops what is sent',
  CERT_HAS_EXPIRED: `its certificate has expired: renew it, or ${CLOCK}`,
  CERT_NOT_YET_VALID: `its certificate is not valid yet: ${CLOCK}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself: ${CA}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is signed by nobody that is trusted here: ${CA}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate is signed by nobody that is trusted here: ${CA}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is signed by nobody that is trusted here: ${CA}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate is signed by nobody that is trusted here: ${CA}`,
  CERT_SIGNATURE_FAILURE: 'its certificate is damaged',
  CERT_REVOKED: 'its certificate was revoked: it needs a new one',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: correct the host of the target',
  EPROTO: 'it does not speak TLS there, or none that this machine does: http:// or another port?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there: http:// or another port?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there: http:// or another port?',
  HPE_INVALID_CONSTANT: 'it does not speak HTTP there: https:// or another port?',
  ANSWER_TOO_LONG: 'its answer is far longer than any that was expected: is this the right address?',
};

/** The failure of a request that got no answer, in words. `facts.cause` is the code behind them. */
export function connectionFailure(error: unknown, url: string, timeoutMs: number): LectorError {
  const code = codeOf(error);
  const seconds = Math.round(timeoutMs / 100) / 10;
  const waited: Readonly<Record<string, string>> = {
    CONNECT_TIMEOUT: `no connection within ${seconds} s: look at the network, and whether a firewall drops it`,
    ANSWER_TIMEOUT: `no whole answer within ${seconds} s: it may have got the request all the same`,
  };
  const words = waited[code] ?? WORDS[code] ?? parsedWords(code) ?? messageOf(error);
  return new LectorError('EXPORT_FAILED', `${originOf(url)}: ${words}`, { cause: code }, error);
}

/** What the parser of HTTP calls wrong. */
const parsedWords = (code: string): string | null =>
  code.startsWith('HPE_') ? 'what it answered is no HTTP: https:// or another port?' : null;

function codeOf(error: unknown): string {
  // several addresses of one name were tried: what came of the first is as good as any
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return String((first as NodeJS.ErrnoException | undefined)?.code ?? 'UNKNOWN');
}

const messageOf = (error: unknown): string => safe(error instanceof Error ? error.message : String(error), 200);
