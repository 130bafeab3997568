import { toFailure } from '../../domain/errors.ts';
import type { DeliveryResult, OwedRecord } from '../../domain/store-port.ts';
import { type AnalyzerId, type MonoMs, monoMs } from '../../domain/units.ts';
import type { ExporterContext } from '../ports.ts';
import { COMPARED_DAYS, compareWith, type Ours, type Tally } from './compare.ts';

/** Deliveries have been at rest for so long when it begins: what is owed goes first. */
export const REST_MS = 5_000;
/** Shortest time between two comparisons. */
export const COMPARISON_GAP_MS = 600_000;
/** Wait after one that failed while deliveries go on. */
const AGAIN_MS = 3_600_000;
/** The same, once there is a new connection. */
export const RECONNECTED_MS = 60_000;

export type Comparison = {
  /** A connection was made: what the centre holds may be another than before. */
  due(): void;
  /** Runs a delivery, during which nothing is begun here. */
  during<T>(delivery: () => Promise<T>): Promise<T>;
  /** What was delivered in this run, and so was known to the centre once. */
  delivered(records: readonly OwedRecord[], results: readonly DeliveryResult[]): void;
  close(): void;
};

/** When it is compared: once after each connection, between deliveries. `ours`: the centre, while it is connected. */
export function createComparison(context: ExporterContext, ours: () => Ours | null): Comparison {
  const { clock, log, id: exporter } = context;
  const gate = createGate(() => clock.mono());
  const first = new Map<AnalyzerId, number>();
  let timer: unknown = null;
  let [isWanted, isRunning, isClosed] = [false, false, false];
  let notBefore = clock.mono();
  let hasFailed = false;

  const arm = () => {
    if (!isWanted || isRunning || isClosed || timer !== null) return;
    const wait = Math.max(gate.restingSince() + REST_MS, notBefore) - clock.mono();
    timer = clock.setTimeout(() => {
      timer = null;
      const isAtRest = !gate.isBusy() && clock.mono() - gate.restingSince() >= REST_MS;
      if (isAtRest) void run();
      else if (!gate.isBusy()) arm();
    }, wait);
  };

  const run = async () => {
    isWanted = false;
    const now = ours();
    // it has failed meanwhile: due again when it is back
    if (now === null) return;
    isRunning = true;
    try {
      tell(context, await compareWith(context, now, { first, idle: gate.idle, isClosed: () => isClosed }));
      [hasFailed, notBefore] = [false, monoMs(clock.mono() + COMPARISON_GAP_MS)];
    } catch (error) {
      const { message } = toFailure(error);
      [isWanted, hasFailed, notBefore] = [true, true, monoMs(clock.mono() + AGAIN_MS)];
      if (!isClosed)
        log.warn({ exporter }, `what ${exporter} holds could not be compared, tried again later: ${message}`);
    }
    isRunning = false;
    arm();
  };

  return {
    due() {
      isWanted = true;
      if (hasFailed) {
        // it may have failed for the connection that was lost
        notBefore = monoMs(Math.min(notBefore, clock.mono() + RECONNECTED_MS));
        clock.clearTimeout(timer);
        timer = null;
      }
      arm();
    },
    during: (delivery) => gate.during(delivery).finally(arm),
    delivered(records, results) {
      const receipts = new Set(results.flatMap(({ kind, sequence }) => (kind === 'delivered' ? [sequence] : [])));
      for (const { sequence, record } of records) {
        const before = first.get(record.analyzerId) ?? Number.POSITIVE_INFINITY;
        if (receipts.has(sequence) && record.end < before) first.set(record.analyzerId, record.end);
      }
    },
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}

/** Who counts the deliveries under way. */
function createGate(mono: () => MonoMs) {
  let busy = 0;
  let restingSince = mono();
  let rest = Promise.withResolvers<void>();
  rest.resolve();
  return {
    isBusy: () => busy > 0,
    restingSince: () => restingSince,
    idle: () => rest.promise,
    async during<T>(delivery: () => Promise<T>): Promise<T> {
      busy += 1;
      if (busy === 1) rest = Promise.withResolvers<void>();
      try {
        return await delivery();
      } finally {
        busy -= 1;
        restingSince = mono();
        if (busy === 0) rest.resolve();
      }
    },
  };
}

function tell({ id: exporter, log }: ExporterContext, { sent, refused, failed, unknown }: Tally): void {
  if (sent + refused + failed > 0) {
    const rest = refused + failed === 0 ? '' : `; ${refused} were refused and ${failed} failed`;
    const text = `the centre was missing records that it had acknowledged: ${sent} were sent again${rest}`;
    // what it refused before it refuses again
    log[sent > 0 ? 'warn' : 'info']({ exporter, sent, refused, failed }, text);
  }
  if (unknown === 0) return;
  const text = `${unknown} records of the last ${COMPARED_DAYS} days are not at the centre and were perhaps never sent`;
  log.info({ exporter, unknown }, `${text}: lector reconcile --plan tells, lector reconcile sends them`);
}
