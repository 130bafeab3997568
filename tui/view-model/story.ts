import { figure } from '../formats/figure.ts';
import { mean } from '../formats/spark.ts';
import { timeText } from '../formats/time.ts';
import { plain, wrapped } from '../formats/width.ts';
import type { SeenAnalyzer } from '../state/plant.ts';
import { errorWords } from './condition.ts';
import { type Line, left, line, right, span, textLine } from './line.ts';
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

const SHOWN = 8;

/**
 *   LAST RECORDS
 *   18:05:00  30 of 30      34.85 kW
 */
export function recordLines(analyzer: SeenAnalyzer, { plant, words }: Look): readonly Line[] {
  const title = textLine('records', words.sections.records, 'dim');
  const records = (plant.records.get(analyzer.id) ?? []).slice(-SHOWN).reverse();
  if (records.length === 0) return [title, textLine('no records', words.noRecords, 'dim')];
  const variables = plant.variables.get(analyzer.profile) ?? [];
  const power = variables.find(({ quantity, phases }) => quantity === 'activePower' && phases.length === 1);
  const rows = records.map(({ end, n, expected, variables: recorded }) => {
    const kw = power ? mean(recorded[power.code]?.values ?? []) : null;
    return line(`record ${end}`, [
      span(`${timeText(end, plant.node?.now ?? end)} `, 'dim'),
      span(left(words.recordOf(n, expected), 12, ''), n < expected ? 'warn' : 'plain'),
      span(kw === null ? '' : `${right(figure(kw, 2), 10, '')} ${power?.unit ?? ''}`),
    ]);
  });
  return [title, ...rows];
}
