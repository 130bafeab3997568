import type pg from 'pg';
import type { CentralRecord } from '../ports.ts';
import { machineZone } from '../registry/nodes.ts';

type Named = Pick<CentralRecord, 'node' | 'analyzer' | 'model'>;

const MAKE_NODES = `INSERT INTO nodes (id, name, location, timezone)
  SELECT id, 'Node ' || id, '', $2 FROM unnest($1::bigint[]) AS given (id) ORDER BY id
  ON CONFLICT DO NOTHING`;
const MAKE_ANALYZERS = `INSERT INTO analyzers (node_id, id, name, location, vendor, model)
  SELECT node_id, id, 'Analyzer ' || id, '', '', model
  FROM unnest($1::bigint[], $2::int[], $3::text[]) AS given (node_id, id, model) ORDER BY node_id, id
  ON CONFLICT DO NOTHING`;
const KNOWN = `SELECT analyzers.node_id, analyzers.id FROM unnest($1::bigint[], $2::int[]) AS given (node_id, id)
  JOIN analyzers ON analyzers.node_id = given.node_id AND analyzers.id = given.id`;

/** Makes the analyzers of these records known, and their nodes; what the node's lector says of them later counts. */
export async function makeKnown(pool: pg.Pool, records: readonly Named[]): Promise<void> {
  const each = [...new Map(records.map((record) => [analyzerKey(record.node, record.analyzer), record])).values()];
  await pool.query(MAKE_NODES, [[...new Set(each.map(({ node }) => node))], machineZone()]);
  await pool.query(MAKE_ANALYZERS, [
    each.map(({ node }) => node),
    each.map(({ analyzer }) => analyzer),
    each.map(({ model }) => model),
  ]);
}

export const analyzerKey = (node: number, analyzer: number): string => `${node}/${analyzer}`;

/** Keys of those analyzers of these records that are known. */
export async function knownOf(pool: pg.Pool, records: readonly Named[]): Promise<ReadonlySet<string>> {
  const values = [records.map(({ node }) => node), records.map(({ analyzer }) => analyzer)];
  const { rows } = await pool.query<{ node_id: number; id: number }>(KNOWN, values);
  return new Set(rows.map(({ node_id, id }) => analyzerKey(node_id, id)));
}
