import { Readable } from 'node:stream';
import type { OffsetAt } from '../../domain/grid.ts';
import type { EpochMs } from '../../domain/units.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { CentralRecord } from '../ports.ts';
import type { Bucket } from './resolution.ts';

/** Characters that leave at once: a chunk a record would cost more than the record. */
const CHUNK_LENGTH = 65_536;

/** A record or bucket as it is answered: as it travels (`RecordWire`), null where an old lector does not say. */
export function answered(of: CentralRecord | Bucket, offsetAt: OffsetAt) {
  const iso = (at: EpochMs | null) => (at === null ? null : isoTime(at, offsetAt));
  const { variables, ...facts } = of;
  const told = Object.entries(variables).map(([code, each]) => [code, { ...each, at: iso(each.at) }] as const);
  return { ...facts, start: iso(of.start), end: iso(of.end), variables: Object.fromEntries(told) };
}

/** The same with these variables only. */
export function narrowed<T extends CentralRecord | Bucket>(of: T, codes: readonly string[] | null): T {
  if (codes === null) return of;
  const entries = codes.flatMap((code) => {
    const variable = of.variables[code];
    return variable === undefined ? [] : [[code, variable] as const];
  });
  return { ...of, variables: Object.fromEntries(entries) };
}

/** `head`, the items with commas between them, a line each, then `tail`. */
export async function* listText<T>(
  head: string,
  items: AsyncIterable<T>,
  print: (item: T) => string,
  tail: string,
): AsyncGenerator<string, void> {
  let between = head;
  for await (const item of items) {
    const text = print(item);
    if (text === '') continue;
    yield `${between}${text}`;
    between = ',\n';
  }
  yield between === ',\n' ? tail : `${head}${tail}`;
}

export async function* lineText<T>(
  head: string,
  items: AsyncIterable<T>,
  print: (item: T) => string,
): AsyncGenerator<string, void> {
  yield head;
  for await (const item of items) yield print(item);
}

/**
 * Text as a stream that takes no more than its reader does, and ends the source when the reader goes away. What fails
 * on the way breaks the connection: half an answer is never taken for a whole one.
 */
export function textStream(pieces: AsyncIterable<string>): Readable {
  return Readable.from(inChunks(pieces), { objectMode: false, highWaterMark: CHUNK_LENGTH });
}

async function* inChunks(pieces: AsyncIterable<string>): AsyncGenerator<Buffer, void> {
  let parts: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    length += piece.length;
    if (length < CHUNK_LENGTH) continue;
    yield Buffer.from(parts.join(''));
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(parts.join(''));
}
