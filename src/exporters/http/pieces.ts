import { type Failure, LectorError, toFailure } from '../../domain/errors.ts';
import type { DeliveryResult, OwedRecord } from '../../domain/store-port.ts';

/**
 * What came of sending some records together. settled: one result each. tooLarge: fewer may go. suspect: at least one
 * of them cannot be taken, the others perhaps; `final`: and never will be. stopped: the destination takes nothing now.
 */
export type PieceOutcome =
  | { readonly kind: 'settled'; readonly results: readonly DeliveryResult[] }
  | { readonly kind: 'tooLarge'; readonly reason: string }
  | { readonly kind: 'suspect'; readonly failure: Failure; readonly final: boolean }
  | { readonly kind: 'stopped'; readonly failure: LectorError };

/** Pieces in a row that were not taken, after which the destination is thought broken: more than a batch has halves. */
export const VAIN_MAX = 12;

export type Pieces = {
  /**
   * Sends the records in pieces; what is too large is halved, and so is what cannot be taken, until it is known which
   * record it was. Rejects when nothing was taken at all and the destination as a whole is to blame.
   */
  send(
    records: readonly OwedRecord[],
    sendPiece: (records: readonly OwedRecord[]) => Promise<PieceOutcome>,
  ): Promise<readonly DeliveryResult[]>;
  /** The destination may take large pieces again. */
  forget(): void;
};

type Run = {
  readonly results: Map<number, DeliveryResult>;
  /** Those that were sent alone and not taken. */
  readonly suspects: Map<number, Failure>;
  vain: number;
  stopped: LectorError | null;
};

/** Remembers how much a destination takes at once, so that not every batch must be refused first. */
export function createPieces(most: () => number): Pieces {
  let limit = Number.POSITIVE_INFINITY;

  const settlePiece = (run: Run, piece: readonly OwedRecord[], outcome: PieceOutcome): boolean => {
    const only = piece.length === 1 ? piece[0]! : null;
    switch (outcome.kind) {
      case 'settled':
        for (const result of outcome.results) run.results.set(result.sequence, result);
        run.vain = 0;
        return true;
      case 'stopped':
        run.stopped = outcome.failure;
        return true;
      case 'tooLarge':
        // where one alone is too large, it was not their number
        limit = only === null ? Math.floor(piece.length / 2) : Number.POSITIVE_INFINITY;
        if (only === null) return false;
        run.results.set(only.sequence, { sequence: only.sequence, kind: 'refused', reason: outcome.reason });
        return true;
      case 'suspect': {
        run.vain += 1;
        const { failure, final } = outcome;
        if (only !== null) {
          run.results.set(only.sequence, blamed(only.sequence, failure, final));
          run.suspects.set(only.sequence, failure);
        }
        if (run.vain >= VAIN_MAX) run.stopped = new LectorError(failure.code, failure.message, failure.facts);
        return only !== null || run.stopped !== null;
      }
    }
  };

  return {
    async send(records, sendPiece) {
      const run: Run = { results: new Map(), suspects: new Map(), vain: 0, stopped: null };
      // the next is at the end
      const waiting = [records];
      while (run.stopped === null) {
        const next = waiting.pop();
        if (next === undefined) break;
        if (next.length === 0) continue;
        const size = Math.min(most(), limit);
        if (next.length > size) {
          waiting.push(next.slice(size), next.slice(0, size));
          continue;
        }
        if (settlePiece(run, next, await sendPiece(next))) continue;
        const half = Math.ceil(next.length / 2);
        waiting.push(next.slice(half), next.slice(0, half));
      }
      return resultsOf(records, run);
    },
    forget() {
      limit = Number.POSITIVE_INFINITY;
    },
  };
}

const blamed = (sequence: number, failure: Failure, final: boolean): DeliveryResult =>
  final ? { sequence, kind: 'refused', reason: failure.message } : { sequence, kind: 'failed', failure };

function resultsOf(records: readonly OwedRecord[], { results, stopped, suspects }: Run): readonly DeliveryResult[] {
  const found = [...results.values()];
  // where it took nothing at all, it is not the record's fault for sure: it is not set aside
  const isProven = found.some(({ kind }) => kind === 'delivered');
  const isTaken = isProven || found.some(({ kind, sequence }) => kind === 'refused' && !suspects.has(sequence));
  if (stopped !== null && !isTaken) throw stopped;
  const untried = toFailure(stopped ?? new LectorError('EXPORT_FAILED', 'it was not tried'));
  return records.map(({ sequence }): DeliveryResult => {
    const suspicion = suspects.get(sequence);
    if (suspicion !== undefined && !isProven) return { sequence, kind: 'failed', failure: suspicion };
    return results.get(sequence) ?? { sequence, kind: 'failed', failure: untried };
  });
}
