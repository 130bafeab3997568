import { LectorError } from '../../domain/errors.ts';
import type { Parsed } from '../../domain/problem.ts';
import { AGGREGATES, type Aggregate } from '../../domain/profile.ts';
import type { CounterFlag } from '../../domain/record.ts';
import { safe } from '../../domain/safe.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { CentralRecord, CentralVariable } from '../ports.ts';
import { isVariableCode } from '../variable-code.ts';

/** Most of one record. */
export const LINE_MAX = 1_048_576;
export const VARIABLES_MAX = 200;
export const VALUES_MAX = 64;

const COUNT_MAX = 2_147_483_647;
const NODE_MAX = 4_294_967_295;
const ANALYZER_MAX = 65_535;
const MODEL_MAX = 200;
const SEEN_MAX = 60;
const ISO = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/;
const MODEL_UNSAFE = /\p{Cc}/u;

const KNOWN_AGGREGATES: ReadonlySet<unknown> = new Set<Aggregate>(AGGREGATES);
const FLAGS = { first: true, wrap: true, reset: true, zeroIgnored: true, fallPending: true } as const satisfies Record<
  CounterFlag,
  true
>;
const KNOWN_FLAGS: ReadonlySet<unknown> = new Set(Object.keys(FLAGS));

type Fields = Readonly<Record<string, unknown>>;

/** Thrown and caught here alone: a batch has hundreds of lines, and checks that pass should cost nothing. */
function wrong(at: string, expected: string, saw: unknown): LectorError {
  const shown = saw === undefined ? 'nothing' : safe(JSON.stringify(saw) ?? 'nothing', SEEN_MAX);
  return new LectorError('CENTRE_REFUSED', `${at}: expected ${expected}`, { at, expected, saw: shown });
}

/**
 * A record from one line of NDJSON: `RecordWire`, whose times may have any offset. What it has beside is left out. The
 * first thing that is wrong is said: it must be all of it, with finite numbers or null, lists of one length a variable,
 * what only counters have at counters, an end in 1970..9999 and a start before it. -0 is 0.
 */
export function parseRecordLine(text: string): Parsed<CentralRecord> {
  try {
    return { ok: true, value: recordOf(objectOf(text)), warnings: [] };
  } catch (error) {
    if (!(error instanceof LectorError)) throw error;
    const { at, expected, saw } = error.facts;
    const words = { at: String(at), expected: String(expected), saw: String(saw) };
    return { ok: false, problems: [{ severity: 'error', ...words, todo: '' }] };
  }
}

function objectOf(text: string): Fields {
  if (text.length > LINE_MAX) throw wrong('record', `at most ${LINE_MAX} characters`, text.length);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw wrong('record', 'one JSON object', text.slice(0, SEEN_MAX));
  }
  return fieldsOf(parsed, 'record');
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(at, 'an object', value);
}

function recordOf(fields: Fields): CentralRecord {
  const end = instant(fields.end, 'end');
  const start = instant(fields.start, 'start');
  if (start >= end) throw wrong('start', 'an instant before the end', fields.start);
  const variables = Object.entries(fieldsOf(fields.variables, 'variables'));
  if (variables.length > VARIABLES_MAX) {
    throw wrong('variables', `at most ${VARIABLES_MAX} of them`, variables.length);
  }
  return {
    node: whole(fields.node, 'node', NODE_MAX),
    analyzer: whole(fields.analyzer, 'analyzer', ANALYZER_MAX),
    model: modelOf(fields.model),
    ...{ start, end },
    generation: whole(fields.generation, 'generation', COUNT_MAX),
    n: whole(fields.n, 'n', COUNT_MAX),
    expected: whole(fields.expected, 'expected', COUNT_MAX),
    ratio: maybe(fields.ratio, 'ratio'),
    variables: Object.fromEntries(variables.map(([code, each]) => [code, variableOf(code, each)])),
  };
}

function variableOf(code: string, value: unknown): CentralVariable {
  if (!isVariableCode(code)) throw wrong('variables', 'codes of letters and digits such as TPF', code);
  const fields = fieldsOf(value, code);
  const { aggregate } = fields;
  if (!KNOWN_AGGREGATES.has(aggregate)) {
    throw wrong(`${code}.aggregate`, `one of ${AGGREGATES.join(', ')}`, aggregate);
  }
  const values = numbers(fields.values, code, 'values', null);
  const { length } = values;
  const min = numbers(fields.min, code, 'min', length);
  const max = numbers(fields.max, code, 'max', length);
  const n = wholes(list(fields.n, code, 'n', length), code);
  const expected = whole(fields.expected, `${code}.expected`, COUNT_MAX);
  const ofCounter = aggregate === 'counter' ? counted(fields, code, length) : uncounted(fields, code, length);
  const { delta, at, flags } = ofCounter;
  return { aggregate: aggregate as Aggregate, values, min, max, n, expected, delta, at, flags };
}

type Counted = Pick<CentralVariable, 'delta' | 'at' | 'flags'>;

function counted(fields: Fields, code: string, length: number): Counted {
  const flags = list(fields.flags, code, 'flags', null);
  const strange = flags.find((flag) => !KNOWN_FLAGS.has(flag));
  if (strange !== undefined) throw wrong(`${code}.flags`, `some of ${Object.keys(FLAGS).join(', ')}`, strange);
  return {
    delta: numbers(fields.delta, code, 'delta', length),
    at: fields.at === null ? null : instant(fields.at, `${code}.at`),
    flags: flags.length < 2 ? (flags as readonly CounterFlag[]) : ([...new Set(flags)] as readonly CounterFlag[]),
  };
}

/** What only counters have is null or empty here. */
function uncounted(fields: Fields, code: string, length: number): Counted {
  const delta = numbers(fields.delta, code, 'delta', length);
  const said = delta.find((each) => each !== null) ?? fields.at;
  if (said !== null) throw wrong(code, 'a counter where there is a delta or an instant', said);
  const flags = list(fields.flags, code, 'flags', 0);
  return { delta, at: null, flags: flags as readonly CounterFlag[] };
}

function modelOf(value: unknown): string {
  const isText = typeof value === 'string' && value.length <= MODEL_MAX && value.isWellFormed();
  if (isText && !MODEL_UNSAFE.test(value)) return value;
  throw wrong('model', `one line of at most ${MODEL_MAX} characters`, value);
}

function list(value: unknown, code: string, name: string, length: number | null): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`${code}.${name}`, 'a list', value);
  if (length !== null ? value.length === length : value.length <= VALUES_MAX) return value;
  const expected = length === null ? `at most ${VALUES_MAX} entries` : `${length} entries, as of its values`;
  throw wrong(`${code}.${name}`, expected, value.length);
}

/** The list itself, which is of a text that nobody else has, wherever it needs no change. */
function numbers(value: unknown, code: string, name: string, length: number | null): readonly (number | null)[] {
  const given = list(value, code, name, length);
  let hasMinusZero = false;
  for (const each of given) {
    if (each === null) continue;
    // of a number beyond what a double holds JSON makes an infinity
    if (typeof each !== 'number' || !Number.isFinite(each)) {
      throw wrong(`${code}.${name}`, 'finite numbers or null', each);
    }
    if (Object.is(each, -0)) hasMinusZero = true;
  }
  const checked = given as readonly (number | null)[];
  return hasMinusZero ? checked.map((each) => (each === null ? null : each + 0)) : checked;
}

function wholes(given: readonly unknown[], code: string): readonly number[] {
  const isPlain = given.every((each) => Number.isInteger(each) && Object.is(each, Math.abs(each as number)));
  if (isPlain && given.every((each) => (each as number) <= COUNT_MAX)) return given as readonly number[];
  return given.map((each) => whole(each, `${code}.n`, COUNT_MAX));
}

function maybe(value: unknown, at: string): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  throw wrong(at, 'a finite number or null', value);
}

function whole(value: unknown, at: string, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value + 0;
  throw wrong(at, `a whole number from 0 to ${max}`, value);
}

function instant(value: unknown, at: string): EpochMs {
  const [, day, sign, hours, minutes] = (typeof value === 'string' && ISO.exec(value)) || [];
  const instantMs = day === undefined ? Number.NaN : Date.parse(value as string);
  // a day that its month has not would be taken for one of the next
  const offsetMs = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  const isReal = instantMs >= 0 && new Date(instantMs + offsetMs).getUTCDate() === Number(day?.slice(8));
  if (isReal) return epochMs(instantMs);
  throw wrong(at, 'an instant from 1970 to 9999 such as 2026-11-25T12:15:00+01:00', value);
}
