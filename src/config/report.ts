import type { Problem } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';

/** Problems kept of one load; a file that is wrong throughout says the same thing over and over. */
export const PROBLEMS_MAX = 100;
const SEEN_LENGTH_MAX = 60;
const NAMES_SHOWN_MAX = 40;

type Add = (at: string, expected: string, saw: string, todo?: string) => void;

/** Collects what is wrong while everything is read, so that a person hears of all of it at once. */
export type Report = {
  readonly error: Add;
  readonly warn: Add;
  readonly problems: readonly Problem[];
  readonly failed: () => boolean;
  /** No more problems are kept: what is only needed to word them may be left out. */
  readonly full: () => boolean;
};

export function createReport(): Report {
  const problems: Problem[] = [];
  let failed = false;
  const add =
    (severity: Problem['severity']): Add =>
    (at, expected, saw, todo = '') => {
      if (severity === 'error') failed = true;
      if (problems.length < PROBLEMS_MAX) problems.push({ severity, at, expected, saw, todo });
      else if (problems.length === PROBLEMS_MAX) problems.push(tooMany(severity, at));
    };
  const full = () => problems.length > PROBLEMS_MAX;
  return { error: add('error'), warn: add('warning'), problems, failed: () => failed, full };
}

function tooMany(severity: Problem['severity'], at: string): Problem {
  const saw = 'more, from here on';
  return { severity, at, expected: `at most ${PROBLEMS_MAX} problems`, saw, todo: 'correct those above first' };
}

/** What was seen, in quotes, safe to print and not too long. */
export function seen(text: string): string {
  return `"${safe(text, SEEN_LENGTH_MAX)}"`;
}

/** Names as a sentence lists them: `A, B and C`. */
export function listed(names: readonly string[], last = 'and'): string {
  if (names.length === 0) return 'none';
  if (names.length === 1) return names[0] ?? '';
  if (names.length > NAMES_SHOWN_MAX) {
    return `${names.slice(0, NAMES_SHOWN_MAX).join(', ')} and ${names.length - NAMES_SHOWN_MAX} more`;
  }
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

/** The known name that was probably meant, or null: equal but for case and blanks, or a slip or two away. */
export function nearest(name: string, known: readonly string[]): string | null {
  const bare = plain(name);
  if (bare === '' || bare.length > SEEN_LENGTH_MAX) return null;
  const slips = Math.min(2, Math.floor(bare.length / 3));
  const ranked = known
    .map((each) => ({ each, distance: distance(bare, plain(each)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= slips ? best.each : null;
}

const plain = (name: string): string => name.toLowerCase().replace(/[\s_./-]/g, '');

/** Insertions, deletions, exchanges and swaps of neighbours between two short texts. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(before[j]! + 1, row[j - 1]! + 1, before[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, older[j - 2]! + 1);
      row.push(least);
    }
    older = before;
    before = row;
  }
  return before[b.length] ?? 0;
}

/** The end of a sentence about a name that is not known. */
export function didYouMean(name: string, known: readonly string[], else_: string): string {
  const near = nearest(name, known);
  return near === null ? else_ : `did you mean ${near}?`;
}
