import { type EpochMs, epochMs, type VariableCode } from '../domain/units.ts';
import { type IsRecorded, type MeteredVariable, nameOf, type Place, type Places, placesOf } from './usage-places.ts';

export { listOf, type MeteredVariable, nameOf, type Place, type Places, placesOf } from './usage-places.ts';

/** What a record tells of one variable; a record of the store, or of the centre. */
type Recorded = {
  readonly values: readonly (number | null)[];
  readonly delta: readonly (number | null)[];
  readonly at: EpochMs | null;
  /** Good readings behind each value, and how many were due; absent or null: it is not known. */
  readonly n?: readonly (number | null)[];
  readonly expected?: number | null;
};
/**
 * `start` null: it is not known. By end; of one end several, in their order, where the clock was put back. A counter's
 * difference needs the record with the value before it: let them begin before the time that is asked for.
 */
export type UsageRecord = {
  readonly start: EpochMs | null;
  readonly end: EpochMs;
  readonly variables: Readonly<Record<VariableCode, Recorded>>;
};

/**
 * One value of each record; NaN: it has none. `delta` and `at` (of its reading, ms) are of counters alone; `share` is
 * of the others: that of the readings due which are behind the value, below 1; NaN: all of them, or it is not known.
 */
export type Column = {
  readonly values: Float64Array;
  readonly delta: Float64Array;
  readonly at: Float64Array;
  readonly share: Float64Array;
};

/**
 * The same as records, a list for each value that is asked for: a year has tens of thousands of records. `start` NaN:
 * it is not known.
 */
export type UsageColumns = {
  readonly length: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly columns: ReadonlyMap<string, Column>;
};

const NONE = new Float64Array(0);

/** So many records without any value. */
export const emptyColumns = (length: number, places: readonly Place[]): UsageColumns =>
  columnsWith(length, places, () => new Float64Array(length).fill(Number.NaN));

/** Room for so many records, of which each list is still to be filled. */
export const roomFor = (length: number, places: readonly Place[]): UsageColumns =>
  columnsWith(length, places, () => new Float64Array(length));

function columnsWith(length: number, places: readonly Place[], list: () => Float64Array): UsageColumns {
  const columns = places.map((place): readonly [string, Column] => {
    const { isCounter } = place;
    const [counted, read] = isCounter ? [list, () => NONE] : [() => NONE, list];
    return [nameOf(place), { values: list(), delta: counted(), at: counted(), share: read() }];
  });
  return { length, start: list(), end: list(), columns: new Map(columns) };
}

/** Lists of other lengths, of all that there are; those that nobody fills stay empty. */
export function mapColumns(
  { start, end, columns }: Omit<UsageColumns, 'length'>,
  change: (list: Float64Array) => Float64Array,
): UsageColumns {
  const own = (list: Float64Array) => (list === NONE ? NONE : change(list));
  const changed = change(end);
  return {
    ...{ length: changed.length, start: change(start), end: changed },
    columns: new Map(
      [...columns].map(([name, { values, delta, at, share }]) => {
        return [name, { values: change(values), delta: own(delta), at: own(at), share: own(share) }] as const;
      }),
    ),
  };
}

/** Pieces, one after the other; all of the same places. */
export function joinColumns(first: UsageColumns, ...others: readonly UsageColumns[]): UsageColumns {
  const pieces = [first, ...others].filter(({ length }) => length > 0);
  const [only = first, second] = pieces;
  if (second === undefined) return only;
  const join = (pick: (piece: UsageColumns) => Float64Array): Float64Array => {
    const lists = pieces.map(pick);
    const joined = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
    if (joined.length === 0) return NONE;
    let at = 0;
    for (const list of lists) {
      joined.set(list, at);
      at += list.length;
    }
    return joined;
  };
  const end = join((piece) => piece.end);
  const columns = [...first.columns.keys()].map((name): readonly [string, Column] => {
    const part = (field: keyof Column) => join((piece) => piece.columns.get(name)?.[field] ?? NONE);
    return [name, { values: part('values'), delta: part('delta'), at: part('at'), share: part('share') }];
  });
  return { length: end.length, start: join((piece) => piece.start), end, columns: new Map(columns) };
}

/** Whether one of these records has a value there. */
export const recordedIn =
  (records: readonly UsageRecord[]): IsRecorded =>
  ({ code, index }) =>
    records.some(({ variables }) => (variables[code]?.values[index] ?? null) !== null);

/** The same of records in lists; what was not read of them is not recorded. */
export const recordedRows =
  ({ columns }: Pick<UsageColumns, 'columns'>): IsRecorded =>
  (place) =>
    columns.get(nameOf(place))?.values.some((value) => !Number.isNaN(value)) === true;

/** What records tell consumption from, of what they have. */
export const recordedPlaces = (variables: readonly MeteredVariable[], rows: Pick<UsageColumns, 'columns'>): Places =>
  placesOf(variables, recordedRows(rows));

/** Records in lists. */
export function columnsOf(records: readonly UsageRecord[], places: readonly Place[]): UsageColumns {
  const made = emptyColumns(records.length, places);
  for (const [row, { start, end }] of records.entries()) {
    made.start[row] = start ?? Number.NaN;
    made.end[row] = end;
  }
  for (const place of places) {
    const { values, delta, at, share } = made.columns.get(nameOf(place))!;
    for (const [row, { variables }] of records.entries()) {
      const variable = variables[place.code];
      values[row] = variable?.values[place.index] ?? Number.NaN;
      if (!place.isCounter) {
        share[row] = shareOf(variable, place.index);
        continue;
      }
      delta[row] = variable?.delta[place.index] ?? Number.NaN;
      at[row] = variable?.at ?? Number.NaN;
    }
  }
  return made;
}

function shareOf(variable: Recorded | undefined, index: number): number {
  const [n, expected] = [variable?.n?.[index] ?? Number.NaN, variable?.expected ?? Number.NaN];
  return n < expected ? n / expected : Number.NaN;
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

/** The same one by one, with nothing but these places: for some weeks of them, where a record is easier to handle. */
export function recordsIn({ length, start, end, columns }: UsageColumns, places: readonly Place[]): UsageRecord[] {
  const codes = [...new Set(places.map(({ code }) => code))];
  return Array.from({ length }, (_, row): UsageRecord => {
    const variables = codes.map((code) => {
      const own = places.filter((place) => place.code === code);
      const list = Array.from({ length: Math.max(...own.map(({ index }) => index)) + 1 }, () => null);
      const [values, delta]: [(number | null)[], (number | null)[]] = [list, [...list]];
      const n: (number | null)[] = [...list];
      let at: number | null = null;
      for (const place of own) {
        const column = columns.get(nameOf(place));
        values[place.index] = orNull(column?.values[row]);
        delta[place.index] = orNull(column?.delta[row]);
        n[place.index] = orNull(column?.share[row]);
        at ??= orNull(column?.at[row]);
      }
      const shares = own.some(({ isCounter }) => !isCounter) ? { n, expected: 1 } : {};
      return [code, { values, delta, at: at === null ? null : epochMs(at), ...shares }] as const;
    });
    const begin = orNull(start[row]);
    return {
      ...{ start: begin === null ? null : epochMs(begin), end: epochMs(end[row] ?? Number.NaN) },
      variables: Object.fromEntries(variables),
    };
  });
}
