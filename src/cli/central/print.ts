import { safe } from '../../domain/safe.ts';
import type { EpochMs } from '../../domain/units.ts';
import { jsonText } from '../ctl/json-text.ts';
import { type Column, textTable } from '../text-table.ts';
import type { PlaceOptions } from './options.ts';

type Cells = Readonly<Record<string, string | number | null>>;

/** Numbers stand to the right. */
const isNumber = (cell: Cells[string] | undefined) => typeof cell === 'number';

/** Rows as a table, or the documents behind them as JSON; `nothing` is said of an empty table. */
export function printRows(
  { json }: PlaceOptions,
  o: { readonly documents: readonly unknown[]; readonly rows: readonly Cells[]; readonly nothing: string },
): void {
  if (json === true) {
    process.stdout.write(jsonText(o.documents));
    return;
  }
  const [first] = o.rows;
  if (first === undefined) {
    process.stdout.write(`${o.nothing}\n`);
    return;
  }
  const titles = Object.keys(first);
  const columns = titles.map((title): Column => {
    const isRight = o.rows.some((row) => isNumber(row[title]));
    return { title, align: isRight ? 'right' : 'left' };
  });
  const text = (cell: Cells[string] | undefined) => (cell === null || cell === undefined ? '-' : safe(String(cell)));
  process.stdout.write(
    textTable(
      columns,
      o.rows.map((row) => titles.map((title) => text(row[title]))),
    ),
  );
}

/** One thing that was done: a sentence, or what there is now as JSON. */
export function printDone({ json }: PlaceOptions, sentence: string, document: unknown): void {
  process.stdout.write(json === true ? jsonText(document) : `${sentence}\n`);
}

/** `2026-11-25 12:15:00Z`, or null. */
export const timeText = (at: EpochMs | null): string | null =>
  at === null ? null : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;

export const isoOrNull = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());

export const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
