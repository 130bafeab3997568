import { Command, CommanderError } from 'commander';
import { safe } from '../../domain/safe.ts';
import { integer, serverOptions } from '../option-values.ts';
import type { CtlOptions } from './call.ts';
import { CTL_COMMANDS, type CtlCommand } from './commands.ts';
import { DONE, WRONG_USAGE } from './failure.ts';
import { type Asked, RECORDS_MAX } from './quick-parse.ts';
import { EXAMPLES } from './short-help.ts';

type Print = { readonly out: (text: string) => void; readonly err: (text: string) => void };

const HELP_END = `
Ids are numbers or names; several may be given (1 2 5, 1,2,5 or 1-4), and lines
too (line:1). Behind pause, resume, stop and readnow "all" is every analyzer
that it can concern.
On a terminal there are tables; elsewhere a heading and lines with a tab between
columns, "-" for what is missing: new columns come at the end.
--json prints what the server says: one document, an array for several ids, and
a line for each reading of watch.
Exit code: 0 done, 1 refused, 2 wrong command line, 3 no server or none that
answers.

${EXAMPLES}`;

/**
 * Reads any command line of `lector ctl` and runs what it asks for. What is wrong with it, and help, are printed.
 * Resolves with the exit code; rejects what the command does.
 */
export async function runWords(
  argv: readonly string[],
  run: (asked: Asked) => Promise<number>,
  print: Print,
): Promise<number> {
  const [first, about] = argv;
  // commander would print everything there is
  if (first === 'help' && about !== undefined && !isHelpOf(about)) {
    print.err(wrongText(`unknown command '${safe(about, 40)}'`));
    return WRONG_USAGE;
  }
  let code = DONE;
  const action = async (asked: Asked) => {
    code = await run(asked);
  };
  try {
    await ctlProgram(action, print).parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its sentence, or the help that was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    throw error;
  }
}

/**
 * The command line of `lector ctl` as commander reads it: `run` is called with the command that was asked for. What
 * concerns the server may stand before and after the command's words.
 */
function ctlProgram(run: (asked: Asked) => Promise<void>, { out, err }: Print): Command {
  const program = new Command('lector ctl')
    .description('Asks and commands a running Lector.')
    .usage('<command> [ids...] [options]')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ writeOut: out, writeErr: err, outputError: (text, write) => write(wrongText(text)) })
    .exitOverride();
  serverOptions(program).option('--json', 'print JSON').addHelpText('after', HELP_END);
  for (const command of CTL_COMMANDS) {
    const sub = program.command(command.name).description(command.about).helpOption('-h, --help', 'print this help');
    sub.configureOutput({ outputError: (text, write) => write(wrongText(text, command)) });
    if (command.words !== undefined) sub.arguments(command.words);
    for (const option of command.options ?? []) OPTIONS[option](sub);
    const examples = command.examples.map((example) => `  lector ctl ${example}`).join('\n');
    sub.addHelpText('after', `\nExamples:\n${examples}\n\nlector ctl --help says how the server is found.`);
    sub.action(async () => {
      await run({ command, words: sub.args, options: sub.optsWithGlobals<CtlOptions>() });
    });
  }
  return program;
}

const isHelpOf = (word: string): boolean =>
  word.startsWith('-') || word === 'help' || CTL_COMMANDS.some(({ name }) => name === word);

/** What commander says is wrong, as one sentence with what to do. */
function wrongText(text: string, command?: CtlCommand): string {
  const said = text.replace(/^error: /, '').trim();
  const [sentence = '', suggestion] = said.split(/\n\(Did you mean (.*)\?\)$/s);
  const words = sentence.replace(/\.(?= )/g, ':').replace(/\.$/, '');
  const missing = /^missing required argument '(.+)'$/.exec(words)?.[1];
  if (missing !== undefined && command !== undefined) {
    const what = missing.replaceAll('-', ' ');
    return `lector: expected ${what} behind "${command.name}", such as: lector ctl ${command.examples[0]}\n`;
  }
  const option = /^unknown option '--(.+)'$/.exec(words)?.[1];
  const takers = CTL_COMMANDS.filter(({ options = [] }) => options.some((each) => each === option));
  if (takers.length > 0) return `lector: ${words}; only ${takers.map(({ name }) => name).join(' and ')} may have it\n`;
  if (suggestion !== undefined) return `lector: ${words}; did you mean ${suggestion}?\n`;
  return `lector: ${words}; "lector ctl ${command === undefined ? '' : `${command.name} `}--help" says what there is\n`;
}

const OPTIONS = {
  for: (command: Command) => command.option('--for <time>', 'such as 90s, 10m, 2h or 1d; it ends by itself'),
  last: (command: Command) => command.option('--last <time>', 'how far back, such as 10m or 2h (default: 1h)'),
  count: (command: Command) =>
    command.option('--count <number>', 'how many records (default: 20)', integer(1, RECORDS_MAX)),
  vars: (command: Command) =>
    command.option('--vars <codes>', 'which variables, such as TPF,PAT (default: V, A, kW and PF)'),
  plan: (command: Command) => command.option('--plan', 'only say what would change'),
} as const satisfies Record<NonNullable<CtlCommand['options']>[number], (command: Command) => Command>;
