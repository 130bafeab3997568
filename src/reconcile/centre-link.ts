import type { LectorRecord } from '../domain/record.ts';
import type { DeliveryResult } from '../domain/store-port.ts';
import type { EpochMs } from '../domain/units.ts';
import type { Held } from '../exporters/client-rest/missing.ts';
import type { OldOutcome, OldReading } from '../exporters/client-rest/old-call.ts';
import { deliverOld, saveOld } from '../exporters/client-rest/old-centre.ts';
import { askAbout, askHoldings, BATCH_MAX, sendBatch } from '../exporters/client-rest/our-centre.ts';
import { centreTarget, ourOldTarget } from '../exporters/client-rest/target.ts';
import { createDestinationClient } from '../exporters/http/destination-client.ts';
import { createPieces } from '../exporters/http/pieces.ts';
import { readSecret } from '../exporters/http/secret.ts';
import type { ExporterContext } from '../exporters/ports.ts';
import { INSTANCE_HEADER } from '../protocol/centre-wire.ts';

/** A centre as a command speaks to it: beside the server's deliveries, and without telling it who this is. */
export type CentreLink = {
  /** Version of ours; null: the predecessor's, or another. */
  readonly version: string | null;
  readonly batchMax: number;
  /** Only of ours. */
  holdings(from: EpochMs, to: EpochMs): Promise<Held>;
  send(records: readonly LectorRecord[]): Promise<readonly DeliveryResult[]>;
  /** One reading by the predecessor's call, which both take. */
  save(analyzerId: number, reading: OldReading): Promise<OldOutcome>;
  close(): Promise<void>;
};

/** Asks who is there. Rejects in words when nobody is. */
export async function openCentre(context: ExporterContext): Promise<CentreLink> {
  const { clock, offsetAt, config, site } = context;
  const http = createDestinationClient(context);
  const target = centreTarget(config.target);
  const { node, instance } = site();
  try {
    const token = await readSecret(config.options, 'token');
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const calls = { http, origin: target.origin, clock, offsetAt, instance, headers };
    const about = await askAbout(calls);
    const whose: Record<string, string> = instance === '' ? {} : { [INSTANCE_HEADER]: instance };
    const place = about === null ? target : ourOldTarget(target);
    const old = { ...calls, target: place, headers: { ...headers, ...whose } };
    const pieces = createPieces(() => Math.min(BATCH_MAX, about?.batch.records ?? BATCH_MAX));
    return {
      version: about?.version ?? null,
      batchMax: BATCH_MAX,
      holdings: (from, to) => askHoldings(calls, node, from, to),
      send(records) {
        const owed = records.map((record, sequence) => ({ sequence, record }));
        return about === null ? deliverOld(old, owed) : pieces.send(owed, (piece) => sendBatch(calls, about, piece));
      },
      save: (analyzerId, reading) => saveOld(old, { nodeId: node, analyzerId }, reading),
      close: () => http.close(),
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}
