import type { Clock } from '../domain/ports.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { DeliveryResult } from '../domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../domain/units.ts';
import { daysBetween, type Held, heldIndex } from '../exporters/client-rest/missing.ts';
import { patiently } from './patience.ts';
import { addResults, type Tally } from './tally.ts';
import { grouped, type Voice } from './voice.ts';

/** The records of this data folder. */
export type RecordSource = {
  /** With end in (after, until]. */
  records(id: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[];
};

export type RecordsOptions = {
  readonly source: RecordSource;
  readonly node: number;
  readonly analyzerIds: readonly AnalyzerId[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** What the other end holds; null: it cannot say, and all are sent. */
  readonly holdings: ((from: EpochMs, to: EpochMs) => Promise<Held>) | null;
  readonly send: (records: readonly LectorRecord[]) => Promise<readonly DeliveryResult[]>;
  readonly batchMax: number;
  /** Nothing is sent. */
  readonly plan: boolean;
  readonly clock: Clock;
  readonly voice: Voice;
  /** `2026-11-25` of an instant, for the progress. */
  readonly dayText: (at: EpochMs) => string;
};

/** Of one analyzer: how many there are in the range, and how many of them are to be sent. */
export type Need = { recorded: number; missing: number };

/**
 * Goes through a range day by day, oldest first, and sends what the other end does not hold. What fails as a whole is
 * tried again for a while, and then it rejects: what was sent until then stays in `tally`.
 */
export async function sendRecords(o: RecordsOptions, tally: Tally): Promise<ReadonlyMap<AnalyzerId, Need>> {
  const needs = new Map<AnalyzerId, Need>(o.analyzerIds.map((id) => [id, { recorded: 0, missing: 0 }]));
  for (const day of daysBetween(o.from, o.to)) {
    const own = o.analyzerIds.map((id) => ({ id, records: recordsOf(o, id, day.from, day.to) }));
    const count = own.reduce((sum, { records }) => sum + records.length, 0);
    if (count === 0) continue;
    const held: Held =
      o.holdings === null ? { records: [] } : await patiently(() => o.holdings!(day.from, day.to), o.clock, o.voice);
    const isHeld = heldIndex(held, true);
    const missing: LectorRecord[] = [];
    for (const { id, records } of own) {
      const gone = records.filter((record) => !isHeld(record));
      missing.push(...gone);
      const need = needs.get(id)!;
      need.recorded += records.length;
      need.missing += gone.length;
      tally.present += records.length - gone.length;
    }
    if (!o.plan) await sendAll(o, missing, tally);
    o.voice.progress(`${o.dayText(day.to)}: ${grouped(tally.sent)} sent, ${grouped(tally.present)} there already`);
  }
  return needs;
}

/** Only those of this node: an id that was changed later is another node's. */
const recordsOf = ({ source, node }: RecordsOptions, id: AnalyzerId, from: EpochMs, to: EpochMs) =>
  source.records(id, from, to).filter(({ nodeId }) => nodeId === node);

async function sendAll(o: RecordsOptions, records: readonly LectorRecord[], tally: Tally): Promise<void> {
  // in the order of time, whoever they are of
  const ordered = records.toSorted((a, b) => a.end - b.end);
  for (let from = 0; from < ordered.length; from += o.batchMax) {
    const batch = ordered.slice(from, from + o.batchMax);
    addResults(tally, await patiently(() => o.send(batch), o.clock, o.voice));
  }
}

/** Just before the oldest record of these analyzers in (from, to]; null: there is none. */
export function firstRecord(
  source: RecordSource,
  ids: readonly AnalyzerId[],
  from: EpochMs,
  to: EpochMs,
): EpochMs | null {
  const MONTH_MS = 31 * 86_400_000;
  for (let start: number = from; start < to; start += MONTH_MS) {
    const until = epochMs(Math.min(to, start + MONTH_MS));
    const ends = ids.flatMap((id) =>
      source
        .records(id, epochMs(start), until)
        .slice(0, 1)
        .map(({ end }) => end),
    );
    if (ends.length > 0) return epochMs(Math.min(...ends) - 1);
  }
  return null;
}
