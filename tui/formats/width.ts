import stringWidth from 'string-width';
import { safe } from '../../src/domain/safe.ts';

// one column wide each, so that the common case needs no table: printable ASCII, Latin letters, our own signs
const PLAIN = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u017f\u03a3\u2016\u2026\u2190-\u2193\u23ce\u2500-\u25cf\u2716]*$/;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes on a terminal: wide characters count two, combining ones none. */
export const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** The text cut to `columns` columns; what is cut ends in `mark` (one column wide, or nothing). */
export function cut(text: string, columns: number, mark: string): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(mark);
  let used = 0;
  let kept = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    const width = widthOf(segment);
    if (used + width > room) break;
    used += width;
    kept += segment;
  }
  return `${kept}${mark}`;
}

/** Exactly `columns` wide, from the left: cut or filled with blanks. */
export function padEnd(text: string, columns: number, mark: string): string {
  const shown = cut(text, columns, mark);
  return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}

/** Exactly `columns` wide, to the right. */
export function padStart(text: string, columns: number, mark: string): string {
  const shown = cut(text, columns, mark);
  return ' '.repeat(Math.max(0, columns - widthOf(shown))) + shown;
}

/** The text on as many lines of `columns` as it needs, broken between words; a longer word is cut in two. */
export function wrapped(text: string, columns: number): readonly string[] {
  if (columns < 1 || widthOf(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = word;
    while (widthOf(rest) > columns) {
      const part = cut(rest, columns, '') || rest.slice(0, 1);
      lines.push(part);
      rest = rest.slice(part.length);
    }
    line = rest;
  }
  return line === '' ? lines : [...lines, line];
}

/** The text in ASCII, as wide as it was: accents fall away, what has no such form is shown as `?`. */
export function asciiOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return [...GRAPHEMES.segment(text)]
    .map(({ segment }) => {
      const bare = segment.normalize('NFD').replace(/\p{Mn}/gu, '');
      return /^[\x20-\x7e]+$/.test(bare) ? bare : '?'.repeat(widthOf(segment));
    })
    .join('');
}

/** A string of a device, a file or the network on one line: nothing in it moves the cursor or hides what follows. */
export const plain = (text: string): string => safe(text);
