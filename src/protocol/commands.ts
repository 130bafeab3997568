/** What is known of a command by its name alone. */
export type CommandFacts = {
  /** Also a command of the classic dialect. */
  readonly classic: boolean;
  /** It changes something: refused to a client that may only look. */
  readonly changes: boolean;
  /** What goes after the `@`, `[...]` may be left out; empty: nothing. */
  readonly argument: string;
  /** What it does, for help. */
  readonly words: string;
};

const looks = (argument: string, words: string): CommandFacts => ({ classic: false, changes: false, argument, words });
const changes = (argument: string, words: string): CommandFacts => ({ classic: false, changes: true, argument, words });
const classic = (facts: CommandFacts): CommandFacts => ({ ...facts, classic: true });

const WHO = 'ANALYZER|line:ID';

/** Every command of both dialects; the classic ones first, in the order of its HELP. ANALYZER is an id or a name. */
export const COMMANDS = {
  QUIT: classic(looks('', 'closes the connection')),
  SHUTDOWN: classic(changes('', 'ends the server: what is under way is finished, every open window is recorded')),
  START: classic(changes('ANALYZER', 'starts an analyzer that is stopped')),
  STARTALL: classic(changes('', 'starts every analyzer that is stopped')),
  PAUSE: classic(changes(`${WHO}[:SECONDS]`, 'stops reading, with SECONDS for so long; a line: its port is closed')),
  RESUME: classic(changes(WHO, 'goes on reading what was paused')),
  RELOAD: classic(changes('[plan]', 'reads the configuration again; plan: says what would change')),
  STATUS: classic(looks(WHO, 'state of an analyzer or a line')),
  GETID: classic(looks('ANALYZER', 'what the meter says it is')),
  GETVARS: classic(looks('ANALYZER', 'the last values')),
  GETDEFS: classic(looks('ANALYZER', 'which variables there are, and where each is read')),
  GETSTATUS: classic(looks('ANALYZER', 'what the meter says of itself: hours of use, errors, version, serial number')),
  FORCEREQ: classic(changes('ANALYZER', 'reads at once, beside the grid')),
  GETCONF: classic(looks('', 'the configuration of devices and analyzers')),
  IDENT: classic(changes('ANALYZER', 'identifies the meter again')),
  SETQUERY: classic(looks('', 'was never written')),
  HELP: classic(looks('', 'this list')),
  AUTH: looks('TOKEN', 'proves that this client may command'),
  VERSION: looks('', 'of the server, and what this client may do'),
  LIST: looks('', 'node, lines, analyzers and deliveries as they are now'),
  STOP: changes('ANALYZER', 'stops reading until START'),
  WHY: looks(WHO, 'the last 20 changes of state, with cause and next try'),
  TREE: looks('', 'the supervision tree: restarts used, what is held and why'),
  ALARMS: looks('', 'what is wrong now, worst first'),
  LINES: looks('', 'use, errors and who is asked now, by line'),
  OWED: looks('', 'what each delivery owes'),
  PARKED: looks(
    '[EXPORTER]',
    'records that a destination refuses, and why; EXPORTER is an id, a type or a part of an id',
  ),
  RETRY: changes('EXPORTER', 'delivers now, without a wait; records that it refused are owed again'),
  HISTORY: looks('ANALYZER:VARIABLE:SECONDS', 'readings of one variable in the last SECONDS'),
  RECORDS: looks('ANALYZER[:COUNT]', 'the last records, 20 unless told'),
  SUBSCRIBE: looks('WHAT[,WHAT...]', 'pushes what happens: readings, states, records, log, frames:LINE, all'),
  UNSUBSCRIBE: looks('[WHAT,...]', 'ends that, or all of it'),
  FAULT: changes('ANALYZER:KIND:SECONDS', 'lets a simulated meter fail'),
} as const satisfies Record<string, CommandFacts>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);
export const isClassicCommand = (name: string): name is CommandName => isCommandName(name) && COMMANDS[name].classic;

/** The classic answer to HELP: the names in the predecessor's order. */
export const HELP_TEXT: string = COMMAND_NAMES.filter((name) => COMMANDS[name].classic).join(' ');

export type HelpView = {
  readonly commands: readonly {
    readonly name: CommandName;
    readonly argument: string;
    readonly changes: boolean;
    readonly words: string;
  }[];
};

/** The answer to HELP in the JSON dialect; SETQUERY is left out, for it does nothing. */
export function helpView(): HelpView {
  const names = COMMAND_NAMES.filter((name) => name !== 'SETQUERY');
  return {
    commands: names.map((name) => {
      const { argument, changes: isChange, words } = COMMANDS[name];
      return { name, argument, changes: isChange, words };
    }),
  };
}
