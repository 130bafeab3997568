import { LectorError, toFailure } from '../../domain/errors.ts';
import type { OffsetAt } from '../../domain/grid.ts';
import type { Clock } from '../../domain/ports.ts';
import type { LectorRecord } from '../../domain/record.ts';
import type { OwedRecord } from '../../domain/store-port.ts';
import type { EpochMs } from '../../domain/units.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, packed } from '../../http/client.ts';
import { jsonIn, meaningOf, statusFailure } from '../../http/status.ts';
import {
  CENTRE_PATHS,
  type CentreAbout,
  type HoldingsAnswer,
  INSTANCE_HEADER,
  SENT_HEADER,
} from '../../protocol/centre-wire.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import { recordWire } from '../../protocol/record-wire.ts';
import type { SiteWire } from '../../protocol/site-wire.ts';
import type { PieceOutcome } from '../http/pieces.ts';
import { aboutIn, holdingsIn, resultOf, verdictsIn } from './answers.ts';

/** How long a node that another lector feeds is not tried: a person must act. */
export const NODE_TAKEN_MS = 3_600_000;
/** Records of one call, also where the centre takes more: to make their lines holds up everything else for some ms. */
export const BATCH_MAX = 200;
/** A day of a thousand analyzers is a few of these. */
const HOLDINGS_BYTES_MAX = 32 * 1024 * 1024;

export type CentreCalls = {
  readonly http: HttpClient;
  readonly origin: string;
  readonly clock: Clock;
  readonly offsetAt: OffsetAt;
  /** `SiteWire.instance`; '': not known. */
  readonly instance: string;
  /** `Authorization`, where the target has a token. */
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Asks who is there: ours, or another (the predecessor's, for all that is known). Rejects when that cannot be told:
 * nothing answers, or only a proxy.
 */
export async function askAbout(calls: CentreCalls): Promise<CentreAbout | null> {
  const url = calls.origin + CENTRE_PATHS.about;
  const answer = await calls.http.send({ method: 'GET', url, headers: { accept: 'application/json' } });
  const about = answer.status === 200 ? aboutIn(answer.body) : null;
  if (about === 'newer') {
    const words = `${calls.origin} is a centre of a newer Lector, which this one cannot speak to: update this one`;
    throw new LectorError('EXPORT_FAILED', words);
  }
  if (about !== null) return about;
  const { kind } = meaningOf(answer.status);
  if (kind === 'busy' || kind === 'broken') throw statusFailure(answer, url, calls.clock.now());
  return null;
}

/** Tells the centre who this is. Rejects when it wants nothing of it. */
export async function putSite(calls: CentreCalls, site: SiteWire): Promise<void> {
  const { answer, url } = await call(calls, {
    method: 'PUT',
    path: CENTRE_PATHS.site(site.node),
    body: JSON.stringify(site),
    type: 'application/json',
  });
  if (answer.status !== 204) throw wholeFailure(answer, url, calls.clock.now());
}

/** Identities that the centre holds of a node, with end in (from, to]. */
export async function askHoldings(
  calls: CentreCalls,
  node: number,
  from: EpochMs,
  to: EpochMs,
): Promise<HoldingsAnswer> {
  const span = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  const { answer, url } = await call(calls, { method: 'GET', path: `${CENTRE_PATHS.holdings(node)}?${span}` });
  const found = answer.status === 200 ? holdingsIn(answer.body, node) : null;
  if (found !== null) return found;
  throw wholeFailure(answer, url, calls.clock.now(), 'that is not what a centre says of what it holds');
}

/** Lines of a batch, as many as the centre takes at once by their bytes. */
export function recordLine(record: LectorRecord, offsetAt: OffsetAt): string {
  return `${JSON.stringify(recordWire(record, (at) => isoTime(at, offsetAt)))}\n`;
}

/** One batch. `about` says how much of it may go; what is more is `tooLarge` before it is sent. */
export async function sendBatch(
  calls: CentreCalls,
  about: CentreAbout,
  records: readonly OwedRecord[],
): Promise<PieceOutcome> {
  const lines = records.map(({ record }) => recordLine(record, calls.offsetAt)).join('');
  const most = about.batch;
  if (Buffer.byteLength(lines) > most.unpackedBytes) return tooLarge(most.unpackedBytes);
  const body = await packed(lines);
  // a server that is sent too much may close the connection before its answer is read
  if (body.length > most.bytes) return tooLarge(most.bytes);
  const request = { method: 'POST', path: CENTRE_PATHS.records, body, type: NDJSON } as const;
  try {
    const { answer, url } = await call(calls, request);
    return batchOutcome(answer, url, records, calls.clock.now());
  } catch (error) {
    return { kind: 'stopped', failure: error as LectorError };
  }
}

const NDJSON = 'application/x-ndjson';

const tooLarge = (bytes: number): PieceOutcome => ({
  kind: 'tooLarge',
  reason: `it has more than ${bytes} bytes, the most that the centre takes`,
});

/** What the answer to a batch means. */
export function batchOutcome(
  answer: HttpAnswer,
  url: string,
  records: readonly OwedRecord[],
  now: EpochMs,
): PieceOutcome {
  const verdicts = answer.status === 200 ? verdictsIn(answer.body, records.length) : null;
  if (verdicts !== null) {
    return { kind: 'settled', results: records.map((owed, index) => resultOf(owed, verdicts[index]!)) };
  }
  const failure = wholeFailure(answer, url, now, 'that is no receipt for each record');
  switch (meaningOf(answer.status).kind) {
    case 'tooLarge':
      return { kind: 'tooLarge', reason: failure.message };
    case 'rejected':
    case 'broken':
      return { kind: 'suspect', failure: toFailure(failure), final: false };
    default:
      return { kind: 'stopped', failure };
  }
}

type Call = {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
};

async function call(calls: CentreCalls, { method, path, body, type }: Call) {
  const url = calls.origin + path;
  const answer = await calls.http.send({
    method,
    url,
    headers: {
      accept: 'application/json',
      ...calls.headers,
      ...(calls.instance !== '' && { [INSTANCE_HEADER]: calls.instance }),
      [SENT_HEADER]: new Date(calls.clock.now()).toISOString(),
      ...(type !== undefined && { 'content-type': type }),
      ...(type === NDJSON && { 'content-encoding': 'gzip' }),
    },
    ...(body !== undefined && { body }),
    answerMax: HOLDINGS_BYTES_MAX,
  });
  return { answer, url };
}

/** A failure that concerns all records. A node that another lector feeds is tried hourly: a person must act. */
function wholeFailure(answer: HttpAnswer, url: string, now: EpochMs, unlikely?: string): LectorError {
  const isSuccess = meaningOf(answer.status).kind === 'success';
  const failure = statusFailure(answer, url, now, isSuccess ? unlikely : undefined);
  const problem = jsonIn(answer.body) as { readonly type?: unknown; readonly detail?: unknown } | null;
  if (problem?.type !== '/problems/node-taken') return failure;
  return new LectorError('EXPORT_FAILED', failure.message, { ...failure.facts, retryAfterMs: NODE_TAKEN_MS });
}
