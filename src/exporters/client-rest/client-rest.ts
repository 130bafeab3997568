import type { Exporter } from '../../domain/store-port.ts';
import { createDestinationClient } from '../http/destination-client.ts';
import { createPieces } from '../http/pieces.ts';
import type { Destined, ExporterContext, LivePart } from '../ports.ts';
import { createComparison } from './comparison.ts';
import { type Connecting, createConnecting } from './connection.ts';
import { deliverOld } from './old-centre.ts';
import { BATCH_MAX, sendBatch } from './our-centre.ts';
import { centreTarget } from './target.ts';

/**
 * Records to a centre. Which one it is, is asked when the connection is made, after each failure, and hourly: ours gets
 * batches with a verdict on each record; any other, the predecessor's call. What ours is missing of what it has
 * acknowledged, as when it was restored from an old backup, it is sent again beside the deliveries.
 */
export function createClientRest(context: ExporterContext): Destined {
  const http = createDestinationClient(context);
  const target = centreTarget(context.config.target);
  const connecting: Connecting = createConnecting(context, {
    http,
    origin: target.origin,
    onConnected({ about }) {
      pieces.forget();
      if (about !== null) comparison.due();
    },
  });
  const pieces = createPieces(() => Math.min(BATCH_MAX, connecting.current()?.about?.batch.records ?? BATCH_MAX));
  const comparison = createComparison(context, () => {
    const { calls, about = null } = connecting.current() ?? {};
    return calls === undefined || about === null ? null : { calls, about };
  });
  const exporter: Exporter = {
    id: context.id,
    order: 'freshFirst',
    batchMax: BATCH_MAX,
    deliver: (records) =>
      comparison.during(async () => {
        const { calls, about } = await connecting.open();
        if (about === null) return deliverOld({ ...calls, target, onStopped: connecting.drop }, records);
        const results = await pieces.send(records, async (piece) => {
          const outcome = await sendBatch(calls, about, piece);
          if (outcome.kind === 'stopped') connecting.drop();
          return outcome;
        });
        comparison.delivered(records, results);
        return results;
      }),
    async close() {
      comparison.close();
      await http.close();
    },
  };
  return { exporter, live: presenceOf(connecting) };
}

/** Makes the site known at the start and after a reload, before there is anything to deliver. */
function presenceOf(connecting: Connecting): LivePart {
  // the second does nothing, unless something changed while the site was told
  const show = () =>
    void connecting
      .open()
      .then(connecting.open)
      .catch(() => undefined);
  const tellAnew = () => {
    connecting.siteChanged();
    show();
  };
  return {
    start: show,
    installed: tellAnew,
    siteChanged: tellAnew,
    trouble: () => {
      const words = connecting.trouble();
      return words === null ? null : `the centre cannot be reached: ${words}`;
    },
    async close() {},
  };
}
