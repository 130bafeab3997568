import { duration } from '../formats/age.ts';
import { instantOf, timeText } from '../formats/time.ts';
import { plain, widthOf, wrapped } from '../formats/width.ts';
import type { SeenAnalyzer } from '../state/plant.ts';
import type { Tone } from '../state/ui.ts';
import { tablesOf, tableTexts } from './analyzer-tables.ts';
import { type Condition, conditionOf, errorWords, joined, noteText, shownState, sinceOf } from './condition.ts';
import { figuresOf } from './figures.ts';
import { blank, cutSpans, type Line, left, line, type Span, sideBySide, span, textLine } from './line.ts';
import { textBody } from './list-body.ts';
import { whyLines } from './story.ts';
import { valueLines } from './values.ts';
import { type Body, type Look, serverNow } from './view.ts';

/** From this width on what happened stands beside what it is, else below. */
const BESIDE_FROM = 150;
/** Of what it is: least, and most. */
const BESIDE_COLUMNS = [113, 121] as const;
const STORY_COLUMNS = 47;

/**
 * One analyzer, whole:
 *
 *    ✖ failed  no answer for 4 min; next try 18:05:42; is it powered? ...
 *      connecting - polling - recording - [failed] - paused - stopped          since 18:01:40
 *    Kitchen  Ground floor  Schneider PM500  profile pm500  line 1 unit 2
 *    ...
 *   VARIABLE ...
 *   WHY ...
 */
export function analyzerBody(look: Look, height: number): Body {
  const { plant, ui, words, columns, glyphs } = look;
  const analyzer = ui.opened ? plant.analyzers.get(ui.opened.id) : undefined;
  if (!analyzer) {
    return textBody(look, height, {
      screen: 'analyzer',
      heading: null,
      lines: [textLine('none', `  ${words.nothingSelected}`)],
    });
  }
  const beside = columns >= BESIDE_FROM;
  const [least, most] = BESIDE_COLUMNS;
  const width = beside ? Math.max(least, Math.min(most, columns - STORY_COLUMNS)) : columns - 1;
  const values = [blank('a'), ...valueLines(analyzer, look, width)];
  const head = identity(analyzer, look);
  const why = whyLines(look, beside ? columns - width - 3 : columns - 1);
  const below = (story: readonly Line[]): readonly Line[] => {
    if (beside) return sideBySide(values, [blank('b'), ...story], width, glyphs.ellipsis);
    // where something is wrong, why comes before values that are old
    return isWrong(analyzer, look) ? [blank('b'), ...story, ...values] : [...values, blank('b'), ...story];
  };
  const tables = tablesOf(analyzer, look, height - head.length - below(why).length - 1);
  const texts = tables ? [] : tableTexts(analyzer, look).flatMap((each, n) => [blank(`c${n}`), ...each]);
  const lines = [...head, ...below([...why, ...texts]), ...(tables ? [blank('d')] : [])].map((each) => ({
    ...each,
    spans: cutSpans([span(' '), ...each.spans], columns, glyphs.ellipsis),
  }));
  return { ...textBody(look, height, { screen: 'analyzer', heading: null, lines }), ...(tables ? { tables } : {}) };
}

const isWrong = (analyzer: SeenAnalyzer, look: Look): boolean => conditionFor(analyzer, look).isFault;

const conditionFor = (analyzer: SeenAnalyzer, look: Look): Condition =>
  conditionOf(analyzer, figuresOf(analyzer, look.plant.variables.get(analyzer.profile)), serverNow(look), look.words);

/** What it is and how it stands. */
function identity(analyzer: SeenAnalyzer, look: Look): readonly Line[] {
  const { plant, words, glyphs } = look;
  const now = serverNow(look);
  const condition = conditionFor(analyzer, look);
  const today = plant.node?.now ?? '';
  const device = plant.devices.get(analyzer.device);
  const dot = ` ${glyphs.dot} `;
  const sign = `${glyphs.signs[condition.sign]} ${condition.word}`;
  const told = joined([
    condition.note ? noteText(condition.note) : sinceOf(analyzer.since, now, words),
    analyzer.attempt > 1 ? words.attempt(analyzer.attempt) : '',
  ]);
  const indent = widthOf(sign) + 2;
  const state = wrapped(told, Math.max(10, look.columns - 2 - indent)).map((part, n) =>
    line(`state ${n}`, [span(left(n === 0 ? sign : '', indent, ''), condition.tone), span(part)]),
  );
  const port = device ? ` ${plain(device.description)}` : '';
  const where = `${words.line(analyzer.device)}${port}, ${words.unit(analyzer.address)}`;
  const what = [
    `${plain(analyzer.vendor)} ${plain(analyzer.model)}`.trim(),
    words.profile(plain(analyzer.profile)),
    where,
  ];
  const last = analyzer.lastRecord;
  const work = joined([
    words.every(duration(analyzer.readingMs), duration(analyzer.recordingMs)),
    analyzer.rapidMs === null ? '' : words.rapid(duration(analyzer.rapidMs)),
    words.readings(analyzer.readings.good, analyzer.readings.failed),
    analyzer.lastReading?.forced ? words.forced : '',
    (analyzer.today.cost ?? null) === null ? '' : words.costToday((analyzer.today.cost ?? 0).toFixed(2)),
    last ? words.lastRecord(timeText(last.end, today), last.n, last.expected) : '',
  ]);
  const failure = analyzer.error ?? analyzer.lastReading?.failure ?? null;
  const said = failure ? plain(failure.message) : '';
  const paragraph = (key: string, text: string, tone: Tone = 'plain'): readonly Line[] =>
    wrapped(text, look.columns - 2).map((part, n) => textLine(`${key} ${n}`, part, tone));
  return [
    line('who', [span(plain(analyzer.name || analyzer.model), 'accent'), span(`  ${plain(analyzer.location)}`, 'dim')]),
    ...state,
    ...(said !== '' && said !== errorWords(failure, words) ? paragraph('said', `  ${said}`, 'warn') : []),
    ...(condition.advice === '' ? [] : paragraph('advice', `  ${condition.advice}`)),
    line('chart', chart(analyzer, look)),
    ...paragraph('what', what.join(dot)),
    ...paragraph('meter', meterWords(analyzer, look).join(dot)),
    ...paragraph('work', work),
  ];
}

const CHART = ['connecting', 'polling', 'failed', 'paused', 'stopped', 'held'] as const;

/** ` connecting   polling  [failed]  paused   stopped   held    18:01:40` */
function chart(analyzer: SeenAnalyzer, { words, plant }: Look): readonly Span[] {
  const state = shownState(analyzer.state);
  const spans = CHART.map((each) =>
    each === state ? span(`[${words.states[each]}]`, 'accent') : span(` ${words.states[each]} `, 'dim'),
  );
  const since = analyzer.since;
  const time =
    since === null || !Number.isFinite(instantOf(since)) ? '' : `  ${timeText(since, plant.node?.now ?? since)}`;
  return [...spans, span(time, 'dim')];
}

function meterWords(analyzer: SeenAnalyzer, { ui, words }: Look): readonly string[] {
  const meter = ui.opened?.meter ?? null;
  const said =
    meter === null
      ? []
      : [
          ...(meter.VSO === null ? [] : [words.firmware(meter.VSO)]),
          ...(meter.NSN === null ? [] : [words.serial(meter.NSN)]),
          ...(meter.HMU === null ? [] : [words.hoursOfUse(meter.HMU[0], meter.HMU[1])]),
          ...(meter.ERR_MSG === null
            ? []
            : [meter.ERR_MSG.length === 0 ? words.meterFine : words.meterError(meter.ERR_MSG.map(plain).join(', '))]),
        ];
  const name = analyzer.identification === null ? null : plain(analyzer.identification).trim();
  // some models are asked, answer, and have no name to say
  const who = name === null ? [words.notIdentified] : name === '' ? [] : [`"${name}"`];
  return [...who, ...(analyzer.simulated ? [words.simulated] : []), ...said];
}
