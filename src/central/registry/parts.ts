import { LectorError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { Database } from '../schema/database.ts';

/** What every part of the registry stands on. */
export type RegistryParts = { readonly database: Database; readonly clock: Clock; readonly log: Log };

/** Greatest ids that a lector's config.xml may have. */
const IDS = {
  node: { what: 'a node', max: 4_294_967_295 },
  analyzer: { what: 'an analyzer', max: 65_535 },
} as const;
const TEXT_MAX = 200;
const SHOWN_MAX = 60;

export const refused = (words: string): LectorError => new LectorError('CENTRE_REFUSED', words);

export const epochOf = (at: Date | null): EpochMs | null => (at === null ? null : epochMs(at.getTime()));

export function checkId(kind: keyof typeof IDS, id: number): void {
  const { what, max } = IDS[kind];
  if (Number.isInteger(id) && id >= 0 && id <= max) return;
  throw refused(`expected a whole number from 0 to ${max} for the id of ${what}, saw ${id}`);
}

/** Names and places: one line of text. */
export function checkText(what: string, text: string | undefined): void {
  if (text === undefined || (text.length <= TEXT_MAX && text.isWellFormed() && !/\p{Cc}/u.test(text))) return;
  const expected = `expected one line of at most ${TEXT_MAX} characters for ${what}`;
  throw refused(`${expected}, saw ${text.length} of them: "${safe(text, SHOWN_MAX)}"`);
}

/** A text as one line of a usual length: what is beyond is cut off. */
export const lineOf = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, TEXT_MAX)
    .toWellFormed();

export function checkZone(timezone: string | undefined): void {
  if (timezone === undefined) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw refused(`expected the name of a time zone such as Europe/Madrid, saw "${safe(timezone, SHOWN_MAX)}"`);
  }
}
