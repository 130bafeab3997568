import { age } from '../formats/age.ts';
import { figure } from '../formats/figure.ts';
import { plain } from '../formats/width.ts';
import { TOP } from '../state/ui.ts';
import { joined, noteText } from './condition.ts';
import { cutSpans, fillSpans, type Line, line, span, textLine } from './line.ts';
import { overviewColumns } from './overview-columns.ts';
import { type AnalyzerRow, overviewRows, type Row } from './overview-rows.ts';
import { sentencesOf } from './sentence.ts';
import { type Fitted, fitted, headingOf, rowOf } from './table.ts';
import type { Body, Look } from './view.ts';
import { type VirtualRow, virtualRows, virtualSentences } from './virtual-rows.ts';
import { windowOf } from './window.ts';

/** Columns that stay when a sentence takes the place of values. */
const HEAD = ['state', 'id', 'name', 'model', 'line', 'age'];
const WIDE_FROM = 100;
/** Cursor, mark and sign. */
const LEAD = 4;

/**
 * The overview, worst first, and below the analyzers the sums of them, which are computed:
 *
 *        STATE        ID NAME              READ     kWh    PF      V       A       kW
 *   ▶ ✖ failed       2 Kitchen          4 min  no answer for 4 min; next try 18:05:42
 *     ● polling      1 Main switchboard    now   123.4  0.97  230.1    52.3    34.85
 *     Σ computed   100 Building            now    98.1                          30.25
 */
export function overviewBody(look: Look, height: number): Body {
  const { ui, glyphs } = look;
  return tableBody(look, height, {
    screen: 'overview',
    rows: [...overviewRows(look), ...virtualRows(look)],
    markOf: ({ shown }) => (ui.marks.has(shown.id) ? glyphs.mark : ' '),
    empty: emptyWords(look),
  });
}

type Table = {
  readonly screen: 'overview' | 'virtual';
  readonly rows: readonly (AnalyzerRow | VirtualRow)[];
  /** One column beside the sign. */
  readonly markOf: (row: Row) => string;
  readonly empty: string;
};

/** Analyzers, and sums of them, in a table that a row is selected of. */
export function tableBody(look: Look, height: number, { screen, rows, markOf, empty }: Table): Body {
  const { ui, columns, glyphs } = look;
  const mark = glyphs.ellipsis;
  const table = fitted(overviewColumns(look), columns - LEAD, HEAD);
  const keys = rows.map(({ shown }) => String(shown.id));
  const place = windowOf(keys, ui.places[screen] ?? TOP, height - 1);
  const seen = rows.slice(place.top, place.top + Math.max(0, height - 1));
  const selected = rows[place.index];
  return {
    heading: line('heading', [span(' '.repeat(LEAD)), ...headingOf(table, mark).spans]),
    lines:
      rows.length === 0 ? [textLine('none', `  ${empty}`, 'dim')] : seen.map((row) => drawn(row, row === selected)),
    keys,
    place,
    cut: table.cut,
    detail: selected ? detailOf(selected, look) : [],
  };

  function drawn(row: Row, isSelected: boolean): Line {
    const { shown, condition } = row;
    const lead = [
      span(isSelected ? glyphs.cursor : ' ', 'accent'),
      span(markOf(row), 'accent'),
      span(`${glyphs.signs[condition.sign]} `, condition.tone),
    ];
    const spans = [...lead, ...rowOf(table, row, mark, noteFor(row, look) ?? agedNote(row, table, look))];
    const whole = isSelected ? fillSpans(spans, columns, mark) : cutSpans(spans, columns, mark);
    return line(String(shown.id), whole, isSelected);
  }
}

const detailOf = (row: AnalyzerRow | VirtualRow, look: Look): readonly string[] =>
  'analyzer' in row ? sentencesOf(row, look) : virtualSentences(row, look);

/** Where the age has no column, values that are old give way to it. */
function agedNote({ isOld, ageMs }: Row, { columns }: Fitted<Row>, { words }: Look) {
  if (!isOld || ageMs === null || columns.some(({ key }) => key === 'age')) return null;
  return { head: HEAD, spans: [span(words.readAgo(age(ageMs, words.now)), 'warn')] };
}

function noteFor({ condition, figures, isOld }: Row, look: Look) {
  if (condition.note !== null) {
    const tone = condition.tone === 'dim' ? 'dim' : 'plain';
    const { cause, until = '', next } = condition.note;
    // the age beside it says since when, unless nothing else is said
    const said = joined([cause, until]);
    const text = look.columns < WIDE_FROM && said !== '' ? joined([said, next]) : noteText(condition.note);
    return { head: HEAD, spans: [span(joined([text, condition.advice]), tone)] };
  }
  if (figures.others.length === 0) return null;
  const dot = ` ${look.glyphs.dot} `;
  return {
    head: HEAD,
    spans: [span(figures.others.map((value) => figure(value, 1)).join(dot), isOld ? 'dim' : 'plain')],
  };
}

function emptyWords({ plant, ui, words, server }: Look): string {
  if (plant.node === null)
    return plant.link.kind === 'connecting' && plant.link.message
      ? plain(plant.link.message)
      : words.connectingTo(server);
  if (plant.analyzers.size === 0) return words.noAnalyzers;
  return ui.faultsOnly && (ui.filters.overview ?? '') === '' ? words.noFaults : words.noMatch;
}
