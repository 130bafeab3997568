import type { LogLine } from '../../src/protocol/events.ts';
import { timeText } from '../formats/time.ts';
import { plain } from '../formats/width.ts';
import { LOG_LEVELS, type Tone } from '../state/ui.ts';
import { matches } from './filter.ts';
import { cutSpans, left, line, span, textLine } from './line.ts';
import { textBody } from './list-body.ts';
import type { Body, Look } from './view.ts';

const TONES: Readonly<Record<LogLine['level'], Tone>> = {
  debug: 'dim',
  info: 'plain',
  warning: 'warn',
  error: 'bad',
  critical: 'bad',
};
const ORDER: readonly LogLine['level'][] = [...LOG_LEVELS, 'critical'];

/** Lines from the chosen level on that the filter lets through, the newest last. */
export function logLines({ plant, ui }: Look): readonly LogLine[] {
  const least = ORDER.indexOf(ui.level);
  const filter = ui.filters.log ?? '';
  return plant.log.filter(({ level, text }) => ORDER.indexOf(level) >= least && matches(filter, `${level} ${text}`));
}

/**
 * The log, the newest below:
 *
 *   18:05:42 warning  Kitchen does not answer: tried again in 2 s
 */
export function logBody(look: Look, height: number): Body {
  const { words, columns, glyphs, plant } = look;
  const now = plant.node?.now ?? '';
  const lines = logLines(look).map(({ at, level, text }, n) => {
    const spans = [
      span(` ${timeText(at, now)} `, 'dim'),
      span(left(level, 9, ''), TONES[level]),
      span(plain(text), TONES[level]),
    ];
    return line(`${n} ${at}`, cutSpans(spans, columns, glyphs.ellipsis));
  });
  return textBody(look, height, {
    screen: 'log',
    heading: null,
    lines: lines.length === 0 ? [textLine('none', `  ${words.noLog}`, 'dim')] : lines,
    toEnd: true,
  });
}
