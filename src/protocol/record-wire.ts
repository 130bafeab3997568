import type { Aggregate } from '../domain/profile.ts';
import type { CounterFlag, LectorRecord, RecordedVariable } from '../domain/record.ts';
import type { EpochMs } from '../domain/units.ts';
import type { IsoTime, NumberList } from './views.ts';

/**
 * A record as it travels: to subscribers, exporters and the centre. Times are ISO 8601 with the node's offset, absent
 * values null, numbers unrounded; every list has one entry per value of the variable.
 */
export type RecordWire = {
  readonly node: number;
  readonly analyzer: number;
  readonly model: string;
  readonly start: IsoTime;
  /** What identifies it, with node, analyzer and generation. */
  readonly end: IsoTime;
  readonly generation: number;
  /** Readings with a value, of those expected. */
  readonly n: number;
  readonly expected: number;
  readonly ratio: number | null;
  readonly variables: Readonly<
    Record<
      string,
      {
        readonly aggregate: Aggregate;
        readonly values: NumberList;
        readonly min: NumberList;
        readonly max: NumberList;
        readonly n: readonly number[];
        readonly expected: number;
        /** Counters only: what was added since the previous record; null: not known. */
        readonly delta: NumberList;
        /** Counters only: when the last value was asked. */
        readonly at: IsoTime | null;
        readonly flags: readonly CounterFlag[];
      }
    >
  >;
};

type WireVariable = RecordWire['variables'][string];

/** A record as it travels; `iso` prints an instant in the node's zone. */
export function recordWire(record: LectorRecord, iso: (at: EpochMs) => IsoTime): RecordWire {
  const { nodeId, analyzerId, model, start, end, generation, n, expected, ratio } = record;
  const variables = Object.entries(record.variables).map(([code, each]) => [code, wireVariable(each, iso)] as const);
  return {
    node: nodeId,
    analyzer: analyzerId,
    model,
    start: iso(start),
    end: iso(end),
    generation,
    n,
    expected,
    ratio,
    variables: Object.fromEntries(variables),
  };
}

function wireVariable(variable: RecordedVariable, iso: (at: EpochMs) => IsoTime): WireVariable {
  const { aggregate, values, min, max, n, expected, delta, at, flags } = variable;
  return { aggregate, values, min, max, n, expected, delta, at: at === null ? null : iso(at), flags };
}
