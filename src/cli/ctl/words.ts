import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

/** Ids that one range may stand for. */
const RANGE_MAX = 1000;
const SECONDS_MAX = 30 * 24 * 3600;
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/**
 * Whom the words of a command name: ids, names, `line:1`; also `1,2,5` and `1-4`, each once. A name may have commas and
 * dashes: only what consists of ids is taken apart.
 *
 * @throws LectorError USAGE for an empty word (a script's variable that was not set must not do nothing in silence),
 *   and for a range that stands for nothing, or for too many.
 */
export function parseTargets(words: readonly string[]): readonly string[] {
  return [...new Set(words.flatMap(targetsOf))];
}

function targetsOf(word: string): readonly string[] {
  const parts = word.split(',').filter((part) => part.trim() !== '');
  if (parts.length === 0) throw new LectorError('USAGE', `expected an id or a name, saw "${safe(word, 40)}"`);
  if (!parts.every((part) => /^(\d+|\d+-\d+|(line|device):\d+)$/i.test(part))) return [word];
  return parts.flatMap((part) => {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(part) ?? [];
    return first === undefined ? [part] : range(part, Number(first), Number(last));
  });
}

function range(word: string, first: number, last: number): readonly string[] {
  if (last >= first && last - first < RANGE_MAX) {
    return Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
  }
  throw new LectorError('USAGE', `expected a range such as 1-4, of at most ${RANGE_MAX} ids; saw "${safe(word, 40)}"`);
}

/**
 * Words and a time that stands at their end, in seconds: `10m`, `for 90`, `--for 10m`. A bare number is an id, unless
 * `for` is before it.
 *
 * @throws LectorError USAGE when what stands behind `for` is no time.
 */
export function splitSpan(words: readonly string[]): { words: readonly string[]; span: number | null } {
  const last = words.at(-1) ?? '';
  if (/^(--)?(for|last)$/i.test(words.at(-2) ?? '')) return { words: words.slice(0, -2), span: parseSpan(last) };
  if (/^(\d+(s|min|m|h|d))+$/i.test(last)) return { words: words.slice(0, -1), span: parseSpan(last) };
  return { words, span: null };
}

/**
 * `90`, `90s`, `10m`, `1h30m`, `2d` as seconds.
 *
 * @throws LectorError USAGE for anything else, and outside 1 s to 30 days.
 */
export function parseSpan(text: string): number {
  const whole = /^(\d{1,9}(s|min|m|h|d))+$|^\d{1,9}$/i.test(text);
  const parts = [...text.toLowerCase().matchAll(/(\d+)(s|min|m|h|d)?/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 0), 0);
  if (whole && seconds >= 1 && seconds <= SECONDS_MAX) return seconds;
  throw new LectorError(
    'USAGE',
    `expected a time such as 90s, 10m, 2h or 1d, 30 days at most; saw "${safe(text, 40)}"`,
  );
}
