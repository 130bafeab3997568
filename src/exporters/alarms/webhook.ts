import { readFile } from 'node:fs/promises';
import { LectorError } from '../../domain/errors.ts';
import { createHttpClient } from '../../http/client.ts';
import { signedHeaders } from '../../http/signed.ts';
import { meaningOf, type StatusKind, statusFailure } from '../../http/status.ts';
import type { ActionContext, Attempt } from './attempt.ts';
import { secretOf } from './secret-of.ts';

/** Of what comes back only the status counts, and a sentence for the log. */
const ANSWER_BYTES_MAX = 16_384;
/** The same again would get the same answer. */
const FINAL: readonly StatusKind[] = ['moved', 'rejected', 'denied', 'unfit', 'tooLarge'];

/** Sends an alarm as JSON by POST, signed as records are. Any 2xx is success; a redirect is none. */
export const createWebhook =
  ({ clock, version }: ActionContext): Attempt<'webhook'> =>
  async ({ url, secret, token, caFile, timeoutMs }, wire, signal) => {
    const body = JSON.stringify(wire);
    const [key, bearer, ca] = await Promise.all([
      secretOf(secret, 'secret'),
      secretOf(token, 'token'),
      caFile === null ? null : authority(caFile),
    ]);
    // alarms are rare: a connection of its own for each leaves nothing behind
    const client = createHttpClient({ clock, timeoutMs, userAgent: `lector/${version}`, ...(ca !== null && { ca }) });
    const cut = () => void client.close();
    signal.addEventListener('abort', cut, { once: true });
    try {
      const answer = await client.send({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          ...signedHeaders(body, { token: bearer, secret: key }, clock.now()),
        },
        body,
        answerMax: ANSWER_BYTES_MAX,
      });
      const { kind } = meaningOf(answer.status);
      if (kind === 'success') return;
      const failure = statusFailure(answer, url, clock.now());
      throw FINAL.includes(kind) ? new LectorError('EXPORT_REFUSED', failure.message, failure.facts) : failure;
    } finally {
      signal.removeEventListener('abort', cut);
      await client.close();
    }
  };

async function authority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    throw new LectorError('EXPORT_FAILED', `${file} of ca_file cannot be read (${code})`, { path: file }, error);
  }
}
