import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { safe } from '../../domain/safe.ts';
import { epochMs } from '../../domain/units.ts';
import { analyzerMissing } from '../registry/analyzers.ts';
import { noNode } from '../registry/nodes.ts';
import { type RegistryParts, refused } from '../registry/parts.ts';
import { inWords } from '../schema/failure.ts';
import { isHeld } from './leader.ts';
import { testWire } from './message.ts';
import type { RuleRow, Rules, StateRow, TestOutcome } from './ports.ts';
import { type Rule, ruleProblem } from './rule.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;
/** They are looked at one after the other. */
const RULES_MAX = 1_000;

/** Rules in PostgreSQL; several processes may change them side by side. */
export function createRules({ database, clock }: Pick<RegistryParts, 'database' | 'clock'>): Rules {
  const { db, pool } = database;
  const rule = async (name: string): Promise<RuleRow | null> => (await rulesIn(pool, name))[0] ?? null;
  const existing = async (name: string): Promise<RuleRow> => {
    const row = await rule(name);
    if (row === null) throw refused(noRule(name));
    return row;
  };

  async function mustBeThere({ node, analyzer }: Rule): Promise<void> {
    if (node === null) return;
    const site = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
    if (site === undefined) throw noNode(node);
    if (analyzer === null) return;
    const one = db.selectFrom('analyzers').select('id').where('node_id', '=', node).where('id', '=', analyzer);
    const sum = db.selectFrom('virtuals').select('id').where('node_id', '=', node).where('id', '=', analyzer);
    const found = (await one.executeTakeFirst()) ?? (await sum.executeTakeFirst());
    if (found === undefined) throw refused(analyzerMissing(node, analyzer));
  }

  return inWords<Rules>({
    rules: () => rulesIn(pool, null),
    rule,
    async putRule(name, asked) {
      const wrong = ruleNameProblem(name) ?? ruleProblem(asked);
      if (wrong !== null) throw refused(wrong);
      await mustBeThere(asked);
      const { rowCount } = await pool.query(
        `INSERT INTO rules AS old (name, rule, changed_at)
          SELECT $1, $2::jsonb, $3 WHERE EXISTS (SELECT FROM rules WHERE name = $1) OR (SELECT count(*) FROM rules) < $4
        ON CONFLICT (name) DO UPDATE SET rule = excluded.rule,
            changed_at = greatest(excluded.changed_at, old.changed_at + interval '1 ms')
          WHERE old.rule->>'when' = excluded.rule->>'when'`,
        [name, JSON.stringify(asked), new Date(clock.now()), RULES_MAX],
      );
      if (rowCount !== 1) throw refused(await notPut(name, asked));
      await pool.query('UPDATE rule_messages SET next_at = NULL WHERE rule = $1', [name]);
      return existing(name);
    },
    async removeRule(name) {
      const row = await existing(name);
      await db.deleteFrom('rules').where('name', '=', name).execute();
      return row;
    },
    async askTest(name) {
      const row = await existing(name);
      const body = JSON.stringify(testWire(name, row.rule, randomUUID(), clock.now()));
      const { id } = await db
        .insertInto('rule_messages')
        .values({ rule: name, event: 'test', body, made_at: new Date(clock.now()), next_at: null, error: null })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },
    async testOutcome(name, test): Promise<TestOutcome> {
      const row = await db.selectFrom('rule_messages').select('error').where('id', '=', test).executeTakeFirst();
      // it goes when it is taken, and with its rule
      if (row === undefined && (await rule(name)) === null) {
        throw refused(`the rule ${safe(name)} was removed while its webhook was tried`);
      }
      if (row === undefined) return { kind: 'arrived' };
      if (row.error !== null) return { kind: 'failed', words: row.error };
      return { kind: 'waiting', isServed: await isHeld(pool) };
    },
    async endTest(test) {
      await db.deleteFrom('rule_messages').where('id', '=', test).where('event', '=', 'test').execute();
    },
  });

  async function notPut(name: string, { when }: Rule): Promise<string> {
    const there = await rule(name);
    if (there === null) return `there are ${RULES_MAX} rules, as many as are kept`;
    const what = `the rule ${safe(name)} is one of ${there.rule.when}`;
    return `${what}: remove it, or give the one of ${when} another name`;
  }
}

/** What is wrong with the name of a rule, in words; null: nothing. */
export const ruleNameProblem = (name: string): string | null =>
  NAME.test(name)
    ? null
    : `expected letters, digits, blanks, dots, - and _ for the name of a rule, saw "${safe(name, 60)}"`;

export const noRule = (name: string): string =>
  `no rule ${safe(name, 60)} here: lector central rule list shows them, and rule add NAME adds one`;

const READ = `SELECT r.name, r.rule, r.changed_at,
    (SELECT count(*)::int FROM rule_messages m WHERE m.rule = r.name AND m.event <> 'test') AS unsent,
    (SELECT m.error FROM rule_messages m WHERE m.rule = r.name AND m.event <> 'test' ORDER BY m.id LIMIT 1) AS error,
    coalesce((SELECT jsonb_agg(jsonb_build_object('node', s.node_id, 'analyzer', s.analyzer_id, 'state', s.state)
        ORDER BY s.node_id, s.analyzer_id)
      FROM rule_states s WHERE s.rule = r.name), '[]') AS states
  FROM rules r WHERE $1::text IS NULL OR r.name = $1 ORDER BY r.name`;

type Row = Omit<RuleRow, 'changedAt' | 'states'> & { readonly changed_at: Date; readonly states: readonly StateRow[] };

/** `name` null: all of them. */
export async function rulesIn(client: Pick<pg.Pool, 'query'>, name: string | null): Promise<readonly RuleRow[]> {
  const { rows } = await client.query<Row>(READ, [name]);
  return rows.map(({ changed_at: changed, ...row }) => ({ ...row, changedAt: epochMs(changed.getTime()) }));
}
