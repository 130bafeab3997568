import { asciiOf } from './formats/width.ts';
import type { Screen } from './state/ui.ts';
import { alarmsBody } from './view-model/alarms.ts';
import { analyzerBody } from './view-model/analyzer.ts';
import { busBody } from './view-model/bus.ts';
import { deliveriesBody } from './view-model/deliveries.ts';
import { footerLine } from './view-model/footer.ts';
import { headerLine, tabsLine, troubleSpans } from './view-model/header.ts';
import { helpLines, paletteLines } from './view-model/help.ts';
import { blank, cutSpans, type Line, type Span, span, spansWidth } from './view-model/line.ts';
import { linesBody } from './view-model/lines.ts';
import { logBody } from './view-model/log.ts';
import { messageLines } from './view-model/message.ts';
import { overviewBody } from './view-model/overview.ts';
import { treeBody } from './view-model/tree.ts';
import type { Body, FrameView, Look } from './view-model/view.ts';
import { virtualBody } from './view-model/virtual.ts';

const BODIES: Readonly<Record<Screen, (look: Look, height: number) => Body>> = {
  overview: overviewBody,
  analyzer: analyzerBody,
  virtual: virtualBody,
  lines: linesBody,
  bus: busBody,
  deliveries: deliveriesBody,
  tree: treeBody,
  log: logBody,
  alarms: alarmsBody,
};

/** Rows from which on each part of the frame has room; the body is there always. */
const TABS_FROM = 12;
const MESSAGE_FROM = 6;
const MESSAGES_FROM = 20;
const FOOTER_FROM = 4;
const HEADER_FROM = 3;

/**
 * The whole screen as lines, from what is known and chosen. Pure: the same look gives the same frame.
 *
 *   header    IES Sa Garriga                          1 failed  4 polling  nothing owed  18:05
 *   tabs      1 Overview  2 Lines  3 Deliveries  4 Tree  5 Log  6 Alarms
 *   body      heading and rows
 *   messages  sentences about the selected row, an answer, a question
 *   footer    the keys that work here
 */
export function frameOf(look: Look): FrameView {
  const { rows, columns, ui } = look;
  const has = { header: rows >= HEADER_FROM, tabs: rows >= TABS_FROM, footer: rows >= FOOTER_FROM };
  const isHelp = ui.prompt?.kind === 'help';
  const messages = isHelp ? 0 : [MESSAGE_FROM, MESSAGES_FROM].filter((from) => rows >= from).length;
  const bodyRows = Math.max(1, rows - messages - Object.values(has).filter(Boolean).length);
  const palette = paletteLines(look).slice(0, Math.max(0, bodyRows - 2));
  const body = faded(BODIES[ui.screen](look, bodyRows - palette.length), look);
  const trouble = has.tabs ? null : troubleSpans(look);
  const trimmed = (each: Line): Line => within(each, look);
  return {
    mouse: ui.mouse,
    columns,
    rows,
    header: has.header ? trimmed(headerLine(look)) : null,
    tabs: has.tabs ? trimmed(tabsLine(look, listWords(look, body))) : null,
    body: {
      ...body,
      heading: body.heading && trimmed(body.heading),
      lines: [...filled(body, bodyRows - palette.length), ...palette].map(trimmed),
    },
    messages: messageLines(look, body, messages, trouble).map(trimmed),
    footer: has.footer ? trimmed(footerLine(look, body)) : null,
    bodyRows,
    help: isHelp ? helpLines(look).slice(0, bodyRows).map(trimmed) : null,
  };
}

/** No line is wider than the terminal, or beyond what it can draw, whatever a screen made of it. */
function within(each: Line, { columns, glyphs }: Look): Line {
  const isWide = spansWidth(each.spans) > columns;
  const spans = isWide ? cutSpans(each.spans, columns, glyphs.ellipsis) : each.spans;
  return { ...each, spans: glyphs.isAscii ? spans.map(({ text, tone }) => span(asciiOf(text), tone)) : spans };
}

/** With blank lines, so that the footer stays where it is. */
function filled(body: Body, height: number): readonly Line[] {
  const { heading, lines, tables = [] } = body;
  // tables stand right below the lines
  if (tables.length > 0) return lines;
  const room = Math.max(0, height - (heading ? 1 : 0));
  const missing = room - lines.length;
  return missing <= 0
    ? lines.slice(0, room)
    : [...lines, ...Array.from({ length: missing }, (_, n) => blank(`blank ${n}`))];
}

/** Old values look old: nothing of the plant has a colour while the server is away. */
function faded(body: Body, { plant, ui }: Look): Body {
  if (plant.link.kind !== 'lost' || ui.screen === 'log') return body;
  const lines = body.lines.map((each) => ({ ...each, spans: each.spans.map(({ text }) => span(text, 'dim')) }));
  return { ...body, lines };
}

/** "1-17/40": which lines of a text are in sight; empty where all are. */
const scrolled = ({ top, count }: Body['place'], shown: number): string =>
  count > shown ? `${top + 1}-${top + shown}/${count}` : '';

/** `sorted by power  filter kitchen  faults only  3 marked  12 of 200 ` */
function listWords({ ui, words, plant }: Look, { place, keys, lines }: Body): readonly Span[] {
  const filter = ui.filters[ui.screen] ?? '';
  const isOverview = ui.screen === 'overview';
  const parts = [
    ...(isOverview && (ui.sort !== 'state' || ui.reversed)
      ? [span(words.sortedBy(words.sorts[ui.sort], ui.reversed), 'dim')]
      : []),
    ...(filter === '' ? [] : [span(words.filterIs(filter), 'warn')]),
    ...(isOverview && ui.faultsOnly ? [span(words.faultsOnly, 'warn')] : []),
    ...(ui.screen === 'log' ? [span(words.levelFrom(ui.level), 'dim')] : []),
    ...(isOverview && ui.marks.size > 0 ? [span(words.marked(ui.marks.size), 'accent')] : []),
  ];
  const all = isOverview ? plant.analyzers.size + plant.virtuals.length : place.count;
  const at = keys.length > 0 ? place.index + 1 : place.count;
  const isPart = isOverview && place.count !== all;
  const where =
    place.count === 0
      ? ''
      : isPart
        ? words.shownOf(place.count, all)
        : keys.length > 0
          ? `${at}/${all}`
          : scrolled(place, lines.length);
  return [...parts, ...(where === '' ? [] : [span(where, 'dim')])].flatMap((part) => [part, span('  ')]);
}
