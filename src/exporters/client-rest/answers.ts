import type { DeliveryResult, OwedRecord } from '../../domain/store-port.ts';
import { jsonIn } from '../../http/status.ts';
import {
  type BatchAnswer,
  type CentreAbout,
  type HoldingsAnswer,
  RECORD_STATUSES,
  type RecordStatus,
} from '../../protocol/centre-wire.ts';

type Loose = Readonly<Record<string, unknown>>;

const objectIn = (body: string): Loose | null => {
  const value = jsonIn(body);
  return value === null || Array.isArray(value) ? null : (value as Loose);
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** How ours says what it is; null: it is another. `newer`: ours, of an API that this version does not know. */
export function aboutIn(body: string): CentreAbout | 'newer' | null {
  const found = objectIn(body);
  if (found?.product !== 'lector' || found.role !== 'centre') return null;
  if (found.api !== 1) return 'newer';
  const batch = found.batch as Loose | null | undefined;
  const isWhole = isCount(batch?.records) && isCount(batch.bytes) && isCount(batch.unpackedBytes);
  return isWhole ? (found as unknown as CentreAbout) : null;
}

/** The verdicts on a batch; null: no receipt at all, also when there is not one for each record. */
export function verdictsIn(body: string, count: number): BatchAnswer['results'] | null {
  const found = objectIn(body);
  if (found?.product !== 'lector' || !Array.isArray(found.results) || found.results.length !== count) return null;
  const isVerdict = (each: Loose | null) => RECORD_STATUSES.includes(each?.status as RecordStatus);
  return found.results.every(isVerdict) ? (found.results as BatchAnswer['results']) : null;
}

/** What the centre holds; null: that is no such answer. */
export function holdingsIn(body: string, node: number): HoldingsAnswer | null {
  const found = objectIn(body);
  if (found?.node !== node || !Array.isArray(found.records)) return null;
  const isIdentity = (each: unknown) => Array.isArray(each) && each.length >= 3 && each.every(Number.isFinite);
  const isSince = found.since === undefined || found.since === null || Number.isFinite(found.since);
  return isSince && found.records.every(isIdentity) ? (found as unknown as HoldingsAnswer) : null;
}

/** What a verdict does to a delivery. */
export function resultOf({ sequence }: OwedRecord, verdict: BatchAnswer['results'][number]): DeliveryResult {
  const reason = typeof verdict.reason === 'string' && verdict.reason !== '' ? verdict.reason : null;
  switch (verdict.status) {
    case 'stored':
    case 'duplicate':
      return { sequence, kind: 'delivered' };
    case 'differs': {
      const what = 'the centre has another record of that time';
      return { sequence, kind: 'refused', reason: reason === null ? what : `${what}: ${reason}` };
    }
    case 'refused':
      return { sequence, kind: 'refused', reason: reason ?? 'the centre refuses it and does not say why' };
    case 'later': {
      const message = reason ?? 'the centre does not take it now';
      return { sequence, kind: 'failed', failure: { code: 'EXPORT_FAILED', message, facts: {} } };
    }
  }
}
