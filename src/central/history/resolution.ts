import type { OffsetAt, Window } from '../../domain/grid.ts';
import type { Aggregate } from '../../domain/profile.ts';
import type { CounterFlag } from '../../domain/record.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { VariableView } from '../../protocol/answers.ts';
import type { CentralRecord, CentralVariable } from '../ports.ts';
import { type BucketLength, bucketOf } from './calendar.ts';
import { createPowerShares } from './power-shares.ts';
import { createTally, type Tally } from './tally.ts';

/** What the records of an hour, a day or a month come to, (start, end] in the calendar of the node. */
export type Bucket = Omit<CentralRecord, 'generation' | 'start'> & {
  readonly start: EpochMs;
  /** Records in it, of all generations. */
  readonly records: number;
  /** Share of its time that has data, 0..1; null: an old lector does not say how long its records are. */
  readonly covered: number | null;
};

export type BucketOptions = {
  readonly length: BucketLength;
  readonly offsetAt: OffsetAt;
  /** What the analyzer measures: tells which power belongs to which power factor. */
  readonly variables: readonly VariableView[];
  /** How long a record is that does not say it, ms; null: not known. */
  readonly recordingMs: number | null;
};

/**
 * Buckets of the records of one analyzer, which come by end and generation; those without records are left out.
 *
 * Means are weighted by readings (else by time, else alike), minimum of minima, maximum of maxima; of counters the last
 * value and the sum of what was counted; power factor from the sums of power, else by angle; bits that were set in any.
 * All generations count: where the clock was put back the same hour was lived through twice, and so was its energy. A
 * record longer than its bucket is told whole: the bucket begins where the record did.
 */
export async function* bucketsOf(records: AsyncIterable<CentralRecord>, o: BucketOptions): AsyncGenerator<Bucket> {
  const shareOf = createPowerShares(o.variables);
  let sum: Sum | null = null;
  for await (const record of records) {
    if (sum !== null && record.end > sum.window.end) {
      yield sum.bucket();
      sum = null;
    }
    sum ??= createSum(record, bucketOf(record.end, o.length, o.offsetAt), shareOf);
    sum.add(record, record.start === null ? o.recordingMs : record.end - record.start);
  }
  if (sum !== null) yield sum.bucket();
}

type Sum = {
  readonly window: Window;
  add(record: CentralRecord, ms: number | null): void;
  bucket(): Bucket;
};

function createSum({ node, analyzer }: CentralRecord, window: Window, shareOf: ShareOf): Sum {
  const variables = new Map<string, VariableSum>();
  const covered = createCoverage();
  const n = createTotal();
  const expected = createTotal();
  let start: number = window.start;
  let records = 0;
  let last: CentralRecord | null = null;
  return {
    window,
    add(record, ms) {
      last = record;
      records += 1;
      start = Math.min(start, record.start ?? start);
      n.add(record.n);
      expected.add(record.expected);
      covered.add(record, ms);
      for (const [code, variable] of Object.entries(record.variables)) {
        let sum = variables.get(code);
        // another profile knows another thing by this code, or other phases: what it was before cannot be joined to it
        if (sum?.aggregate !== variable.aggregate || sum.count !== variable.values.length) {
          sum = createVariableSum(variable.aggregate, variable.values.length);
          variables.set(code, sum);
        }
        sum.add(variable, ms, (index) => shareOf(record, code, index));
      }
    },
    bucket: () => ({
      ...{ node, analyzer, model: last?.model ?? '', ratio: last?.ratio ?? null },
      ...{ start: epochMs(start), end: window.end, records },
      ...{ n: n.value(), expected: expected.value(), covered: covered.share(window.end - start) },
      variables: Object.fromEntries([...variables].map(([code, sum]) => [code, sum.variable()])),
    }),
  };
}

type ShareOf = ReturnType<typeof createPowerShares>;

/** A sum that is not known when a part of it is not. */
function createTotal() {
  let total: number | null = 0;
  return {
    add(value: number | null) {
      total = total === null || value === null ? null : total + value;
    },
    value: () => total,
  };
}

/** Time with data, ms: of each record as much as it has readings of those expected; of an end that came twice once. */
function createCoverage() {
  const total = createTotal();
  let end = Number.NaN;
  let best = 0;
  return {
    add({ end: at, n, expected }: CentralRecord, ms: number | null) {
      const good = n === null || expected === null ? 1 : expected === 0 ? 0 : Math.min(1, n / expected);
      const own = ms === null ? null : ms * good;
      const more = at === end && own !== null ? Math.max(0, own - best) : own;
      best = at === end ? Math.max(best, own ?? 0) : (own ?? 0);
      end = at;
      total.add(more);
    },
    share(ms: number): number | null {
      const known = total.value();
      return known === null || ms <= 0 ? null : Math.min(1, known / ms);
    },
  };
}

type VariableSum = {
  readonly aggregate: Aggregate;
  readonly count: number;
  add(variable: CentralVariable, ms: number | null, shareAt: (index: number) => ReturnType<ShareOf>): void;
  variable(): CentralVariable;
};

function createVariableSum(aggregate: Aggregate, count: number): VariableSum {
  const tallies: Tally[] = [];
  const flags = new Set<CounterFlag>();
  const expected = createTotal();
  let at: EpochMs | null = null;
  return {
    ...{ aggregate, count },
    add(variable, ms, shareAt) {
      const says = variable.n.length > 0;
      expected.add(variable.expected);
      at = variable.at ?? at;
      for (const flag of variable.flags) flags.add(flag);
      for (const [index, value] of variable.values.entries()) {
        tallies[index] ??= createTally(aggregate);
        tallies[index].add({
          value,
          min: says ? (variable.min[index] ?? null) : undefined,
          max: says ? (variable.max[index] ?? null) : undefined,
          delta: variable.delta[index] ?? null,
          weight: { readings: says ? (variable.n[index] ?? 0) : null, ms },
          share: aggregate === 'powerFactor' ? shareAt(index) : null,
        });
      }
    },
    variable() {
      const totals = tallies.map((tally) => tally.total());
      return {
        aggregate,
        values: totals.map(({ value }) => value),
        min: totals.map(({ min }) => min),
        max: totals.map(({ max }) => max),
        n: totals.some(({ n }) => n === null) ? [] : totals.map(({ n }) => n ?? 0),
        expected: expected.value(),
        delta: totals.map(({ delta }) => delta),
        at,
        flags: [...flags],
      };
    },
  };
}
