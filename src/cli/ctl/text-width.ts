// what every terminal shows in one cell: Latin with its accents, and the marks that the tables use
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2026]*$/;
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
// East Asian Wide and Fullwidth (Unicode Standard Annex 11), and what is drawn as a picture
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60]/;
const PICTURE = /^(?:[\uffe0-\uffe6]|[\u{1f200}-\u{1f2ff}]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|.\ufe0f)/u;

/** Made when a text needs it: that takes longer than a whole command else. */
let segmenter: Intl.Segmenter | null = null;

function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const cellsOf = (grapheme: string): number =>
  NO_CELL.test(grapheme) ? 0 : WIDE.test(grapheme) || PICTURE.test(grapheme) ? 2 : 1;

/** Cells of a terminal that a text takes. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += cellsOf(segment);
  return width;
}

/** The text, or as much of its beginning as goes into `width` cells together with an ellipsis. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let shown = '';
  let left = width - 1;
  for (const { segment } of graphemesOf(text)) {
    left -= cellsOf(segment);
    if (left < 0) break;
    shown += segment;
  }
  return width < 1 ? '' : `${shown.trimEnd()}…`;
}

/**
 * The text in lines of at most `width` cells, broken at its blanks; a word that is longer than a line goes on in the
 * next. At least one line.
 */
export function wrapText(text: string, width: number): readonly string[] {
  if (textWidth(text) <= width || width < 1) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = piecesOf(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Each line of a text wrapped so, as far in as it was. */
export function wrapLines(text: string, width: number): string {
  const lines = text.split('\n').flatMap((line) => {
    const words = line.trimStart();
    const indent = line.slice(0, line.length - words.length);
    return wrapText(words, width - indent.length).map((each) => `${indent}${each}`);
  });
  return lines.join('\n');
}

/** A word in parts that fit. */
function piecesOf(word: string, width: number): readonly string[] {
  if (textWidth(word) <= width) return [word];
  const pieces: string[] = [''];
  for (const { segment } of graphemesOf(word)) {
    const longer = `${pieces.at(-1)}${segment}`;
    if (textWidth(longer) <= width) pieces[pieces.length - 1] = longer;
    else pieces.push(segment);
  }
  return pieces;
}
