import { COMMANDS, type CommandName } from '../../protocol/commands.ts';

/** What may follow a word: see parseLine. */
export type Shape =
  | 'nothing'
  | 'whom'
  | 'whomOrAll'
  | 'pause'
  | 'history'
  | 'records'
  | 'fault'
  | 'reload'
  | 'token'
  | 'exporter'
  | 'exporterOrAll';

export type Word = {
  /** The command of the protocol behind it; null: the shell does it itself. */
  readonly command: CommandName | null;
  readonly shape: Shape;
  readonly usage: string;
  readonly about: string;
  readonly examples: readonly string[];
};

const word = (command: CommandName, shape: Shape, usage: string, ...examples: readonly string[]): Word => ({
  command,
  shape,
  usage,
  // who types says times as people do
  about: COMMANDS[command].words.replaceAll('SECONDS', 'TIME'),
  examples,
});

const own = (usage: string, about: string, ...examples: readonly string[]): Word => ({
  command: null,
  shape: 'whomOrAll',
  usage,
  about,
  examples,
});

/** What can be typed, in the order of `help`. WHO is an id, a name, several of them, or nothing after `use`. */
export const WORDS = {
  list: word('LIST', 'nothing', ''),
  status: word('STATUS', 'whomOrAll', '[WHO]', 'status 1', 'status 1 2 5', 'status Main switchboard', 'status line:1'),
  vars: word('GETVARS', 'whom', 'WHO', 'vars 1'),
  defs: word('GETDEFS', 'whom', 'WHO', 'defs 1'),
  id: word('GETID', 'whom', 'WHO', 'id 1'),
  meter: word('GETSTATUS', 'whom', 'WHO', 'meter 1'),
  history: word('HISTORY', 'history', 'WHO VARIABLE [TIME]', 'history 1 PAT', 'history 1 PAT 10m'),
  records: word('RECORDS', 'records', 'WHO [COUNT]', 'records 1', 'records 1 96'),
  watch: own('[WHO]', 'follows readings until Ctrl+C', 'watch', 'watch 1 2'),
  why: word('WHY', 'whom', 'WHO', 'why 3', 'why line:1'),
  alarms: word('ALARMS', 'nothing', ''),
  lines: word('LINES', 'nothing', ''),
  owed: word('OWED', 'nothing', ''),
  parked: word('PARKED', 'exporterOrAll', '[EXPORTER]', 'parked', 'parked clientRest'),
  tree: word('TREE', 'nothing', ''),
  pause: word(
    'PAUSE',
    'pause',
    'WHO [TIME]',
    'pause 1',
    'pause 1 10m',
    'pause 1 2 for 90s',
    'pause line:1 2h',
    'pause all',
  ),
  resume: word('RESUME', 'whom', 'WHO', 'resume 1', 'resume line:1', 'resume all'),
  start: word('START', 'whom', 'WHO', 'start 1'),
  startall: word('STARTALL', 'nothing', ''),
  stop: word('STOP', 'whom', 'WHO', 'stop 1', 'stop all'),
  readnow: word('FORCEREQ', 'whom', 'WHO', 'readnow 1', 'readnow all'),
  ident: word('IDENT', 'whom', 'WHO', 'ident 1'),
  conf: word('GETCONF', 'nothing', ''),
  reload: word('RELOAD', 'reload', '[plan]', 'reload plan', 'reload'),
  retry: word('RETRY', 'exporter', 'EXPORTER', 'retry clientRest'),
  fault: word('FAULT', 'fault', 'WHO KIND [TIME]', 'fault 2 silence 30s'),
  version: word('VERSION', 'nothing', ''),
  auth: word('AUTH', 'token', 'TOKEN'),
  shutdown: word('SHUTDOWN', 'nothing', ''),
  use: own('[WHO]', 'from now on commands without an id are about WHO; alone: about nobody', 'use 1', 'use'),
  json: own('on|off', 'answers as JSON, or as tables', 'json on'),
  help: own('[COMMAND]', 'this list, or one command with examples', 'help pause'),
  exit: own('', 'leaves the shell (also Ctrl+D)'),
} as const satisfies Record<string, Word>;

export type WordName = keyof typeof WORDS;
export const WORD_NAMES = Object.keys(WORDS) as readonly WordName[];

/** Words that take `all` for every analyzer: it is no name behind them. */
export const OF_ALL: readonly WordName[] = ['pause', 'resume', 'stop', 'readnow'];

/** Other spellings: of the protocol, of the predecessor's client, and what hands are used to. */
const ALIASES: Readonly<Record<string, WordName>> = {
  quit: 'exit',
  q: 'exit',
  '?': 'help',
  ls: 'list',
  setequip: 'use',
  identify: 'ident',
  identification: 'id',
  forcereq: 'readnow',
  getconf: 'conf',
  getdefs: 'defs',
  getid: 'id',
  getstatus: 'meter',
  getvars: 'vars',
};

/** The word that a text stands for, however it is spelt; null: none. */
export function wordOf(text: string): WordName | null {
  const lower = text.toLowerCase();
  if (Object.hasOwn(WORDS, lower)) return lower as WordName;
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? null) : null;
}

/** The word that was probably meant; null: nothing is near. */
export function nearestWord(text: string): WordName | null {
  const lower = text.toLowerCase();
  const distances = WORD_NAMES.map((name) => ({ name, distance: editDistance(lower, name) }));
  const nearest = distances.reduce((best, each) => (each.distance < best.distance ? each : best));
  return nearest.distance <= (lower.length < 5 ? 1 : 2) ? nearest.name : null;
}

/** Letters to add, drop, change, or swap with their neighbour to make one text of the other. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (rows[i - 1]?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : change;
      row.push(Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swap));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
