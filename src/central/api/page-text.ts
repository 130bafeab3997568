import { safe } from '../../domain/safe.ts';

/** A text from outside, as it may stand in HTML and in its attributes. */
export const escaped = (text: string): string =>
  safe(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const UNITS = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** `40 s`, `12 min`, `3 h`, `2 days`: the unit of which there are two at least. */
export function durationText(ms: number): string {
  const [size, name] = UNITS.find(([each]) => ms >= 2 * each) ?? [1_000, 's'];
  return `${Math.max(0, Math.round(ms / size))} ${name}`;
}

/** `12 min ago`, `in 3 h` where a clock is wrong. */
export const agoText = (ms: number): string =>
  ms < 0 && ms <= -1_000 ? `in ${durationText(-ms)}` : `${durationText(ms)} ago`;

/** As many digits as a person reads: `231.4`, `0.982`, `18 204`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 1_000 ? 0 : size >= 10 ? 1 : 3);
  return text.replace(/\B(?=(\d{3})+$)/g, ' ');
}
