import type { Profile } from '../domain/profile.ts';
import { reportNothingWithin } from './fields.ts';
import { tag } from './names-ca.ts';
import { didYouMean, listed, type Report, seen } from './report.ts';
import type { XmlElement } from './xml-file.ts';

/** Codes of `<consulta>` elements that the profile knows, each once. */
export function readCodes(elements: readonly XmlElement[], profile: Profile | null, report: Report): readonly string[] {
  const codes: string[] = [];
  const known = profile?.variables.map(({ code }) => code) ?? [];
  for (const element of elements) {
    const code = element.text;
    reportNothingWithin(element, report);
    if (codes.includes(code)) report.warn(element.at, `${tag('query')} ${code} once`, 'it again', 'remove one');
    else if (profile === null || known.includes(code)) codes.push(code);
    else {
      const expected = `${tag('query')}: a variable of ${profile.model} (${listed(known, 'or')})`;
      report.error(element.at, expected, seen(code), didYouMean(code, known, 'remove it, or choose one of these'));
    }
  }
  return codes;
}
