import type { Clock, Log } from '../domain/ports.ts';
import type { Store } from '../domain/store-port.ts';
import type { EpochMs } from '../domain/units.ts';
import { decodeJson, encodeJson } from './codec.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { lastSequenceOf, outboxSource, storedExporters } from './exporters.ts';
import { lockFolder } from './folder-lock.ts';
import { createGaps } from './gaps.ts';
import { keepHouse, withLimit } from './housekeeping.ts';
import { ALIVE_KEY } from './keys.ts';
import { createOutbox, type StoreOutbox } from './outbox.ts';
import { createPruning, type PruningLimits, type PruningStep } from './pruning.ts';
import { createReadings } from './readings.ts';
import { createRecords, type Records } from './records.ts';
import { createReserve, RESERVE_BYTES, spaceOf } from './reserve.ts';
import type { Item } from './waiting.ts';
import { createWriter, droppedError, type Writer } from './writer.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

/** What may be changed, mostly by tests; the values are the defaults. */
export const STORE_LIMITS = {
  readingsMaxMs: 2 * DAY_MS,
  readingsMaxBytes: 512 * MIB,
  recordsMaxMs: 400 * DAY_MS,
  recordsMaxBytes: 2048 * MIB,
  minFreeBytes: 200 * MIB,
  /** Held back for the moment in which the disk is full. */
  reserveBytes: RESERVE_BYTES,
  /** Memory for readings, and for records, that the disk does not take. */
  waitingReadingsBytes: 64 * MIB,
  waitingRecordsBytes: 64 * MIB,
  /** Between two looks at what may be pruned; a step that found much is followed soon. */
  pruneEveryMs: 30_000,
} as const;

export type StoreOptions = {
  /** `data_dir`; made when it is not there. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
} & { readonly [Limit in keyof typeof STORE_LIMITS]?: number };

/** Longest that the data file may take to close: a disk that hangs must not hold the process. */
const CLOSE_ENVIRONMENT_MS = 2_000;
/** Most steps of pruning in which it looks for something to delete on a full disk. */
const RECOVERY_STEPS = 1_000;

/**
 * Readings, records and the outbox in `dir`, which is locked for this process. `putReading`, `putRecord` and `putGap`
 * resolve when they are durable; while the disk refuses they stay pending, wait in bounded memory and are seen by all
 * that read here. They reject (STORE_FULL, STORE_FAILED) only when that memory is used up or the store is closed.
 * `acknowledge`, `park`, `register` and `markAlive` resolve also when the disk refuses: kept in memory, written first
 * thing when it takes writes again. Reading throws STORE_FAILED while the data file cannot even be opened to read.
 * Rejects STORE_LOCKED, or STORE_FAILED in words, when it cannot be opened.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const lock = await lockFolder(options.dir);
  try {
    const environment = await openEnvironment(options.dir, options.clock, options.log);
    return composeStore({ ...STORE_LIMITS, ...options }, environment, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type Settings = Required<StoreOptions>;

function composeStore(o: Settings, environment: Environment, unlock: () => Promise<void>): Store {
  const { clock, log, dir } = o;
  const lastAlive = decodeJson<EpochMs>(environment.get('root', ALIVE_KEY));
  const known = storedExporters(environment, log);
  const reserve = createReserve(dir, o.reserveBytes);
  let closed = false;

  const writer: Writer = createWriter({
    environment,
    clock,
    log,
    dir,
    readingsBytesMax: o.waitingReadingsBytes,
    recordsBytesMax: o.waitingRecordsBytes,
    onRefused: () => records.offerWaiting(),
    async recover(refusal) {
      await environment.reopen();
      if (refusal.kind !== 'full') return true;
      const released = reserve.release();
      if (released) await environment.lengthen((o.reserveBytes * 3) / 4);
      return (await removeSome(pruner.step)) || released;
    },
    isFull: async () => environment.fitting() === 0,
  });
  const records: Records = createRecords({
    environment,
    lastSequence: lastSequenceOf(environment, known.values()),
    offer: (owed) => outbox.offer(owed),
    withdraw: (entry) => void outbox.withdraw(entry),
    refusing: writer.refusing,
  });
  const outbox: StoreOutbox = createOutbox(outboxSource(environment, records, writer, known), log);
  const pruner = createPruning({
    environment,
    clock,
    log,
    limits: o satisfies PruningLimits,
    lastAlive,
    space: () => spaceOf(dir),
    owedBy: outbox.owedBy,
    withdraw: outbox.withdraw,
    ownersKnown: () => outbox.registered().length > 0,
  });
  const readings = createReadings(environment);
  const gaps = createGaps(environment);
  const housekeeping = keepHouse({ settings: o, writer, reserve, step: pruner.step });

  const lost = () => droppedError(dir, closed ? null : writer.trouble());
  const queue = (make: (settle: (written: boolean) => void) => Item) =>
    new Promise<void>((resolve, reject) => {
      if (closed) return reject(lost());
      writer.add(make((written) => (written ? resolve() : reject(lost()))));
    });

  return {
    putReading: (reading) => queue((settled) => readings.put(reading, settled)),
    readings: readings.between,
    instants: readings.instants,
    lastReading: readings.last,
    putRecord: async (record) => {
      if (closed) throw lost();
      return records.put(record, writer.add, lost);
    },
    lastRecord: records.last,
    records: records.between,
    putGap: (gap) => queue((settled) => gaps.put(gap, settled)),
    gaps: gaps.between,
    async markAlive(at) {
      writer.set(ALIVE_KEY, encodeJson(at));
      await writer.saved();
    },
    lastAlive: () => lastAlive,
    outbox,
    trouble: () => writer.trouble() ?? pruner.trouble(),
    async close() {
      if (closed) return;
      housekeeping.end();
      closed = true;
      await writer.close();
      await withLimit(environment.close(), CLOSE_ENVIRONMENT_MS, clock);
      await unlock();
    },
  };
}

/** Prunes until something is gone; false: there was nothing that may go, or deleting failed too. */
async function removeSome(step: () => Promise<PruningStep>): Promise<boolean> {
  for (let steps = 0; steps < RECOVERY_STEPS; steps += 1) {
    const { removed, more } = await step().catch(() => ({ removed: 0, more: false }));
    if (removed > 0 || !more) return removed > 0;
  }
  return false;
}
