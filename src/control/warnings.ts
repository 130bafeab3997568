import type { Installation } from '../domain/installation.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { isLoopback, plainAddress } from './access.ts';

const DAY_MS = 86_400_000;

/**
 * Says who may do more than is safe: `trust` once, `allow_insecure` for ever, once a day. Returns the function that
 * ends it.
 */
export function warnOfSettings(settings: Installation['control'], clock: Clock, log: Log): () => void {
  const { trust, allowInsecure } = settings;
  if (trust.length > 0) {
    const nets = trust.join(', ');
    log.warn({ trust: nets }, `clients from ${nets} may command without a token (trust in lector.ini)`);
  }
  let timer: unknown = null;
  const repeat = (): void => {
    log.warn({ host: settings.host }, insecureWords(settings));
    timer = clock.setTimeout(repeat, DAY_MS);
  };
  if (allowInsecure) repeat();
  return () => clock.clearTimeout(timer);
}

function insecureWords({ host, port, tokenFile }: Installation['control']): string {
  const remedy = tokenFile === null ? 'write token_file = FILE and remove allow_insecure' : 'remove allow_insecure';
  if (host === 'localhost' || isLoopback(plainAddress(host))) {
    return `allow_insecure = yes has no use while host = ${host}: remove it from lector.ini`;
  }
  return `allow_insecure = yes: whoever reaches ${host}:${port} sees everything without a token; ${remedy}`;
}
