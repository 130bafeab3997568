import { age } from '../formats/age.ts';
import { count } from '../formats/figure.ts';
import { clockText, offsetOf } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { mainOf } from '../keys/screens.ts';
import { MAIN_SCREENS, type Tone } from '../state/ui.ts';
import { shownState } from './condition.ts';
import { cutSpans, type Line, line, type Span, span, spansWidth, spread } from './line.ts';
import { type Look, serverNow } from './view.ts';

const NARROW = 60;
/** Of the name of the node, at least. */
const NAME_COLUMNS = 10;

/** In this order they are counted in the header: what is wrong first. */
const COUNTED = ['failed', 'held', 'connecting', 'stopped', 'paused', 'polling', 'disabled'] as const;
const TONES: Readonly<Record<(typeof COUNTED)[number], Tone>> = {
  failed: 'bad',
  held: 'bad',
  connecting: 'warn',
  stopped: 'warn',
  paused: 'accent',
  polling: 'good',
  disabled: 'dim',
};

/** ` IES Sa Garriga  Vall d'en Ferrer    2 alarms  1 failed  1 paused  3 polling  nothing owed  18:05 ` */
export function headerLine(look: Look): Line {
  const { plant, columns, glyphs, words, ui, readOnly } = look;
  const node = plant.node;
  const name = node === null ? 'Lector' : plain(node.name || `node ${node.id}`);
  const where = node === null || node.location === '' ? '' : `  ${plain(node.location)}`;
  const clock = node === null ? '' : `  ${clockText(serverNow(look), offsetOf(node.now))}`;
  const state = node !== null && node.state !== 'running' ? `  ${nodeState(node.state, look)}` : '';
  const left = [span(` ${name}`, 'accent'), span(where, 'dim')];
  const flags = [
    ...(ui.frozen ? [span(`${words.frozen}  `, 'warn')] : []),
    ...alarms(look),
    ...(readOnly || !plant.mayCommand ? [span(`${words.readOnly}  `, 'dim')] : []),
  ];
  const end = [span(`${clock} `), span(state, 'warn')];
  // where not everything has room, what is wrong and the clock have
  const wrong = cutSpans([...flags, ...counts(look, true)], columns - spansWidth(end) - 1, glyphs.ellipsis);
  const choices = [[...flags, ...counts(look, false), ...owed(look)], [...flags, ...counts(look, false)], wrong];
  const chosen = choices.find((each) => spansWidth([...each, ...end]) <= columns - NAME_COLUMNS) ?? wrong;
  const right = [...chosen, ...end];
  return line('header', spread(left, right, columns, glyphs.ellipsis));
}

const nodeState = (state: string, { words }: Look): string => {
  const known: Readonly<Record<string, string>> = words.nodeStates;
  return Object.hasOwn(known, state) ? (known[state] ?? '') : plain(state);
};

/** Crowded: only what is wrong, unless nothing is. */
function counts({ plant, words }: Look, isCrowded: boolean): readonly Span[] {
  const by = new Map<string, number>();
  for (const { state } of plant.analyzers.values()) {
    const shown = shownState(state);
    by.set(shown, (by.get(shown) ?? 0) + 1);
  }
  const isWrong = COUNTED.some((state) => TONES[state] === 'bad' && by.has(state));
  return COUNTED.flatMap((state) => {
    const n = isCrowded && isWrong && TONES[state] !== 'bad' ? 0 : (by.get(state) ?? 0);
    return n === 0
      ? []
      : [span(`${n} ${n === 1 ? words.states[state] : words.counts[state]}`, TONES[state]), span('  ')];
  });
}

/** What rules have raised; ALARMS of the server is complete where this is cut. */
function alarms({ plant, words }: Look): readonly Span[] {
  const raised = plant.node?.alarms ?? [];
  if (raised.length === 0) return [];
  const tone = raised.some(({ severity }) => severity === 'error') ? 'bad' : 'warn';
  return [span(`${words.alarms(raised.length)}  `, tone)];
}

function owed({ plant, words }: Look): readonly Span[] {
  if (plant.deliveries.size === 0) return [];
  const total = [...plant.deliveries.values()].reduce((sum, delivery) => sum + delivery.owed, 0);
  return [total === 0 ? span(words.nothingOwed, 'dim') : span(words.owed(count(total)))];
}

/**
 * `[1 Overview] 2 Lines  3 Deliveries  4 Tree  5 Log  6 Alarms        sorted by power  filter kitchen  3 of 5`
 * In its place, what concerns everything: the server is lost, the disk refuses.
 */
export function tabsLine(look: Look, right: readonly Span[]): Line {
  const trouble = troubleSpans(look);
  const { columns, glyphs } = look;
  if (trouble !== null) return line('trouble', spread(trouble, [], columns, glyphs.ellipsis));
  return line('tabs', spread(tabs(look), right, columns, glyphs.ellipsis));
}

function tabs({ ui, words, columns }: Look): readonly Span[] {
  const current = mainOf(ui.screen);
  return MAIN_SCREENS.flatMap((screen, index) => {
    const isCurrent = screen === current;
    if (columns < NARROW && !isCurrent) return [span(` ${index + 1}`, 'dim')];
    const [open, close] = isCurrent ? ['[', ']'] : [' ', ' '];
    return [span(`${open}${index + 1} ${words.screens[screen]}${close}`, isCurrent ? 'accent' : 'dim')];
  });
}

/** What concerns everything; null: nothing does. */
export function troubleSpans(look: Look): readonly Span[] | null {
  const { plant, words, glyphs, now } = look;
  const { link, node } = plant;
  if (link.kind === 'lost') {
    const since = words.lost(age(now - link.since, ''));
    return [
      span(` ${glyphs.signs.bad} ${since.trim()}: `, 'bad'),
      span(`${words.stale}. ${plain(link.message)}`, 'warn'),
    ];
  }
  const first = node?.troubles[0];
  if (first === undefined) return null;
  const more = (node?.troubles.length ?? 0) - 1;
  return [span(` ${glyphs.signs.doubt} ${plain(first)}`, 'bad'), span(more > 0 ? `  (+${more})` : '', 'bad')];
}
