import type { Screen } from '../state/ui.ts';
import type { Words } from '../words/words.ts';

export type KeyName = keyof Words['keys'];
/** A key as the footer shows it, with the word behind it. */
export type Hint = { readonly key: string; readonly word: KeyName; readonly changes?: true };

const ACT: readonly Hint[] = [
  { key: 'p', word: 'pause', changes: true },
  { key: 'r', word: 'resume', changes: true },
];
const MORE_ACTS: readonly Hint[] = [
  { key: 'n', word: 'readNow', changes: true },
  { key: 'x', word: 'stop', changes: true },
  { key: 's', word: 'start', changes: true },
  { key: 'i', word: 'identify', changes: true },
];

/** What the footer offers on each screen, most wanted first; help and quit stand at its end always. */
export const HINTS: Readonly<Record<Screen, readonly Hint[]>> = {
  overview: [
    { key: 'enter', word: 'open' },
    ...ACT,
    { key: '/', word: 'filter' },
    { key: 'F', word: 'faults' },
    ...MORE_ACTS,
    { key: 'Space', word: 'mark' },
    { key: 'N V P', word: 'sort' },
    { key: 'v', word: 'view' },
    { key: ':', word: 'command' },
    { key: 'u', word: 'freeze' },
    { key: 'c', word: 'copy' },
  ],
  analyzer: [
    { key: 'Esc', word: 'back' },
    ...ACT,
    { key: 'arrows', word: 'scroll' },
    ...MORE_ACTS,
    { key: ':', word: 'command' },
    { key: 'u', word: 'freeze' },
    { key: 'c', word: 'copy' },
  ],
  virtual: [{ key: 'enter', word: 'open' }, { key: 'Esc', word: 'back' }, ...ACT, { key: 'c', word: 'copy' }],
  lines: [{ key: 'enter', word: 'bus' }, ...ACT, { key: ':', word: 'command' }, { key: 'u', word: 'freeze' }],
  bus: [
    { key: 'Esc', word: 'back' },
    { key: 'Space', word: 'hold' },
    { key: 'arrows', word: 'scroll' },
    { key: 'c', word: 'copy' },
  ],
  deliveries: [
    { key: 'arrows', word: 'move' },
    { key: ':', word: 'command' },
    { key: 'c', word: 'copy' },
  ],
  tree: [
    { key: 'enter', word: 'open' },
    { key: 'arrows', word: 'move' },
    { key: ':', word: 'command' },
    { key: 'c', word: 'copy' },
  ],
  alarms: [{ key: 'enter', word: 'open' }, ...ACT, { key: 'arrows', word: 'move' }, { key: 'c', word: 'copy' }],
  log: [
    { key: 'v', word: 'level' },
    { key: '/', word: 'filter' },
    { key: 'arrows', word: 'scroll' },
    { key: ':', word: 'command' },
  ],
};

/** What the help overlay lists, in order: keys, and which sentence of the message table says what they do. */
export const HELP_KEYS: readonly (readonly [string, Exclude<keyof Words['help'], 'title' | 'signs' | 'close'>])[] = [
  ['1 2 3 4 5 6', 'screens'],
  ['arrows j k', 'move'],
  ['enter l', 'open'],
  ['Esc h', 'back'],
  ['p r', 'pause'],
  ['n i', 'readNow'],
  ['x s', 'stop'],
  ['Space *', 'mark'],
  ['/ ! F', 'filter'],
  ['A-Z', 'sort'],
  ['u + -', 'freeze'],
  ['c m', 'copy'],
  [':', 'command'],
  ['v', 'level'],
  ['ctrl-z', 'suspend'],
  ['q ctrl-c', 'quit'],
];
