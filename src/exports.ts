import { type Failure, LectorError } from './domain/errors.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { AnalyzerConfig, ExportConfig } from './domain/installation.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { DeliveryResult, Exporter, Outbox } from './domain/store-port.ts';
import type { AnalyzerId } from './domain/units.ts';
import { createLocalFile } from './exporters/local-file.ts';

/** One destination with the analyzers that export to it. */
export type Destination = {
  readonly id: string;
  readonly config: ExportConfig;
  readonly analyzers: readonly AnalyzerConfig[];
};

/** Records that one delivery takes at a time. */
export const DELIVERY_BATCH = 200;

/** The destinations of all analyzers: one for each type and target, in the order of the file. */
export function destinationsOf(analyzers: readonly AnalyzerConfig[]): readonly Destination[] {
  const pairs = analyzers.flatMap((analyzer) => analyzer.exports.map((config) => ({ analyzer, config })));
  const groups = Map.groupBy(pairs, ({ config }) => `${config.type}:${config.path ?? config.target}`);
  return [...groups.entries()].map(([id, group]) => ({
    id,
    config: group[0]!.config,
    analyzers: group.map(({ analyzer }) => analyzer),
  }));
}

/** The exporters of this run by id, and whose records each takes. */
export type Exports = ReadonlyMap<string, { readonly exporter: Exporter; readonly analyzerIds: readonly AnalyzerId[] }>;

export type ExporterOptions = {
  readonly offsetAt: OffsetAt;
  readonly identification: (id: AnalyzerId) => string;
  readonly log: Log;
  readonly clock: Clock;
};

/** Every destination that this version delivers to, by id. */
export function createExports(analyzers: readonly AnalyzerConfig[], options: ExporterOptions): Exports {
  const served = destinationsOf(analyzers).flatMap((destination) => {
    const exporter = createExporter(destination, options);
    const analyzerIds = destination.analyzers.map((each) => each.id);
    return exporter ? [[destination.id, { exporter, analyzerIds }] as const] : [];
  });
  return new Map(served);
}

/** The exporter of a destination; null for a type that this version does not deliver. */
export function createExporter({ id, config, analyzers }: Destination, options: ExporterOptions): Exporter | null {
  if (config.type !== 'localFile' || config.path === null) return null;
  const consultes = new Map(
    analyzers.map((each) => [each.id, [...new Set([...each.consultes, ...(each.rapid?.consultes ?? [])])]] as const),
  );
  return createLocalFile({ ...options, id, folder: config.path, order: (analyzer) => consultes.get(analyzer) ?? [] });
}

/**
 * Makes every exporter known to the outbox, and says what none of them gets: records from before it was configured,
 * and those of exporters that are configured no more.
 */
export async function registerExports(outbox: Outbox, exports: Exports, log: Log): Promise<void> {
  for (const [exporter, { analyzerIds }] of exports) {
    const { older } = await outbox.register(exporter, analyzerIds);
    if (older === 0) continue;
    const rest = `${older} older records stay in the store and are not sent`;
    const text = `${exporter} gets what is recorded from now on; ${rest}`;
    log.info({ exporter, older }, text);
  }
  for (const { exporterId: exporter, count, isAll } of outbox.absent()) {
    const waiting = `${isAll ? '' : 'more than '}${count} ${count === 1 ? 'record' : 'records'}`;
    const text =
      `${exporter} is configured no more: it was not sent ${waiting}, which stay in the store like any others and ` +
      'are sent when it is configured again';
    log.warn({ exporter, count }, text);
  }
}

/**
 * One attempt: what is owed oldest first, handed to the exporter; receipts move the cursor, refusals are parked. Where
 * records fail, those of other analyzers go on, however many wait in front of them, and then it rejects with the first
 * cause. Rejects at once with what the exporter says when nothing could be tried.
 */
export async function deliverOnce(outbox: Outbox, exporter: Exporter): Promise<{ readonly left: 'more' | 'nothing' }> {
  const stuck = new Set<AnalyzerId>();
  let cause: Failure | null = null;
  for (;;) {
    const owed = outbox.next(exporter.id, DELIVERY_BATCH, stuck);
    if (owed.length === 0) break;
    const results = new Map((await exporter.deliver(owed)).map((result) => [result.sequence, result]));
    await settle(outbox, exporter.id, [...results.values()]);
    for (const { sequence, record } of owed) {
      const result = results.get(sequence);
      if (result !== undefined && result.kind !== 'failed') continue;
      stuck.add(record.analyzerId);
      cause ??= result?.failure ?? { code: 'EXPORT_FAILED', message: `${exporter.id} took no record`, facts: {} };
    }
    if (stuck.size === 0) return { left: 'more' };
  }
  if (cause !== null) throw new LectorError(cause.code, cause.message, cause.facts);
  return { left: 'nothing' };
}

async function settle(outbox: Outbox, exporterId: string, results: readonly DeliveryResult[]): Promise<void> {
  const delivered = results.flatMap((each) => (each.kind === 'delivered' ? [each.sequence] : []));
  if (delivered.length > 0) await outbox.acknowledge(exporterId, delivered);
  for (const each of results) {
    if (each.kind === 'refused') await outbox.park(exporterId, each.sequence, each.reason);
  }
}
