import type { LectorRecord } from '../../domain/record.ts';
import { type AnalyzerId, epochMs } from '../../domain/units.ts';
import type { CentreAbout } from '../../protocol/centre-wire.ts';
import { createPieces } from '../http/pieces.ts';
import type { ExporterContext } from '../ports.ts';
import { DAY_MS, daysBetween, heldIndex, oldestHeld, stretchesOf } from './missing.ts';
import { askHoldings, type CentreCalls, sendBatch } from './our-centre.ts';

/** How far back it is compared. */
export const COMPARED_DAYS = 7;
/** Records of one call: few, so that what is recorded meanwhile does not wait. */
const PIECE_MAX = 100;
/** Records are read here in stretches of so much time, with a pause before each, so that all else has its turn. */
const STRETCH_MS = 6 * 3_600_000;
const BREATH_MS = 20;

export type Ours = { readonly calls: CentreCalls; readonly about: CentreAbout };

/** `unknown`: they are not at the centre, and it is not known to have had them. */
export type Tally = { sent: number; refused: number; failed: number; unknown: number };

export type Comparing = {
  /** The oldest record of each analyzer that the centre took in this run. */
  readonly first: ReadonlyMap<AnalyzerId, number>;
  /** Resolves when no delivery is under way. */
  readonly idle: () => Promise<void>;
  readonly isClosed: () => boolean;
};

/**
 * Compares the last days with what the centre holds, and sends what it is missing. Nothing older than the first record
 * that the centre is known to have had of an analyzer is sent: a new destination starts at now.
 */
export async function compareWith(context: ExporterContext, ours: Ours, o: Comparing): Promise<Tally> {
  const { clock } = context;
  const { node } = context.site();
  const until = clock.now();
  const tally: Tally = { sent: 0, refused: 0, failed: 0, unknown: 0 };
  const since = new Map(o.first);
  const send = createSending(ours, o, tally);
  for (const day of daysBetween(epochMs(until - COMPARED_DAYS * DAY_MS), until)) {
    await o.idle();
    const held = await askHoldings(ours.calls, node, day.from, day.to);
    const isHeld = heldIndex(held);
    for (const [id, end] of oldestHeld(held)) since.set(id, Math.min(end, since.get(id) ?? end));
    for (const id of context.analyzerIds()) {
      for (const { from, to } of stretchesOf(day, STRETCH_MS)) {
        await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), BREATH_MS));
        if (o.isClosed()) return tally;
        const own = context.records(id, from, to).filter((record) => record.nodeId === node && !isHeld(record));
        const known = own.filter(({ end }) => end >= (since.get(id) ?? Number.POSITIVE_INFINITY));
        tally.unknown += own.length - known.length;
        await send(known);
      }
    }
  }
  return tally;
}

function createSending({ calls, about }: Ours, { idle, isClosed }: Comparing, tally: Tally) {
  const pieces = createPieces(() => Math.min(PIECE_MAX, about.batch.records));
  return async (records: readonly LectorRecord[]): Promise<void> => {
    const owed = records.map((record, sequence) => ({ sequence, record }));
    for (let from = 0; from < owed.length; from += PIECE_MAX) {
      await idle();
      if (isClosed()) return;
      const results = await pieces.send(owed.slice(from, from + PIECE_MAX), (piece) => sendBatch(calls, about, piece));
      for (const { kind } of results) {
        if (kind === 'delivered') tally.sent += 1;
        else if (kind === 'refused') tally.refused += 1;
        else tally.failed += 1;
      }
    }
  };
}
