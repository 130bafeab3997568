import type { AnalyzerView, ListView, ReadingEvent } from '../../client/index.ts';
import type { VirtualConfig } from '../../domain/virtual.ts';
import { virtualNow } from '../../protocol/virtual-view.ts';
import { missingText } from './virtual-text.ts';

/** A sum in the shape of a reading: its power stands where that of an analyzer does. */
export type VirtualReading = ReadingEvent & {
  readonly of: string;
  /** Ids of analyzers without which it is not known. */
  readonly missing: readonly number[];
};

export type VirtualWatch = {
  /** An analyzer as the server tells it anew. */
  analyzer(view: AnalyzerView): void;
  /** The sums that are to be told after this reading. */
  reading(event: ReadingEvent): readonly VirtualReading[];
};

type Known = { readonly view: AnalyzerView; readonly readAt: number | null };

/**
 * Follows the analyzers of sums. A sum is told once for each round of them: when all were read, or when one is read
 * again before the others were. `now`: this machine's clock, ms.
 */
export function watchVirtuals({ analyzers, virtuals = [] }: ListView, now: () => number): VirtualWatch {
  const seen = (view: AnalyzerView): Known => ({ view, readAt: view.ageMs === null ? null : now() - view.ageMs });
  const known = new Map(analyzers.map((view) => [view.id, seen(view)]));
  const heard = new Map(virtuals.map(({ id }) => [id, new Set<number>()]));

  /** Whether the round of a sum is over with a reading of one of its analyzers. */
  const isTold = ({ id, terms }: VirtualConfig, of: number): boolean => {
    const round = heard.get(id) ?? new Set();
    const isAgain = round.has(of);
    if (isAgain) round.clear();
    round.add(of);
    const isWhole = round.size === terms.length;
    if (isWhole) round.clear();
    return isAgain || isWhole;
  };

  return {
    analyzer(view) {
      known.set(view.id, seen(view));
    },
    reading(event) {
      const before = known.get(event.id);
      if (before === undefined) return [];
      known.set(event.id, readAgain(before, event, now()));
      if (event.reading.forced) return [];
      const told = virtuals.filter((each) => each.terms.some(({ id }) => id === event.id) && isTold(each, event.id));
      return told.map((virtual) => toldReading(virtual, known, event, now()));
    },
  };
}

function readAgain({ view, readAt }: Known, { reading, energyKwh, cost }: ReadingEvent, now: number): Known {
  const isPart = reading.grid === 'rapid' && view.lastReading !== null;
  const values = isPart ? { ...view.lastReading?.values, ...reading.values } : reading.values;
  const today = { ...view.today, energyKwh, cost };
  const isRead = Object.keys(reading.values).length > 0;
  return { view: { ...view, lastReading: { ...reading, values }, today }, readAt: isRead ? now : readAt };
}

function toldReading(
  virtual: VirtualConfig,
  known: ReadonlyMap<number, Known>,
  { reading: { at, nominal } }: ReadingEvent,
  now: number,
): VirtualReading {
  const ageMs = (readAt: number | null) => (readAt === null ? null : Math.max(0, now - readAt));
  const terms = virtual.terms.flatMap(({ id }) => known.get(id) ?? []);
  const views = new Map(terms.map(({ view, readAt }) => [view.id, { ...view, ageMs: ageMs(readAt) }]));
  const sum = virtualNow(virtual, views, { now: Date.parse(at) });
  const message = missingText(sum);
  return {
    ...{ id: virtual.id, of: virtual.of, missing: sum.missing.map(({ id }) => id) },
    reading: {
      ...{ at, nominal, grid: 'normal', forced: false, values: { PAT: [sum.kw] }, flags: {} },
      failure: message === null ? null : { code: 'SUM_INCOMPLETE', message },
    },
    ...{ comm: message === null, readings: { good: 0, failed: 0 }, errorShare: null },
    ...{ energyKwh: sum.energyKwh, cost: sum.cost, minuteKw: null },
  };
}
