import type { Aggregate } from '../domain/profile.ts';
import type { CounterFlag } from '../domain/record.ts';
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
