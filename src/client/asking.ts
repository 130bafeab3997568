import { type Answer, readAnswer } from './answer.ts';
import type { Comm } from './comm.ts';

/** What waits for a meter may take longer than the meter may, ms. */
export const IDENTIFY_TIMEOUT_MS = 12_000;

/** An answer that is no refusal. */
export type Done = Answer & { readonly kind: 'done' };

/** Asks in the JSON dialect; rejects as {@link Comm} does, and when it is refused. */
export async function askJson(comm: Comm, command: string, argument?: string, timeoutMs?: number): Promise<Done> {
  const answer = readAnswer(command, await comm.ask(command, argument, timeoutMs));
  if (answer.kind === 'done') return answer;
  if (answer.kind === 'crossed') comm.drop(answer.error);
  throw answer.error;
}
