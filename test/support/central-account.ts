import { createHistory } from '../../src/central/history/history.ts';
import type { CentralRecord } from '../../src/central/ports.ts';
import type { Database } from '../../src/central/schema/database.ts';
import { systemClock } from '../../src/clock.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { Owed } from '../../src/domain/store-port.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openStoreReader } from '../../src/store/reader.ts';

/** All of time. */
export const EVER = [epochMs(0), epochMs(Date.UTC(2100, 0))] as const;

/** What is not as it should be, by identity; all empty: each record is there once, and says what it said. */
export type CentralAccount = {
  readonly missing: readonly string[];
  readonly differing: readonly string[];
  /** Rows of the table beyond one for each record. */
  readonly beyond: number;
};

export const SETTLED: CentralAccount = { missing: [], differing: [], beyond: 0 };

/** Counts in SQL what a centre holds, and compares it with the records that sites have stored. */
export async function accountOf(database: Database, records: readonly LectorRecord[]): Promise<CentralAccount> {
  const { rows } = await database.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM records');
  const held = await heldBy(database, records);
  const wanted = records.map((record) => [identityOf(record), travelled(record)] as const);
  return {
    missing: wanted.flatMap(([identity]) => (held.has(identity) ? [] : [identity])),
    differing: wanted.flatMap(([identity, record]) => {
      const found = held.get(identity);
      return found === undefined || sorted(found) === sorted(record) ? [] : [identity];
    }),
    beyond: (rows[0]?.count ?? 0) - new Set(wanted.map(([identity]) => identity)).size,
  };
}

/** Every record of a site's store, also while another process writes there. */
export function storedIn(dir: string): readonly LectorRecord[] {
  const reader = openStoreReader({ dir });
  try {
    return reader.analyzers().flatMap((id) => [...reader.records(id, ...EVER)]);
  } finally {
    reader.close();
  }
}

/** What a site owes a destination by its store, also while another process writes there; null: it is not known. */
export function owedIn({ dir, exporterId }: { readonly dir: string; readonly exporterId: string }): Owed | null {
  const reader = openStoreReader({ dir });
  try {
    return reader.exporters().find((each) => each.exporterId === exporterId)?.owed ?? null;
  } finally {
    reader.close();
  }
}

async function heldBy(database: Database, records: readonly LectorRecord[]): Promise<Map<string, CentralRecord>> {
  const history = createHistory({ database, clock: systemClock() });
  const places = new Map(
    records.map(({ nodeId: node, analyzerId: analyzer }) => [`${node}/${analyzer}`, { node, analyzer }]),
  );
  const held = new Map<string, CentralRecord>();
  for (const place of places.values()) {
    const found = history.records({ ...place, from: EVER[0], to: EVER[1] }, true);
    for await (const record of found)
      held.set(`${record.node}/${record.analyzer}/${record.end}/${record.generation}`, record);
  }
  return held;
}

const identityOf = ({ nodeId, analyzerId, end, generation }: LectorRecord) =>
  `${nodeId}/${analyzerId}/${end}/${generation}`;

/** All that it says at a centre. */
function travelled({ nodeId: node, analyzerId: analyzer, variables, pass: _, ...record }: LectorRecord): CentralRecord {
  const told = Object.entries(variables).map(([code, { baseline: _, ...variable }]) => [code, variable] as const);
  return { ...record, node, analyzer, variables: Object.fromEntries(told) };
}

/** As JSON, its fields in one order. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
