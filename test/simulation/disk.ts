import { LectorError } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Gap, LectorRecord } from '../../src/domain/record.ts';
import type { Store } from '../../src/domain/store-port.ts';
import type { AnalyzerId, EpochMs } from '../../src/domain/units.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';

type Write = {
  readonly commit: () => void;
  readonly settle: () => void;
  readonly reading?: Reading;
  readonly record?: LectorRecord;
  readonly gap?: Gap;
};

/**
 * A store whose disk is slow or refuses for a while. As with the real one, a write that is not durable waits and is
 * seen by all that read; what waited when the process dies was never written.
 */
export type FaultyDisk = Store & {
  /** Writes take so long from now on; null: they are refused until this is called again. */
  behave(delayMs: number | null): void;
  /** The process dies: what was lost. */
  crash(): { readonly readings: readonly Reading[]; readonly records: readonly LectorRecord[]; readonly gaps: number };
  /** Readings and records that wait for the disk. */
  waiting(): number;
};

export function createFaultyDisk(clock: Clock): FaultyDisk {
  const disk = createMemoryStore();
  let delayMs: number | null = 0;
  let waiting: Write[] = [];
  let timer: unknown = null;
  let mark: EpochMs | null = null;
  let markBefore: EpochMs | null = null;
  let life = 0;
  const listeners: (() => void)[] = [];

  const flush = () => {
    timer = null;
    const done = waiting;
    waiting = [];
    for (const write of done) write.commit();
    for (const write of done) write.settle();
  };
  const arm = () => {
    if (timer !== null || delayMs === null || waiting.length === 0) return;
    if (delayMs === 0) flush();
    else timer = clock.setTimeout(flush, delayMs);
  };
  const write = (what: Omit<Write, 'settle'>) =>
    new Promise<void>((resolve) => {
      waiting.push({ ...what, settle: resolve });
      arm();
    });
  const recordsOf = (id: AnalyzerId) => waiting.flatMap(({ record }) => (record?.analyzerId === id ? [record] : []));

  return {
    ...disk,
    putReading: (reading) => write({ reading, commit: () => void disk.putReading(reading) }),
    readings(id, after, until) {
      const stored = disk.readings(id, after, until);
      const isIn = (reading: Reading) => reading.nominal > after && reading.nominal <= until;
      const newer = waiting.flatMap(({ reading }) => (reading?.analyzerId === id && isIn(reading) ? [reading] : []));
      if (newer.length === 0) return stored;
      const all = new Map([...stored, ...newer].map((each) => [`${each.nominal}/${each.grid}`, each]));
      return [...all.values()].sort((a, b) => a.nominal - b.nominal || (a.grid < b.grid ? -1 : 1));
    },
    lastReading(id) {
      const newer = waiting.flatMap(({ reading }) => (reading?.analyzerId === id ? [reading] : []));
      const all = [...newer, disk.lastReading(id)].filter((each) => each !== null);
      return all.reduce<Reading | null>((last, each) => (last && last.nominal >= each.nominal ? last : each), null);
    },
    async putRecord(record) {
      const { analyzerId, end, generation } = record;
      const same = recordsOf(analyzerId).some((each) => each.end === end && each.generation === generation);
      if (same) return 'present';
      let outcome: Promise<'written' | 'present'> = Promise.resolve('written');
      const commit = () => {
        outcome = disk.putRecord(record);
      };
      await write({ record, commit });
      return outcome;
    },
    lastRecord: (id) => recordsOf(id).at(-1) ?? disk.lastRecord(id),
    records(id, after, until) {
      const newer = recordsOf(id).filter(({ end }) => end > after && end <= until);
      const all = [...disk.records(id, after, until), ...newer];
      return all.sort((a, b) => a.end - b.end || a.generation - b.generation);
    },
    putGap: (gap) => write({ gap, commit: () => void disk.putGap(gap) }),
    gaps(id, after, until) {
      const newer = waiting.flatMap(({ gap }) =>
        gap?.analyzerId === id && gap.from < until && gap.to > after ? [gap] : [],
      );
      return [...disk.gaps(id, after, until), ...newer].sort((a, b) => a.to - b.to || a.from - b.from);
    },
    markAlive: (at) => {
      const lived = life;
      return write({
        commit: () => {
          if (lived === life) mark = at;
        },
      });
    },
    lastAlive: () => markBefore,
    outbox: {
      ...disk.outbox,
      onRecord(listener) {
        const end = disk.outbox.onRecord(listener);
        listeners.push(end);
        return end;
      },
    },
    trouble: () => (delayMs === null ? 'the disk refuses' : null),
    behave(next) {
      delayMs = next;
      clock.clearTimeout(timer);
      timer = null;
      arm();
    },
    crash() {
      const lost = waiting;
      waiting = [];
      clock.clearTimeout(timer);
      timer = null;
      life += 1;
      markBefore = mark;
      for (const end of listeners.splice(0)) end();
      return {
        readings: lost.flatMap(({ reading }) => reading ?? []),
        records: lost.flatMap(({ record }) => record ?? []),
        gaps: lost.filter(({ gap }) => gap !== undefined).length,
      };
    },
    waiting: () => waiting.length,
    async close() {
      if (waiting.length > 0) throw new LectorError('STORE_FAILED', 'the disk refuses');
    },
  };
}
