import { createIngest } from '../../src/central/ingest/ingest.ts';
import { createRegistry } from '../../src/central/registry/registry.ts';
import { type Database, openDatabase } from '../../src/central/schema/database.ts';
import { afterFile, afterTest } from './afterwards.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { createLogLines } from './log-lines.ts';
import { createSteppedClock } from './stepped-clock.ts';

type Shared = { readonly tested: TestDatabase; readonly second: Database };

/** One a test file. */
let shared: Promise<Shared> | null = null;

/** The registry of a centre and that of another process on the same database, in which nothing is yet. */
export async function twoRegistries() {
  const { tested, second, ...parts } = await twoCentres();
  const registry = createRegistry({ database: tested.database, ...parts });
  const other = createRegistry({ database: second, ...parts });
  return { tested, ...parts, registry, other };
}

/** What takes records into a centre and what does in another process, until the test ends; nothing is stored yet. */
export async function twoIngests() {
  const { tested, second, ...parts } = await twoCentres();
  const ingest = createIngest({ database: tested.database, ...parts });
  const other = createIngest({ database: second, ...parts });
  for (const each of [ingest, other]) afterTest(() => each.close());
  return { tested, ...parts, ingest, other };
}

async function twoCentres() {
  if (shared === null) {
    shared = open();
    afterFile(() => {
      shared = null;
    });
  }
  const { tested, second } = await shared;
  await tested.database.pool.query('TRUNCATE records, nodes, admin_tokens CASCADE');
  return { tested, second, clock: createSteppedClock(), log: createLogLines() };
}

async function open(): Promise<Shared> {
  const tested = await testDatabase();
  afterFile(tested.drop);
  const second = await openDatabase({ url: tested.url, log: createLogLines() });
  afterFile(second.close);
  return { tested, second };
}
