import { type Column, mapColumns, nameOf, type Place, roomFor, type UsageColumns } from '../../tariff/usage-columns.ts';

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

/**
 * Rows of a binary COPY of `end_at, start_at, shape_id` and of each place its value: of counters with delta and age, of
 * others with the share of readings behind it. There is room for `expected` of them, and for twice as many whenever it
 * is full.
 */
export function createCopiedRows(places: readonly Place[], expected: number): CopiedRows {
  const fields = createFields();
  const shapes = new Set<number>();
  let made = roomFor(expected, places);
  let lists = listsOf(made, places);
  const count = FIRST_FIELDS + lists.length;
  let row = 0;
  let isBegun = false;
  let isEnded = false;

  function takeRow(): void {
    if (row === made.length) {
      made = mapColumns(made, doubled);
      lists = listsOf(made, places);
    }
    made.end[row] = fields.instant();
    made.start[row] = fields.instant();
    const shape = fields.whole();
    if (shape !== null) shapes.add(shape);
    for (const list of lists) list[row] = fields.number();
    row += 1;
  }
  return {
    take(piece) {
      fields.open(piece);
      if (!isBegun) fields.head();
      isBegun = true;
      while (fields.isLeft() && !isEnded) {
        const found = fields.count();
        if (found === NO_MORE_ROWS) isEnded = true;
        else if (found === count) takeRow();
        else throw new Error(`expected rows of ${count} fields, saw ${found}`);
      }
      fields.close();
    },
    told() {
      const rows = mapColumns(made, (list) => list.subarray(0, row));
      for (const place of places) if (place.isCounter) ageToInstant(rows, rows.columns.get(nameOf(place))!);
      return { rows, shapes };
    },
  };
}

/** What stands in a piece of a COPY, one after the other; NaN or null: NULL. */
function createFields() {
  let view: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  let end = 0;

  /** Whether there is a field of so many bytes; it stands at `at` then. */
  function isThere(bytes: number): boolean {
    const length = view.getInt32(at);
    at += 4;
    if (length !== bytes && length !== -1) throw new Error(`expected a field of ${bytes} bytes, saw ${length}`);
    return length === bytes;
  }
  return {
    open(piece: Uint8Array): void {
      // the pieces of one packet share its memory
      if (view.buffer !== piece.buffer) view = new DataView(piece.buffer);
      at = piece.byteOffset;
      end = at + piece.length;
    },
    isLeft: () => at < end,
    close(): void {
      if (at !== end) throw new Error('a row does not end with its piece');
    },
    head(): void {
      for (const char of SIGNATURE) {
        if (view.getUint8(at) !== char.charCodeAt(0)) throw new Error('expected a binary COPY');
        at += 1;
      }
      // flags, then what lies between them and the rows
      at += 8 + view.getInt32(at + 4);
    },
    count(): number {
      at += 2;
      return view.getInt16(at - 2);
    },
    instant(): number {
      if (!isThere(8)) return Number.NaN;
      const us = view.getInt32(at) * HIGH + view.getUint32(at + 4);
      // beyond the year 2255 a double has no microseconds
      const ms = Number.isSafeInteger(us) ? us / 1000 : Number(view.getBigInt64(at) / 1000n);
      at += 8;
      return ms + EPOCH_MS;
    },
    whole(): number | null {
      if (!isThere(4)) return null;
      at += 4;
      return view.getInt32(at - 4);
    },
    number(): number {
      if (!isThere(8)) return Number.NaN;
      at += 8;
      return view.getFloat64(at - 8);
    },
  };
}

function listsOf({ columns }: UsageColumns, places: readonly Place[]): readonly Float64Array[] {
  return places.flatMap((place) => {
    const { values, delta, at, share } = columns.get(nameOf(place))!;
    return place.isCounter ? [values, delta, at] : [values, share];
  });
}

function doubled(list: Float64Array): Float64Array {
  const larger = new Float64Array(2 * list.length);
  larger.set(list);
  return larger;
}

function ageToInstant({ length, end }: UsageColumns, { at }: Column): void {
  for (let row = 0; row < length; row += 1) at[row] = end[row]! - at[row]!;
}
