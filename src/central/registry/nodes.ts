import { sql } from 'kysely';
import { safe } from '../../domain/safe.ts';
import type { NodeChange, NodeRow, Registry } from '../ports.ts';
import type { NodesTable } from '../schema/tables.ts';
import { checkId, checkText, checkZone, epochOf, type RegistryParts, refused } from './parts.ts';
import { removeRecords } from './removal.ts';

const PORT_MAX = 65_535;

type Nodes = Pick<Registry, 'nodes' | 'node' | 'addNode' | 'changeNode' | 'removeNode'>;

/** Zone of a node that nobody told: that of the centre, as a lector takes that of its machine. */
export const machineZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function createNodes({ database }: RegistryParts): Nodes {
  const { db } = database;
  const selected = () =>
    db
      .selectFrom('nodes')
      .selectAll()
      .select((e) =>
        e
          .selectFrom('node_tokens')
          .whereRef('node_tokens.node_id', '=', 'nodes.id')
          .select(sql<number>`count(*)::int`.as('count'))
          .as('tokens'),
      )
      .orderBy('id');
  const node = async (id: number): Promise<NodeRow | null> => {
    const row = await selected().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : nodeRow(row);
  };
  const known = async (id: number): Promise<NodeRow> => {
    const found = await node(id);
    if (found === null) throw noNode(id);
    return found;
  };
  return {
    nodes: async () => (await selected().execute()).map(nodeRow),
    node,
    async addNode(id, about) {
      checkId('node', id);
      checkChange(about);
      const added = await db
        .insertInto('nodes')
        .values({ id, name: `Node ${id}`, location: '', timezone: machineZone(), ...columnsOf(about) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (added.numInsertedOrUpdatedRows !== 1n) throw refused(`there is a node ${id} already`);
      return known(id);
    },
    async changeNode(id, change) {
      checkChange(change);
      const columns = columnsOf(change);
      if (Object.keys(columns).length > 0) {
        await db.updateTable('nodes').set(columns).where('id', '=', id).execute();
      }
      return known(id);
    },
    async removeNode(id, withRecords) {
      await known(id);
      await removeRecords(database, { node: id, analyzer: null }, withRecords);
    },
  };
}

export const noNode = (id: number) => refused(`no node ${id} here: add it with lector central node add ${id}`);

function nodeRow(row: Omit<NodeRowColumns, 'tokens'> & { readonly tokens: number | null }): NodeRow {
  const { id, name, location, timezone, instance, version, lector_host: host, lector_port: port } = row;
  return {
    ...{ id, name, location, timezone, instance, version },
    lector: host === null || port === null ? null : { host, port },
    clockOffsetMs: row.clock_offset_ms,
    addedAt: epochOf(row.added_at)!,
    seenAt: epochOf(row.seen_at),
    tokens: row.tokens ?? 0,
  };
}

type NodeRowColumns = Omit<NodesTable, 'added_at' | 'seen_at' | 'last_event'> & {
  readonly added_at: Date;
  readonly seen_at: Date | null;
  readonly tokens: number;
};

function checkChange({ name, location, timezone, lector }: NodeChange): void {
  checkText('the name of a node', name);
  checkText('the location of a node', location);
  checkZone(timezone);
  if (lector === undefined || lector === null) return;
  const { host, port } = lector;
  if (/^[A-Za-z0-9._:%-]{1,253}$/.test(host) && Number.isInteger(port) && port >= 1 && port <= PORT_MAX) return;
  throw refused(`expected host:port of the node's lector, saw ${safe(`${host}:${port}`, 80)}`);
}

function columnsOf({ name, location, timezone, lector }: NodeChange) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(location === undefined ? {} : { location }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(lector === undefined ? {} : { lector_host: lector?.host ?? null, lector_port: lector?.port ?? null }),
  };
}
