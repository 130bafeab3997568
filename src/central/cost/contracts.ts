import { type Selectable, sql, type Transaction } from 'kysely';
import { toFailure } from '../../domain/errors.ts';
import { problemText } from '../../domain/problem.ts';
import { safe } from '../../domain/safe.ts';
import { epochMs } from '../../domain/units.ts';
import type { Contract } from '../../tariff/contract.ts';
import { dayOf } from '../../tariff/local-day.ts';
import { analyzerMissing } from '../registry/analyzers.ts';
import { noNode } from '../registry/nodes.ts';
import { refused } from '../registry/parts.ts';
import type { Database } from '../schema/database.ts';
import { inWords } from '../schema/failure.ts';
import type { AssignmentsTable, ContractsTable, Tables } from '../schema/tables.ts';
import type { Assignment, ContractRow, Contracts, WrittenContract } from './ports.ts';
import { readWritten } from './read-written.ts';
import { EVER } from './terms.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u;
const PROBLEMS_MAX = 5;
/** A contract with prices by the hour of years is some MB. */
const KEPT_MAX = 20;

/** Contracts in PostgreSQL; several processes may change them side by side. */
export function createContracts({ database }: { readonly database: Database }): Contracts {
  return inWords<Contracts>({ ...contractsOf(database, createReader()), ...assignmentsOf(database) });
}

type OfContracts = Pick<Contracts, 'contracts' | 'contract' | 'putContract' | 'removeContract'>;

function contractsOf({ db }: Database, read: Reader): OfContracts {
  const rowOf = ({ name, written: json, hourly, changed_at: changed }: Selectable<ContractsTable>): ContractRow => {
    const written = { json, hourly };
    return { name, written, contract: read(name, written), changedAt: epochMs(changed.getTime()) };
  };
  return {
    async contracts() {
      const rows = await db.selectFrom('contracts').selectAll().orderBy('name').execute();
      return rows.map((row) => {
        try {
          return rowOf(row);
        } catch (error) {
          return { name: row.name, unreadable: toFailure(error).message, changedAt: epochMs(row.changed_at.getTime()) };
        }
      });
    },
    async contract(name) {
      const row = await db.selectFrom('contracts').selectAll().where('name', '=', name).executeTakeFirst();
      return row === undefined ? null : rowOf(row);
    },
    async putContract(name, written) {
      if (!NAME.test(name)) {
        const expected = 'expected letters, digits, blanks, dots, - and _ for the name of a contract';
        throw refused(`${expected}, saw "${safe(name, 60)}"`);
      }
      read(name, written);
      const columns = { written: written.json, hourly: written.hourly, changed_at: new Date() };
      const row = await db
        .insertInto('contracts')
        .values({ name, ...columns })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
        .returningAll()
        .executeTakeFirstOrThrow();
      return rowOf(row);
    },
    async removeContract(name) {
      await db.transaction().execute(async (one) => {
        // what is being charged by it meanwhile is seen
        const those = one.selectFrom('contracts').select('name').where('name', '=', name);
        if ((await those.forUpdate().executeTakeFirst()) === undefined) throw refused(noContract(name));
        const user = await one.selectFrom('assignments').selectAll().where('contract', '=', name).executeTakeFirst();
        if (user !== undefined) throw refused(inUse(name, user));
        await one.deleteFrom('contracts').where('name', '=', name).execute();
      });
    },
  };
}

function inUse(name: string, user: AssignmentsTable): string {
  const by = user.analyzer_id === null ? '' : `analyzer ${user.analyzer_id} of `;
  const todo = 'lector central contract unassign ends that';
  const since = user.from_day === EVER ? '' : ` from ${user.from_day} on`;
  return `${by}node ${user.node_id} is charged by ${safe(name)}${since}: ${todo}`;
}

export const noContract = (name: string): string =>
  `no contract ${safe(name, 60)} here: lector central contract list shows them, and contract add FILE adds one`;

function contractIn(name: string, written: WrittenContract): Contract {
  const read = readWritten(written, safe(name));
  if (read.ok) return read.value;
  const sentences = read.problems.slice(0, PROBLEMS_MAX).map(problemText);
  throw refused(`the contract ${safe(name)} cannot be used: ${sentences.join('; ')}`);
}

/** The contract that somebody wrote under a name. Throws CENTRE_REFUSED, in words, what cannot be used. */
type Reader = (name: string, written: WrittenContract) => Contract;

/** Those asked for last are kept: prices by the hour of years take a second to read, in which nobody else is served. */
function createReader(): Reader {
  const kept = new Map<string, WrittenContract & { readonly contract: Contract }>();
  return (name, written) => {
    const found = kept.get(name);
    kept.delete(name);
    const isSame = found !== undefined && found.json === written.json && found.hourly === written.hourly;
    const contract = isSame ? found.contract : contractIn(name, written);
    kept.set(name, { ...written, contract });
    const [oldest] = kept.keys();
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    return contract;
  };
}

type OfAssignments = Pick<Contracts, 'assignments' | 'assign' | 'unassign'>;

function assignmentsOf({ db }: Database): OfAssignments {
  return {
    async assignments(node) {
      const all = db.selectFrom('assignments').selectAll();
      const some = node === null ? all : all.where('node_id', '=', node);
      const rows = await some.orderBy('node_id').orderBy('analyzer_id').orderBy('from_day').execute();
      return rows.map((row) => {
        return { node: row.node_id, analyzer: row.analyzer_id, from: row.from_day, contract: row.contract };
      });
    },
    async assign({ node, analyzer, from, contract }) {
      checkDate(from);
      await db.transaction().execute(async (one) => {
        await holdThere(one, { node, analyzer, from, contract });
        const put = sql`INSERT INTO assignments (node_id, analyzer_id, from_day, contract)
          VALUES (${node}, ${analyzer}, ${from}, ${contract})
          ON CONFLICT (node_id, coalesce(analyzer_id, -1), from_day) DO UPDATE SET contract = excluded.contract`;
        await put.execute(one);
      });
    },
    async unassign(node, analyzer, from) {
      const those = db
        .deleteFrom('assignments')
        .where('node_id', '=', node)
        .where('analyzer_id', 'is not distinct from', analyzer);
      const dated = from === null ? those : those.where('from_day', '=', from);
      return Number((await dated.executeTakeFirst()).numDeletedRows);
    },
  };
}

/** Until the end of the transaction nobody removes what it is about: no assignment is left of what is gone. */
async function holdThere(one: Transaction<Tables>, { node, analyzer, contract }: Assignment): Promise<void> {
  const priced = one.selectFrom('contracts').select('name').where('name', '=', contract).forKeyShare();
  if ((await priced.executeTakeFirst()) === undefined) throw refused(noContract(contract));
  const site = one.selectFrom('nodes').select('id').where('id', '=', node).forKeyShare();
  if ((await site.executeTakeFirst()) === undefined) throw noNode(node);
  if (analyzer === null) return;
  for (const table of ['analyzers', 'virtuals'] as const) {
    const those = one.selectFrom(table).select('id').where('node_id', '=', node).where('id', '=', analyzer);
    if ((await those.forKeyShare().executeTakeFirst()) !== undefined) return;
  }
  throw refused(analyzerMissing(node, analyzer));
}

function checkDate(date: string): void {
  if (Number.isNaN(dayOf(date))) throw refused(`expected a date such as 2026-01-01, saw "${safe(date, 40)}"`);
}
