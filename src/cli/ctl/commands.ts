import type { Call } from './call.ts';

type Run = (call: Call) => Promise<number>;

export type CtlCommand = {
  readonly name: string;
  /** As commander writes them: `<ids...>` at least one, `[ids...]` any number. */
  readonly words?: string;
  readonly about: string;
  readonly options?: readonly ('for' | 'last' | 'count' | 'vars' | 'plan')[];
  readonly examples: readonly string[];
  /** Loads what the command needs, which nobody else waits for. */
  readonly load: () => Promise<Run>;
};

const states = () => import('./state-commands.ts');
const data = () => import('./data-commands.ts');

/** Every command of `lector ctl`, in the order of its help. */
export const CTL_COMMANDS: readonly CtlCommand[] = [
  {
    name: 'list',
    about: 'every analyzer: its state, last reading and power; sums of them',
    examples: ['list', 'list | cut -f1,2'],
    load: async () => (await states()).list,
  },
  {
    name: 'status',
    words: '[ids...]',
    about: 'some analyzers, lines or sums; without ids every analyzer',
    examples: ['status 1', 'status "Main switchboard"', 'status line:1', 'status 1-4 --json'],
    load: async () => (await states()).status,
  },
  {
    name: 'watch',
    words: '[ids...]',
    about: 'follow readings until Ctrl+C',
    options: ['vars'],
    examples: ['watch', 'watch 1 2 --vars TPF,PAT', 'watch line:1 --json'],
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'vars',
    words: '<ids...>',
    about: 'the last values',
    examples: ['vars 1'],
    load: async () => (await data()).vars,
  },
  {
    name: 'readnow',
    words: '<ids...>',
    about: 'read at once, beside the grid; shown, and part of no record',
    examples: ['readnow 1', 'readnow all', 'readnow 1 --timeout 30'],
    load: async () => (await import('./read-now.ts')).readNow,
  },
  {
    name: 'history',
    words: '<id> <codes...>',
    about: 'recent readings of variables, 48 h at most',
    options: ['last'],
    examples: ['history 1 PAT', 'history 1 TPF IPF --last 10m'],
    load: async () => (await data()).history,
  },
  {
    name: 'records',
    words: '<ids...>',
    about: 'the last records, newest last',
    options: ['count'],
    examples: ['records 1', 'records 1 --count 96'],
    load: async () => (await data()).records,
  },
  {
    name: 'why',
    words: '<ids...>',
    about: 'the last changes of state, each with its cause and when it is tried again',
    examples: ['why 3', 'why line:1'],
    load: async () => (await data()).why,
  },
  {
    name: 'alarms',
    about: 'what is wrong now, worst first',
    examples: ['alarms'],
    load: async () => (await data()).alarms,
  },
  {
    name: 'lines',
    about: 'how busy each device is, and with whom',
    examples: ['lines'],
    load: async () => (await data()).lines,
  },
  {
    name: 'owed',
    about: 'what each exporter has still to deliver',
    examples: ['owed'],
    load: async () => (await data()).owed,
  },
  {
    name: 'parked',
    words: '[exporter]',
    about: 'records that a destination refuses, and why',
    examples: ['parked', 'parked clientRest'],
    load: async () => (await data()).parked,
  },
  {
    name: 'retry',
    words: '<exporter>',
    about: 'deliver now, without a wait; what was refused is owed again',
    examples: ['retry clientRest', 'retry mqtt --json'],
    load: async () => (await data()).retry,
  },
  {
    name: 'tree',
    about: 'the supervision tree, with the restarts that count',
    examples: ['tree'],
    load: async () => (await data()).tree,
  },
  {
    name: 'pause',
    words: '<ids...>',
    about: 'leave analyzers alone; a whole line also closes its port',
    options: ['for'],
    examples: ['pause 1 2 5', 'pause 1 --for 10m', 'pause line:1 --for 2h', 'pause all'],
    load: async () => (await states()).pause,
  },
  {
    name: 'resume',
    words: '<ids...>',
    about: 'go on reading what is paused',
    examples: ['resume 1', 'resume line:1', 'resume all'],
    load: async () => (await states()).resume,
  },
  {
    name: 'start',
    words: '<ids...>',
    about: 'start what is stopped',
    examples: ['start 1'],
    load: async () => (await states()).start,
  },
  {
    name: 'startall',
    about: 'start every analyzer that is stopped',
    examples: ['startall'],
    load: async () => (await states()).startAll,
  },
  {
    name: 'stop',
    words: '<ids...>',
    about: 'stop analyzers until they are started, or the server is',
    examples: ['stop 1', 'stop all'],
    load: async () => (await states()).stop,
  },
  {
    name: 'ident',
    words: '<ids...>',
    about: 'ask meters again what they are',
    examples: ['ident 1'],
    load: async () => (await data()).ident,
  },
  {
    name: 'defs',
    words: '<ids...>',
    about: 'what the values are: quantity, phases, unit',
    examples: ['defs 1'],
    load: async () => (await data()).defs,
  },
  {
    name: 'conf',
    about: "the configuration, in the predecessor's shape (JSON)",
    examples: ['conf'],
    load: async () => (await data()).conf,
  },
  {
    name: 'reload',
    about: 'read the configuration again; only what changed is touched',
    options: ['plan'],
    examples: ['reload --plan', 'reload'],
    load: async () => (await states()).reload,
  },
  {
    name: 'fault',
    words: '<ids-and-kind...>',
    about: 'let simulated meters go wrong; the last word is the kind',
    options: ['for'],
    examples: ['fault 2 silence --for 30s', 'fault 1 2 crc'],
    load: async () => (await states()).fault,
  },
  {
    name: 'version',
    about: 'what server this is, and what it lets you do',
    examples: ['version'],
    load: async () => (await data()).version,
  },
  {
    name: 'shutdown',
    about: 'end the server in an orderly way',
    examples: ['shutdown'],
    load: async () => (await states()).shutdown,
  },
];
