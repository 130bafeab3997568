import type pg from 'pg';
import type { EpochMs } from '../../domain/units.ts';
import type { RuleWire } from '../../protocol/rule-wire.ts';
import type { RuleRow } from './ports.ts';
import type { Rule } from './rule.ts';
import type { RuleState } from './step.ts';

type Client = Pick<pg.ClientBase, 'query'>;

export type Judgement = {
  readonly row: Pick<RuleRow, 'name' | 'changedAt'>;
  readonly node: number;
  readonly analyzer: number;
  /** null: nothing is remembered any more. */
  readonly state: RuleState | null;
  readonly wires: readonly RuleWire[];
  readonly now: EpochMs;
};

const MESSAGES = `INSERT INTO rule_messages (rule, event, body, made_at)
  SELECT here.name, m.event, m.body, $5
  FROM here, unnest($6::text[], $7::text[]) WITH ORDINALITY AS m (event, body, place) ORDER BY m.place`;
const HERE = 'here AS (SELECT name FROM rules WHERE name = $1 AND changed_at = $2 FOR SHARE)';

const KEEP = `WITH ${HERE}, kept AS (
    INSERT INTO rule_states (rule, node_id, analyzer_id, state) SELECT name, $3, $4, $8::jsonb FROM here
    ON CONFLICT (rule, node_id, analyzer_id) DO UPDATE SET state = excluded.state)
  ${MESSAGES}`;
const FORGET = `WITH ${HERE}, gone AS (
    DELETE FROM rule_states WHERE rule = $1 AND node_id = $3 AND analyzer_id = $4 AND EXISTS (SELECT FROM here))
  ${MESSAGES}`;

/**
 * What was judged, and what is to be told of it, in one statement: both are kept or none. Nothing is where the rule was
 * changed or removed meanwhile.
 */
export async function keepJudgement(
  client: Client,
  { row, node, analyzer, state, wires, now }: Judgement,
): Promise<void> {
  const events = wires.map(({ event }) => event);
  const bodies = wires.map((wire) => JSON.stringify(wire));
  const values = [row.name, new Date(row.changedAt), node, analyzer, new Date(now), events, bodies];
  if (state === null) await client.query(FORGET, values);
  else await client.query(KEEP, [...values, JSON.stringify(state)]);
}

export type Message = {
  readonly id: number;
  readonly event: string;
  /** The same in all that is told of one alarm. */
  readonly alarm: string | null;
  readonly body: string;
  readonly tries: number;
  readonly nextAt: EpochMs | null;
  /** Those after it wait. */
  readonly blocks: boolean;
};

/** `isFailing`: something of it was not taken yet, and nobody waits for a test of it. */
export type Outgoing = { readonly name: string; readonly rule: Rule; readonly isFailing: boolean };

/** Rules that have something to tell: those that do not fail first, then by when the next try is due. */
export async function outgoing(client: Client): Promise<readonly Outgoing[]> {
  const { rows } = await client.query<Outgoing>(
    `SELECT r.name, r.rule, m.failing AS "isFailing" FROM rules r JOIN (
        SELECT rule, min(next_at) AS due,
          bool_or(tries > 0 AND event <> 'test') AND NOT bool_or(tries = 0 AND event = 'test') AS failing
        FROM rule_messages GROUP BY rule) m ON m.rule = r.name
      ORDER BY m.failing, m.due NULLS FIRST, r.name`,
  );
  return rows;
}

type Which = { readonly now: EpochMs; readonly waitMaxMs: number; readonly max: number };

const NEXT = `SELECT id, event, alarm, body, tries, blocks, (extract(epoch FROM next_at) * 1000)::float8 AS "nextAt"
  FROM (
    SELECT *, bool_or(NOT blocks AND next_at > $2 AND next_at <= $3) OVER (PARTITION BY alarm ORDER BY id) AS waits
    FROM (SELECT *, body::json->>'id' AS alarm FROM rule_messages WHERE rule = $1) AS own
  ) AS all_of_it
  WHERE waits IS NOT TRUE ORDER BY event <> 'test', id LIMIT $4`;

/**
 * The oldest of them, in their order; a test first, for somebody waits for it. Without those that were refused and wait
 * for another try, and what comes after them of the same alarm: there may be more of them than are looked at. One that
 * waits longer than any is put off does not: the clock was put back.
 */
export async function messagesOf(
  client: Client,
  rule: string,
  { now, waitMaxMs, max }: Which,
): Promise<readonly Message[]> {
  const { rows } = await client.query<Message>(NEXT, [rule, new Date(now), new Date(now + waitMaxMs), max]);
  return rows;
}

export async function acknowledged(client: Client, id: number): Promise<void> {
  await client.query('DELETE FROM rule_messages WHERE id = $1', [id]);
}

type Failed = { readonly id: number; readonly nextAt: EpochMs; readonly error: string; readonly blocks: boolean };

export async function notAcknowledged(client: Client, { id, nextAt, error, blocks }: Failed): Promise<void> {
  await client.query(
    'UPDATE rule_messages SET tries = tries + 1, next_at = $2, error = $3, blocks = $4 WHERE id = $1',
    [id, new Date(nextAt), error, blocks],
  );
}

/** Tests that nobody waits for any more. */
export async function dropOldTests(client: Client, before: EpochMs): Promise<void> {
  await client.query("DELETE FROM rule_messages WHERE event = 'test' AND made_at < $1", [new Date(before)]);
}
