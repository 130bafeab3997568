import { type LectorError, toFailure } from '../../domain/errors.ts';
import type { Exporter, OwedRecord } from '../../domain/store-port.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { HttpAnswer } from '../../http/client.ts';
import { meaningOf, statusFailure } from '../../http/status.ts';
import { createDestinationClient } from '../http/destination-client.ts';
import { createPieces, type PieceOutcome } from '../http/pieces.ts';
import { readSecret } from '../http/secret.ts';
import type { Destined, ExporterContext } from '../ports.ts';
import { influxLine } from './line-protocol.ts';

const BATCH_MAX = 500;
const MEASUREMENT = 'lector';

type Options = ExporterContext['config']['options'];

/**
 * Records to InfluxDB, 1 (`/write`) or 2 and what speaks like it (`/api/v2/write`). Written again, a record is the same
 * point: measurement, tags and time are its identity.
 */
export function createInflux(context: ExporterContext): Destined {
  const { id, config, clock } = context;
  const http = createDestinationClient(context);
  const url = writeUrl(config.target, config.options);
  const measurement = config.options.measurement ?? MEASUREMENT;
  const pieces = createPieces(() => BATCH_MAX);

  const sendPiece = async (records: readonly OwedRecord[], headers: SentHeaders): Promise<PieceOutcome> => {
    const body = records.map(({ record }) => `${influxLine(record, measurement)}\n`).join('');
    const request = { method: 'POST', url, headers, body, gzip: true } as const;
    return http.send(request).then(
      (answer): PieceOutcome => influxOutcome(answer, url, records, clock.now()),
      (failure: LectorError): PieceOutcome => ({ kind: 'stopped', failure }),
    );
  };

  const exporter: Exporter = {
    id,
    order: 'freshFirst',
    batchMax: BATCH_MAX,
    async deliver(records) {
      const authorization = await authorizationOf(config.options);
      const headers = { 'content-type': 'text/plain; charset=utf-8', ...authorization };
      return pieces.send(records, (piece) => sendPiece(piece, headers));
    },
    close: () => http.close(),
  };
  return { exporter, live: null };
}

type SentHeaders = Readonly<Record<string, string>>;

/** Where lines are written: by version 1 with a database, by 2 with org and bucket. Times are ms. */
export function writeUrl(target: string, { version, database, retention_policy, org, bucket }: Options): string {
  const base = target.replace(/\/+$/, '');
  const isFirst = version === undefined ? bucket === undefined : version === '1';
  const given = isFirst ? { db: database, rp: retention_policy } : { org, bucket };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  query.set('precision', 'ms');
  return `${base}${isFirst ? '/write' : '/api/v2/write'}?${query}`;
}

async function authorizationOf(options: Options): Promise<SentHeaders> {
  const token = await readSecret(options, 'token');
  if (token !== null) return { authorization: `Token ${token}` };
  const password = await readSecret(options, 'password');
  if (password === null && options.user === undefined) return {};
  const pair = `${options.user ?? ''}:${password ?? ''}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** 204 is the only receipt. 400 and 422: it could not take one of the lines, and may have taken the others. */
export function influxOutcome(
  answer: HttpAnswer,
  url: string,
  records: readonly OwedRecord[],
  now: EpochMs,
): PieceOutcome {
  if (answer.status === 204) {
    return { kind: 'settled', results: records.map(({ sequence }) => ({ sequence, kind: 'delivered' })) };
  }
  const { kind } = meaningOf(answer.status);
  const unlikely = kind === 'success' ? 'that is not how InfluxDB says that it wrote' : undefined;
  const failure = statusFailure(answer, url, now, unlikely);
  switch (kind) {
    case 'tooLarge':
      return { kind: 'tooLarge', reason: failure.message };
    case 'rejected':
      return { kind: 'suspect', failure: toFailure(failure), final: true };
    case 'broken':
      return { kind: 'suspect', failure: toFailure(failure), final: false };
    default:
      return { kind: 'stopped', failure };
  }
}
