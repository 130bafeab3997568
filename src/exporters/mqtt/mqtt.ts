import { LectorError } from '../../domain/errors.ts';
import type { Destined, ExporterContext } from '../ports.ts';

/** Records, readings and status by MQTT. */
export function createMqtt({ id }: ExporterContext): Destined {
  const words = `${id} is not connected yet`;
  return {
    exporter: {
      ...{ id, order: 'freshFirst', batchMax: 200 },
      deliver: () => Promise.reject(new LectorError('EXPORT_FAILED', words)),
      async close() {},
    },
    live: { start() {}, installed() {}, trouble: () => words, async close() {} },
  };
}
