import type { Key } from 'ink';

const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x1b': 'esc',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x1a': 'ctrl-z',
  '\x0c': 'ctrl-l',
  '\x15': 'ctrl-u',
};

const FLAGS: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What Ink tells of one chunk of input, as keys: a burst such as `jjj` comes as one chunk, and is three keys. */
export function keysOf(input: string, key: Partial<Key>): readonly string[] {
  if (key.tab) return [key.shift ? 'backtab' : 'tab'];
  const flag = FLAGS.find(([name]) => key[name]);
  if (flag) return [flag[1]];
  if (key.ctrl && /^[a-z]$/.test(input)) return [`ctrl-${input}`];
  // Esc and a key in one chunk look like Alt and that key, which nothing is bound to
  const before = key.meta ? ['esc'] : [];
  const keys = [...GRAPHEMES.segment(input)].flatMap(({ segment }) => {
    // CR LF is one grapheme
    const named = CONTROLS[segment] ?? (segment === '\r\n' ? 'enter' : undefined);
    if (named !== undefined) return [named];
    return /\p{Cc}/u.test(segment) ? [] : [segment];
  });
  return [...before, ...keys];
}
