import { passOf } from '../../src/domain/pass.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { uncovered } from '../../src/domain/stretch.ts';
import type { EpochMs } from '../../src/domain/units.ts';

/**
 * Records in the order of writing, of one analyzer: within one pass of the clock they never overlap, and what lies
 * between two of them is marked as a gap. `excused`: records before which a crash took marks that no disk had.
 */
export function holesBetween(
  records: readonly LectorRecord[],
  store: Store,
  excused: ReadonlySet<LectorRecord>,
): readonly string[] {
  return records.slice(1).flatMap((record, index) => {
    const before = records[index]!;
    if (passOf(before) !== passOf(record)) return [];
    const name = `${record.analyzerId}: from ${text(before.end)} to ${text(record.start)}`;
    if (record.start < before.end) return [`records of analyzer ${name} overlap`];
    if (record.start === before.end || excused.has(record)) return [];
    const span = [record.analyzerId, before.end, record.start] as const;
    const others = store.records(...span).map(({ start, end }) => ({ from: start, to: end }));
    const holes = uncovered({ from: before.end, to: record.start }, [...others, ...store.gaps(...span)]);
    // of less than a window no mark is made: a pause is marked from its instant on
    const whole = holes.filter(({ from, to }) => to - from >= record.end - record.start);
    return whole.map(
      ({ from, to }) => `nothing says why there is no record of ${record.analyzerId}: ${text(from)} to ${text(to)}`,
    );
  });
}

const text = (instant: EpochMs) => new Date(instant).toISOString();
