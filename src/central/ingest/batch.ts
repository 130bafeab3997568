import { toFailure } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { CentralRecord, Verdict } from '../ports.ts';
import { analyzerMissing } from '../registry/analyzers.ts';
import type { Database } from '../schema/database.ts';
import { centreFailure, failureKind } from '../schema/failure.ts';
import { type RecordRow, rowOf } from '../schema/row-codec.ts';
import { createShapes, type Shapes } from '../schema/shapes.ts';
import { differenceOf } from './compare.ts';
import { byIdentity, keyOf } from './identity.ts';
import { insertRows, replaceOld, type ShapedRow } from './insert.ts';
import { createMonths } from './months.ts';
import { findStored } from './stored.ts';
import { analyzerKey, knownOf, makeKnown } from './unknown.ts';

/** A record that waits for its verdict. `register`: its analyzer may be made known. */
export type Item = { readonly record: CentralRecord; readonly register: boolean };

/** How often the same is tried when PostgreSQL gave it up for another. */
const TRIES_MAX = 4;

/** Stores a batch in one commit: a verdict an item; rejects when PostgreSQL takes nothing. */
export type StoreBatch = (items: readonly Item[]) => Promise<ReadonlyMap<Item, Verdict>>;

type Parts = { readonly database: Database; readonly clock: Clock; readonly log: Log };
type Verdicts = Map<Item, Verdict>;

export function createStoreBatch(o: Parts): StoreBatch {
  const { pool } = o.database;
  const shapes = createShapes(pool);
  const months = createMonths({ pool, clock: o.clock, log: o.log });

  async function storeOnce(items: readonly Item[], verdicts: Verdicts): Promise<void> {
    const rows = await rowsOf(shapes, items, verdicts);
    const firsts = firstOfEach(items.filter((item) => rows.has(item)));
    await months.ensure(firsts.map(({ record }) => record.end));
    const stored = await insertRows(
      pool,
      firsts.map((item) => rows.get(item)!),
      o.clock.now(),
    );
    for (const item of firsts) {
      if (stored === null || stored.has(keyOf(item.record))) verdicts.set(item, { status: 'stored' });
    }
  }

  /** One by one: it is a few, where a site moved from an old lector to ours, and was filled from its daily files. */
  async function replaced(item: Item): Promise<Verdict> {
    const rows = await rowsOf(shapes, [item], new Map());
    if (await replaceOld(pool, rows.get(item)!)) return { status: 'stored' };
    // by another process meanwhile, or the database is another one
    shapes.forget();
    return { status: 'later' };
  }

  /** What was not stored is there already, or its analyzer is not known. */
  async function judgeRest(items: readonly Item[], verdicts: Verdicts): Promise<readonly Item[]> {
    const rest = items.filter((item) => !verdicts.has(item));
    if (rest.length === 0) return [];
    const there = new Map(
      await findStored(
        pool,
        rest.map(({ record }) => record),
      ),
    );
    for (const item of rest) {
      const found = there.get(keyOf(item.record));
      if (found === undefined) continue;
      const verdict = compared(found, item.record);
      const saysMore = verdict.status === 'duplicate' && found.n === null && item.record.n !== null;
      verdicts.set(item, saysMore ? await replaced(item) : verdict);
      if (saysMore) there.set(keyOf(item.record), item.record);
    }
    return rest.filter((item) => !verdicts.has(item));
  }

  async function storeTwice(items: readonly Item[], verdicts: Verdicts): Promise<void> {
    await storeOnce(items, verdicts);
    const absent = await judgeRest(items, verdicts);
    const again = absent.filter(({ register }) => register);
    if (again.length > 0) {
      await makeKnown(
        pool,
        again.map(({ record }) => record),
      );
      await storeOnce(again, verdicts);
      await judgeRest(again, verdicts);
    }
    await refuseUnknown(
      absent.filter((item) => !verdicts.has(item)),
      verdicts,
    );
  }

  async function refuseUnknown(items: readonly Item[], verdicts: Verdicts): Promise<void> {
    if (items.length === 0) return;
    const known = await knownOf(
      pool,
      items.map(({ record }) => record),
    );
    for (const item of items) {
      const { node, analyzer } = item.record;
      // known, and neither stored nor there: what was there is gone since, or the database is another one
      const isThere = known.has(analyzerKey(node, analyzer));
      if (isThere) shapes.forget();
      verdicts.set(
        item,
        isThere ? { status: 'later' } : { status: 'refused', reason: analyzerMissing(node, analyzer) },
      );
    }
  }

  /** One that PostgreSQL refuses must not keep out the others: it is found by halves. */
  async function store(all: readonly Item[], verdicts: Verdicts, triesLeft = TRIES_MAX): Promise<void> {
    const items = all.filter((item) => !verdicts.has(item));
    try {
      await storeTwice(items, verdicts);
    } catch (error) {
      const kind = failureKind(error);
      if (kind === 'again' && triesLeft > 1) return store(items, verdicts, triesLeft - 1);
      if (kind !== 'data') throw error;
      const left = items.filter((item) => !verdicts.has(item));
      const [only] = left;
      if (left.length === 1 && only !== undefined) {
        const { message } = centreFailure(error);
        o.log.warn({ record: keyOf(only.record), message }, 'PostgreSQL refuses a record');
        verdicts.set(only, { status: 'refused', reason: message });
        return;
      }
      const middle = Math.ceil(left.length / 2);
      await store(left.slice(0, middle), verdicts);
      await store(left.slice(middle), verdicts);
    }
  }

  return async (items) => {
    const verdicts: Verdicts = new Map();
    await store(
      [...items].sort((a, b) => byIdentity(a.record, b.record)),
      verdicts,
    );
    return verdicts;
  };
}

/** Rows of those that can be one; the others are refused. */
async function rowsOf(
  shapes: Shapes,
  items: readonly Item[],
  verdicts: Verdicts,
): Promise<ReadonlyMap<Item, ShapedRow>> {
  const rows = new Map<Item, RecordRow>();
  for (const item of items) {
    try {
      rows.set(item, rowOf(item.record, 0));
    } catch (error) {
      verdicts.set(item, { status: 'refused', reason: toFailure(error).message });
    }
  }
  const refs = await shapes.refsOf([...rows.keys()].map(({ record }) => record));
  return new Map(
    [...rows].map(([item, row], index) => {
      const shape = refs[index]!;
      return [item, { row: { ...row, shape_id: shape.id }, shape }] as const;
    }),
  );
}

/** One item an identity; the others of that identity are compared with what is stored by then. */
function firstOfEach(items: readonly Item[]): readonly Item[] {
  const firsts = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item.record);
    if (!firsts.has(key)) firsts.set(key, item);
  }
  return [...firsts.values()];
}

function compared(found: CentralRecord, given: CentralRecord): Verdict {
  const difference = differenceOf(found, given);
  if (difference === null) return { status: 'duplicate' };
  return { status: 'differs', reason: `another record of that end is stored: ${safe(difference, 40)} differs` };
}
