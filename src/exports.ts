import type { Destination } from './domain/destinations.ts';
import { type Failure, LectorError } from './domain/errors.ts';
import type { OffsetAt } from './domain/grid.ts';
import type { Clock, Log } from './domain/ports.ts';
import type { DeliveryResult, Exporter, Outbox } from './domain/store-port.ts';
import type { AnalyzerId, VariableCode } from './domain/units.ts';
import { createLocalFile } from './exporters/local-file.ts';

/** Records that one delivery takes at a time. */
export const DELIVERY_BATCH = 200;

/** Whose records each exporter takes, by its id. */
type Interests = ReadonlyMap<string, { readonly analyzerIds: readonly AnalyzerId[] }>;

/** The exporters of this run: those of the types that this version delivers. */
export type Exports = {
  ids(): readonly string[];
  /** Throws EXPORT_FAILED for one that is there no more. */
  exporterOf(id: string): Exporter;
  /** Makes the first ones known to the outbox, and says what none of them gets. */
  begin(): Promise<void>;
  /**
   * Serves these and no others, which the outbox knows when the call returns, and keeps when it resolves. It goes on
   * owing what those were not sent that end.
   */
  settle(destinations: readonly Destination[]): Promise<void>;
  close(): Promise<void>;
};

export type ExporterOptions = {
  readonly offsetAt: OffsetAt;
  readonly identification: (id: AnalyzerId) => string;
  /** Order of the columns of an analyzer. */
  readonly order: (id: AnalyzerId) => readonly VariableCode[];
  readonly log: Log;
  readonly clock: Clock;
};

type Served = { readonly exporter: Exporter; readonly analyzerIds: readonly AnalyzerId[] };

export function createExports(outbox: Outbox, first: readonly Destination[], options: ExporterOptions): Exports {
  const served = new Map<string, Served>();

  /** Exporters of these destinations: those that are there already, and new ones for types that are delivered. */
  const servedBy = (destinations: readonly Destination[]) =>
    destinations.flatMap((destination) => {
      const exporter = served.get(destination.id)?.exporter ?? createExporter(destination, options);
      const analyzerIds = destination.analyzers.map(({ id }) => id);
      return exporter === null ? [] : [[destination.id, { exporter, analyzerIds }] as const];
    });

  for (const [id, each] of servedBy(first)) served.set(id, each);
  return {
    ids: () => [...served.keys()],
    exporterOf(id) {
      const found = served.get(id);
      if (found === undefined) throw new LectorError('EXPORT_FAILED', `${id} is configured no more`);
      return found.exporter;
    },
    begin: () => registerExports(outbox, served, options.log),
    async settle(destinations) {
      const next = new Map(servedBy(destinations));
      const gone = [...served].filter(([id]) => !next.has(id));
      const others = [...next].filter(([id, each]) => !isSameInterest(each, served.get(id)));
      for (const [id] of gone) served.delete(id);
      for (const [id, each] of next) served.set(id, each);
      await Promise.all([
        ...gone.map(([id]) => registerOne(outbox, id, [], options.log)),
        ...others.map(([id, { analyzerIds }]) => registerOne(outbox, id, analyzerIds, options.log)),
      ]);
      for (const [, { exporter }] of gone) await exporter.close();
    },
    async close() {
      await Promise.allSettled([...served.values()].map(({ exporter }) => exporter.close()));
    },
  };
}

const isSameInterest = ({ analyzerIds }: Served, other: Served | undefined): boolean =>
  other !== undefined &&
  analyzerIds.length === other.analyzerIds.length &&
  analyzerIds.every((id, index) => id === other.analyzerIds[index]);

/** The exporter of a destination; null for a type that this version does not deliver. */
function createExporter({ id, config }: Destination, options: ExporterOptions): Exporter | null {
  if (config.type !== 'localFile' || config.path === null) return null;
  return createLocalFile({ ...options, id, folder: config.path });
}

async function registerOne(outbox: Outbox, exporter: string, ids: readonly AnalyzerId[], log: Log): Promise<void> {
  const { older } = await outbox.register(exporter, ids);
  if (older === 0) return;
  const rest = `${older} older records stay in the store and are not sent`;
  log.info({ exporter, older }, `${exporter} gets what is recorded from now on; ${rest}`);
}

/**
 * Makes every exporter known to the outbox, and says what none of them gets: records from before it was configured,
 * and those of exporters that are configured no more.
 */
export async function registerExports(outbox: Outbox, exports: Interests, log: Log): Promise<void> {
  for (const [exporter, { analyzerIds }] of exports) await registerOne(outbox, exporter, analyzerIds, log);
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
 * cause. Rejects at once with what the exporter says when nothing could be tried. `delivered` is told of receipts.
 */
export async function deliverOnce(
  outbox: Outbox,
  exporter: Exporter,
  delivered: (count: number) => void = () => {},
): Promise<{ readonly left: 'more' | 'nothing' }> {
  const stuck = new Set<AnalyzerId>();
  let cause: Failure | null = null;
  for (;;) {
    const owed = outbox.next(exporter.id, DELIVERY_BATCH, stuck);
    if (owed.length === 0) break;
    const results = new Map((await exporter.deliver(owed)).map((result) => [result.sequence, result]));
    const received = await settle(outbox, exporter.id, [...results.values()]);
    if (received > 0) delivered(received);
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

/** Resolves with how many were delivered. */
async function settle(outbox: Outbox, exporterId: string, results: readonly DeliveryResult[]): Promise<number> {
  const delivered = results.flatMap((each) => (each.kind === 'delivered' ? [each.sequence] : []));
  if (delivered.length > 0) await outbox.acknowledge(exporterId, delivered);
  for (const each of results) {
    if (each.kind === 'refused') await outbox.park(exporterId, each.sequence, each.reason);
  }
  return delivered.length;
}
