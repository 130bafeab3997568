import { type LectorError, toFailure } from '../../domain/errors.ts';
import type { Exporter, OwedRecord } from '../../domain/store-port.ts';
import type { EpochMs } from '../../domain/units.ts';
import type { HttpAnswer } from '../../http/client.ts';
import { type Secrets, signedHeaders } from '../../http/signed.ts';
import { meaningOf, statusFailure } from '../../http/status.ts';
import { INSTANCE_HEADER } from '../../protocol/centre-wire.ts';
import { isoTime } from '../../protocol/iso-time.ts';
import { recordWire } from '../../protocol/record-wire.ts';
import { createDestinationClient } from '../http/destination-client.ts';
import { createPieces, type PieceOutcome } from '../http/pieces.ts';
import { readSecret } from '../http/secret.ts';
import type { Destined, ExporterContext } from '../ports.ts';

/** Records that one attempt takes where each has a call of its own. */
const SINGLE_MAX = 100;

/**
 * Records as JSON to any address: one object a call, or an array where `batch` is more than 1. A receipt is any 2xx,
 * and where `ack` is given, one whose body holds that text; no redirect is.
 */
export function createWebhook(context: ExporterContext): Destined {
  const { id, config, clock } = context;
  const http = createDestinationClient(context);
  const batch = Number(config.options.batch ?? 1);
  const pieces = createPieces(() => batch);

  const sendPiece = async (records: readonly OwedRecord[], secrets: Secrets): Promise<PieceOutcome> => {
    const wires = records.map(({ record }) => recordWire(record, (at) => isoTime(at, context.offsetAt)));
    const body = JSON.stringify(batch === 1 ? wires[0] : wires);
    const headers = {
      'content-type': 'application/json',
      [INSTANCE_HEADER]: context.site().instance,
      ...signedHeaders(body, secrets, clock.now()),
    };
    return http.send({ method: 'POST', url: config.target, headers, body }).then(
      (answer): PieceOutcome => webhookOutcome(answer, records, { ...config, now: clock.now() }),
      (failure: LectorError): PieceOutcome => ({ kind: 'stopped', failure }),
    );
  };

  const exporter: Exporter = {
    id,
    order: 'freshFirst',
    batchMax: batch === 1 ? SINGLE_MAX : batch,
    async deliver(records) {
      const [token, secret] = [await readSecret(config.options, 'token'), await readSecret(config.options, 'secret')];
      return pieces.send(records, (piece) => sendPiece(piece, { token, secret }));
    },
    close: () => http.close(),
  };
  return { exporter, live: null };
}

type Asked = Pick<ExporterContext['config'], 'target' | 'options'> & { readonly now: EpochMs };

export function webhookOutcome(answer: HttpAnswer, records: readonly OwedRecord[], o: Asked): PieceOutcome {
  const { kind } = meaningOf(answer.status);
  const { ack } = o.options;
  if (kind === 'success' && (ack === undefined || answer.body.includes(ack))) {
    return { kind: 'settled', results: records.map(({ sequence }) => ({ sequence, kind: 'delivered' })) };
  }
  const unlikely = kind === 'success' ? `its body does not hold the text of <ack>, ${JSON.stringify(ack)}` : undefined;
  const failure = statusFailure(answer, o.target, o.now, unlikely);
  switch (kind) {
    case 'success':
      // perhaps of this record alone
      return { kind: 'suspect', failure: toFailure(failure), final: false };
    case 'tooLarge':
      return { kind: 'tooLarge', reason: failure.message };
    case 'rejected':
    case 'conflict':
    case 'broken':
      return { kind: 'suspect', failure: toFailure(failure), final: false };
    default:
      return { kind: 'stopped', failure };
  }
}
