import { wrapped } from '../formats/width.ts';
import { HELP_KEYS } from '../keys/bindings.ts';
import { completions } from '../keys/palette.ts';
import type { Tone } from '../state/ui.ts';
import { cutSpans, type Line, left, line, span, textLine } from './line.ts';
import type { Look } from './view.ts';

const KEY_COLUMNS = 12;

/**
 * The keys, and what the signs mean:
 *
 *   KEYS
 *    1 2 3 4 5 6           Overview, Lines, Deliveries, Tree, Log, Alarms
 *    p                     pause the selected or marked analyzers ...
 *   SIGNS
 *    ● polling  ▲ ... doubted
 */
export function helpLines({ words, glyphs, columns }: Look): readonly Line[] {
  const shown = (keys: string): string => keys.replace('arrows', glyphs.arrows).replace('enter', glyphs.enter);
  const rows = HELP_KEYS.flatMap(([keys, what]) => explained(what, shown(keys), words.help[what], 'accent', columns));
  const s = words.states;
  const signs = [
    [glyphs.signs.fine, s.polling],
    [glyphs.signs.doubt, words.doubted],
    [glyphs.signs.wait, s.connecting],
    [glyphs.signs.bad, s.failed],
    [glyphs.signs.held, s.held],
    [glyphs.signs.paused, s.paused],
    [glyphs.signs.stopped, s.stopped],
    [glyphs.signs.off, s.disabled],
    [glyphs.signs.sum, words.sums.state],
  ];
  const all = [
    ...rows,
    ...explained('signs', words.help.signs, signs.map((pair) => pair.join(NO_BREAK)).join('  '), 'dim', columns),
    textLine('close', ` ${words.help.close}`, 'dim'),
  ];
  return all.map((each) => ({ ...each, spans: cutSpans(each.spans, columns, glyphs.ellipsis) }));
}

/** Keeps a sign with its word. */
const NO_BREAK = '\u00a0';

/** What a key does, on as many lines as that needs. */
function explained(key: string, keys: string, what: string, tone: Tone, columns: number): readonly Line[] {
  return wrapped(what, Math.max(10, columns - KEY_COLUMNS - 2)).map((part, n) =>
    line(`${key} ${n}`, [span(` ${left(n === 0 ? keys : '', KEY_COLUMNS, '')}`, tone), span(part)]),
  );
}

const OFFERED_MAX = 6;

/** What the palette offers, above its prompt, the chosen one marked. */
export function paletteLines(look: Look): readonly Line[] {
  const { ui, words, glyphs, columns } = look;
  if (ui.prompt?.kind !== 'palette') return [];
  const { text, chosen } = ui.prompt;
  const from = Math.max(0, chosen - OFFERED_MAX + 1);
  return completions(text, words)
    .slice(from, from + OFFERED_MAX)
    .map(({ name, words: what }, index) => {
      const isChosen = from + index === chosen;
      const spans = [
        span(isChosen ? ` ${glyphs.cursor} ` : '   ', 'accent'),
        span(left(name, 14, '')),
        span(what, 'dim'),
      ];
      return line(`palette ${name}`, cutSpans(spans, columns, glyphs.ellipsis), isChosen);
    });
}
