import type { Change } from '../../src/protocol/answers.ts';
import { timeText } from '../formats/time.ts';
import { plain, wrapped } from '../formats/width.ts';
import { type Words, wordOf } from '../words/words.ts';
import { errorWords } from './condition.ts';
import { type Line, left, line, span, textLine } from './line.ts';
import type { Look } from './view.ts';

const STATE = 11;
const NARROW = 60;

/**
 *   WHY: LAST CHANGES
 *   18:01:40 failed      no answer within 1000 ms
 *   17:40:02 polling     it is identified and read
 */
export function whyLines({ ui, words, plant, glyphs }: Look, columns: number): readonly Line[] {
  const title = textLine('why', words.sections.why, 'dim');
  if (ui.opened?.why === null) return [title, textLine('no why', words.asking, 'dim')];
  const { changes = [], label = '' } = ui.opened?.why ?? {};
  if (changes.length === 0) return [title, textLine('no why', words.noChanges, 'dim')];
  const rows = changes.flatMap((change, n) => {
    const time = `${timeText(change.at, plant.node?.now ?? change.at)} `;
    const head = [
      span(time, 'dim'),
      span(`${left(stateWord(change, words), STATE, glyphs.ellipsis)} `, change.cause === null ? 'plain' : 'warn'),
    ];
    const said = saidOf(change, label, words);
    const indent = time.length + STATE + 1;
    // in a narrow column the sentence stands below its state
    const isNarrow = columns < NARROW;
    const rest = isNarrow ? 2 : indent;
    const parts = wrapped(said, Math.max(10, columns - rest));
    const lines = parts.map((part) => [span(' '.repeat(rest)), span(part)]);
    const all = isNarrow ? [head, ...lines] : [[...head, span(parts[0] ?? '')], ...lines.slice(1)];
    return all.map((spans, index) => line(`why ${n} ${index}`, spans));
  });
  return [title, ...rows];
}

function stateWord({ state }: Change, words: Words): string {
  return wordOf({ ...words.deviceStates, ...words.states }, state) ?? plain(state);
}

/** What was said of it, without its name, which stands above; and why, where that is not in it. */
function saidOf({ words: said, cause }: Change, label: string, words: Words): string {
  const text = plain(label !== '' && said.startsWith(`${label} `) ? said.slice(label.length + 1) : said);
  return cause === null || text.includes(plain(cause.message)) ? text : `${text}: ${errorWords(cause, words)}`;
}
