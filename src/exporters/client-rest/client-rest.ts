import { LectorError } from '../../domain/errors.ts';
import type { Destined, ExporterContext } from '../ports.ts';

/** Records to a centre: the predecessor's or ours. */
export function createClientRest({ id }: ExporterContext): Destined {
  return {
    exporter: {
      ...{ id, order: 'freshFirst', batchMax: 500 },
      deliver: () => Promise.reject(new LectorError('EXPORT_FAILED', `${id} is not connected yet`)),
      async close() {},
    },
    live: null,
  };
}
