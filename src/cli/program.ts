import { Command, CommanderError, Option } from 'commander';
import { addCost, addEvents } from './cost-options.ts';
import { configOptions, integer, screenOptions, seconds, serverOptions } from './option-values.ts';
import type { ServeOptions } from './options.ts';
import { packageVersion } from './package-version.ts';
import { keepHeapSmall } from './small-heap.ts';
import { isTerminal } from './terminal.ts';

type Action = (options: never, words: readonly string[]) => Promise<number>;

/** Runs every command but `ctl`. Resolves with its exit code, 2 for a wrong command line; rejects as commands do. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const centre = centralWords(argv);
  if (centre !== null) return (await import('./central.ts')).central(centre);
  let code = 0;
  const run = (load: () => Promise<Action>) => async (words: readonly string[], options: unknown) => {
    code = await (await load())(options as never, words);
  };
  try {
    await createProgram(run).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its sentence, or the help that was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

/** What stands behind `central`, which has a command line of its own; null: another command is meant. */
function centralWords([first, second, ...rest]: readonly string[]): readonly string[] | null {
  if (first === 'help' && second === 'central') return ['help', ...rest];
  return first === 'central' ? [second ?? [], ...rest].flat() : null;
}

type Run = (load: () => Promise<Action>) => (codes: readonly string[], options: unknown) => Promise<void>;

function createProgram(run: Run): Command {
  const program = new Command('lector')
    .description('Reads electrical power analyzers over RS-485 and TCP, and records their means on the clock.')
    .version(`lector ${packageVersion()}`, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    // what stands behind the name of a command is that command's: cost and cost period have options of one name
    .enablePositionalOptions()
    .showHelpAfterError('(lector --help says what there is)')
    .exitOverride();
  const add = (name: string, about: string, load: () => Promise<Action>, words?: string, wordsAbout?: string) => {
    const command = program.command(name).description(about);
    if (words !== undefined) command.argument(words, wordsAbout);
    const action = run(load);
    return command.action(() => action(command.args, command.opts()));
  };

  serveOptions(add('serve', 'read and record, in the foreground, until Ctrl+C', loadServe));
  configOptions(add('check', 'say what is wrong with the configuration, or what it will do', loadCheck)).option(
    '--json',
    'print JSON',
  );
  readOptions(
    add(
      'read',
      'read one meter once, without a server',
      loadRead,
      '[codes...]',
      'codes such as TPF PAT (default: all)',
    ),
  );
  const top = add('top', 'watch a running server on the whole terminal', loadTop, '[server]', SERVER);
  screenOptions(serverOptions(top));
  const shell = add('shell', 'type commands to a running server', loadShell, '[server]', SERVER);
  serverOptions(shell)
    .option('--json', 'answers as JSON')
    .option('--classic', "the predecessor's dialect: answers as they come");
  program.command('ctl').usage('<command>').description('ask and command a running server: lector ctl --help');
  program.command('central').usage('<command>').description('the records of many sites: lector central --help');
  const owed = add(
    'owed',
    'what was not sent yet, where to, and why: of the running server, else of its store',
    loadOwed,
  );
  configOptions(owed).option('--json', 'print JSON');
  recordsOptions(add('records', 'print what is recorded here, as CSV or JSON', loadRecords));
  configOptions(
    add(
      'backup',
      'copy the data folder as it is now, also while a server runs',
      loadBackup,
      '<folder>',
      'new or empty',
    ),
  );
  const back = add('restore', 'put a backup in the place of the data folder', loadRestore, '<folder>', 'of a backup');
  configOptions(back).option('--replace', 'keep what is there aside, and use the backup');
  addCost(program, run);
  addEvents(program, run);
  deliveryOptions(add('reconcile', 'compare with the centre, and send it what it is missing', loadReconcile));
  deliveryOptions(
    add('backfill', 'send a destination what was recorded before it was configured', loadBackfill),
  ).option(
    '--dades <folder>',
    "lines of daily files, also the predecessor's, in the place of the records of the store",
  );
  simulateOptions(add('simulate', 'serve simulated meters to any other program', loadSimulate));
  return program;
}

const SERVER = 'where it is, as HOST or HOST:PORT';

const loadTop = async () => (await import('./top.ts')).top;
const loadShell = async () => (await import('./shell.ts')).shell;
const loadServe = async () => serveOrStart;
const loadCheck = async () => (await import('./check.ts')).check;
const loadRead = async () => (await import('./read.ts')).read;
const loadOwed = async () => (await import('./owed.ts')).owed;
const loadRecords = async () => (await import('./records.ts')).records;
const loadBackup = async () => (await import('./backup.ts')).backup;
const loadRestore = async () => (await import('./backup.ts')).restore;
const loadReconcile = async () => (await import('./reconcile.ts')).reconcile;
const loadBackfill = async () => (await import('./backfill.ts')).backfill;
const loadSimulate = async () => (await import('./simulate.ts')).simulate;

/** With `--top`, and where there is a terminal for it: the screen, over a server in a process of its own. */
async function serveOrStart(options: ServeOptions): Promise<number> {
  if (options.top === true && isTerminal()) return (await import('./start.ts')).start(options);
  // before the rest is loaded, which takes some
  keepHeapSmall();
  return (await import('./serve.ts')).serve(options);
}

function serveOptions(command: Command): Command {
  configOptions(command)
    .option('--top', 'in the background, with the screen over it; a Lector that runs already is watched')
    .option('--no-top', 'the plain log, also where --top was given before');
  return screenOptions(command);
}

function readOptions(command: Command): Command {
  return command
    .option('--port <path>', 'serial port, such as /dev/ttyUSB0')
    .option('--baud <number>', "bits per second (default: the model's)", integer(50, 4_000_000))
    .addOption(new Option('--parity <letter>', "N, E or O (default: the model's)").choices(['N', 'E', 'O']))
    .option('--bits <number>', '7 or 8 data bits', integer(7, 8))
    .option('--stop <number>', '1 or 2 stop bits', integer(1, 2))
    .option('--host <name>', 'Modbus TCP meter or gateway, instead of --port')
    .option('--tcp-port <number>', 'its port', integer(1, 65_535), 502)
    .option('--rtu-tcp', 'the gateway passes RTU frames through, unchanged')
    .option('--model <name>', 'the meter, such as PM710')
    .option('--address <number>', 'its address on the bus', integer(0, 255), 1)
    .option('--raw <address:count>', 'registers as they are, from the 0-based address, such as 4000:10')
    .option('--function <number>', 'for --raw: 3 holding registers, 4 input registers', integer(3, 4), 3)
    .option('--timeout <seconds>', 'longest wait for an answer', seconds, 1)
    .option('--profiles <folder>', 'folder with meter profiles of your own')
    .option('--json', 'print JSON')
    .addHelpText('after', READ_EXAMPLES);
}

const READ_EXAMPLES = `
Examples:
  lector read --port /dev/ttyUSB0 --baud 19200 --model PM710 --address 1 TPF PAT
  lector read --host 192.168.1.20 --model SDM630 --address 1
  lector read --port /dev/ttyUSB0 --baud 9600 --parity N --address 1 --raw 4000:10
`;

function simulateOptions(command: Command): Command {
  return configOptions(command)
    .option('--pty', 'on a pseudo-terminal, as if it were a serial port (needs socat)')
    .option('--link <path>', 'name of the pseudo-terminal')
    .option('--tcp <port>', 'on Modbus TCP', integer(0, 65_535))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--model <name[@address]>', 'a meter; several are allowed', collect, [])
    .option('--baud <number>', 'pace of the line', integer(50, 4_000_000))
    .option('--seed <number>', 'another school, another load curve', integer(0, 2 ** 31))
    .option('--fault <script>', 'something that goes wrong; several are allowed', collect, [])
    .option(
      '--history <days>',
      'serves nothing: writes records of so many days, such as 400d, into a store without any',
    )
    .addHelpText('after', SIMULATE_EXAMPLES);
}

function deliveryOptions(command: Command): Command {
  return configOptions(command)
    .option('--exporter <id>', 'which destination: its id, its type, or a part of its id (default: the only one)')
    .option('--from <time>', 'windows that end after it, such as 2026-11-25 or "2026-11-25 14:30", local')
    .option('--to <time>', 'windows that end at it or before (default: now)')
    .option('--plan', 'say what would be sent, and send nothing');
}

function recordsOptions(command: Command): Command {
  return configOptions(command)
    .option('--analyzer <id or name>', 'whose, or a sum of config.xml; several are allowed (default: all)', collect)
    .option('--from <time>', 'windows that end after it, such as 2026-11-25 or "2026-11-25 14:30", local')
    .option('--to <time>', 'windows that end at it or before (default: now)')
    .option('--csv', 'CSV, which is what it prints unless told')
    .option('--decimal-comma', 'CSV with decimal commas and semicolons, for spreadsheets that want them')
    .option('--full', 'CSV with least, greatest and number of readings of each value')
    .option('--json', 'JSON, each record as it is sent to a centre')
    .addHelpText('after', RECORDS_EXAMPLES);
}

const RECORDS_EXAMPLES = `
Examples:
  lector records --analyzer 1 --from 2026-11-01 --to 2026-12-01 > november.csv
  lector records --analyzer Kitchen --from "2026-11-25 08:00" --decimal-comma
  lector records --analyzer Building --from 2026-11-01 > building.csv
  lector records --json | python3 -m json.tool
`;

const SIMULATE_EXAMPLES = `
Without --model the meters of the configuration are served, or a PM710 where there is none.
A fault is ANALYZER:KIND:FROM:FOR; kinds are silence late crc truncated echo noise exception reboot jump.

Examples:
  lector simulate --pty --link /tmp/meters --model PM710@1 --model SDM630@2 --baud 19200
  lector simulate --tcp 5020 --model SDM630@1 --seed 7 --fault 1:late:60s:30s
`;

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
