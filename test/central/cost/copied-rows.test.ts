import { describe, expect, it } from 'vitest';
import { createCopiedRows } from '../../../src/central/cost/copied-rows.ts';
import type { Place } from '../../../src/tariff/usage-columns.ts';

const PLACES: readonly Place[] = [
  { code: 'PAT', index: 0, factor: 1, isCounter: false },
  { code: 'CEA', index: 1, factor: 1, isCounter: true },
];
const END = Date.parse('2026-01-01T00:15:00Z');
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const NOTHING = Buffer.from([0xff, 0xff, 0xff, 0xff]);

const int = (bytes: 2 | 4, value: number) => {
  const made = Buffer.alloc(bytes);
  made.writeIntBE(value, 0, bytes);
  return made;
};
const field = (content: Buffer) => Buffer.concat([int(4, content.length), content]);
const double = (value: number) => {
  const made = Buffer.alloc(8);
  made.writeDoubleBE(value);
  return field(made);
};
const instant = (ms: number) => {
  const made = Buffer.alloc(8);
  made.writeBigInt64BE(BigInt(ms - Date.UTC(2000, 0, 1)) * 1000n);
  return field(made);
};
const row = (...fields: readonly Buffer[]) => Buffer.concat([int(2, fields.length), ...fields]);
const head = (extension = 0) => Buffer.concat([SIGNATURE, int(4, 0), int(4, extension), Buffer.alloc(extension)]);
const TRAILER = int(2, -1);
const FULL = row(
  instant(END),
  instant(END - 900_000),
  field(int(4, 7)),
  double(2.5),
  double(0.8),
  double(10),
  double(0.5),
  double(1500),
);
const EMPTY = row(instant(END), NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING);

function told(...pieces: readonly Buffer[]) {
  const taken = createCopiedRows(PLACES, 1);
  for (const piece of pieces) taken.take(piece);
  const { rows, shapes } = taken.told();
  const lists = [...rows.columns].map(([name, column]) => {
    const { values, delta, at, share } = column;
    return [name, [...values], [...delta], [...at], [...share]];
  });
  return { end: [...rows.end], start: [...rows.start], lists, shapes: [...shapes] };
}

const FULL_AND_EMPTY = {
  ...{ end: [END, END], start: [END - 900_000, Number.NaN], shapes: [7] },
  lists: [
    ['PAT 0', [2.5, Number.NaN], [], [], [0.8, Number.NaN]],
    ['CEA 1', [10, Number.NaN], [0.5, Number.NaN], [END - 1500, Number.NaN], []],
  ],
};

describe('rows of a binary COPY', () => {
  it.each([
    ['a piece each', [Buffer.concat([head(), FULL]), EMPTY, TRAILER]],
    ['all in one piece', [Buffer.concat([head(), FULL, EMPTY, TRAILER])]],
    ['behind a longer head', [head(12), FULL, Buffer.concat([EMPTY, TRAILER])]],
  ])('are values, with what is not there: %s', (_, pieces) => {
    expect(told(...pieces)).toEqual(FULL_AND_EMPTY);
  });

  it('are those of any year to 9999, and before 2000', () => {
    for (const end of [0, 1, Date.UTC(2255, 5, 5, 1, 1, 1, 1), Date.UTC(9999, 11, 31, 23, 59, 59, 999)]) {
      const { end: ends } = told(head(), row(instant(end), ...Array.from({ length: 7 }, () => NOTHING)), TRAILER);
      expect(ends).toEqual([end]);
    }
  });

  it.each([
    ['no binary COPY', [Buffer.from('2026-01-01\t\\N\t7\n')], 'expected a binary COPY'],
    ['other columns', [head(), row(instant(END)), TRAILER], 'expected rows of 8 fields, saw 1'],
    ['another type', [head(), row(field(int(4, 1)), ...Array.from({ length: 7 }, () => NOTHING))], 'field of 8 bytes'],
    ['what is behind its end', [head(), Buffer.concat([TRAILER, TRAILER])], 'does not end with its piece'],
    ['a row that is cut', [head(), FULL.subarray(0, 40)], 'Offset is outside'],
  ])('%s is refused', (_, pieces, words) => {
    const copies = pieces.map((piece) => Buffer.from(new Uint8Array(piece).buffer));
    expect(() => told(...copies)).toThrow(words);
  });
});
