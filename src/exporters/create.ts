import { LectorError } from '../domain/errors.ts';
import { type ExportType, isExportType } from '../domain/export-options.ts';
import { createClientRest } from './client-rest/client-rest.ts';
import { createInflux } from './influx/influx.ts';
import { createLocalFile } from './local-file.ts';
import { createMqtt } from './mqtt/mqtt.ts';
import type { Destined, ExporterContext } from './ports.ts';
import { createPrometheus } from './prometheus/prometheus.ts';
import { createWebhook } from './webhook/webhook.ts';

const TYPES = {
  localFile: createDaily,
  clientRest: createClientRest,
  mqtt: createMqtt,
  influx: createInflux,
  http: createWebhook,
  prometheus: createPrometheus,
} as const satisfies Record<ExportType, (context: ExporterContext) => Destined>;

/**
 * What serves a destination of config.xml. Opens nothing and reads no secret: what does not work is told when it is
 * tried.
 *
 * @throws LectorError EXPORT_FAILED for a type that there is not.
 */
export function createDestined(context: ExporterContext): Destined {
  const { type } = context.config;
  if (!isExportType(type)) throw new LectorError('EXPORT_FAILED', `there is no exporter of type ${type}`);
  return TYPES[type](context);
}

function createDaily(context: ExporterContext): Destined {
  const { config } = context;
  return { exporter: createLocalFile({ ...context, folder: config.path ?? config.target }), live: null };
}
