import type { Gap } from '../domain/record.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import { decodeJson, encodeJson } from './codec.ts';
import type { Reads } from './environment.ts';
import { gapKey, gapSpan } from './keys.ts';
import type { Item } from './waiting.ts';

const GAP_BYTES = 300;

export type Gaps = {
  put(gap: Gap, settled: (written: boolean) => void): Item;
  /** Gaps that overlap (after, until], by end. */
  between(analyzerId: AnalyzerId, after: EpochMs, until: EpochMs): readonly Gap[];
};

/** Gap marks on disk, and those that wait in memory. */
export function createGaps(environment: Reads): Gaps {
  const waiting = new Set<Gap>();
  return {
    put(gap, settled) {
      waiting.add(gap);
      const leave = (written: boolean) => {
        waiting.delete(gap);
        settled(written);
      };
      return {
        kind: 'gap',
        bytes: GAP_BYTES,
        write: (writes) => writes.put('root', gapKey(gap.analyzerId, gap.to, gap.from), encodeJson(gap.cause)),
        written: () => leave(true),
        dropped: () => leave(false),
      };
    },
    between(analyzerId, after, until) {
      const found = new Map<string, Gap>();
      for (const { key, value } of environment.range('root', gapSpan(analyzerId, after))) {
        const [, , to, from] = key as unknown as readonly [string, number, EpochMs, EpochMs];
        const cause = decodeJson<Gap['cause']>(value);
        if (cause !== null && from < until) found.set(`${to}/${from}`, { analyzerId, from, to, cause });
      }
      for (const gap of waiting) {
        const overlaps = gap.analyzerId === analyzerId && gap.from < until && gap.to > after;
        if (overlaps) found.set(`${gap.to}/${gap.from}`, gap);
      }
      return [...found.values()].sort((a, b) => a.to - b.to || a.from - b.from);
    },
  };
}
