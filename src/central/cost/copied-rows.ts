import {
  type Column,
  emptyColumns,
  mapColumns,
  nameOf,
  type Place,
  type UsageColumns,
} from '../../tariff/usage-columns.ts';

/** Room for some weeks of quarter hours; twice as much whenever it is full. */
const ROWS_AT_FIRST = 4_096;
/** What a binary COPY begins with. Source: PostgreSQL's manual, COPY, "Binary Format". */
const SIGNATURE = 'PGCOPY\n\xff\r\n\0';
const NO_MORE_ROWS = -1;
/** 2000-01-01, from which PostgreSQL counts. */
const EPOCH_MS = 946_684_800_000;
const HIGH = 2 ** 32;
/** Before its values a row has `end_at`, `start_at` and `shape_id`. */
const FIRST_FIELDS = 3;

export type CopiedRows = {
  /** What PostgreSQL sends at a time: whole rows. Throws where it is none of a COPY of these columns. */
  take(piece: Uint8Array): void;
  /** What there is; `shapes`: those of the rows. */
  told(): { readonly rows: UsageColumns; readonly shapes: ReadonlySet<number> };
};

/** Rows of a binary COPY of `end_at, start_at, shape_id` and of each place its value, and of counters delta and age. */
export function createCopiedRows(places: readonly Place[]): CopiedRows {
  const shapes = new Set<number>();
  let made = emptyColumns(ROWS_AT_FIRST, places);
  let lists = listsOf(made, places);
  let row = 0;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  let isBegun = false;
  let isEnded = false;

  function length(expected: number): boolean {
    const bytes = view.getInt32(at);
    at += 4;
    if (bytes === expected) return true;
    if (bytes !== -1) throw new Error(`expected a field of ${expected} bytes, saw ${bytes}`);
    return false;
  }
  function instant(): number {
    if (!length(8)) return Number.NaN;
    const us = view.getInt32(at) * HIGH + view.getUint32(at + 4);
    // beyond the year 2255 a double has no microseconds
    const ms = Number.isSafeInteger(us) ? us / 1000 : Number(view.getBigInt64(at) / 1000n);
    at += 8;
    return ms + EPOCH_MS;
  }
  function begin(): void {
    for (const char of SIGNATURE) {
      if (view.getUint8(at) !== char.charCodeAt(0)) throw new Error('expected a binary COPY');
      at += 1;
    }
    // flags, then what lies between them and the rows
    at += 8 + view.getInt32(at + 4);
    isBegun = true;
  }
  function takeRow(): void {
    if (row === made.length) {
      made = mapColumns(made, doubled);
      lists = listsOf(made, places);
    }
    made.end[row] = instant();
    made.start[row] = instant();
    if (length(4)) {
      shapes.add(view.getInt32(at));
      at += 4;
    }
    for (let field = 0; field < lists.length; field += 1) {
      if (!length(8)) continue;
      lists[field]![row] = view.getFloat64(at);
      at += 8;
    }
    row += 1;
  }
  return {
    take(piece) {
      // the pieces of one packet share its memory
      if (view.buffer !== piece.buffer) view = new DataView(piece.buffer);
      at = piece.byteOffset;
      const end = at + piece.length;
      if (!isBegun) begin();
      while (at < end && !isEnded) {
        const fields = view.getInt16(at);
        at += 2;
        if (fields === NO_MORE_ROWS) isEnded = true;
        else if (fields === FIRST_FIELDS + lists.length) takeRow();
        else throw new Error(`expected rows of ${FIRST_FIELDS + lists.length} fields, saw ${fields}`);
      }
      if (at !== end) throw new Error('a row does not end with its piece');
    },
    told() {
      const rows = mapColumns(made, (list) => list.subarray(0, row));
      for (const place of places) if (place.isCounter) ageToInstant(rows, rows.columns.get(nameOf(place))!);
      return { rows, shapes };
    },
  };
}

function listsOf({ columns }: UsageColumns, places: readonly Place[]): readonly Float64Array[] {
  return places.flatMap((place) => {
    const { values, delta, at } = columns.get(nameOf(place))!;
    return place.isCounter ? [values, delta, at] : [values];
  });
}

function doubled(list: Float64Array): Float64Array {
  const larger = new Float64Array(2 * list.length).fill(Number.NaN, list.length);
  larger.set(list);
  return larger;
}

function ageToInstant({ length, end }: UsageColumns, { at }: Column): void {
  for (let row = 0; row < length; row += 1) at[row] = end[row]! - at[row]!;
}
