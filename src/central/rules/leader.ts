import type pg from 'pg';
import { createFewAtOnce } from '../few-at-once.ts';

/** Key of the advisory lock under which rules are judged and told: "lec" and a number. */
const RULES_LOCK = 0x6c656302;

const HELD = `SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
  WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = $1 AND l.objsubid = 1 AND l.granted
    AND d.datname = current_database()) AS held`;

/** Whether some process judges rules and tells what comes of them. */
export async function isHeld(pool: Pick<pg.Pool, 'query'>): Promise<boolean> {
  const { rows } = await pool.query<{ held: boolean }>(HELD, [RULES_LOCK]);
  return rows[0]?.held === true;
}

/** Takes one question after the other, of whoever asks. */
export type Asked = Pick<pg.ClientBase, 'query'>;

export type Leader = {
  /**
   * The connection that holds the lock, on which everything is written: who lost the lock can write nothing more. null:
   * another process holds it.
   */
  client(): Promise<Asked | null>;
  /** After a failure: the connection may be half broken, and the lock another's. */
  lose(): void;
  /** Gives the lock to whoever waits for it. Never rejects. */
  end(): Promise<void>;
};

/** Of several processes that serve one database one judges and tells, until it ends or loses its connection. */
export function createLeader(pool: Pick<pg.Pool, 'connect'>): Leader {
  let held: { readonly client: pg.PoolClient; readonly asked: Asked } | null = null;
  let asking: Promise<Asked | null> | null = null;
  let isEnded = false;
  const drop = (client: pg.PoolClient) => {
    if (held?.client === client) {
      held = null;
      client.release(true);
    }
  };
  const ask = async (): Promise<Asked | null> => {
    const client = await pool.connect();
    const asked = client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [RULES_LOCK]);
    const { rows } = await asked.catch((error: unknown) => {
      client.release(true);
      throw error;
    });
    const isLocked = rows[0]?.locked === true;
    if (!isLocked || isEnded) {
      client.release(isLocked);
      return null;
    }
    held = { client, asked: oneByOne(client) };
    client.on('error', () => drop(client));
    client.on('end', () => drop(client));
    return held.asked;
  };
  const lose = () => {
    if (held !== null) drop(held.client);
  };
  return {
    lose,
    async client() {
      if (held !== null || isEnded) return held?.asked ?? null;
      asking ??= ask().finally(() => {
        asking = null;
      });
      return asking;
    },
    async end() {
      isEnded = true;
      await asking?.catch(() => null);
      // the next one need not wait until the server has seen that the connection is closed
      await held?.asked.query('SELECT pg_advisory_unlock($1)', [RULES_LOCK]).catch(() => undefined);
      lose();
    },
  };
}

/** Who judges and who tells share a connection, and pg wants the answer to one question before the next. */
function oneByOne(client: pg.PoolClient): Asked {
  const few = createFewAtOnce(1);
  const query = (...asked: readonly unknown[]) =>
    few(() => (client.query as (...all: unknown[]) => Promise<unknown>).apply(client, [...asked]));
  return { query: query as Asked['query'] };
}
