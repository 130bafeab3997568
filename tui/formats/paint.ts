import type { Tone } from '../state/ui.ts';
import type { Line } from '../view-model/line.ts';

/** How tones look on this terminal. */
export type Palette = { readonly tones: Readonly<Record<Tone, string>>; readonly selected: string };
export type Theme = 'dark' | 'light' | 'none';

const RESET = '\x1b[0m';

// the sixteen colours of the terminal's own theme, and of those only what reads on its background
const DARK: Palette = {
  tones: { plain: '', dim: '\x1b[2m', good: '\x1b[32m', warn: '\x1b[33m', bad: '\x1b[1;31m', accent: '\x1b[36m' },
  selected: '\x1b[7m',
};
const LIGHT: Palette = {
  tones: { plain: '', dim: '\x1b[2m', good: '\x1b[32m', warn: '\x1b[35m', bad: '\x1b[1;31m', accent: '\x1b[34m' },
  selected: '\x1b[7m',
};
const NONE: Palette = {
  tones: { plain: '', dim: '', good: '', warn: '\x1b[1m', bad: '\x1b[1m', accent: '\x1b[1m' },
  selected: '\x1b[7m',
};

export const paletteOf = (theme: Theme): Palette => ({ dark: DARK, light: LIGHT, none: NONE })[theme];

/** A line as the terminal takes it. A selected row is inverse as a whole: tones would be lost on it. */
export function painted({ spans, selected }: Line, palette: Palette): string {
  const text = spans.map((each) => each.text).join('');
  if (selected) return `${palette.selected}${text}${RESET}`;
  if (spans.every(({ tone }) => palette.tones[tone] === '')) return text;
  return joinedSpans(spans)
    .map(({ text: part, tone }) => toned(part, tone, palette))
    .join('');
}

/** One text in one tone. */
export function toned(text: string, tone: Tone, palette: Palette): string {
  const start = palette.tones[tone];
  return start === '' || text.trim() === '' ? text : `${start}${text}${RESET}`;
}

/** Neighbours of one tone, and the blanks between them, as one: what is drawn costs by the sequence. */
function joinedSpans(spans: Line['spans']): Line['spans'] {
  const made: { text: string; tone: Tone }[] = [];
  let blanks = '';
  for (const { text, tone } of spans) {
    const last = made.at(-1);
    if (text.trim() === '') blanks += text;
    else if (last?.tone === tone) {
      last.text += blanks + text;
      blanks = '';
    } else {
      made.push({ text: blanks, tone: 'plain' }, { text, tone });
      blanks = '';
    }
  }
  return [...made.filter(({ text }) => text !== ''), { text: blanks, tone: 'plain' }];
}
