import { type Command, Option } from 'commander';
import { configOptions } from './option-values.ts';

type Action = (options: never, words: readonly string[]) => Promise<number>;
type Run = (load: () => Promise<Action>) => (words: readonly string[], options: unknown) => Promise<void>;

/** `lector cost` and what is under it. */
export function addCost(program: Command, run: Run): void {
  const bill = program.command('cost').description('what the energy of an analyzer costs, by the contract of a file');
  const priced = run(async () => (await import('./cost.ts')).cost);
  const asked = run(async () => (await import('./cost-central.ts')).costCentral);
  ofCentre(whose(bill))
    .option('--from <date>', 'first day, local (default: the first of this month)')
    .option('--to <date>', 'first day that is not in it (default: tomorrow)')
    .addOption(alone('--what-if <file>', 'another contract, to compare with'))
    .addOption(alone('--by <part>', 'a row for each').choices(['day', 'week', 'month', 'period']))
    .addOption(alone('--open <line>', 'what a line is made of: P3, excess, vat, ...; P3@2026-01-15 record by record'))
    .addOption(
      alone('--invoice <file or total>', "beside a supplier's invoice: its total, or lines such as energy P3;226.08"),
    )
    .option('--estimate', 'guess the energy of time without data, and mark it')
    .option('--no-last-year', 'without the same dates a year before')
    .addOption(new Option('--csv', 'print CSV').conflicts('json'))
    .option('--json', 'print JSON')
    .addHelpText('after', COST_EXAMPLES)
    .action(() => (bill.opts().central === undefined ? priced : asked)(bill.args, bill.opts()));
  addPeriod(bill, run);
  const advice = bill.command('advise').description('contracted power by period that would have cost least in a year');
  const advised = run(async () => (await import('./cost-advise.ts')).costAdvise);
  const advisedThere = run(async () => (await import('./cost-advise-central.ts')).costAdviseCentral);
  ofCentre(whose(advice))
    .option('--from <date>', 'first day, local (default: a year before the last)')
    .option('--to <date>', 'first day that is not in it (default: today)')
    .option('--json', 'print JSON')
    .action(() => (advice.opts().central === undefined ? advised : advisedThere)(advice.args, advice.opts()));
}

/** Each of these is another view of the bill: of two one would be left out, and nobody told. */
const VIEWS = ['whatIf', 'by', 'open', 'invoice'];

function alone(flags: string, about: string): Option {
  const option = new Option(flags, about);
  return option.conflicts(VIEWS.filter((name) => name !== option.attributeName()));
}

function whose(command: Command): Command {
  return configOptions(command)
    .option('--analyzer <id or name>', 'whose, or a sum such as "1 - 5" (default: the first of config.xml)')
    .option('--tariff <file>', 'contract, or its name in tariffs/ beside config.xml (default: what config.xml says)')
    .option('--dades <folder>', "daily files, also the predecessor's, in the place of the records of the store")
    .option('--model <name>', 'of the meter that daily files are of, where nothing else says it, such as PM710');
}

function ofCentre(command: Command): Command {
  return command
    .option('--central <url>', 'of a centre, such as http://127.0.0.1:50080; --analyzer is then 4-1 or a name')
    .option('--token-file <file>', 'its first line is the admin token of that centre');
}

function addPeriod(bill: Command, run: Run): void {
  const period = bill.command('period [time]').description('which period it is at a time (default: now), and why');
  const told = run(async () => (await import('./cost-period.ts')).costPeriod);
  period
    .requiredOption('--tariff <name>', 'such as 2.0TD or 3.0TD')
    .option('--territory <name>', 'peninsula, baleares, canarias, ceuta or melilla', 'peninsula')
    .option('--power', 'of contracted power, not of energy')
    .option('--json', 'print JSON')
    .action(() => told(period.args, period.opts()));
}

/** `lector event` and what is under it. */
export function addEvents(program: Command, run: Run): void {
  const events = program.command('event').description('what changes the arithmetic of bills, entered by hand');
  const add = events.command('add <kind>').description('exchange (of a meter), maintenance (not billed), or note');
  const added = run(async () => (await import('./event.ts')).addEvent);
  configOptions(add)
    .option('--analyzer <id or name>', 'whose (default: the only one)')
    .option('--at <time>', 'when, local: "2026-11-25 14:30" (of a note: now)')
    .option('--from <time>', 'of maintenance')
    .option('--to <time>', 'of maintenance')
    .option('--old <number>', 'what the counter of the old meter showed, in the unit of the counter')
    .option('--new <number>', 'what the counter of the new one showed')
    .option('--counter <code>', 'which counter, such as CEA (default: that of imported energy)')
    .option('--text <words>', 'what a reader of the bill should know')
    .addHelpText('after', EVENT_EXAMPLES)
    .action(() => added(add.args, add.opts()));
  const list = events.command('list').description('what was entered');
  const listed = run(async () => (await import('./event.ts')).listEvents);
  configOptions(list)
    .option('--analyzer <id or name>', 'whose (default: all)')
    .option('--json', 'print JSON')
    .action(() => listed(list.args, list.opts()));
  const remove = events.command('remove <number>').description('take back what was entered');
  const removed = run(async () => (await import('./event.ts')).removeEvent);
  configOptions(remove).action(() => removed(remove.args, remove.opts()));
}

const COST_EXAMPLES = `
Examples:
  lector cost --analyzer 1 --from 2026-01-01 --to 2026-02-01 --tariff docs/examples/3.0TD-baleares.json
  lector cost --analyzer "Main switchboard" --tariff school --what-if other-supplier
  lector cost --analyzer 1 --from 2026-01-01 --to 2027-01-01 --by month
  lector cost --analyzer 1 --from 2026-01-01 --to 2026-02-01 --invoice 1174.15
  lector cost --analyzer "1 - 5" --open P3@2026-01-15
  lector cost --central http://127.0.0.1:50080 --analyzer 4-1 --by day
  lector cost advise --analyzer 1 --tariff school
  lector cost period --tariff 3.0TD --territory baleares "2026-07-01 11:00"
`;

const EVENT_EXAMPLES = `
Examples:
  lector event add exchange --analyzer 1 --at "2026-03-02 10:30" --old 10342.5 --new 0
  lector event add maintenance --analyzer 1 --from "2026-03-02 09:00" --to "2026-03-02 11:00" --text "generator test"
  lector event add note --analyzer 1 --text "new air conditioning"
`;
