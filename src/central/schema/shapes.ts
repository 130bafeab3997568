import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Shape } from './tables.ts';

/** Shapes kept in memory: a fleet has some hundreds; a sender that makes up new ones costs a look-up each. */
const KEPT_MAX = 5_000;

const MAKE = `INSERT INTO shapes (sha256, variables)
  SELECT * FROM unnest($1::bytea[], $2::jsonb[]) AS given (sha256, variables) ORDER BY sha256
  ON CONFLICT DO NOTHING`;
const IDS = 'SELECT id, sha256 FROM shapes WHERE sha256 = ANY ($1::bytea[])';

/** The shapes of records and their ids, as they are in the database; they never change, so they are looked up once. */
export type Shapes = {
  /** An id for each shape, in their order; those that are new are made. */
  idsOf(shapes: readonly Shape[]): Promise<readonly number[]>;
  /** Those that exist, by id. */
  byId(ids: readonly number[]): Promise<ReadonlyMap<number, Shape>>;
};

export function createShapes(pool: pg.Pool): Shapes {
  const idOf = new Map<string, number>();
  const shapeOf = new Map<number, Shape>();
  return {
    async idsOf(shapes) {
      const texts = shapes.map((shape) => JSON.stringify(shape));
      const missing = [...new Set(texts.filter((text) => !idOf.has(text)))];
      if (idOf.size + missing.length > KEPT_MAX) idOf.clear();
      const ids = await idsOfTexts(pool, [...new Set(texts.filter((text) => !idOf.has(text)))]);
      for (const [text, id] of ids) idOf.set(text, id);
      return texts.map((text) => idOf.get(text)!);
    },
    async byId(ids) {
      if (shapeOf.size > KEPT_MAX) shapeOf.clear();
      const missing = [...new Set(ids)].filter((id) => !shapeOf.has(id));
      if (missing.length > 0) {
        const text = 'SELECT id, variables FROM shapes WHERE id = ANY ($1::int[])';
        const { rows } = await pool.query<{ id: number; variables: Shape }>(text, [missing]);
        for (const { id, variables } of rows) shapeOf.set(id, variables);
      }
      return shapeOf;
    },
  };
}

async function idsOfTexts(pool: pg.Pool, texts: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (texts.length === 0) return new Map();
  const hashes = texts.map((text) => createHash('sha256').update(text).digest());
  const ask = async () => (await pool.query<{ id: number; sha256: Buffer }>(IDS, [hashes])).rows;
  let rows = await ask();
  if (rows.length < texts.length) {
    await pool.query(MAKE, [hashes, texts]);
    rows = await ask();
  }
  const byHash = new Map(rows.map(({ id, sha256 }) => [sha256.toString('hex'), id] as const));
  return new Map(texts.map((text, index) => [text, byHash.get(hashes[index]!.toString('hex'))!] as const));
}
