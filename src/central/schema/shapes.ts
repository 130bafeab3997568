import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { CentralRecord } from '../ports.ts';
import { shapeOf } from './row-codec.ts';
import type { Shape } from './tables.ts';

/** Shapes kept in memory: a fleet has some hundreds; a sender that makes up new ones costs a look-up each. */
const KEPT_MAX = 5_000;

const MAKE = `INSERT INTO shapes (sha256, variables)
  SELECT * FROM unnest($1::bytea[], $2::jsonb[]) AS given (sha256, variables) ORDER BY sha256
  ON CONFLICT DO NOTHING`;
const IDS = 'SELECT id, sha256 FROM shapes WHERE sha256 = ANY ($1::bytea[])';

/** A shape as rows refer to it; `sha256` in hex. */
export type ShapeRef = { readonly id: number; readonly sha256: string };

/**
 * The shapes of records as they are in the database; looked up once, for they never change. But a database that was
 * restored under a running centre may have another shape of an id: what is stored must be checked by `sha256` too.
 */
export type Shapes = {
  /** Of the shape of each record, in their order; those that are new are made. */
  refsOf(records: readonly CentralRecord[]): Promise<readonly ShapeRef[]>;
  /** Looks all up again: an id was not what it had been. */
  forget(): void;
};

export function createShapes(pool: pg.Pool): Shapes {
  const kept = new Map<string, ShapeRef>();
  // of each analyzer: its next record mostly has the same, and to see that costs a tenth of its text
  const last = new Map<number, { readonly shape: Shape; readonly ref: ShapeRef }>();
  const lastOf = (record: CentralRecord): ShapeRef | null => {
    const found = last.get(placeOf(record));
    return found !== undefined && isOf(record, found.shape) ? found.ref : null;
  };
  const lookUp = async (records: readonly CentralRecord[]): Promise<readonly ShapeRef[]> => {
    if (kept.size > KEPT_MAX) kept.clear();
    if (last.size > KEPT_MAX) last.clear();
    const shapes = records.map(shapeOf);
    const texts = shapes.map((shape) => JSON.stringify(shape));
    const known = texts.map((text) => kept.get(text));
    const found = await refsOfTexts(pool, [...new Set(texts.filter((_, index) => known[index] === undefined))]);
    for (const [text, ref] of found) kept.set(text, ref);
    return texts.map((text, index) => {
      const ref = known[index] ?? found.get(text)!;
      last.set(placeOf(records[index]!), { shape: shapes[index]!, ref });
      return ref;
    });
  };
  return {
    async refsOf(records) {
      const refs = records.map(lastOf);
      const others = records.filter((_, index) => refs[index] === null);
      if (others.length === 0) return refs as readonly ShapeRef[];
      const found = [...(await lookUp(others))];
      return refs.map((ref) => ref ?? found.shift()!);
    },
    forget() {
      kept.clear();
      last.clear();
    },
  };
}

/** One number an analyzer: ids of nodes have 32 bits, of analyzers 16. */
const placeOf = ({ node, analyzer }: CentralRecord): number => node * 65_536 + analyzer;

function isOf({ variables }: CentralRecord, shape: Shape): boolean {
  const codes = Object.keys(variables);
  if (codes.length !== shape.length) return false;
  return shape.every(({ code, aggregate, count }, index) => {
    const variable = variables[code];
    return codes[index] === code && variable?.aggregate === aggregate && variable.values.length === count;
  });
}

async function refsOfTexts(pool: pg.Pool, texts: readonly string[]): Promise<ReadonlyMap<string, ShapeRef>> {
  if (texts.length === 0) return new Map();
  const hashes = texts.map((text) => createHash('sha256').update(text).digest());
  const ask = async () => (await pool.query<{ id: number; sha256: Buffer }>(IDS, [hashes])).rows;
  let rows = await ask();
  if (rows.length < texts.length) {
    await pool.query(MAKE, [hashes, texts]);
    rows = await ask();
  }
  const idOf = new Map(rows.map(({ id, sha256 }) => [sha256.toString('hex'), id] as const));
  return new Map(
    texts.map((text, index) => {
      const sha256 = hashes[index]!.toString('hex');
      return [text, { id: idOf.get(sha256)!, sha256 }] as const;
    }),
  );
}

/** The shapes of these ids, of those that there are. */
export async function shapesById(pool: pg.Pool, ids: readonly number[]): Promise<ReadonlyMap<number, Shape>> {
  if (ids.length === 0) return new Map();
  const text = 'SELECT id, variables FROM shapes WHERE id = ANY ($1::int[])';
  const { rows } = await pool.query<{ id: number; variables: Shape }>(text, [[...new Set(ids)]]);
  return new Map(rows.map(({ id, variables }) => [id, variables] as const));
}
