/** The part of the tar format (POSIX ustar) that a backup needs: plain files with short names. */
const BLOCK = 512;
const NAME_MAX = 100;
const SIZE_AT = 124;
const SUM_AT = 148;

/** Ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A file as it stands in an archive. `at`: when it was changed, epoch seconds. */
export function tarMember(name: string, content: Buffer, at: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, offset: number) => header.write(text, offset, 'latin1');
  put(name.slice(0, NAME_MAX), 0);
  put('0000600\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${octal(content.length)}\0`, SIZE_AT);
  put(`${octal(at)}\0`, 136);
  put('        ', SUM_AT);
  put('0', 156);
  put('ustar\x0000', 257);
  put(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, SUM_AT);
  return Buffer.concat([header, content, Buffer.alloc(paddingOf(content.length))]);
}

const octal = (value: number): string => Math.floor(value).toString(8).padStart(11, '0');
const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

function sumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= SUM_AT && at < SUM_AT + 8 ? 0x20 : byte), 0);
}

export type TarPiece = { readonly name: string; readonly bytes: Buffer };

/** The files of an archive in pieces, in their order; an empty one has none. Throws, in words, what is not whole. */
export async function* tarPieces(source: AsyncIterable<Buffer>): AsyncGenerator<TarPiece> {
  let waiting: Buffer = Buffer.alloc(0);
  let name = '';
  let [left, padding] = [0, 0];
  let hasEnded = false;
  for await (const chunk of source) {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    while (!hasEnded) {
      if (left > 0) {
        if (waiting.length === 0) break;
        const bytes = waiting.subarray(0, left);
        left -= bytes.length;
        waiting = waiting.subarray(bytes.length);
        yield { name, bytes };
      } else if (waiting.length < padding + BLOCK) {
        break;
      } else {
        const header = waiting.subarray(padding, padding + BLOCK);
        waiting = waiting.subarray(padding + BLOCK);
        hasEnded = header.every((byte) => byte === 0);
        if (!hasEnded) ({ name, size: left } = readHeader(header));
        padding = paddingOf(left);
      }
    }
  }
  if (!hasEnded) throw new Error('it ends too early');
}

function readHeader(header: Buffer): { readonly name: string; readonly size: number } {
  const text = (from: number, to: number) => header.toString('latin1', from, to).replace(/[\0 ].*$/s, '');
  const [size, sum] = [Number.parseInt(text(SIZE_AT, SIZE_AT + 12), 8), Number.parseInt(text(SUM_AT, SUM_AT + 8), 8)];
  if (sum !== sumOf(header) || !Number.isSafeInteger(size)) throw new Error('it is no archive of a backup');
  return { name: text(0, NAME_MAX), size };
}
