import type { Theme } from './formats/paint.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** No UTF-8: what the locale says, and the Linux console without it, get signs of ASCII alone. */
export function isAscii(asked: boolean, env: Env): boolean {
  if (asked) return true;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return !/utf-?8/i.test(locale) || env.TERM === 'dumb';
}

/**
 * Colours for this background. NO_COLOR with any text in it: none (no-color.org). Else what was asked for, else what
 * COLORFGBG of the terminal says: its last number is the background, 7 and 15 are light.
 */
export function themeOf(asked: Theme | undefined, env: Env): Theme {
  if ((env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb') return 'none';
  if (asked !== undefined) return asked;
  const background = Number(env.COLORFGBG?.split(';').at(-1) ?? Number.NaN);
  return background === 7 || background === 15 ? 'light' : 'dark';
}

/** OSC 52: the terminal puts the text on the clipboard, over SSH too. */
export const copySequence = (text: string): string => `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
