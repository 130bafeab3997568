import { parseDades } from '../domain/dades.ts';
import type { OffsetAt } from '../domain/grid.ts';
import { instantOfWall, secondOfWall } from '../domain/local-time.ts';
import type { EpochMs } from '../domain/units.ts';

/** A line of a daily file: what its header says it holds, at the instant of its local time. */
export type DadesReading = {
  readonly end: EpochMs;
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
};

/** `skipped`: lines that are no whole line; `firstSkipped`: the number of the first of them. */
export type DadesDay = {
  readonly readings: readonly DadesReading[];
  readonly skipped: number;
  readonly firstSkipped: number | null;
};

/**
 * The readings of a daily file of `day` (YYYYMMDD), ours or the predecessor's, whatever the order of its columns. In
 * the hour that comes twice, a time that was there before is the second of its name. A line without a value is none.
 */
export function readDay(text: string, day: string, offsetAt: OffsetAt): DadesDay {
  const { columns, rows, skipped, firstSkipped } = parseDades(text.replaceAll('\r\n', '\n'));
  const places = placesOf(columns);
  const midnight = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)));
  const readings: DadesReading[] = [];
  let last: EpochMs | null = null;
  for (const { time, values } of rows) {
    const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number);
    const first = instantOfWall(midnight + ((hour * 60 + minute) * 60 + second) * 1000, offsetAt);
    const end: EpochMs = last !== null && first <= last ? secondOfWall(first, offsetAt) : first;
    last = end;
    if (values.some((value) => value !== null)) readings.push({ end, values: byCode(places, values) });
  }
  return { readings, skipped, firstSkipped };
}

type Place = { readonly code: string; readonly index: number };

/**
 * Variable and place of each column. Those of a variable follow each other, so that the code of `X10` is told from what
 * stands before it: after `X9` it is value 10 of X, else value 0 of X1.
 */
function placesOf(columns: readonly string[]): readonly Place[] {
  const places: Place[] = [];
  for (const column of columns) {
    const before = places.at(-1);
    const next = before === undefined ? '' : `${before.code}${before.index + 1}`;
    if (before !== undefined && column === next) places.push({ code: before.code, index: before.index + 1 });
    else places.push(placeOf(column));
  }
  return places;
}

function placeOf(column: string): Place {
  if (column.endsWith('0')) return { code: column.slice(0, -1), index: 0 };
  const [, code = column, digits = '0'] = /^(.*?\D)(\d{1,2})$/.exec(column) ?? [];
  return { code, index: Number(digits) };
}

function byCode(places: readonly Place[], values: readonly (number | null)[]): DadesReading['values'] {
  const found = new Map<string, (number | null)[]>();
  for (const [column, { code, index }] of places.entries()) {
    if (code === '') continue;
    const list = found.get(code) ?? [];
    while (list.length <= index) list.push(null);
    list[index] = values[column] ?? null;
    found.set(code, list);
  }
  return Object.fromEntries(found);
}
