import { LectorError } from '../domain/errors.ts';

/** Longest answer that is taken, bytes: the whole list of a big plant has room ten times over. */
export const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export type AnswerLines = {
  /** Lines that these bytes complete, without their ends. Throws SERVER_SILENT when one grows beyond all measure. */
  feed(bytes: Buffer): readonly string[];
  readonly isMidLine: boolean;
};

const LF = 0x0a;
const CR = 0x0d;

/** Cuts what arrives, in any pieces, into lines: `\r\n` and UTF-8 in the JSON dialect, else `\r` and Latin-1. */
export function createAnswerLines(dialect: 'json' | 'classic', bytesMax = ANSWER_BYTES_MAX): AnswerLines {
  const end = dialect === 'json' ? LF : CR;
  const encoding = dialect === 'json' ? 'utf8' : 'latin1';
  let pieces: Buffer[] = [];
  let held = 0;
  const take = (last: Buffer): string => {
    const whole = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    held = 0;
    return whole.toString(encoding).replace(/\r$/, '');
  };
  return {
    feed(bytes) {
      const lines: string[] = [];
      let from = 0;
      for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, from)) {
        lines.push(take(bytes.subarray(from, at)));
        from = at + 1;
      }
      if (from < bytes.length) {
        pieces.push(bytes.subarray(from));
        held += bytes.length - from;
      }
      if (held > bytesMax) throw new LectorError('SERVER_SILENT', `an answer is longer than ${bytesMax} bytes`);
      return lines;
    },
    get isMidLine() {
      return held > 0;
    },
  };
}
