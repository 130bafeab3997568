import type { NumberList } from '../../src/protocol/views.ts';
import type { Glyphs } from './glyphs.ts';

/**
 * A sparkline `columns` wide of values in order of time, oldest first: `▁▁▂▅█▆▃▂`. Neighbours that share a column are
 * averaged; a column without a value stays blank. `base` zero: heights count from 0 (powers, currents); else from the
 * least value, over a span of at least `spanMin`, so that what hardly moves looks flat.
 */
export function spark(
  values: NumberList,
  columns: number,
  glyphs: Glyphs,
  base: 'zero' | { readonly spanMin: number } = 'zero',
): string {
  const cells = bucketed(values, columns);
  const known = cells.filter((value) => value !== null);
  if (known.length === 0) return ' '.repeat(Math.max(0, columns));
  const [low, high] = limits(known, base);
  const top = glyphs.spark.length - 1;
  const draw = (value: number | null): string => {
    if (value === null) return glyphs.nothing;
    const height = high === low ? 0 : Math.round(((value - low) / (high - low)) * top);
    return glyphs.spark[Math.min(top, Math.max(0, height))] ?? glyphs.nothing;
  };
  return cells.map(draw).join('');
}

function limits(known: readonly number[], base: 'zero' | { readonly spanMin: number }): readonly [number, number] {
  const low = Math.min(...known);
  const high = Math.max(...known);
  if (base === 'zero') return [Math.min(0, low), Math.max(0, high)];
  const missing = Math.max(0, base.spanMin - (high - low));
  return [low - missing / 2, high + missing / 2];
}

/** Exactly `columns` values: fewer are put to the right, for the newest is there; more are averaged. */
function bucketed(values: NumberList, columns: number): NumberList {
  if (columns <= 0) return [];
  if (values.length <= columns) return [...Array<null>(columns - values.length).fill(null), ...values];
  return Array.from({ length: columns }, (_, cell) => {
    const from = Math.floor((cell * values.length) / columns);
    const to = Math.floor(((cell + 1) * values.length) / columns);
    return mean(values.slice(from, to));
  });
}

/** Mean of those that are there; null: none is. */
export function mean(values: NumberList): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
