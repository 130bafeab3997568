import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { problemText } from '../../../domain/problem.ts';
import type { Turns } from '../../few-at-once.ts';
import { parseRecordLine } from '../../ingest/record-line.ts';
import type { CentralRecord } from '../../ports.ts';
import { problem } from '../problems.ts';

/** Most of one batch: records, bytes as sent, bytes unpacked. */
export const BATCH = { records: 500, bytes: 1_048_576, unpackedBytes: 8_388_608 } as const;

/** One line of a batch: a record, or why it is none. */
export type BatchLine =
  | { readonly kind: 'record'; readonly record: CentralRecord }
  | { readonly kind: 'refused'; readonly reason: string };

/** Read at one go, some ms: who asks meanwhile, what is stored, and other batches have their turn in between. */
const TURN_BYTES = 65_536;
/** What a line costs beside its bytes. */
const LINE_BYTES = 1_024;
const REASON_MAX = 300;
const LINE_END = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

const unpack = promisify(gunzip);

/** The bytes of a body that came as `encoding` says; throws problems. */
export async function unpacked(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  if (name !== 'gzip' && name !== 'x-gzip') {
    throw problem('bad-request', `expected the body plain or in gzip, saw ${name.slice(0, 40)}`, { status: 415 });
  }
  try {
    return await unpack(body, { maxOutputLength: BATCH.unpackedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw problem(
        'too-large',
        `expected at most ${BATCH.unpackedBytes} bytes once unpacked; send fewer records at once`,
      );
    }
    throw problem('bad-request', 'the body says that it is gzip, and cannot be unpacked; was it cut off?');
  }
}

/** A batch line by line; a line that is no record does not hurt the others. Rejects with problems. */
export async function linesOf(bytes: Buffer, turns: Turns): Promise<readonly BatchLine[]> {
  if (bytes.length > BATCH.unpackedBytes) throw problem('too-large', `expected at most ${BATCH.unpackedBytes} bytes`);
  const lines: BatchLine[] = [];
  let read = TURN_BYTES;
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(LINE_END, from);
    const to = found === -1 ? bytes.length : found;
    if (lines.length === BATCH.records) {
      throw problem('too-large', `expected at most ${BATCH.records} records at once, saw more; send fewer`);
    }
    if (read >= TURN_BYTES) {
      read = 0;
      await turns.next();
    }
    lines.push(lineOf(bytes.subarray(from, to)));
    read += to - from + LINE_BYTES;
    from = to + 1;
  }
  return lines;
}

function lineOf(bytes: Buffer): BatchLine {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { kind: 'refused', reason: 'expected a record in UTF-8' };
  }
  const parsed = parseRecordLine(text);
  if (parsed.ok) return { kind: 'record', record: parsed.value };
  return { kind: 'refused', reason: parsed.problems.map(problemText).join('; ').slice(0, REASON_MAX) };
}
