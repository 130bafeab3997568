import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord, RecordedVariable } from '../../src/domain/record.ts';
import type { AnalyzerId } from '../../src/domain/units.ts';

type Entry = { readonly order: number; readonly isGood: boolean; readonly reading: Reading };
type Recorded = { readonly order: number; readonly record: LectorRecord };

/** Everything that was kept of one analyzer, as an oracle remembers it. */
type Memory = {
  readonly readings: Map<string, readonly Entry[]>;
  readonly records: Map<number, Recorded[]>;
  written: Recorded[];
};

const BUCKET_MS = 3_600_000;

/**
 * Knows what every record must be made of: the last good reading of each instant since its window was recorded before.
 * It learns only what goes to the store, and forgets what a crash took.
 */
export type Journal = {
  reading(reading: Reading): void;
  /** What is wrong with a record; empty: nothing. */
  record(record: LectorRecord): readonly string[];
  forget(lost: { readonly readings: readonly Reading[]; readonly records: readonly LectorRecord[] }): void;
  /** Records of an analyzer that were written, in that order. */
  written(id: AnalyzerId): readonly LectorRecord[];
  /** Records as written, of all analyzers. */
  count(): number;
};

export function createJournal(): Journal {
  const memories = new Map<AnalyzerId, Memory>();
  const buckets = new Map<string, Set<string>>();
  let order = 0;

  const memoryOf = (id: AnalyzerId): Memory => {
    const memory = memories.get(id) ?? { readings: new Map(), records: new Map(), written: [] };
    memories.set(id, memory);
    return memory;
  };
  const bucketOf = (id: AnalyzerId, index: number): Set<string> => {
    const key = `${id}/${index}`;
    const bucket = buckets.get(key) ?? new Set<string>();
    buckets.set(key, bucket);
    return bucket;
  };
  const keyOf = ({ nominal, grid }: Reading) => `${nominal}/${grid}`;
  const entriesIn = ({ analyzerId, start, end }: LectorRecord): readonly Entry[] => {
    const found: Entry[] = [];
    for (let index = Math.floor(start / BUCKET_MS); index <= Math.floor(end / BUCKET_MS); index += 1) {
      for (const key of bucketOf(analyzerId, index)) {
        const entry = memoryOf(analyzerId).readings.get(key)?.at(-1);
        if (entry && entry.reading.nominal > start && entry.reading.nominal <= end) found.push(entry);
      }
    }
    return found;
  };

  return {
    reading(reading) {
      const isGood = Object.values(reading.values).some((values) => values.some((value) => value !== null));
      order += 1;
      const { readings } = memoryOf(reading.analyzerId);
      readings.set(keyOf(reading), [...(readings.get(keyOf(reading)) ?? []), { order, isGood, reading }]);
      bucketOf(reading.analyzerId, Math.floor(reading.nominal / BUCKET_MS)).add(keyOf(reading));
    },
    record(record) {
      const memory = memoryOf(record.analyzerId);
      const before = memory.records.get(record.end) ?? [];
      const since = before.at(-1)?.order ?? 0;
      const fresh = entriesIn(record).filter((entry) => entry.isGood && entry.order > since);
      const main = fresh.filter(({ reading }) => reading.grid === 'normal');
      const n = new Set(main.map(({ reading }) => reading.nominal)).size;
      const wrong: string[] = [];
      const name = `record ${record.analyzerId} ${new Date(record.end).toISOString()}.${record.generation}`;
      if (record.end <= record.start) wrong.push(`${name} is not after its start`);
      if (record.generation !== (before.at(-1)?.record.generation ?? -1) + 1)
        wrong.push(`${name}: not the next generation`);
      if (n !== record.n) wrong.push(`${name}: ${record.n} readings, but ${n} were kept for it`);
      wrong.push(...energyProblems(name, memory.written.at(-1)?.record ?? null, record));
      order += 1;
      const recorded = { order, record };
      memory.records.set(record.end, [...before, recorded]);
      memory.written.push(recorded);
      return wrong;
    },
    forget({ readings, records }) {
      for (const reading of readings) {
        const { readings: kept } = memoryOf(reading.analyzerId);
        // the one that it was to replace is still there
        kept.set(
          keyOf(reading),
          (kept.get(keyOf(reading)) ?? []).filter((each) => each.reading !== reading),
        );
      }
      for (const record of records) {
        const memory = memoryOf(record.analyzerId);
        const rest = (memory.records.get(record.end) ?? []).filter((each) => each.record !== record);
        memory.records.set(record.end, rest);
        memory.written = memory.written.filter((each) => each.record !== record);
      }
    },
    written: (id) => memoryOf(id).written.map(({ record }) => record),
    count: () => [...memories.values()].reduce((sum, { written }) => sum + written.length, 0),
  };
}

/** A difference of energy is the last value less the last one recorded before, unless a flag says what happened. */
function energyProblems(name: string, before: LectorRecord | null, record: LectorRecord): readonly string[] {
  return Object.entries(record.variables).flatMap(([code, variable]) =>
    variable.aggregate === 'counter' ? counterProblems(`${name} ${code}`, before?.variables[code], variable) : [],
  );
}

const EXCUSES = ['first', 'reset', 'wrap', 'fallPending'] as const;

function counterProblems(name: string, before: RecordedVariable | undefined, now: RecordedVariable): readonly string[] {
  return now.delta.flatMap((delta, index) => {
    const value = now.values[index] ?? null;
    const from = before?.baseline[index] ?? null;
    const isExcused = EXCUSES.some((flag) => now.flags.includes(flag));
    if (delta !== null && delta < 0) return [`${name}: negative difference ${delta}`];
    if (value === null || from === null || isExcused) return [];
    if (delta === null) return [`${name}: no difference, and nothing says why`];
    return Math.abs(delta - (value - from)) > 1e-6 * Math.max(1, value)
      ? [`${name}: ${delta} is not ${value} - ${from}`]
      : [];
  });
}
