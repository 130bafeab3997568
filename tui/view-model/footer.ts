import { HINTS, type Hint } from '../keys/bindings.ts';
import { type Line, line, type Span, span, spansWidth, spread } from './line.ts';
import type { Body, Look } from './view.ts';

const ALWAYS: readonly Hint[] = [
  { key: '?', word: 'help' },
  { key: 'q', word: 'quit' },
];
/** Below these the screen says what it leaves out. */
const FULL_COLUMNS = 80;
const FULL_ROWS = 24;

/** ` ⏎ open  p pause  r resume  / filter  F faults  n read now ...                          ? help  q quit ` */
export function footerLine(look: Look, body: Body): Line {
  const { columns, rows, glyphs } = look;
  const always = [...ALWAYS.flatMap((hint) => hintSpans(hint, look))];
  const isSmall = columns < FULL_COLUMNS || rows < FULL_ROWS;
  const cut = isSmall ? cutWords(look, body) : '';
  if (cut !== '') return line('footer', spread([...always, span(cut, 'dim')], [], columns, glyphs.ellipsis));
  let room = columns - spansWidth(always) - 2;
  const shown: Span[] = [];
  for (const hint of offered(look, body)) {
    const spans = hintSpans(hint, look);
    room -= spansWidth(spans);
    if (room < 0) break;
    shown.push(...spans);
  }
  return line('footer', spread(shown, always, columns, glyphs.ellipsis));
}

/** A person who may only look is offered nothing else; of pause and resume, stop and start, what makes sense now. */
function offered({ ui, plant, readOnly }: Look, { keys, place }: Body): readonly Hint[] {
  const may = !readOnly && plant.mayCommand && plant.link.kind === 'live';
  const isTable = ui.screen === 'virtual' || (ui.screen === 'overview' && ui.marks.size === 0);
  const selected = isTable ? Number(keys[place.index]) : undefined;
  const isSum = plant.virtuals.some((each) => each.id === selected);
  const id = ui.screen === 'analyzer' ? ui.opened?.id : selected;
  const state = id === undefined ? undefined : plant.analyzers.get(id)?.state;
  // the server refuses these of one that is not read by a person's wish
  const isAside = state === 'paused' || state === 'stopped' || state === 'disabled';
  const senseless: Readonly<Record<string, boolean>> = {
    pause: isAside,
    readNow: isAside,
    identify: isAside,
    resume: state !== undefined && state !== 'paused',
    stop: state === 'stopped' || state === 'disabled',
    start: state !== undefined && state !== 'stopped',
  };
  return HINTS[ui.screen]
    .filter(({ changes, word }) => !changes || (may && !isSum && senseless[word] !== true))
    .filter(({ word }) => !(isSum && ui.screen === 'virtual' && word === 'open'));
}

export function hintSpans({ key, word }: Hint, { words, glyphs }: Look): readonly Span[] {
  const shown = key === 'enter' ? glyphs.enter : key === 'arrows' ? glyphs.arrows : key;
  return [span(` ${shown}`, 'accent'), span(` ${words.keys[word]} `)];
}

function cutWords({ columns, rows, words }: Look, { cut, place, lines }: Body): string {
  const size = `${columns}x${rows}`;
  if (cut.length > 0) return ` ${words.cutAt(cut.join(' '), size)}`;
  return place.count > lines.length ? ` ${words.cutRows(lines.length, place.count)}` : '';
}
