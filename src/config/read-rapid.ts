import type { AnalyzerConfig } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';
import { childTexts, readTable } from './fields.ts';
import { NAMES, tag } from './names-ca.ts';
import { readCodes } from './read-codes.ts';
import { listed, type Report } from './report.ts';
import { required, whole } from './schema.ts';
import type { XmlElement } from './xml-file.ts';

const RAPID = { [NAMES.readingSeconds]: required(whole(1, 3600, ' (seconds)'), 1) } as const;

type Normal = {
  readonly profile: Profile | null;
  readonly readingMs: number;
  readonly consultes: readonly string[];
};

/** `<rapid>`: some consultes at a shorter interval of their own, as an attribute or an element of it. */
export function readRapid(element: XmlElement, normal: Normal, report: Report): AnalyzerConfig['rapid'] {
  const found = childTexts(element, report, [NAMES.query]);
  for (const attribute of element.attributes) found.set(attribute.name, attribute);
  const name = (each: string) => `<${each}> in ${tag('rapid')}`;
  const { values, at } = readTable(found, RAPID, { at: element.at, report, name });
  const readingMs = values[NAMES.readingSeconds] * 1000;
  const queries = element.children.filter((child) => child.name === NAMES.query);
  const consultes = readCodes(queries, normal.profile, report);
  if (queries.length === 0) report.error(element.at, `${tag('query')} elements in ${tag('rapid')}`, 'none');
  if (readingMs >= normal.readingMs) {
    const limit = `${normal.readingMs / 1000} s`;
    const expected = `${tag('readingSeconds')} in ${tag('rapid')} below that of ${tag('params')}, ${limit}`;
    report.error(
      at(NAMES.readingSeconds),
      expected,
      `${readingMs / 1000} s`,
      `leave ${tag('rapid')} out, or read faster`,
    );
  }
  const left = normal.consultes.filter((code) => !consultes.includes(code));
  if (left.length === 0 && normal.consultes.length > 0) {
    const expected = `${tag('queries')} besides those of ${tag('rapid')}`;
    const todo = `leave ${tag('rapid')} out and shorten ${tag('readingSeconds')} instead`;
    report.error(element.at, expected, `all of them in it: ${listed(consultes)}`, todo);
  }
  return { readingMs, consultes };
}
