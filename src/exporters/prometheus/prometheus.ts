import type { Destined, ExporterContext } from '../ports.ts';

/** `/metrics` for Prometheus. */
export function createPrometheus({ id }: ExporterContext): Destined {
  const words = `${id} does not listen yet`;
  return { exporter: null, live: { start() {}, installed() {}, trouble: () => words, async close() {} } };
}
