import { createHash } from 'node:crypto';
import type pg from 'pg';
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
  /** Of each shape, in their order; those that are new are made. */
  refsOf(shapes: readonly Shape[]): Promise<readonly ShapeRef[]>;
  /** Looks all up again: an id was not what it had been. */
  forget(): void;
};

export function createShapes(pool: pg.Pool): Shapes {
  const kept = new Map<string, ShapeRef>();
  return {
    async refsOf(shapes) {
      if (kept.size > KEPT_MAX) kept.clear();
      const texts = shapes.map((shape) => JSON.stringify(shape));
      const found = await refsOfTexts(pool, [...new Set(texts.filter((text) => !kept.has(text)))]);
      const refs = texts.map((text) => kept.get(text) ?? found.get(text)!);
      for (const [text, ref] of found) kept.set(text, ref);
      return refs;
    },
    forget: () => kept.clear(),
  };
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
