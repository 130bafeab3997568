import type { LectorClient } from '../../src/client/types.ts';
import { LectorError } from '../../src/domain/errors.ts';
import { plain } from '../formats/width.ts';
import { whoOf } from '../keys/acts.ts';
import type { Words } from '../words/words.ts';
import type { PlantState } from './plant.ts';
import type { Action, Command } from './ui.ts';

/** One line about what became of a command. */
export type Outcome = { readonly ok: boolean; readonly text: string };

/** Sends a command, to each of its analyzers at once; never rejects. */
export async function carriedOut(
  client: LectorClient,
  command: Command,
  plant: PlantState,
  words: Words,
): Promise<Outcome> {
  try {
    switch (command.kind) {
      case 'startAll':
        return { ok: true, text: plain((await client.startAll()).words) };
      case 'shutdown':
        return { ok: true, text: plain((await client.shutdown()).words) };
      case 'reload':
        return { ok: true, text: words.reloaded((await client.reload()).changes.length) };
      case 'act':
        return await acted(client, command, plant, words);
    }
  } catch (error) {
    return { ok: false, text: reasonOf(error) };
  }
}

async function acted(
  client: LectorClient,
  { action, target, seconds }: Extract<Command, { kind: 'act' }>,
  plant: PlantState,
  words: Words,
): Promise<Outcome> {
  const who = whoOf(target, { plant, words });
  if (target.kind === 'line') {
    if (action === 'pause')
      await (seconds === null ? client.pause(`line:${target.id}`) : client.pause(`line:${target.id}`, seconds));
    else await client.resume(`line:${target.id}`);
    return { ok: true, text: words.done[action](who) };
  }
  const results = await Promise.allSettled(target.ids.map((id) => one(client, action, id, seconds)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [reasonOf(result.reason)] : []));
  const [first] = refused;
  if (first === undefined) return { ok: true, text: words.done[action](who) };
  if (results.length === 1) return { ok: false, text: words.refused(who, first) };
  return { ok: false, text: words.refusedSome(refused.length, results.length, first) };
}

async function one(client: LectorClient, action: Action, id: number, seconds: number | null): Promise<unknown> {
  switch (action) {
    case 'pause':
      return seconds === null ? client.pause(id) : client.pause(id, seconds);
    case 'resume':
    case 'readNow':
    case 'identify':
    case 'stop':
    case 'start':
      return client[action](id);
  }
}

/** The server's sentence, with what to do next where it says so. */
function reasonOf(error: unknown): string {
  if (!(error instanceof LectorError)) return plain(error instanceof Error ? error.message : String(error));
  const hint = error.facts.hint;
  return plain(typeof hint === 'string' && hint !== '' ? `${error.message}: ${hint}` : error.message);
}
