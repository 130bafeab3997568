import { isAbsolute, resolve } from 'node:path';
import type { AlarmAction, SecretPlace } from '../domain/alarm-rules.ts';
import { childrenNamed, childTexts, type Placed, readTable, reportUnknownName } from './fields.ts';
import { type Report, seen } from './report.ts';
import { filled, optional, required, text, whole, yesNo } from './schema.ts';
import { checkFile, checkProgram, checkVariable } from './secret-files.ts';
import type { XmlAttribute, XmlElement } from './xml-file.ts';

export const ACTION_NAMES = ['webhook', 'mqtt', 'command'] as const;

/** Longest wait for an answer, seconds, unless told. */
const TIMEOUT_SECONDS = 30;
const ARGUMENTS_MAX = 100;
const TOPIC_MAX = 1000;

const secretFields = <const Name extends string>(name: Name) =>
  ({ [`${name}_file`]: optional(text(1000), ''), [`${name}_env`]: optional(text(200), '') }) as Record<
    `${Name}_file` | `${Name}_env`,
    ReturnType<typeof optional<string>>
  >;

const URL_TODO = 'write it whole';

const WEBHOOK = {
  url: required(filled('the address that is called, such as https://example.com/alarms', 2000), '', URL_TODO),
  ...secretFields('secret'),
  ...secretFields('token'),
  ca_file: optional(text(1000), ''),
  timeout: optional(whole(1, 300, ' (seconds)'), TIMEOUT_SECONDS),
} as const;

const MQTT = {
  url: required(filled('the broker, such as mqtt://192.168.1.5 or mqtts://broker.example.com', 2000), '', URL_TODO),
  topic: required(filled('the topic, such as lector/4/alarm', TOPIC_MAX), '', 'name one'),
  retain: optional(yesNo, false),
  user: optional(text(256), ''),
  ...secretFields('password'),
  ca_file: optional(text(1000), ''),
} as const;

/** The actions among the children of a rule; `folder`: of config.xml, where relative files lie. */
export function readActions(elements: readonly XmlElement[], folder: string, report: Report): readonly AlarmAction[] {
  return elements.flatMap((element) => {
    switch (element.name) {
      case 'webhook':
        return readWebhook(element, folder, report);
      case 'mqtt':
        return readMqtt(element, folder, report);
      case 'command':
        return readCommand(element, folder, report);
      default:
        return [];
    }
  });
}

type Fields = Parameters<typeof readTable>[1];

/** Options stand as attributes or as elements, whichever a person likes. */
function readOptions<const T extends Fields>(
  element: XmlElement,
  table: T,
  report: Report,
): Placed<ReturnType<typeof readTable<T>>['values']> {
  const found = new Map<string, XmlAttribute | { readonly value: string; readonly at: string }>(
    childTexts(element, report),
  );
  for (const attribute of element.attributes) {
    if (found.has(attribute.name)) {
      report.error(
        attribute.at,
        `${attribute.name} once in <${element.name}>`,
        'an element of that name too',
        'remove one of them',
      );
    } else found.set(attribute.name, attribute);
  }
  const known = Object.keys(table);
  for (const [name, { at }] of found) {
    if (!known.includes(name)) reportUnknownName({ what: `option of <${element.name}>`, name, at, known, report });
  }
  return readTable(found, table, { at: element.at, report, name: (name) => `${name} of <${element.name}>` });
}

function readWebhook(element: XmlElement, folder: string, report: Report): readonly AlarmAction[] {
  const { values, at } = readOptions(element, WEBHOOK, report);
  const place = { folder, element, at, report };
  if (!isUrl(values.url, ['http:', 'https:'], place)) return [];
  return [
    {
      kind: 'webhook',
      url: values.url,
      secret: secretOf('secret', values.secret_file, values.secret_env, place),
      token: secretOf('token', values.token_file, values.token_env, place),
      caFile: authorityOf(values.ca_file, place),
      timeoutMs: values.timeout * 1000,
    },
  ];
}

function readMqtt(element: XmlElement, folder: string, report: Report): readonly AlarmAction[] {
  const { values, at } = readOptions(element, MQTT, report);
  const place = { folder, element, at, report };
  const isRight = isUrl(values.url, ['mqtt:', 'mqtts:', 'ws:', 'wss:'], place);
  if (/[#+\0]/.test(values.topic)) {
    report.error(at('topic'), 'topic of <mqtt>: one topic, without # and +', seen(values.topic), 'name one');
    return [];
  }
  if (!isRight || values.topic === '') return [];
  return [
    {
      kind: 'mqtt',
      ...{ url: values.url, topic: values.topic, retain: values.retain, user: values.user },
      password: secretOf('password', values.password_file, values.password_env, place),
      caFile: authorityOf(values.ca_file, place),
    },
  ];
}

type Place = {
  readonly folder: string;
  readonly element: XmlElement;
  readonly at: (name: string) => string;
  readonly report: Report;
};

function isUrl(url: string, schemes: readonly string[], { element, at, report }: Place): boolean {
  if (url === '') return false;
  const parsed = URL.parse(url);
  const expected = `url of <${element.name}> that begins with ${schemes.map((each) => `${each}//`).join(' or ')}`;
  if (parsed === null || !schemes.includes(parsed.protocol) || parsed.hostname === '') {
    report.error(at('url'), expected, seen(url), 'correct it');
    return false;
  }
  if (parsed.username === '' && parsed.password === '') return true;
  const secret = element.name === 'mqtt' ? 'user and password_file or password_env' : 'token_file or token_env';
  report.error(at('url'), `url of <${element.name}> without user and password`, seen(url), `write ${secret} instead`);
  return false;
}

function secretOf(name: string, file: string, env: string, { folder, at, report }: Place): SecretPlace | null {
  if (file !== '' && env !== '') {
    report.error(at(`${name}_env`), `${name}_file or ${name}_env`, 'both', 'remove one of them');
  }
  if (file !== '') {
    const path = resolve(folder, file);
    checkFile(path, `${name}_file`, true, at(`${name}_file`), report);
    return { kind: 'file', path };
  }
  if (env === '') return null;
  checkVariable(env, `${name}_env`, at(`${name}_env`), report);
  return { kind: 'env', name: env };
}

function authorityOf(file: string, { folder, at, report }: Place): string | null {
  if (file === '') return null;
  const path = resolve(folder, file);
  checkFile(path, 'ca_file', false, at('ca_file'), report);
  return path;
}

/** `<command><arg>/usr/bin/logger</arg><arg>-t</arg></command>`, or the program alone as its text. */
function readCommand(element: XmlElement, folder: string, report: Report): readonly AlarmAction[] {
  for (const { name, at } of element.attributes) {
    reportUnknownName({ what: 'attribute of <command>', name, at, known: [], report });
  }
  const args = childrenNamed(element, 'arg', report).map(({ text: argument }) => argument);
  const expected = 'in <command> an <arg> for the program and one for each argument: no shell splits a line';
  if (element.text !== '' && (args.length > 0 || /\s/.test(element.text))) {
    report.error(
      element.at,
      expected,
      seen(element.text),
      'write <arg>/path/to/program</arg><arg>first argument</arg>',
    );
    return [];
  }
  const [program = '', ...rest] = element.text === '' ? args : [element.text];
  if (program === '' || rest.length > ARGUMENTS_MAX) {
    const saw = program === '' ? 'none' : `${rest.length} arguments`;
    report.error(element.at, expected, saw, 'write <arg>/path/to/program</arg>');
    return [];
  }
  // a bare name is looked for where the system looks for programs
  const isPath = /[/\\]/.test(program) && !isAbsolute(program);
  const file = isPath ? resolve(folder, program) : program;
  if (isAbsolute(file)) checkProgram(file, element.at, report);
  return [{ kind: 'command', argv: [file, ...rest], folder }];
}
