import type { OffsetAt } from '../../../domain/grid.ts';
import { instantOfWall, parseLocalTime } from '../../../domain/local-time.ts';
import type { Aggregate } from '../../../domain/profile.ts';
import { type EpochMs, epochMs } from '../../../domain/units.ts';
import type { CentralRecord, CentralVariable } from '../../ports.ts';
import { isVariableCode } from '../../variable-code.ts';

/** Most variables, and values of one, that an old lector's reading may have. */
const VARIABLES_MAX = 200;
const VALUES_MAX = 64;
const STAMP = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)$/;
const NO_ZONE: OffsetAt = () => 0;
/** A reading that is older than this when it arrives has waited. */
const FRESH_MS = 30 * 60_000;
/** How far ahead of ours the clock of a site may be. */
const AHEAD_MS = 5 * 60_000;

/** The fields of an old lector's form. */
export type OldForm = {
  readonly stamp: string;
  /** ISO 8601; null: it does not say. */
  readonly stampUtc: string | null;
  readonly reading: string;
  readonly model: string;
};

export function parseOldForm(body: string): OldForm {
  const fields = new URLSearchParams(body);
  const field = (name: string) => fields.get(name) ?? '';
  return {
    stamp: field('DATA_HORA'),
    stampUtc: field('DATA_HORA_UTC') || null,
    reading: field('LECTURA'),
    model: field('MODEL').slice(0, 100),
  };
}

type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly words: string };

/**
 * The instants that a reading's stamp can mean, the likelier first: two in the hour that repeats in autumn, else one.
 * A fresh reading is of the later one that has come already; one that has waited came in order, so the earlier first.
 */
export function instantsOf(form: OldForm, offsetAt: OffsetAt, now: EpochMs): Result<readonly EpochMs[]> {
  if (form.stampUtc !== null) {
    const instant = parseLocalTime(form.stampUtc, NO_ZONE);
    if (instant !== null) return { ok: true, value: [instant] };
    return { ok: false, words: 'expected DATA_HORA_UTC as 2026-11-25T12:15:00Z' };
  }
  const [, day, month, year, hour, minute, second] = STAMP.exec(form.stamp) ?? [];
  const wall = parseLocalTime(`${year}-${month}-${day} ${hour}:${minute}:${second}`, NO_ZONE);
  if (wall === null) return { ok: false, words: 'expected DATA_HORA as dd/mm/YYYY HH:MM:SS' };
  const first = instantOfWall(wall, offsetAt);
  const later = laterOf(wall, first, offsetAt);
  if (later === null) return { ok: true, value: [first] };
  const isFresh = now - later < FRESH_MS && later <= now + AHEAD_MS;
  return { ok: true, value: isFresh ? [later, first] : [first, later] };
}

/** The other instant at which clocks show `wall`; null: there is none. */
function laterOf(wall: number, first: EpochMs, offsetAt: OffsetAt): EpochMs | null {
  // a zone is put back by an hour; Lord Howe Island by half of one
  for (const backMs of [3_600_000, 1_800_000]) {
    const later = epochMs(first + backMs);
    if (later + offsetAt(later) === wall) return later;
  }
  return null;
}

/** The values of `LECTURA`; `aggregateOf` says what they are. */
export function variablesOf(
  text: string,
  aggregateOf: (code: string) => Aggregate,
): Result<Readonly<Record<string, CentralVariable>>> {
  const parsed = parsedReading(text);
  if (parsed === undefined) {
    return { ok: false, words: 'expected LECTURA as JSON, such as {"TPF": [230.1, 229.8, 231.0]}' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return { ok: false, words: 'expected LECTURA as an object of lists' };
  }
  const variables: Record<string, CentralVariable> = {};
  let count = 0;
  for (const code of Object.keys(parsed)) {
    const given = (parsed as Readonly<Record<string, unknown>>)[code];
    // of a variable without any value there is nothing to say, and the reading has others
    if (Array.isArray(given) && given.length === 0) continue;
    const values = valuesOf(given);
    if (!isVariableCode(code) || values === null) {
      return { ok: false, words: `expected 1 to ${VALUES_MAX} numbers for each variable of LECTURA` };
    }
    variables[code] = variable(aggregateOf(code), values);
    count += 1;
  }
  if (count > 0 && count <= VARIABLES_MAX) return { ok: true, value: variables };
  return { ok: false, words: `expected 1 to ${VARIABLES_MAX} variables in LECTURA, saw ${count}` };
}

/** Texts are left as they are; one that has no end goes to the end, so that each character is looked at once. */
const NOT_JSON = /"(?:[^"\\]|\\.)*"?|-?\bInfinity\b|\bNaN\b/gs;

/** JSON, also as Python prints it: there NaN and Infinity are numbers, and stand for what is missing. */
function parsedReading(text: string): unknown {
  // looked for only where it is no JSON: to look costs a fifth of all else
  return parsed(text) ?? parsed(text.replace(NOT_JSON, (found) => (found.startsWith('"') ? found : 'null')));
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** null: they are no numbers, or too many. A number that is not finite is missing, and -0 is 0. */
function valuesOf(given: unknown): readonly (number | null)[] | null {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > VALUES_MAX) return null;
  const values: (number | null)[] = [];
  for (const each of list) {
    if (each !== null && typeof each !== 'number') return null;
    values.push(each !== null && Number.isFinite(each) ? each + 0 : null);
  }
  return values;
}

const NONE: readonly never[] = Object.freeze([]);
const NULLS = Array.from({ length: VALUES_MAX + 1 }, (_, length) => Object.freeze(Array<null>(length).fill(null)));

const variable = (aggregate: Aggregate, values: readonly (number | null)[]): CentralVariable => ({
  aggregate,
  values,
  min: NONE,
  max: NONE,
  n: NONE,
  expected: null,
  delta: NULLS[values.length]!,
  at: null,
  flags: NONE,
});

/** A reading of an old lector as a record: what it does not say is not known. */
export const oldRecord = ({
  node,
  analyzer,
  model,
  end,
  variables,
}: Pick<CentralRecord, 'node' | 'analyzer' | 'model' | 'end' | 'variables'>): CentralRecord => ({
  node,
  analyzer,
  model,
  start: null,
  end,
  generation: 0,
  n: null,
  expected: null,
  ratio: null,
  variables,
});
