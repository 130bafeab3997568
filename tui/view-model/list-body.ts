import { type Screen, TOP } from '../state/ui.ts';
import { fillSpans, type Line, line, type Span, span, textLine } from './line.ts';
import type { Body, Look } from './view.ts';
import { scrollOf, windowOf } from './window.ts';

/** Cursor and a blank. */
export const LEAD = 2;

/** A list with a selected row. `draw` is called for the rows that are shown alone. */
export function listBody<Row>(
  look: Look,
  height: number,
  o: {
    readonly screen: Screen;
    readonly heading: readonly Span[];
    readonly rows: readonly Row[];
    readonly keyOf: (row: Row) => string;
    readonly draw: (row: Row) => readonly Span[];
    readonly detailOf: (row: Row) => readonly string[];
    readonly empty: string;
    readonly cut: readonly string[];
  },
): Body {
  const { ui, glyphs, columns } = look;
  const keys = o.rows.map(o.keyOf);
  const room = Math.max(0, height - 1);
  const place = windowOf(keys, ui.places[o.screen] ?? TOP, room);
  const selected = o.rows[place.index];
  const lines = o.rows.slice(place.top, place.top + room).map((row) => {
    const isSelected = row === selected;
    const spans = [span(isSelected ? `${glyphs.cursor} ` : '  ', 'accent'), ...o.draw(row)];
    return line(o.keyOf(row), fillSpans(spans, columns, glyphs.ellipsis), isSelected);
  });
  return {
    heading: line('heading', [span(' '.repeat(LEAD)), ...o.heading]),
    lines: o.rows.length === 0 ? [textLine('none', `  ${o.empty}`, 'dim')] : lines,
    keys,
    place,
    cut: o.cut,
    detail: selected ? o.detailOf(selected) : [],
  };
}

/** Lines that only scroll; `toEnd` keeps the last one in sight until a person scrolls away from it. */
export function textBody(
  look: Look,
  height: number,
  o: {
    readonly screen: Screen;
    readonly heading: Line | null;
    readonly lines: readonly Line[];
    readonly toEnd?: boolean;
  },
): Body {
  const room = Math.max(0, height - (o.heading ? 1 : 0));
  const placed = look.ui.places[o.screen];
  const end = { key: null, index: 0, top: Math.max(0, o.lines.length - room) };
  const place = scrollOf(o.lines.length, placed ?? (o.toEnd ? end : TOP), room);
  const lines = o.lines.slice(place.top, place.top + room);
  return { heading: o.heading, lines, keys: [], place, cut: [], detail: [] };
}
