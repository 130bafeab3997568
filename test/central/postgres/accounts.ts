import { query } from './folders.ts';
import { numbered, WRITERS } from './writers.ts';

export type Account = { readonly lost: number; readonly twice: number; readonly wrong: number };

/** What became of the records up to the last that each writer was told. */
export async function accountOf(url: string, last: readonly number[]): Promise<Account> {
  const rows = await query(url, 'SELECT analyzer_id, end_at, generation, "values" FROM records');
  const seen = new Map<string, number>();
  let wrong = 0;
  for (const { analyzer_id, end_at, values } of rows) {
    const [value = 0] = values as readonly number[];
    const n = value - Number(analyzer_id) * 1e6;
    if (numbered(Number(analyzer_id), n).end !== (end_at as Date).getTime()) wrong += 1;
    const key = `${analyzer_id} ${n}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const lost = WRITERS.flatMap((writer, at) =>
    Array.from({ length: last[at] ?? 0 }, (_, i) => `${writer} ${i + 1}`).filter((key) => !seen.has(key)),
  ).length;
  return { lost, twice: [...seen.values()].filter((times) => times > 1).length, wrong };
}
