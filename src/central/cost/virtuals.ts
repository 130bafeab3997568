import type { Selectable } from 'kysely';
import { safe } from '../../domain/safe.ts';
import { parseVirtual } from '../../domain/virtual.ts';
import { analyzerMissing } from '../registry/analyzers.ts';
import { noNode } from '../registry/nodes.ts';
import { checkId, checkText, refused } from '../registry/parts.ts';
import type { Database } from '../schema/database.ts';
import type { VirtualsTable } from '../schema/tables.ts';
import type { Meters, VirtualRow } from './ports.ts';

type Virtuals = Pick<Meters, 'virtuals' | 'virtual' | 'putVirtual' | 'removeVirtual'>;

export function createVirtuals({ db, pool }: Database): Virtuals {
  const selected = () => db.selectFrom('virtuals').selectAll();
  const virtual = async (node: number, id: number): Promise<VirtualRow | null> => {
    const row = await selected().where('node_id', '=', node).where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : virtualRow(row);
  };
  const mustBeOurs = (row: VirtualRow | null): void => {
    if (row === null || row.origin === 'centre') return;
    const todo = 'change <virtuals> in the config.xml of its lector';
    throw refused(`the site tells the virtual meter ${row.id} of node ${row.node} itself: ${todo}`);
  };
  return {
    async virtuals(node) {
      const some = node === null ? selected() : selected().where('node_id', '=', node);
      return (await some.orderBy('node_id').orderBy('id').execute()).map(virtualRow);
    },
    virtual,
    async putVirtual(asked) {
      const { node, id, name, location, of } = asked;
      checkVirtual(asked);
      mustBeOurs(await virtual(node, id));
      await mustBeThere(asked);
      await pool.query(
        `INSERT INTO virtuals AS old (node_id, id, name, location, terms, origin) VALUES ($1, $2, $3, $4, $5, 'centre')
        ON CONFLICT (node_id, id) DO UPDATE SET name = excluded.name, location = excluded.location,
          terms = excluded.terms WHERE old.origin = 'centre'`,
        [node, id, name, location, of],
      );
      const row = await virtual(node, id);
      mustBeOurs(row);
      if (row === null) throw refused(noVirtual(node, id));
      return row;
    },
    async removeVirtual(node, id) {
      mustBeOurs(await virtual(node, id));
      await db.transaction().execute(async (one) => {
        const those = one.deleteFrom('virtuals').where('node_id', '=', node).where('id', '=', id);
        const { numDeletedRows } = await those.where('origin', '=', 'centre').executeTakeFirst();
        if (numDeletedRows !== 1n) throw refused(noVirtual(node, id));
        // in a statement of its own: what it was charged by a moment ago is seen
        await one.deleteFrom('assignments').where('node_id', '=', node).where('analyzer_id', '=', id).execute();
      });
    },
  };

  async function mustBeThere({ node, id, of }: Omit<VirtualRow, 'terms' | 'origin'>): Promise<void> {
    const site = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
    if (site === undefined) throw noNode(node);
    const known = await db.selectFrom('analyzers').select(['id', 'name']).where('node_id', '=', node).execute();
    const taken = known.find((each) => each.id === id);
    if (taken !== undefined) {
      const words = `${id} is an analyzer of node ${node}${taken.name === '' ? '' : ` (${safe(taken.name, 60)})`}`;
      throw refused(`${words}: give the virtual meter another id`);
    }
    const missing = parseVirtual(of)?.find((term) => !known.some((each) => each.id === term.id));
    if (missing !== undefined) throw refused(analyzerMissing(node, missing.id));
  }
}

export const noVirtual = (node: number, id: number): string =>
  `no virtual meter ${id} of node ${node} here: lector central virtual list shows them`;

function virtualRow({ node_id: node, id, name, location, terms: of, origin }: Selectable<VirtualsTable>): VirtualRow {
  return { node, id, name, location, of, terms: parseVirtual(of) ?? [], origin };
}

function checkVirtual({ node, id, name, location, of }: Omit<VirtualRow, 'terms' | 'origin'>): void {
  checkId('node', node);
  checkId('analyzer', id);
  checkText('the name of a virtual meter', name);
  checkText('the location of a virtual meter', location);
  checkText('the sum of a virtual meter', of);
  if (parseVirtual(of) !== null) return;
  const expected = 'expected analyzers of the node by their ids, each once, such as "1 - 5"';
  throw refused(`${expected}; saw "${safe(of, 60)}"`);
}
