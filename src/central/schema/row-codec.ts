import { LectorError } from '../../domain/errors.ts';
import type { CounterFlag } from '../../domain/record.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { CentralRecord, CentralVariable } from '../ports.ts';
import type { RecordsTable, Shape } from './tables.ts';

/** Bits of the column `flags`; one that is in use never changes. */
const FLAG_BITS = {
  first: 1,
  wrap: 2,
  reset: 4,
  zeroIgnored: 8,
  fallPending: 16,
} as const satisfies Record<CounterFlag, number>;
const FLAGS = Object.keys(FLAG_BITS) as readonly CounterFlag[];

/** Years that ISO 8601 and PostgreSQL write in four digits. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

type Numbers = readonly (number | null)[];
type Lists = Pick<RecordsTable, 'values' | 'lows' | 'highs' | 'counts' | 'expecteds' | 'deltas' | 'ages_ms' | 'flags'>;

/** A row of `records` as it is written; times in ms since the epoch. */
export type RecordRow = Pick<
  RecordsTable,
  'node_id' | 'analyzer_id' | 'generation' | 'ratio' | 'model' | 'shape_id' | 'n' | 'expected'
> &
  Lists & { readonly end_at: EpochMs; readonly start_at: EpochMs | null };

/** A row of `records` as PostgreSQL gives it; other columns do not matter. */
export type StoredRow = Omit<RecordRow, 'end_at' | 'start_at'> & {
  readonly end_at: Date;
  readonly start_at: Date | null;
};

/** What the lists of a record's row stand for. */
export function shapeOf(record: CentralRecord): Shape {
  return Object.entries(record.variables).map(([code, { aggregate, values }]) => ({
    ...{ code, aggregate, count: values.length },
  }));
}

/**
 * A record as a row. A list is null when it says nothing new. Of a record whose `n` is known: lows and highs that are
 * the values, counts that are all `n`, expecteds that are all `expected`. Of one whose `n` is not known: lists that are
 * all empty. Of counters: deltas and ages that are all null, flags that are all none. `recordOf` gives back the same.
 *
 * @throws LectorError CENTRE_REFUSED when it ends outside 1970..9999, its lists are of different lengths, or what only
 *   counters have is elsewhere.
 */
export function rowOf(record: CentralRecord, shapeId: number): RecordRow {
  const variables = Object.entries(record.variables);
  if ((record.n === null) !== (record.expected === null))
    throw irregular('expected n and expected, or neither of them');
  for (const at of [record.start ?? record.end, record.end]) {
    if (!Number.isInteger(at) || at < 0 || at > LAST_MS)
      throw irregular(`expected an end from 1970 to 9999, saw ${at}`);
  }
  for (const [code, variable] of variables) checkLists(code, variable, record.n === null);
  const all = variables.map(([, variable]) => variable);
  const counters = all.filter(({ aggregate }) => aggregate === 'counter');
  const values = flat(all, 'values');
  return {
    node_id: record.node,
    analyzer_id: record.analyzer,
    end_at: record.end,
    start_at: record.start,
    generation: record.generation,
    ratio: record.ratio,
    model: record.model,
    shape_id: shapeId,
    n: record.n,
    expected: record.expected,
    values,
    lows: record.n === null ? null : unlessSame(flat(all, 'min'), values),
    highs: record.n === null ? null : unlessSame(flat(all, 'max'), values),
    counts: record.n === null ? null : unlessAll(flat(all, 'n') as readonly number[], record.n),
    expecteds: all.every(({ expected }) => expected === record.expected)
      ? null
      : // checkLists lets no null pass here
        (all.map(({ expected }) => expected) as readonly number[]),
    deltas: unlessNull(flat(counters, 'delta')),
    ages_ms: unlessNull(counters.map(({ at }) => (at === null ? null : record.end - at))),
    flags: flagsOf(counters),
  };
}

function checkLists(code: string, variable: CentralVariable, mayBeEmpty: boolean): void {
  const { aggregate, values, min, max, n, delta, at, flags } = variable;
  const ranged = mayBeEmpty ? 0 : values.length;
  const isWhole = min.length === ranged && max.length === ranged && n.length === ranged;
  if (!isWhole || delta.length !== values.length) {
    throw irregular(`${code}: expected lists of ${values.length}, one entry a value, saw others`);
  }
  const isPlain =
    aggregate === 'counter' || (at === null && flags.length === 0 && delta.every((each) => each === null));
  if (!isPlain) throw irregular(`${code} is no counter, and has what only counters have`);
  if ((variable.expected === null) !== mayBeEmpty) throw irregular(`${code}: how many readings were due is not said`);
}

type ListName = 'values' | 'min' | 'max' | 'n' | 'delta';

/** A loop of numbers: a record has some hundred of them, and flatMap takes several times as long. */
function flat(variables: readonly CentralVariable[], name: ListName): Numbers {
  const all: (number | null)[] = [];
  for (const variable of variables) for (const each of variable[name]) all.push(each);
  return all;
}

const irregular = (words: string) => new LectorError('CENTRE_REFUSED', words);

const same = (a: Numbers, b: Numbers): boolean => a.every((each, index) => Object.is(each, b[index]));

const unlessSame = (list: Numbers, values: Numbers): Numbers | null => (same(list, values) ? null : list);

const unlessAll = (list: readonly number[], n: number): readonly number[] | null =>
  list.every((each) => each === n) ? null : list;

const unlessNull = (list: Numbers): Numbers | null => (list.every((each) => each === null) ? null : list);

function flagsOf(counters: readonly CentralVariable[]): readonly number[] | null {
  const bits = counters.map(({ flags }) => flags.reduce((sum, flag) => sum | FLAG_BITS[flag], 0));
  return bits.every((each) => each === 0) ? null : bits;
}

/** The record of a row whose lists are of this shape; `rowOf` of it is the row again. */
export function recordOf(row: StoredRow, shape: Shape): CentralRecord {
  const end = epochMs(row.end_at.getTime());
  let place = 0;
  let counterPlace = 0;
  let counter = 0;
  const variables = shape.map(({ code, aggregate, count }, index) => {
    const part = <T>(list: readonly T[]): readonly T[] => list.slice(place, place + count);
    const isCounter = aggregate === 'counter';
    const variable: CentralVariable = {
      ...{ aggregate, values: part(row.values) },
      ...rangesOf(row, part, count),
      expected: row.expecteds === null ? row.expected : (row.expecteds[index] ?? null),
      delta:
        isCounter && row.deltas !== null
          ? row.deltas.slice(counterPlace, counterPlace + count)
          : Array<null>(count).fill(null),
      at: isCounter ? agedAt(end, row.ages_ms?.[counter] ?? null) : null,
      flags: isCounter ? flagsIn(row.flags?.[counter] ?? 0) : [],
    };
    place += count;
    if (isCounter) {
      counterPlace += count;
      counter += 1;
    }
    return [code, variable] as const;
  });
  return {
    ...{ node: row.node_id, analyzer: row.analyzer_id, model: row.model },
    start: row.start_at === null ? null : epochMs(row.start_at.getTime()),
    ...{ end, generation: row.generation, n: row.n, expected: row.expected, ratio: row.ratio },
    variables: Object.fromEntries(variables),
  };
}

function rangesOf(row: StoredRow, part: <T>(list: readonly T[]) => readonly T[], count: number) {
  if (row.n === null) return { min: [], max: [], n: [] };
  return {
    min: part(row.lows ?? row.values),
    max: part(row.highs ?? row.values),
    n: row.counts === null ? Array<number>(count).fill(row.n) : part(row.counts),
  };
}

const agedAt = (end: EpochMs, ageMs: number | null): EpochMs | null => (ageMs === null ? null : epochMs(end - ageMs));

/** Flags of the bits of the column `flags`. */
export const flagsIn = (bits: number): readonly CounterFlag[] => FLAGS.filter((flag) => (bits & FLAG_BITS[flag]) !== 0);
