import { timeText } from '../formats/time.ts';
import { plain, wrapped } from '../formats/width.ts';
import { errorWords } from './condition.ts';
import { type Line, left, line, span, textLine } from './line.ts';
import type { Look } from './view.ts';

const STATE = 11;

/**
 *   WHY: LAST CHANGES
 *   18:01:40 failed      no answer within 1000 ms
 *   17:40:02 polling     it is identified and read
 */
export function whyLines({ ui, words, plant, glyphs }: Look, columns: number): readonly Line[] {
  const title = textLine('why', words.sections.why, 'dim');
  const changes = ui.opened?.why?.changes ?? [];
  if (changes.length === 0) return [title, textLine('no why', words.noChanges, 'dim')];
  const states: Readonly<Record<string, string>> = { ...words.deviceStates, ...words.states };
  const rows = changes.flatMap(({ at, state, words: said, cause }, n) => {
    const known = Object.hasOwn(states, state) ? (states[state] ?? state) : plain(state);
    const why = cause === null || plain(said).includes(plain(cause.message)) ? '' : `: ${errorWords(cause, words)}`;
    const time = `${timeText(at, plant.node?.now ?? at)} `;
    const indent = time.length + STATE + 1;
    return wrapped(`${plain(said)}${why}`, Math.max(10, columns - indent)).map((part, index) =>
      line(`why ${n} ${index}`, [
        span(index === 0 ? time : ' '.repeat(time.length), 'dim'),
        span(`${left(index === 0 ? known : '', STATE, glyphs.ellipsis)} `, cause === null ? 'plain' : 'warn'),
        span(part),
      ]),
    );
  });
  return [title, ...rows];
}
