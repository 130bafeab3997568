import { createHash, createHmac } from 'node:crypto';
import type { EpochMs } from '../domain/units.ts';

/** When it was signed, seconds since 1970. */
export const TIMESTAMP_HEADER = 'lector-timestamp';
/** `sha256=` and the HMAC-SHA256, in hex, of the timestamp, a dot, and the body as it was sent. */
export const SIGNATURE_HEADER = 'lector-signature';
/** The same for the same body: who got it before need not do anything. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';

export type Secrets = { readonly token: string | null; readonly secret: string | null };

/** What proves to the other end of a webhook who sends this, and that it is what was sent. */
export function signedHeaders(
  body: string,
  { token, secret }: Secrets,
  now: EpochMs,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000));
  const headers: Record<string, string> = {
    [IDEMPOTENCY_HEADER]: createHash('sha256').update(body).digest('hex'),
    [TIMESTAMP_HEADER]: timestamp,
  };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (secret !== null) {
    headers[SIGNATURE_HEADER] = `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
  }
  return headers;
}
