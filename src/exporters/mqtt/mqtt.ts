import { safe } from '../../domain/safe.ts';
import type { Destined, ExporterContext } from '../ports.ts';
import { createConnection } from './connection.ts';
import { createPresence } from './presence.ts';
import { createRecords } from './records.ts';
import { connectMqtt } from './session.ts';
import { sessionOptionsOf, settingsOf } from './settings.ts';

/**
 * `<dataexport type="mqtt" target="mqtts://broker:8883">`: each record to `<prefix>/<node>/<analyzer>/record`, and the
 * last reading to `.../state`, whether the meter is read to `.../status`, whether lector runs to
 * `<prefix>/<node>/status`, and what there is to Home Assistant. One connection for all of it.
 */
export function createMqtt(context: ExporterContext): Destined {
  const { clock, random, log, config } = context;
  const settings = settingsOf(context);
  let isWarned = false;
  const connect = async () => {
    const options = await sessionOptionsOf(context, settings.topics);
    const { isEncrypted, isLocal, words } = options.broker;
    if (options.password !== null && !isEncrypted && !isLocal && !isWarned) {
      isWarned = true;
      log.warn(
        { broker: words },
        `${words}: the password travels readable for everybody on the way; use mqtts:// or wss://`,
      );
    }
    return connectMqtt(options);
  };
  const connection = createConnection({
    ...{ name: safe(config.target), clock, random, log, connect },
    onUp(session) {
      presence.up(session);
      context.reachable();
    },
    farewell: (session) => presence.farewell(session),
  });
  const presence = createPresence(context, settings, connection.now);
  let node = -1;
  return {
    exporter: createRecords(context, settings, connection),
    live: {
      start() {
        node = context.site().node;
        presence.start();
        connection.start();
      },
      installed() {
        const isOther = context.site().node !== node;
        node = context.site().node;
        // the will names the node
        if (isOther) void connection.renew(presence.leave);
        else presence.installed();
      },
      trouble: () => connection.trouble() ?? presence.trouble(),
      async close() {
        await connection.close();
        presence.close();
      },
    },
  };
}
