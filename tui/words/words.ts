import { CA } from './ca.ts';
import { EN, type Words } from './en.ts';
import { ES } from './es.ts';

export type { Words } from './en.ts';

export const LANGUAGES = { en: EN, ca: CA, es: ES } as const satisfies Record<string, Words>;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** The language of a terminal: `--lang`, else what LC_ALL, LC_MESSAGES or LANG begin with, else English. */
export function languageOf(asked: string | undefined, env: Readonly<Record<string, string | undefined>>): Language {
  const wanted = asked ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || '');
  const two = wanted.slice(0, 2).toLowerCase();
  return isLanguage(two) ? two : 'en';
}

/** A text of a table by a key that came from outside; null: the table does not know it. */
export function wordOf(table: Readonly<Record<string, string>>, key: string): string | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}
