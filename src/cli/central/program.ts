import { Command, Option } from 'commander';
import { HOST, PORT } from '../../central/api/settings.ts';
import { integer } from '../option-values.ts';
import { CONTRACT_GROUP } from './contract-commands.ts';
import { EVENT_GROUP, VIRTUAL_GROUP } from './meter-commands.ts';
import { RULE_GROUP } from './rule-commands.ts';
import type { Group, Spec } from './spec.ts';

const NODE_MAX = 4_294_967_295;

const loadNodes = async () => import('./nodes.ts');
const loadAnalyzers = async () => import('./analyzers.ts');
const loadModels = async () => import('./models.ts');
const loadSettings = async () => import('./settings.ts');

const aboutNode = (command: Command): Command =>
  command
    .option('--name <text>', 'what people call it')
    .option('--location <text>', 'where it is')
    .option('--zone <name>', 'its time zone, such as Europe/Madrid')
    .option('--lector <host:port>', 'its control port, to be asked live; "none": not from here');
const aboutAnalyzer = (command: Command): Command =>
  command
    .option('--model <name>', 'its model, such as PM710')
    .option('--name <text>', 'what people call it')
    .option('--location <text>', 'where it is');
const withRecords = (command: Command): Command =>
  command.option('--with-records', 'its records too, which cannot be undone');

const SINGLE: readonly Spec[] = [
  {
    name: 'serve',
    about: 'take and give records, in the foreground, until Ctrl+C',
    stays: true,
    load: async () => (await import('./serve.ts')).serveCentre,
    options: serveOptions,
    examples: ['serve', 'serve --host 0.0.0.0 --tls-cert centre.pem --tls-key centre.key', 'serve --trust 10.0.0.0/24'],
  },
  {
    name: 'status',
    about: 'whether it runs, what it holds, when each site was heard',
    load: async () => (await import('./status.ts')).status,
    examples: ['status', 'status --json'],
  },
  {
    name: 'ingest',
    about: 'store the records of an MQTT broker; several may run side by side',
    stays: true,
    load: async () => (await import('./ingest.ts')).ingest,
    options: ingestOptions,
    examples: [
      'ingest --mqtt mqtt://127.0.0.1:1883',
      'ingest --mqtt mqtts://broker.example --user centre --password-file broker.password --id second',
    ],
  },
  {
    name: 'retention',
    about: 'how long records are kept; removes what is older',
    words: '[days]',
    load: async () => (await loadSettings()).retention,
    examples: ['retention', 'retention 3650', 'retention forever'],
  },
  {
    name: 'admin-token',
    about: 'a new token to change things over the API with',
    load: async () => (await loadSettings()).adminToken,
    options: (command) =>
      command.option('--label <text>', 'what it is for').option('--revoke', 'revoke all of them instead'),
    examples: ['admin-token', 'admin-token --revoke'],
  },
  {
    name: 'backup',
    about: 'everything in one file, while the centre goes on',
    words: '<file>',
    load: async () => (await import('./backup.ts')).backup,
    examples: ['backup centre-2026-11-25.tar.gz'],
  },
  {
    name: 'restore',
    about: 'a backup, into a centre that holds nothing yet',
    words: '<file>',
    load: async () => (await import('./backup.ts')).restore,
    examples: ['restore centre-2026-11-25.tar.gz --data new-centre'],
  },
];

const GROUPS: Readonly<Record<string, Group>> = {
  node: {
    about: 'sites, and the tokens that their lectors deliver with',
    commands: [
      { name: 'list', about: 'all of them', load: async () => (await loadNodes()).listNodes, examples: ['node list'] },
      {
        ...{
          name: 'add',
          about: 'a new one',
          words: '<node>',
          options: aboutNode,
          examples: ['node add 4 --name School'],
        },
        load: async () => (await loadNodes()).addNode,
      },
      {
        ...{ name: 'change', about: 'its name, place, zone or lector', words: '<node>', options: aboutNode },
        load: async () => (await loadNodes()).changeNode,
        examples: ['node change 4 --lector 10.0.0.5:50007'],
      },
      {
        ...{ name: 'remove', about: 'one without records, or with them', words: '<node>', options: withRecords },
        load: async () => (await loadNodes()).removeNode,
        examples: ['node remove 4'],
      },
      {
        ...{ name: 'token', about: 'a new token to deliver with, printed this once', words: '<node>' },
        options: (command) => command.option('--label <text>', 'what it is for'),
        load: async () => (await loadNodes()).nodeToken,
        examples: ['node token 4 > centre.token'],
      },
      {
        ...{ name: 'revoke', about: 'all its tokens', words: '<node>', examples: ['node revoke 4'] },
        load: async () => (await loadNodes()).revokeNode,
      },
      {
        ...{ name: 'replace', about: 'let a lector with another data folder feed it', words: '<node>' },
        load: async () => (await loadNodes()).replaceLector,
        examples: ['node replace 4'],
      },
    ],
  },
  analyzer: {
    about: 'analyzers of the sites',
    commands: [
      {
        ...{ name: 'list', about: 'all of them, or those of a node', words: '[node]', examples: ['analyzer list 4'] },
        load: async () => (await loadAnalyzers()).listAnalyzers,
      },
      {
        ...{ name: 'add', about: 'a new one', words: '<node> <analyzer>', options: aboutAnalyzer },
        load: async () => (await loadAnalyzers()).addAnalyzer,
        examples: ['analyzer add 4 1 --model PM710'],
      },
      {
        ...{ name: 'change', about: 'its name, place or model', words: '<node> <analyzer>', options: aboutAnalyzer },
        load: async () => (await loadAnalyzers()).changeAnalyzer,
        examples: ['analyzer change 4 1 --name Kitchen'],
      },
      {
        ...{ name: 'remove', about: 'one without records, or with them', words: '<node> <analyzer>' },
        options: withRecords,
        load: async () => (await loadAnalyzers()).removeAnalyzer,
        examples: ['analyzer remove 4 1'],
      },
    ],
  },
  model: {
    about: 'models of meters, and what they measure',
    commands: [
      {
        name: 'list',
        about: 'all of them',
        load: async () => (await loadModels()).listModels,
        examples: ['model list'],
      },
      {
        ...{
          name: 'show',
          about: 'its variables',
          words: '<model>',
          examples: ['model show PM710', 'model show PM710 --json'],
        },
        load: async () => (await loadModels()).showModel,
      },
      {
        ...{ name: 'add', about: 'the model that a JSON file describes', words: '<file>' },
        load: async () => (await loadModels()).addModel,
        examples: ['model add my-meter.json'],
      },
      {
        ...{ name: 'remove', about: 'one that no analyzer has', words: '<model>', examples: ['model remove PM710'] },
        load: async () => (await loadModels()).removeModel,
      },
    ],
  },
  contract: CONTRACT_GROUP,
  virtual: VIRTUAL_GROUP,
  event: EVENT_GROUP,
  rule: RULE_GROUP,
  allow: {
    about: 'addresses that deliver without a token, such as old lectors',
    commands: [
      {
        name: 'list',
        about: 'all of them',
        load: async () => (await loadSettings()).listAllowed,
        examples: ['allow list'],
      },
      {
        ...{ name: 'add', about: 'an address or a net', words: '<net>', examples: ['allow add 10.0.0.5 --node 4'] },
        options: (command) =>
          command.option('--node <id>', 'for this node alone (default: for any)', integer(0, NODE_MAX)),
        load: async () => (await loadSettings()).addAllowed,
      },
      {
        ...{ name: 'remove', about: 'one of them', words: '<net>', examples: ['allow remove 10.0.0.5'] },
        load: async () => (await loadSettings()).removeAllowed,
      },
    ],
  },
};

/** The command line of `lector central`: `done` is called with the exit code of the command that ran. */
export function centralProgram(done: (code: number) => void): Command {
  const program = new Command('lector central')
    .description('The centre: the records of many sites in one place.')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('(lector central --help says what there is)')
    .exitOverride()
    .addHelpText('after', HELP_END);
  for (const spec of SINGLE) addCommand(program, spec, done);
  for (const [name, { about, commands }] of Object.entries(GROUPS)) {
    const group = program
      .command(name)
      .description(about)
      .helpOption('-h, --help', 'print this help')
      .showHelpAfterError(`(lector central ${name} --help says what there is)`)
      .exitOverride();
    for (const spec of commands) addCommand(group, spec, done);
  }
  return program;
}

function addCommand(parent: Command, spec: Spec, done: (code: number) => void): void {
  const command = parent.command(spec.name).description(spec.about).helpOption('-h, --help', 'print this help');
  if (spec.words !== undefined) command.arguments(spec.words);
  command
    .option('--data <folder>', 'of the centre (default: central in the data folder of lector.ini)')
    .option('--database <url>', 'another PostgreSQL instead (else $LECTOR_DATABASE, which ps does not show)');
  if (spec.stays !== true) command.option('--json', 'print JSON');
  spec.options?.(command);
  const examples = spec.examples.map((example) => `  lector central ${example}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${examples}`).exitOverride();
  command.action(async () => {
    const action = await spec.load();
    done(await action(command.opts() as never, command.args));
  });
}

function serveOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on; 0.0.0.0 or :: for all', HOST)
    .option('--port <number>', 'port to listen on; 0 for any', integer(0, 65_535), PORT)
    .addOption(several('--trust <net>', 'may read without a token'))
    .addOption(several('--trust-proxy <net>', 'proxy whose X-Forwarded-For is believed'))
    .addOption(several('--public-name <name>', 'name under which browsers come'))
    .option('--tls-cert <file>', 'certificate chain in PEM, for https')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--secrets <folder>', 'secrets of the webhooks of rules, a file each (else $LECTOR_SECRET_NAME)')
    .option('--log <folder>', 'keep the log in files too');
}

function ingestOptions(command: Command): Command {
  return command
    .requiredOption('--mqtt <url>', 'the broker, such as mqtt://host:1883 or mqtts://host')
    .option('--id <name>', 'name of this ingester at the broker; each has its own (default: after this machine)')
    .option('--prefix <text>', 'first levels of the topics (default: lector)')
    .option('--group <name>', 'all that share the work name the same (default: lector)')
    .option('--user <name>', 'at the broker')
    .option('--password-file <file>', 'its first line is the password (else $LECTOR_MQTT_PASSWORD)')
    .option('--ca-file <file>', 'certificate that the broker is known by, in PEM')
    .option('--cert-file <file>', 'certificate of this ingester, in PEM')
    .option('--key-file <file>', 'its key')
    .option('--leave', 'finish what the broker keeps for this name, be forgotten there, and end')
    .option('--log <folder>', 'keep the log in files too');
}

const several = (flags: string, about: string): Option =>
  new Option(flags, `${about}; with commas, or again`).argParser(collect).default([], 'none');

const collect = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...text.split(',').map((each) => each.trim()),
];

const HELP_END = `
What changes something works beside a centre that runs on the same folder.
Exit code: 0 done, 1 refused, 2 wrong command line.

First steps:
  lector central serve                 its own PostgreSQL, on http://127.0.0.1:50080
  lector central node add 4            a site whose lector is on another machine,
  lector central node token 4          and the token for it
  lector central status                what has arrived`;
