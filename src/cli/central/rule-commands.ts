import type { Command } from 'commander';
import type { Group } from './spec.ts';

const load = async () => import('./rules.ts');

const aboutRule = (command: Command): Command =>
  command
    .option('--node <id>', 'the site it is about (default: all of them)')
    .option('--analyzer <id>', 'the analyzer or virtual meter of that site (default: all of them)')
    .option('--limit <value>', 'such as 50kW, 95% or 400; see below')
    .option('--webhook <url>', 'gets the alarm as JSON by POST; http or https')
    .option('--secret <name>', 'name of the secret that it is signed with; "none": by none')
    .option('--token <name>', 'name of the secret that is sent as a bearer token; "none": none is')
    .option('--clear <percent>', 'it is over when it is so much below the limit (default: 5)')
    .option('--repeat <time>', 'told again so often while it lasts, such as 6h or 1d; "never"')
    .option('--grace <time>', 'how long late records are waited for (default: 15m, of a night 2h)')
    .option('--night <hours>', 'of baseLoad, local time (default: 01:00-05:00)');

const HELP = `
What it is about, by --when, and its --limit:
  demand     mean power of a quarter hour: 50kW, or 95% of the contracted power
             of the period, by the contract of the analyzer or its site
  baseLoad   least mean power of an hour of the night: 3kW, or 30% above the
             median of the nights of the four weeks before
  cost       what the month will have cost at its end: 400 (of the contract's
             currency)

Secrets are given by a name. What it stands for is the first line of the file of
that name in the folder of "lector central serve --secrets FOLDER", else the
variable LECTOR_SECRET_NAME of its environment; the database has the name alone.`;

/** `lector central rule`: what calls a webhook. */
export const RULE_GROUP: Group = {
  about: 'what calls a webhook: power, base load or cost above a limit',
  commands: [
    {
      ...{ name: 'list', about: 'all of them, and what became of them', examples: ['rule list', 'rule list --json'] },
      load: async () => (await load()).listRules,
    },
    {
      ...{ name: 'add', about: 'a new one', words: '<name>' },
      options: (command) =>
        aboutRule(command.requiredOption('--when <kind>', 'demand, baseLoad or cost')).addHelpText('after', HELP),
      load: async () => (await load()).addRule,
      examples: [
        'rule add peak --when demand --node 4 --limit 95% --webhook https://example.org/hook --secret hook',
        'rule add night --when baseLoad --node 4 --analyzer 1 --limit 30% --webhook https://example.org/hook',
        'rule add month --when cost --node 4 --analyzer 1 --limit 400 --webhook http://10.0.0.5/hook --repeat 7d',
      ],
    },
    {
      ...{ name: 'change', about: 'what the options say of it', words: '<name>' },
      options: (command) => aboutRule(command).addHelpText('after', HELP),
      load: async () => (await load()).changeRule,
      examples: ['rule change peak --limit 90%', 'rule change peak --secret none'],
    },
    {
      ...{
        name: 'remove',
        about: 'one, and what it has not told yet',
        words: '<name>',
        examples: ['rule remove peak'],
      },
      load: async () => (await load()).removeRule,
    },
    {
      ...{ name: 'test', about: 'what it sees now, and whether its webhook takes a test message', words: '<name>' },
      load: async () => (await load()).testRule,
      examples: ['rule test peak'],
    },
  ],
};
