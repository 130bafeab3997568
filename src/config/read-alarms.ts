import { ALARM_DEFAULTS, type AlarmRule, freeName, withDefaults } from '../domain/alarm-rules.ts';
import type { AnalyzerConfig, DeviceConfig } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';
import { childrenNamed, readAttributes, reportUnknownName } from './fields.ts';
import { NAMES, tag } from './names-ca.ts';
import { ACTION_NAMES, readActions } from './read-alarm-actions.ts';
import {
  COMMON,
  intervalOf,
  limitsOf,
  OWN,
  quietOf,
  type Read,
  RULE,
  type Rule,
  repeatOf,
} from './read-alarm-fields.ts';
import { didYouMean, listed, type Report, seen } from './report.ts';
import { optional, yesNo } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

/** What rules may name, and where relative files lie. */
export type AlarmContext = {
  readonly devices: readonly DeviceConfig[];
  readonly analyzers: readonly { readonly analyzer: AnalyzerConfig; readonly profile: Profile | null }[];
  readonly folder: string;
};

const RULES_MAX = 500;
const NAME_MAX = 60;

/** The rules of `<alarms>` with those on by default, or these alone where the file has none. */
export function readAlarms(element: XmlElement | null, context: AlarmContext, report: Report): readonly AlarmRule[] {
  if (element === null) return withDefaults([]);
  const { values } = readAttributes(element, { defaults: optional(yesNo, true) }, report);
  const items = childrenNamed(element, NAMES.alarm, report);
  if (items.length > RULES_MAX) {
    report.error(
      element.at,
      `at most ${RULES_MAX} rules in ${tag('alarms')}`,
      `${items.length}`,
      'let one rule name many analyzers',
    );
    return [];
  }
  const names = new Set<string>();
  const rules = items.map((item) => readRule(item, context, names, report));
  return values.defaults ? withDefaults(rules) : rules;
}

function readRule(element: XmlElement, context: AlarmContext, names: Set<string>, report: Report): AlarmRule {
  const read: Read = readAttributes(element, RULE, report);
  const { values } = read;
  const { when } = values;
  const own: readonly string[] = OWN[when];
  for (const { name, at } of element.attributes) {
    if (!(name in RULE) || own.includes(name) || COMMON.includes(name)) continue;
    report.error(
      at,
      `when="${when}" with ${listed([...own, 'name', 'repeat', 'quiet', 'severity'])}`,
      name,
      'remove it',
    );
  }
  for (const { name, at } of element.children) {
    const known: readonly string[] = ACTION_NAMES;
    if (!known.includes(name)) reportUnknownName({ what: `element in ${tag('alarm')}`, name, at, known, report });
  }
  const to = { read, element, report };
  const limits = limitsOf(to);
  const analyzers = idsOf(
    'analyzers',
    context.analyzers.map(({ analyzer }) => analyzer.id),
    'analyzer',
    to,
  );
  const variable = variableOf(analyzers, context, to);
  return {
    name: nameOf(to, names),
    when,
    severity: values.severity === '' ? ALARM_DEFAULTS[when].severity : values.severity,
    analyzers,
    devices: idsOf(
      'devices',
      context.devices.map(({ id }) => id),
      'device',
      to,
    ),
    exporter: values.exporter === '' ? null : values.exporter,
    except: [],
    variable,
    index: values.value === 0 ? null : values.value - 1,
    ...limits,
    forMs: values.for < 0 ? ALARM_DEFAULTS[when].forMs : values.for,
    demandMs: when === 'demand' ? intervalOf(to) : null,
    repeatMs: repeatOf(to),
    quiet: quietOf(to),
    actions: readActions(element.children, context.folder, report),
    isDefault: false,
  };
}

/** As written, else what it watches: it must be told from the others. */
function nameOf({ read: { values, at }, report }: Rule, names: Set<string>): string {
  const { when, variable, analyzers, devices, exporter } = values;
  const parts = [when, variable, analyzers, devices, exporter].filter((part) => part !== '');
  const plain = parts.join(' ').slice(0, NAME_MAX);
  if (values.name !== '' && names.has(values.name)) {
    report.error(
      at('name'),
      `a name of its own for each ${tag('alarm')}`,
      `${seen(values.name)} again`,
      'give it another',
    );
  }
  const name = values.name === '' ? freeName(plain, names) : values.name;
  names.add(name);
  return name;
}

/** `1, 3, 5-9`; null: none are named, which means all. */
function idsOf(
  name: 'analyzers' | 'devices',
  known: readonly number[],
  word: string,
  { read, report }: Rule,
): readonly number[] | null {
  const written = read.values[name];
  if (written === '') return null;
  const ids = new Set<number>();
  for (const part of written.split(/[\s,;]+/).filter((each) => each !== '')) {
    const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    const found = known.filter((id) => id >= Number(first) && id <= Number(last));
    if (first !== '' && found.length > 0) for (const id of found) ids.add(id);
    else {
      const todo = known.length === 0 ? `there is no ${word}` : `there is ${listed(known.map(String))}`;
      report.error(read.at(name), `${name}="...": ids of ${word}s, such as 1, 3, 5-9`, seen(part), todo);
    }
  }
  return [...ids];
}

function variableOf(
  ids: readonly number[] | null,
  context: AlarmContext,
  { read, element, report }: Rule,
): string | null {
  const { when, variable } = read.values;
  const isNeeded = when === 'above' || when === 'below';
  if (variable === '') {
    if (isNeeded)
      report.error(element.at, `variable="..." in ${tag('alarm')} when="${when}"`, 'none', 'name one, such as TPF');
    return null;
  }
  const meant = context.analyzers.filter(({ analyzer }) => ids === null || ids.includes(analyzer.id));
  const codesOf = ({ consultes, rapid }: AnalyzerConfig) => [...consultes, ...(rapid?.consultes ?? [])];
  const asked = meant.filter(({ analyzer }) => codesOf(analyzer).includes(variable));
  const codes = [...new Set(meant.flatMap(({ analyzer }) => codesOf(analyzer)))];
  const at = read.at('variable');
  if (asked.length === 0) {
    const expected = `variable: one that its analyzers are asked for in ${tag('queries')} (${listed(codes, 'or')})`;
    report.error(at, expected, seen(variable), didYouMean(variable, codes, 'add it there, or choose another'));
  } else if (ids !== null && asked.length < meant.length) {
    const without = meant.filter((each) => !asked.includes(each)).map(({ analyzer }) => String(analyzer.id));
    report.warn(
      at,
      `${variable} in the ${tag('queries')} of all its analyzers`,
      `not of ${listed(without)}`,
      'those are not watched',
    );
  }
  const { value } = read.values;
  const counts = asked.flatMap(
    ({ profile }) => profile?.variables.find(({ code }) => code === variable)?.registers.length ?? [],
  );
  const most = Math.max(0, ...counts);
  if (value > most && most > 0) {
    report.error(
      read.at('value'),
      `value: 1 to ${most}, which of the values of ${variable}`,
      String(value),
      'correct it',
    );
  }
  return variable;
}
