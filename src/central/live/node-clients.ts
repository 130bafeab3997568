import { randomInt } from 'node:crypto';
import { createClient, type LectorClient, LectorError } from '../../client/index.ts';
import type { ClientPorts } from '../../client/ports.ts';
import type { Clock } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { problem } from '../api/problems.ts';
import type { NodeRow } from '../ports.ts';

/** Longest wait for an answer, connecting included. */
export const ANSWER_MS = 5_000;
/** A connection that nobody asked anything for so long is closed. */
export const IDLE_MS = 60_000;
/** Nodes that are connected at one time, for questions. */
export const CLIENTS_MAX = 64;

export type Address = { readonly host: string; readonly port: number };

type Entry = { readonly client: LectorClient; readonly place: string; asking: number; timer: unknown };

/** `School (node 4)`. */
export const nodeWords = ({ id, name }: Pick<NodeRow, 'id' | 'name'>): string =>
  name === '' ? `node ${id}` : `${safe(name, 60)} (node ${id})`;

export const noAddress = (node: Pick<NodeRow, 'id' | 'name'>): string =>
  `the centre does not know where the lector of ${nodeWords(node)} listens; ` +
  `tell it with: lector central node change ${node.id} --lector HOST:50007`;

const UNREACHED: ReadonlySet<string> = new Set(['MAX_CLIENTS', 'SHUTTING_DOWN', 'BUSY', 'WRONG_TOKEN', 'NOT_ALLOWED']);

/** What a client's error means for who asked the centre. */
export function asProblem(error: unknown, node: Pick<NodeRow, 'id' | 'name'>): unknown {
  if (!(error instanceof LectorError) || error.facts.problem !== undefined) return error;
  const words = `${nodeWords(node)}: ${error.message}`;
  if (error.code !== 'COMMAND_REFUSED') return problem('lector-unreachable', words);
  const { code } = error.facts;
  if (code === 'NO_SUCH_ANALYZER' || code === 'NO_SUCH_VARIABLE') return problem('not-found', words);
  return problem(UNREACHED.has(String(code)) ? 'lector-unreachable' : 'conflict', words);
}

export const clientPorts = (clock: Clock): ClientPorts => ({
  clock,
  random: () => randomInt(1_000_000) / 1_000_000,
});

/** One connection a node, made when it is asked and closed when nobody has asked for a minute. */
export function createNodeClients(clock: Clock) {
  const entries = new Map<number, Entry>();
  let isClosed = false;

  const drop = (id: number, entry: Entry): void => {
    clock.clearTimeout(entry.timer);
    entry.client.close();
    if (entries.get(id) === entry) entries.delete(id);
  };

  function entryOf(id: number, { host, port }: Address): Entry {
    const place = `${host} ${port}`;
    const known = entries.get(id);
    if (known?.place === place) {
      // the one that was asked last is the last to go
      entries.delete(id);
      entries.set(id, known);
      return known;
    }
    if (known !== undefined) drop(id, known);
    if (entries.size >= CLIENTS_MAX) {
      const idle = [...entries].find(([, { asking }]) => asking === 0);
      if (idle === undefined) throw problem('unavailable', `${CLIENTS_MAX} nodes are being asked; ask again later`);
      drop(...idle);
    }
    const client = createClient({ host, port, timeoutMs: ANSWER_MS }, clientPorts(clock));
    const entry = { client, place, asking: 0, timer: null };
    entries.set(id, entry);
    return entry;
  }

  return {
    async ask<T>(node: NodeRow, question: (client: LectorClient) => Promise<T>): Promise<T> {
      if (isClosed) throw problem('unavailable', 'the centre is stopping; ask again later');
      if (node.lector === null) throw problem('lector-unreachable', noAddress(node));
      const entry = entryOf(node.id, node.lector);
      clock.clearTimeout(entry.timer);
      entry.asking += 1;
      try {
        return await within(clock, question(entry.client), `it did not answer within ${ANSWER_MS / 1000} s`);
      } catch (error) {
        throw asProblem(error, node);
      } finally {
        entry.asking -= 1;
        if (entry.asking === 0) entry.timer = clock.setTimeout(() => drop(node.id, entry), IDLE_MS);
      }
    },
    get size() {
      return entries.size;
    },
    close() {
      isClosed = true;
      for (const [id, entry] of [...entries]) drop(id, entry);
    },
  };
}

/** Connecting, greeting and answering have a limit each; together they have this one. */
async function within<T>(clock: Clock, promise: Promise<T>, words: string): Promise<T> {
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new LectorError('SERVER_SILENT', words)), ANSWER_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clock.clearTimeout(timer);
  }
}
