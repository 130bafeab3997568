import type { LogLine } from '../../src/protocol/events.ts';
import { timeText } from '../formats/time.ts';
import { plain, widthOf, wrapped } from '../formats/width.ts';
import { LOG_LEVELS, type Tone } from '../state/ui.ts';
import { matches } from './filter.ts';
import { type Line, left, line, span, textLine } from './line.ts';
import { textBody } from './list-body.ts';
import type { Body, Look } from './view.ts';

const TONES: Readonly<Record<LogLine['level'], Tone>> = {
  debug: 'dim',
  info: 'plain',
  warning: 'warn',
  error: 'bad',
  critical: 'bad',
};
const LEVEL = 9;
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
  const { words } = look;
  const lines = logLines(look).flatMap((each, n) => entryLines(each, n, look));
  return textBody(look, height, {
    screen: 'log',
    heading: null,
    lines: lines.length === 0 ? [textLine('none', `  ${words.noLog}`, 'dim')] : lines,
    toEnd: true,
  });
}

/** One entry, on as many lines as it needs: a cut sentence explains nothing. */
function entryLines({ at, level, text }: LogLine, n: number, { columns, plant }: Look): readonly Line[] {
  const time = ` ${timeText(at, plant.node?.now ?? '')} `;
  const indent = widthOf(time) + LEVEL;
  const parts = wrapped(plain(text), Math.max(10, columns - indent));
  return parts.map((part, index) => {
    const lead =
      index === 0 ? [span(time, 'dim'), span(left(level, LEVEL, ''), TONES[level])] : [span(' '.repeat(indent))];
    return line(`${n} ${index}`, [...lead, span(part, TONES[level])]);
  });
}
