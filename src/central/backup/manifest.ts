import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Tables } from '../schema/tables.ts';

/** Every table, in an order that no reference between them minds; a backup of an earlier version has fewer. */
export const TABLES = [
  ...['nodes', 'node_tokens', 'admin_tokens', 'allowed', 'models', 'analyzers', 'contracts', 'assignments'],
  ...['virtuals', 'events', 'rules', 'rule_states', 'rule_messages', 'shapes', 'settings', 'records'],
] as const satisfies readonly (keyof Tables)[];

/** The last file of a backup: what it must hold. */
export const MANIFEST_NAME = 'manifest.json';
/** Its own sum stands beside it. */
export const SUM_NAME = 'manifest.sha256';

const NAME = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
/** It goes into a statement: nothing but two instants, as PostgreSQL writes them. */
const BOUND = z
  .string()
  .regex(/^(DEFAULT|FOR VALUES FROM \((MINVALUE|'[\d :+.-]+')\) TO \((MAXVALUE|'[\d :+.-]+')\))$/);

const partSchema = z.object({
  /** The table, or the partition of it, that the rows lie in. */
  name: NAME,
  /** The table that it is a partition of, and which one. */
  partition: z.object({ of: NAME, bound: BOUND }).nullable(),
  columns: z.array(NAME).min(1),
  rows: z.int().min(0),
  /** Of its rows as PostgreSQL's COPY writes them. */
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.object({
  format: z.literal(1),
  what: z.literal('lector centre'),
  /** The instant that the rows are of. */
  at: z.iso.datetime(),
  /** What had been done to the tables, by name; the last one says their version. */
  migrations: z.array(z.string().regex(/^[\w-]{1,100}$/)).min(1),
  parts: z.array(partSchema),
});

export type Part = z.infer<typeof partSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads one; throws, in words, when it is none. */
export function parseManifest(text: string): Manifest {
  const { format } = z.looseObject({ format: z.unknown() }).parse(JSON.parse(text));
  if (typeof format === 'number' && format > 1)
    throw new Error('a newer Lector wrote it: restore it with that version');
  return manifestSchema.parse(JSON.parse(text));
}

/** Sums up the rows of one table as they pass. */
export type RowSum = { add(bytes: Buffer): void; end(): Pick<Part, 'rows' | 'bytes' | 'sha256'> };

const NEWLINE = 0x0a;

export function createRowSum(): RowSum {
  const hash = createHash('sha256');
  let [rows, length] = [0, 0];
  return {
    add(bytes) {
      hash.update(bytes);
      length += bytes.length;
      // a line a row: what is in a value is written as \n
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) rows += 1;
    },
    end: () => ({ rows, bytes: length, sha256: hash.digest('hex') }),
  };
}

export function sameSum(a: ReturnType<RowSum['end']>, b: ReturnType<RowSum['end']>): boolean {
  return a.rows === b.rows && a.bytes === b.bytes && a.sha256 === b.sha256;
}

const MEMBER = /^([a-z_][a-z0-9_]*)\.\d{6,}\.copy$/;

/** The name of the `n`th file of a part. */
export function memberName(part: string, n: number): string {
  return `${part}.${String(n).padStart(6, '0')}.copy`;
}

/** The part that a file belongs to; null: to none. */
export function partOf(member: string): string | null {
  return MEMBER.exec(member)?.[1] ?? null;
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
