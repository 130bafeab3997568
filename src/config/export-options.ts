import { resolve } from 'node:path';
import { z } from 'zod';
import { type ExportType, type OptionKind, optionsOf } from '../domain/export-options.ts';
import type { ExportConfig } from '../domain/installation.ts';
import { childTexts, reportUnknownName } from './fields.ts';
import { NAMES } from './names-ca.ts';
import type { Report } from './report.ts';
import { type Found, filled, oneOf, optional, readField, type Typed, text, whole, yesNo } from './schema.ts';
import { checkFile, checkVariable } from './secret-files.ts';
import type { XmlElement } from './xml-file.ts';

/** What would be a secret in config.xml itself, and the option that names where it is. */
const SECRETS: Readonly<Record<string, string>> = { password: 'password', token: 'token', secret: 'secret' };

/** The options of a destination, attributes or elements, checked by the table of its type. Absent ones are left out. */
export function readExportOptions(
  type: ExportType,
  element: XmlElement,
  folder: string,
  report: Report,
): ExportConfig['options'] {
  const table = optionsOf(type);
  const found = foundIn(element, report);
  const options = Object.entries(table).flatMap(([name, kind]) => {
    const value = readOption(name, kind, found.get(name), { folder, report });
    return value === null ? [] : [[name, value] as const];
  });
  for (const [name, { at }] of found) {
    if (Object.hasOwn(table, name)) continue;
    const inFile = `${SECRETS[name]}_file`;
    if (Object.hasOwn(SECRETS, name) && Object.hasOwn(table, inFile)) {
      const todo = `write it into a file of its own, and name that as <${inFile}>`;
      report.error(at, `no ${name} in a configuration file`, `<${name}>`, todo);
    } else {
      const what = `option of ${type}`;
      reportUnknownName({ what, name, at, known: Object.keys(table), report });
    }
  }
  checkOneSource(found, table, report);
  return Object.fromEntries(options);
}

/** Attributes and elements by name; what stands in both, or twice, is reported. */
function foundIn(element: XmlElement, report: Report): ReadonlyMap<string, Found> {
  const found = childTexts(element, report);
  for (const { name, value, at } of element.attributes) {
    if (name === 'type' || name === 'target') continue;
    if (found.has(name)) report.error(at, `one ${name} in <${NAMES.export}>`, 'a second one', 'remove one of them');
    else found.set(name, { value, at });
  }
  return found;
}

type Context = { readonly folder: string; readonly report: Report };

function readOption(name: string, kind: OptionKind, found: Found | undefined, o: Context): string | null {
  if (found === undefined || found.value === '') return null;
  const value = readField(optional(typeOf(kind), ''), `<${name}> in <${NAMES.export}>`, found, (at, ...problem) =>
    o.report.error(at ?? found.at, ...problem),
  );
  if (value === '') return null;
  if (kind.kind === 'environment') checkVariable(value, name, found.at, o.report);
  if (kind.kind !== 'file') return value;
  const file = resolve(o.folder, value);
  checkFile(file, name, kind.secret, found.at, o.report);
  return file;
}

/** Every option is a text again when it has been checked. */
function typeOf(kind: OptionKind): Typed<string> {
  const asText = <T>({ schema, expected }: Typed<T>, print: (value: T) => string): Typed<string> => ({
    schema: schema.transform(print),
    expected,
  });
  switch (kind.kind) {
    case 'text':
      return text(kind.max);
    case 'whole':
      return asText(whole(kind.min, kind.max), String);
    case 'oneOf':
      return asText(oneOf(kind.values), String);
    case 'yesNo':
      return asText(yesNo, (value) => (value ? 'yes' : 'no'));
    case 'file':
      return filled('the path of a file', 4_000);
    case 'environment':
      return variable;
  }
}

const variable: Typed<string> = {
  schema: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/),
  expected: 'the name of an environment variable, such as LECTOR_TOKEN',
};

function checkOneSource(found: ReadonlyMap<string, Found>, table: Readonly<Record<string, unknown>>, report: Report) {
  for (const secret of Object.values(SECRETS)) {
    const file = found.get(`${secret}_file`);
    if (file === undefined || !found.has(`${secret}_env`) || !Object.hasOwn(table, `${secret}_file`)) continue;
    report.error(file.at, `<${secret}_file> or <${secret}_env>`, 'both', 'remove one of them');
  }
}
