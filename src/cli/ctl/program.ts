import { Command } from 'commander';
import { integer, serverOptions } from '../option-values.ts';
import type { CtlOptions } from './call.ts';
import { CTL_COMMANDS, type CtlCommand } from './commands.ts';

export type Asked = { readonly command: CtlCommand; readonly words: readonly string[]; readonly options: CtlOptions };

type Print = { readonly out: (text: string) => void; readonly err: (text: string) => void };

const RECORDS_MAX = 1000;

const EXAMPLES = `Examples:
  lector ctl list
  lector ctl pause 1 2 --for 10m
  lector ctl status 1 --json
  lector ctl watch --vars TPF,PAT
  lector ctl why 3
`;

/** What `lector ctl` alone says. */
export const SHORT_HELP = `Usage: lector ctl <command> [ids...] [options]

To see:      list, status, watch, vars, history, records, why, alarms, lines, owed, tree
To command:  pause, resume, start, startall, stop, readnow, ident, fault, reload, shutdown
And:         defs, conf, version

${EXAMPLES}
lector ctl --help says what each does, and lector ctl help pause how.
`;

const HELP_END = `
Ids are numbers or names; several may be given (1 2 5, 1,2,5 or 1-4), and lines too (line:1).
On a terminal there are tables; elsewhere a heading and lines with a tab between columns, "-" for
what is missing: new columns come at the end. --json prints what the server says: one document,
an array for several ids, and a line for each reading of watch.
Exit code: 0 done, 1 refused, 2 wrong command line, 3 no server or none that answers.

${EXAMPLES}`;

/**
 * The command line of `lector ctl` as commander reads it: `run` is called with the command that was asked for. What
 * concerns the server may stand before and after the command's words.
 */
export function ctlProgram(run: (asked: Asked) => Promise<void>, { out, err }: Print): Command {
  const program = new Command('lector ctl')
    .description('Asks and commands a running Lector.')
    .usage('<command> [ids...] [options]')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('(lector ctl --help says what there is)')
    .exitOverride();
  serverOptions(program).option('--json', 'print JSON').addHelpText('after', HELP_END);
  for (const command of CTL_COMMANDS) {
    const sub = program.command(command.name).description(command.about).helpOption('-h, --help', 'print this help');
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

const OPTIONS = {
  for: (command: Command) => command.option('--for <time>', 'such as 90s, 10m, 2h or 1d; it ends by itself'),
  last: (command: Command) => command.option('--last <time>', 'how far back, such as 10m or 2h (default: 1h)'),
  count: (command: Command) =>
    command.option('--count <number>', 'how many records (default: 20)', integer(1, RECORDS_MAX)),
  vars: (command: Command) =>
    command.option('--vars <codes>', 'which variables, such as TPF,PAT (default: V, A, kW and PF)'),
  plan: (command: Command) => command.option('--plan', 'only say what would change'),
} as const satisfies Record<NonNullable<CtlCommand['options']>[number], (command: Command) => Command>;
