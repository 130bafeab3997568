import { listed, nearest, type Report } from './report.ts';
import { type Field, type Found, readField, type ValuesOf } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

type Table = Readonly<Record<string, Field<unknown>>>;

/** Values with the place of each, for what is checked later. */
export type Placed<T> = { readonly values: T; readonly at: (name: string) => string };

/** The attributes of an element by a table; unknown ones are reported. `others`: names that are read elsewhere. */
export function readAttributes<const T extends Table>(
  element: XmlElement,
  table: T,
  report: Report,
  others: readonly string[] = [],
): Placed<ValuesOf<T>> {
  const found = new Map(element.attributes.map((attribute) => [attribute.name, attribute]));
  reportUnknown({ what: `attribute of <${element.name}>`, found, known: [...Object.keys(table), ...others], report });
  return readTable(found, table, { at: element.at, report, name: (name) => `${name}="..." in <${element.name}>` });
}

/** The texts of an element's children by a table; unknown and repeated ones are reported. `others`: read elsewhere. */
export function readChildren<const T extends Table>(
  element: XmlElement,
  table: T,
  report: Report,
  others: readonly string[] = [],
): Placed<ValuesOf<T>> {
  const found = childTexts(element, report, others);
  reportUnknown({ what: `element in <${element.name}>`, found, known: [...Object.keys(table), ...others], report });
  return readTable(found, table, { at: element.at, report, name: (name) => `<${name}> in <${element.name}>` });
}

/** Texts of the children by name; one that stands there twice is reported, and the first counts. */
export function childTexts(element: XmlElement, report: Report, others: readonly string[] = []): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const child of element.children) {
    if (others.includes(child.name)) continue;
    if (found.has(child.name)) {
      report.error(child.at, `one <${child.name}> in <${element.name}>`, 'a second one', 'remove one of them');
    } else found.set(child.name, { value: child.text, at: child.at });
    reportNothingWithin(child, report);
  }
  return found;
}

/** Reports what stands within an element that should hold a text alone. */
export function reportNothingWithin(element: XmlElement, report: Report): void {
  for (const child of element.children) {
    report.error(child.at, `only a text in <${element.name}>`, `<${child.name}>`, 'move it to where it belongs');
  }
}

type Context = { readonly at: string; readonly report: Report; readonly name: (name: string) => string };

export function readTable<const T extends Table>(
  found: ReadonlyMap<string, Found>,
  table: T,
  context: Context,
): Placed<ValuesOf<T>> {
  const values = Object.entries(table).map(([name, field]) => [
    name,
    readField(field, context.name(name), found.get(name), (at, expected, saw, todo) =>
      context.report.error(at ?? context.at, expected, saw, todo),
    ),
  ]);
  return {
    values: Object.fromEntries(values) as ValuesOf<T>,
    at: (name) => found.get(name)?.at ?? context.at,
  };
}

type Unknown = {
  readonly what: string;
  readonly found: ReadonlyMap<string, { readonly at: string }>;
  readonly known: readonly string[];
  readonly report: Report;
};

/** A name that is nearly a known one is an error, since what it says would not be done; any other is passed over. */
function reportUnknown({ what, found, known, report }: Unknown): void {
  for (const [name, { at }] of found) {
    if (!known.includes(name)) reportUnknownName({ what, name, at, known, report });
  }
}

type UnknownName = {
  readonly what: string;
  readonly name: string;
  readonly at: string;
  readonly known: readonly string[];
  readonly report: Report;
};

export function reportUnknownName({ what, name, at, known, report }: UnknownName): void {
  // a file of nothing but unknown names must not cost a comparison for each
  const near = report.full() ? null : nearest(name, known);
  if (near !== null) report.error(at, `a known ${what}`, name, `did you mean ${near}?`);
  else report.warn(at, `a known ${what} (${listed(known, 'or')})`, name, 'it is passed over');
}

/** Children of one name; every other is reported. */
export function childrenNamed(element: XmlElement, name: string, report: Report): readonly XmlElement[] {
  for (const child of element.children) {
    if (child.name === name) continue;
    reportUnknownName({ what: `element in <${element.name}>`, name: child.name, at: child.at, known: [name], report });
  }
  return element.children.filter((child) => child.name === name);
}

/** The only child of a name, or null; a second one is reported. */
export function childNamed(element: XmlElement, name: string, report: Report): XmlElement | null {
  const [first, second] = element.children.filter((child) => child.name === name);
  if (second !== undefined) report.error(second.at, `one <${name}> in <${element.name}>`, 'a second one', 'join them');
  return first ?? null;
}
