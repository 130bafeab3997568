import { type Failure, toFailure } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { createHttpClient } from '../../http/client.ts';
import { signedHeaders } from '../../http/signed.ts';
import { meaningOf, type StatusKind, statusFailure } from '../../http/status.ts';
import type { Hook } from './rule.ts';
import type { SecretOf } from './secrets.ts';

/** For the whole call. */
const TIMEOUT_MS = 10_000;
/** Of what comes back only the status counts, and a sentence for the log. */
const ANSWER_BYTES_MAX = 16_384;
/** They say something of what was sent, and nothing of what comes after it. */
const OF_THIS_ONE: readonly StatusKind[] = ['rejected', 'conflict', 'tooLarge', 'broken'];

/** `blocks`: nothing else would arrive there either. */
export type Sent = { readonly kind: 'taken' } | { readonly kind: 'failed'; failure: Failure; blocks: boolean };

export type HookSender = {
  /** Calls a webhook once, signed as records are; any 2xx is its receipt, and no redirect is. Never rejects. */
  send(hook: Hook, body: string): Promise<Sent>;
  /** Cuts what is under way. */
  close(): Promise<void>;
};

export function createHookSender(o: {
  readonly clock: Clock;
  readonly version: string;
  readonly secretOf: SecretOf;
}): HookSender {
  const client = createHttpClient({ clock: o.clock, timeoutMs: TIMEOUT_MS, userAgent: `lector/${o.version}` });
  const named = (name: string | null) => (name === null ? null : o.secretOf(name));
  return {
    async send({ url, secret, token }, body) {
      try {
        const secrets = { secret: await named(secret), token: await named(token) };
        const headers = { 'content-type': 'application/json', ...signedHeaders(body, secrets, o.clock.now()) };
        const answer = await client.send({ method: 'POST', url, headers, body, answerMax: ANSWER_BYTES_MAX });
        const { kind } = meaningOf(answer.status);
        if (kind === 'success') return { kind: 'taken' };
        const failure = toFailure(statusFailure(answer, url, o.clock.now()));
        return { kind: 'failed', failure, blocks: !OF_THIS_ONE.includes(kind) };
      } catch (error) {
        return { kind: 'failed', failure: toFailure(error), blocks: true };
      }
    },
    close: () => client.close(),
  };
}
