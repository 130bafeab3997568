import { sql } from 'kysely';
import { safe } from '../../domain/safe.ts';
import type { Registry } from '../ports.ts';
import { keptSince, retentionDays, setRetentionDays } from '../schema/retention.ts';
import { noNode } from './nodes.ts';
import { type RegistryParts, refused } from './parts.ts';

type Settings = Pick<Registry, 'allowed' | 'allow' | 'disallow' | 'retentionDays' | 'keptSince' | 'setRetention'>;

export function createSettings({ database, clock }: RegistryParts): Settings {
  const { db, pool } = database;
  return {
    async allowed() {
      const rows = await db.selectFrom('allowed').selectAll().orderBy('cidr').orderBy('node_id').execute();
      return rows.map(({ cidr, node_id: node }) => ({ cidr, node }));
    },
    async allow(cidr, node) {
      const network = await networkOf(cidr);
      if (node !== null) {
        const there = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
        if (there === undefined) throw noNode(node);
      }
      await db
        .insertInto('allowed')
        .values({ cidr: network, node_id: node })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async disallow(cidr) {
      const network = await networkOf(cidr);
      const { numDeletedRows } = await db.deleteFrom('allowed').where('cidr', '=', network).executeTakeFirst();
      return numDeletedRows > 0n;
    },
    retentionDays: () => retentionDays(pool),
    keptSince: () => keptSince(pool, clock.now()),
    setRetention: (days) => setRetentionDays(pool, days),
  };

  /** As PostgreSQL writes it, so that one network has one name: `10.0.0.0/24`, `10.0.0.7/32`, `::1/128`. */
  async function networkOf(text: string): Promise<string> {
    const wrong = () => refused(`expected an address or network such as 10.0.0.0/24, saw "${safe(text, 60)}"`);
    if (!/^[0-9A-Fa-f.:]{2,45}(\/\d{1,3})?$/.test(text)) throw wrong();
    const asked = sql<{ network: string }>`SELECT network(${text}::inet)::cidr AS network`;
    const { rows } = await asked.execute(db).catch(() => {
      throw wrong();
    });
    const [{ network } = { network: '' }] = rows;
    return network.includes('/') ? network : `${network}/${network.includes(':') ? 128 : 32}`;
  }
}
