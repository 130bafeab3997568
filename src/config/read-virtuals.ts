import type { AnalyzerConfig } from '../domain/installation.ts';
import { powerPlaces } from '../domain/power-places.ts';
import type { Profile } from '../domain/profile.ts';
import { parseVirtual, type VirtualConfig, type VirtualTerm } from '../domain/virtual.ts';
import { childrenNamed, type Placed, readAttributes, reportNothingWithin } from './fields.ts';
import { NAMES, tag } from './names-ca.ts';
import { listed, type Report, seen } from './report.ts';
import { filled, optional, required, text, whole } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

export type VirtualContext = {
  readonly analyzers: readonly { readonly analyzer: AnalyzerConfig; readonly profile: Profile | null }[];
  /** Contract of every sum that names no other; empty: none. */
  readonly tariffOfAll: string;
};

/** A sum with the places of what is checked against other files. */
export type VirtualDraft = { readonly virtual: VirtualConfig; readonly at: (name: 'tariff') => string };

/** More of them than anybody names. */
const VIRTUALS_MAX = 200;
const EXAMPLE = 'a sum of analyzers by their ids, each once, such as 1 - 5 or 1 + 2 + 3';

const VIRTUAL = {
  id: required(whole(1, 65_535), 0),
  name: required(filled('a name of at most 200 characters', 200), ''),
  location: optional(text(), ''),
  of: required(filled(EXAMPLE, 2000), '', 'write of="1 - 5"'),
  tariff: optional(text(100), ''),
} as const;

/** The sums of `<virtuals>`: ids and names of their own, and of analyzers that there are. */
export function readVirtuals(
  element: XmlElement | null,
  context: VirtualContext,
  report: Report,
): readonly VirtualDraft[] {
  if (element === null) return [];
  const items = childrenNamed(element, NAMES.virtual, report);
  if (items.length > VIRTUALS_MAX) {
    const expected = `at most ${VIRTUALS_MAX} <${NAMES.virtual}> in ${tag('virtuals')}`;
    report.error(element.at, expected, `${items.length}`, 'remove those that nobody looks at');
    return [];
  }
  const read = items.map((item) => {
    reportNothingWithin(item, report);
    return readAttributes(item, VIRTUAL, report);
  });
  checkOnce(read, context, report);
  const ids = new Set(read.map(({ values }) => values.id));
  return read.map(({ values, at }) => {
    const { id, name, location, of } = values;
    const terms = termsOf({ values, at }, ids, context, report);
    const tariff = values.tariff || context.tariffOfAll;
    return { virtual: { id, name, location, of, terms, ...(tariff !== '' && { tariff }) }, at };
  });
}

type Read = Placed<{ readonly id: number; readonly name: string; readonly of: string; readonly tariff: string }>;

const folded = (name: string): string => name.trim().toLocaleLowerCase();

/** Commands name both kinds by id or name: what is meant must be plain. */
function checkOnce(read: readonly Read[], { analyzers }: VirtualContext, report: Report): void {
  const byId = new Map<number, string>(analyzers.map(({ analyzer: { id } }) => [id, `${NAMES.analyzer} ${id}`]));
  const byName = new Map<string, string>(
    analyzers.flatMap(({ analyzer: { id, name } }) =>
      name === '' ? [] : [[folded(name), `${NAMES.analyzer} ${id}`] as const],
    ),
  );
  for (const { values, at } of read) {
    const { id, name } = values;
    const [sameId, sameName] = [byId.get(id), byName.get(folded(name))];
    // what could not be read was reported
    if (sameId !== undefined && id !== 0) {
      const expected = `an id of its own for each <${NAMES.virtual}> and <${NAMES.analyzer}>`;
      report.error(at('id'), expected, `id ${id}, as ${sameId} has`, 'give it another id, such as 100');
    }
    if (/^[\d\s+-]+$/.test(name)) {
      report.error(at('name'), 'a name that is no id and no sum', seen(name), 'give it another name');
    }
    if (sameName !== undefined && name !== '') {
      const expected = `a name of its own for each <${NAMES.virtual}>`;
      report.error(at('name'), expected, `${seen(name)}, as ${sameName} has`, 'give it another name');
    }
    byId.set(id, `${NAMES.virtual} ${id}`);
    byName.set(folded(name), `${NAMES.virtual} ${id}`);
  }
}

function termsOf(
  { values, at }: Read,
  virtuals: ReadonlySet<number>,
  { analyzers }: VirtualContext,
  report: Report,
): readonly VirtualTerm[] {
  const { of } = values;
  if (of === '') return [];
  const terms = parseVirtual(of);
  if (terms === null) {
    report.error(at('of'), `of="...": ${EXAMPLE}`, seen(of), 'one analyzer alone is no sum');
    return [];
  }
  for (const { id } of terms) {
    const found = analyzers.find(({ analyzer }) => analyzer.id === id);
    if (found !== undefined) {
      warnUnmeasured(found, at('of'), report);
      continue;
    }
    const there = `there is ${listed(analyzers.map(({ analyzer }) => String(analyzer.id)))}`;
    const todo = virtuals.has(id) ? 'write its own analyzers in its place' : there;
    const saw = virtuals.has(id) ? `${id}, which is a sum itself` : String(id);
    report.error(at('of'), 'of="...": ids of analyzers', saw, todo);
  }
  // where a rule of alarms names analyzers, 1-5 are five of them
  const [dash] = /\d-\d+/.exec(of) ?? [];
  if (dash !== undefined) {
    const [first = '', second = ''] = dash.split('-');
    const expected = `of="...": blanks around a minus, such as ${first} - ${second}`;
    report.warn(at('of'), expected, seen(of), `it is read as analyzer ${first} without analyzer ${second}`);
  }
  return terms;
}

/** A sum is not known without any of its analyzers, so never where one measures nothing that could be added up. */
function warnUnmeasured({ analyzer, profile }: VirtualContext['analyzers'][number], at: string, report: Report): void {
  if (profile === null) return;
  const { power, energy } = powerPlaces(analyzer, profile);
  if (power.length > 0 || energy !== null) return;
  const saw = `${analyzer.id}, a ${seen(analyzer.model)} that is asked for neither`;
  report.warn(
    at,
    'of="...": analyzers that are asked for power or energy',
    saw,
    'the sum is never known: leave it out',
  );
}
