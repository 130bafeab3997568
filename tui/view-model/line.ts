import { cut, padEnd, padStart, widthOf } from '../formats/width.ts';
import type { Tone } from '../state/ui.ts';

/** A piece of a line in one tone. */
export type Span = { readonly text: string; readonly tone: Tone };

/** One line of the screen, ready to be painted. `key` names the row in its list. */
export type Line = { readonly key: string; readonly spans: readonly Span[]; readonly selected: boolean };

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text, tone });
export const line = (key: string, spans: readonly Span[], selected = false): Line => ({ key, spans, selected });
export const textLine = (key: string, text: string, tone: Tone = 'plain'): Line => line(key, [span(text, tone)]);
export const blank = (key: string): Line => line(key, []);

export const spansWidth = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);

/** The spans, no wider than `columns`; what is cut ends in `mark`. */
export function cutSpans(spans: readonly Span[], columns: number, mark: string): readonly Span[] {
  let room = columns;
  const kept: Span[] = [];
  for (const each of spans) {
    const width = widthOf(each.text);
    if (width > room) {
      kept.push(span(cut(each.text, room, room > 0 ? mark : ''), each.tone));
      return kept;
    }
    kept.push(each);
    room -= width;
  }
  return kept;
}

/** The spans, exactly `columns` wide. */
export function fillSpans(spans: readonly Span[], columns: number, mark: string): readonly Span[] {
  const shown = cutSpans(spans, columns, mark);
  const missing = columns - spansWidth(shown);
  return missing > 0 ? [...shown, span(' '.repeat(missing))] : shown;
}

/** Left part and right part of one line: the left one is cut where both do not fit. */
export function spread(left: readonly Span[], right: readonly Span[], columns: number, mark: string): readonly Span[] {
  const end = cutSpans(right, columns, mark);
  const room = Math.max(0, columns - spansWidth(end));
  const gap = end.length > 0 && room > 0 ? 1 : 0;
  return [...fillSpans(left, room - gap, mark), ...(gap ? [span(' ')] : []), ...end];
}

/** Two columns of lines beside each other, the first `leftColumns` wide. */
export function sideBySide(
  left: readonly Line[],
  right: readonly Line[],
  leftColumns: number,
  mark: string,
): readonly Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    const first = left[row];
    const spans = fillSpans(first?.spans ?? [], leftColumns, mark);
    return line(first?.key ?? `side ${row}`, [...spans, span('  '), ...(right[row]?.spans ?? [])]);
  });
}

export const left = (text: string, columns: number, mark: string): string => padEnd(text, columns, mark);
export const right = (text: string, columns: number, mark: string): string => padStart(text, columns, mark);
