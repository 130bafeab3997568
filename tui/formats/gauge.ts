import type { Glyphs } from './glyphs.ts';

/** `├────┼──●─┤`: where a value lies between `low` and `high`, with the nominal value marked; blank without a value. */
export function gauge(
  value: number | null,
  scale: { readonly low: number; readonly nominal: number; readonly high: number },
  columns: number,
  glyphs: Glyphs,
): string {
  const inside = columns - 2;
  if (inside < 3 || value === null) return ' '.repeat(Math.max(0, columns));
  const at = (x: number): number =>
    Math.min(inside - 1, Math.max(0, Math.round(((x - scale.low) / (scale.high - scale.low)) * (inside - 1))));
  const rail = Array<string>(inside).fill(glyphs.gauge.rail);
  rail[at(scale.nominal)] = glyphs.gauge.nominal;
  rail[at(value)] = glyphs.needle;
  return `${glyphs.gauge.left}${rail.join('')}${glyphs.gauge.right}`;
}

/** `████░░░░`: a share of 0..1; anything above 0 shows one column. */
export function bar(share: number, columns: number, glyphs: Glyphs): string {
  const bounded = Math.min(1, Math.max(0, share));
  const full = bounded > 0 ? Math.max(1, Math.round(bounded * columns)) : 0;
  return glyphs.bar.repeat(full) + glyphs.barRest.repeat(Math.max(0, columns - full));
}
