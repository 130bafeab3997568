import type { OffsetAt } from '../../domain/grid.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import type { RecordsAsJson } from '../ports.ts';
import { flagsIn, type StoredRow } from '../schema/row-codec.ts';
import type { Shape } from '../schema/tables.ts';

type ListName = 'values' | 'lows' | 'highs' | 'counts' | 'expecteds' | 'deltas' | 'ages_ms' | 'flags';

/** A row whose lists are as PostgreSQL prints them: `{1.5,NULL,-2}`. */
export type TextRow = Omit<StoredRow, ListName> & { readonly values: string } & Readonly<
    Record<Exclude<ListName, 'values'>, string | null>
  >;

/**
 * Prints rows as JSON, the same as `answered` says of their records. Their numbers are passed on as PostgreSQL prints
 * them, which is exact: made into numbers, records and text again, a month takes four times as long.
 */
export function createRowPrinter({
  codes,
  offsetAt,
}: Pick<RecordsAsJson, 'codes' | 'offsetAt'>): (row: TextRow, shape: Shape) => string {
  const timeOf = createTimes(offsetAt);
  const plans = new Map<Shape, Plan>();
  return (row, shape) => {
    const plan = plans.get(shape) ?? planOf(shape, codes);
    plans.set(shape, plan);
    const start = row.start_at === null ? null : timeOf(epochMs(row.start_at.getTime()));
    const end = epochMs(row.end_at.getTime());
    const parts = [
      `{"node":${row.node_id},"analyzer":${row.analyzer_id},"model":${JSON.stringify(row.model)},"start":${start},`,
      `"end":${timeOf(end)},"generation":${row.generation},"n":${row.n},"expected":${row.expected},`,
      `"ratio":${row.ratio},"variables":{`,
    ];
    const lists = listsOf(row, plan);
    for (const [index, place] of plan.places.entries()) {
      pushValues(parts, place, lists);
      parts.push(lists.weights[index] ?? '');
      if (place.counter === null) parts.push(place.tail);
      else pushCounted(parts, place.counter, { place, lists, timeOf, end });
    }
    parts.push('}}');
    return parts.join('');
  };
}

/** Where a variable stands in the lists of a row: `counter` among the counters. */
type Place = {
  /** All up to its values. */
  readonly head: string;
  readonly index: number;
  readonly counter: number | null;
  readonly count: number;
  readonly nulls: string;
  /** All from its deltas, of what is no counter. */
  readonly tail: string;
};
/** `counts`: numbers of each variable in a list; `counterCounts`: of each counter. */
type Plan = {
  readonly places: readonly Place[];
  readonly counts: readonly number[];
  readonly counterCounts: readonly number[];
  /** Weights of rows that say one `n` and one `expected` for all variables, as most of a month do; by both. */
  readonly usual: Map<string, Parts>;
};

function planOf(shape: Shape, codes: readonly string[] | null): Plan {
  const counters = shape.filter(({ aggregate }) => aggregate === 'counter');
  const told = codes === null ? shape : codes.flatMap((code) => shape.filter((each) => each.code === code));
  const places = told.map((variable, place): Place => {
    const { code, aggregate, count } = variable;
    return {
      head: `${place === 0 ? '' : ','}${JSON.stringify(code)}:{"aggregate":"${aggregate}","values":[`,
      index: shape.indexOf(variable),
      counter: aggregate === 'counter' ? counters.indexOf(variable) : null,
      ...{ count, nulls: repeated('null', count) },
      tail: `,"delta":[${repeated('null', count)}],"at":null,"flags":[]}`,
    };
  });
  const countsOf = (variables: Shape) => variables.map(({ count }) => count);
  return { places, counts: countsOf(shape), counterCounts: countsOf(counters), usual: new Map() };
}

type Parts = readonly string[];
type Lists = {
  readonly n: number | null;
  readonly values: Parts;
  readonly lows: Parts;
  readonly highs: Parts;
  /** Of each place: `],"n":[15],"expected":15`. */
  readonly weights: Parts;
  readonly deltas: Parts | null;
  readonly ages: Parts | null;
  readonly flags: Parts | null;
};

/** The lists of a row, the numbers of each variable together; where a list is null, what the row codec says of it. */
function listsOf(row: TextRow, plan: Plan): Lists {
  const { counts, counterCounts } = plan;
  const cutOr = <T>(list: string | null, each: readonly number[], otherwise: T) =>
    list === null ? otherwise : cut(list, each);
  const values = cut(row.values, counts);
  return {
    ...{ n: row.n, values, weights: weightsOf(row, plan) },
    lows: cutOr(row.lows, counts, values),
    highs: cutOr(row.highs, counts, values),
    deltas: cutOr(row.deltas, counterCounts, null),
    ages: numbersIn(row.ages_ms),
    flags: numbersIn(row.flags),
  };
}

/** Pairs of `n` and `expected` that are remembered. */
const USUAL_MAX = 1_000;

function weightsOf({ n, expected, counts, expecteds }: TextRow, plan: Plan): Parts {
  const own = counts === null ? null : cut(counts, plan.counts);
  const due = numbersIn(expecteds);
  const made = () =>
    plan.places.map(({ index, count }) => {
      const readings = own?.[index] ?? (n === null ? '' : repeated(`${n}`, count));
      return `],"n":[${readings}],"expected":${due?.[index] ?? expected}`;
    });
  if (own !== null || due !== null) return made();
  const key = `${n}/${expected}`;
  const usual = plan.usual.get(key) ?? made();
  if (plan.usual.size >= USUAL_MAX) plan.usual.clear();
  plan.usual.set(key, usual);
  return usual;
}

/** `{1,NULL,3}` as `1`, `null,3` where the first variable has one number and the second two. */
function cut(list: string, counts: readonly number[]): Parts {
  const text = named(list);
  let from = 1;
  return counts.map((count) => {
    let to = from - 1;
    for (let left = count; left > 0; left -= 1) {
      const comma = text.indexOf(',', to + 1);
      to = comma === -1 ? text.length - 1 : comma;
    }
    const part = text.slice(from, to);
    from = count === 0 ? from : to + 1;
    return part;
  });
}

const numbersIn = (list: string | null): Parts | null => (list === null ? null : named(list).slice(1, -1).split(','));

/** What is no number is null in JSON. */
const named = (list: string): string => (/[NI]/.test(list) ? list.replaceAll(/NULL|NaN|-?Infinity/g, 'null') : list);

const repeated = (text: string, count: number): string => Array<string>(count).fill(text).join(',');

function pushValues(parts: string[], { head, index }: Place, { n, values, lows, highs }: Lists): void {
  parts.push(head, values[index] ?? '');
  if (n === null) parts.push('],"min":[],"max":[');
  else parts.push('],"min":[', lows[index] ?? '', '],"max":[', highs[index] ?? '');
}

type Counted = {
  readonly place: Place;
  readonly lists: Lists;
  readonly timeOf: (at: EpochMs) => string;
  readonly end: EpochMs;
};

function pushCounted(parts: string[], counter: number, { place, lists, timeOf, end }: Counted): void {
  const age = lists.ages?.[counter] ?? 'null';
  const at = age === 'null' ? age : timeOf(epochMs(end - Number(age)));
  const flags = lists.flags === null ? '[]' : JSON.stringify(flagsIn(Number(lists.flags[counter])));
  parts.push(',"delta":[', lists.deltas?.[counter] ?? place.nulls, '],"at":', at, ',"flags":', flags, '}');
}

/** Instants that are remembered: a record begins where another ended, and its counters were read then. */
const TIMES_MAX = 1_000;

function createTimes(offsetAt: OffsetAt): (at: EpochMs) => string {
  const known = new Map<EpochMs, string>();
  return (at) => {
    const text = known.get(at) ?? `"${isoTime(at, offsetAt)}"`;
    if (known.size >= TIMES_MAX) known.clear();
    known.set(at, text);
    return text;
  };
}
