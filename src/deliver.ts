import { createDeliveryMemory, type DeliveryMemory, POISON_ATTEMPTS, type Tries } from './delivery-memory.ts';
import { type Failure, LectorError } from './domain/errors.ts';
import type { DeliveryResult, Exporter, Outbox, OwedRecord, ParkedRecord } from './domain/store-port.ts';
import { type AnalyzerId, monoMs } from './domain/units.ts';

/** What comes of an attempt, as it comes. */
export type DeliveryTold = {
  /** So many receipts. */
  delivered(count: number): void;
  /** Set aside, for good unless it is asked for again. */
  parked(record: ParkedRecord): void;
  /** The records of these are kept apart from now on, or for another reason than before. */
  apart(analyzerIds: readonly AnalyzerId[], failure: Failure): void;
  /** Those of these are taken again. */
  taken(analyzerIds: readonly AnalyzerId[]): void;
};

/** What one attempt left: `more` may be owed still, or `nothing` to try before `againInMs` (null: there is none). */
export type Attempt = {
  readonly left: 'more' | 'nothing';
  readonly againInMs: number | null;
  /** Whether there was anything to try. */
  readonly tried: boolean;
};

export type DeliverOptions = { readonly memory?: DeliveryMemory; readonly told?: Partial<DeliveryTold> };

/** Most records of one call, whatever an exporter says of itself. */
const BATCH_MAX = 1000;

/**
 * One attempt: what is owed oldest first, handed to the exporter; receipts move the cursor, refusals are parked. With
 * `freshFirst`, what was recorded since a backlog began to be delivered goes before each piece of it.
 *
 * Where records fail, those of other analyzers go on, however many wait in front of them. An analyzer that is held, or
 * whose oldest record fails while others are taken, is kept apart for a time, and an oldest one that always does is set
 * aside. Rejects with the first cause where nothing was taken, at once with what the exporter says where nothing could
 * be tried.
 */
export async function deliverOnce(outbox: Outbox, exporter: Exporter, o: DeliverOptions = {}): Promise<Attempt> {
  const memory = o.memory ?? createDeliveryMemory({ clock: { mono: () => monoMs(0) }, random: () => 0 });
  const heads = { backlog: new Map<AnalyzerId, Head>(), fresh: new Map<AnalyzerId, Head>() };
  try {
    return await attempt({ outbox, exporter, memory, told: o.told ?? {}, heads, received: 0 });
  } catch (error) {
    // what is recorded until it is tried again need not wait behind what is owed now
    memory.freshAfter = outbox.lastSequence();
    memory.passed = 0;
    throw error;
  }
}

type Head = { readonly owed: OwedRecord; readonly failure: Failure };
type Failing = Head & { readonly tries: Tries };
type Piece = { readonly of: 'backlog' | 'fresh'; readonly owed: readonly OwedRecord[] };
type Results = ReadonlyMap<number, DeliveryResult>;

type Trial = {
  readonly outbox: Outbox;
  readonly exporter: Exporter;
  readonly memory: DeliveryMemory;
  readonly told: Partial<DeliveryTold>;
  /** The oldest record that failed in this attempt, by analyzer. */
  readonly heads: Readonly<Record<Piece['of'], Map<AnalyzerId, Head>>>;
  /** How many the destination dealt with in this attempt. */
  received: number;
};

async function attempt(trial: Trial): Promise<Attempt> {
  const { outbox, memory, heads } = trial;
  let tried = false;
  for (let piece = nextPiece(trial); piece !== null; piece = nextPiece(trial)) {
    tried = true;
    await deliverPiece(trial, piece);
    if (heads.backlog.size + heads.fresh.size === 0) return { left: 'more', againInMs: null, tried };
  }
  const failing = [...new Map([...heads.fresh, ...heads.backlog]).values()].map((head): Failing => {
    return { ...head, tries: memory.failed(head.owed.sequence, trial.received) };
  });
  if (await parkPoison(trial, failing)) {
    memory.passed = 0;
    return { left: 'more', againInMs: null, tried };
  }
  keepApart(trial, failing);
  // all that is owed up to here was tried or is kept apart: whatever comes now is new
  memory.freshAfter = outbox.lastSequence();
  memory.passed = memory.freshAfter;
  return { left: 'nothing', againInMs: memory.holding()?.forMs ?? null, tried };
}

function nextPiece({ outbox, exporter, memory, heads }: Trial): Piece | null {
  const max = Math.max(1, Math.min(BATCH_MAX, exporter.batchMax));
  const without = (of: Piece['of']) => new Set([...memory.apart(of), ...heads[of].keys()]);
  memory.freshAfter ??= outbox.lastSequence();
  if (exporter.order === 'freshFirst') {
    const owed = outbox.next(exporter.id, max, without('fresh'), memory.freshAfter);
    if (owed.length > 0) return { of: 'fresh', owed };
  }
  // asked first: for those whose time is over, `passed` begins anew
  const left = without('backlog');
  const owed = outbox.next(exporter.id, max, left, memory.passed);
  return owed.length === 0 ? null : { of: 'backlog', owed };
}

async function deliverPiece(trial: Trial, { of, owed }: Piece): Promise<void> {
  const { memory, heads, exporter } = trial;
  const results = await resultsOf(exporter, owed);
  trial.received += await settle(trial, owed, results);
  const held = new Map<AnalyzerId, Failure>();
  for (const each of owed) {
    const { analyzerId } = each.record;
    const result = results.get(each.sequence)!;
    if (result.kind === 'failed' && !heads[of].has(analyzerId)) {
      heads[of].set(analyzerId, { owed: each, failure: result.failure });
    } else if (result.kind === 'held' && memory.hold(analyzerId, result.failure, result.forMs)) {
      held.set(analyzerId, result.failure);
    }
  }
  sayApart(trial, held);
  if (of === 'fresh') return;
  memory.passed = Math.max(memory.passed, owed.at(-1)!.sequence);
  freeTaken(trial, owed, results);
}

function sayApart({ told }: Trial, apart: ReadonlyMap<AnalyzerId, Failure>): void {
  const [failure] = apart.values();
  if (failure !== undefined) told.apart?.([...apart.keys()], failure);
}

/** Those that were kept apart until now, and of which nothing failed. */
function freeTaken({ memory, heads, told }: Trial, owed: readonly OwedRecord[], results: Results): void {
  const apart = memory.apart('backlog');
  const ids = new Set<AnalyzerId>();
  for (const { sequence, record } of owed) {
    const { analyzerId } = record;
    const isTaken = results.get(sequence)!.kind === 'delivered' && !heads.backlog.has(analyzerId);
    if (isTaken && !apart.has(analyzerId) && memory.free(analyzerId)) ids.add(analyzerId);
  }
  if (ids.size > 0) told.taken?.([...ids]);
}

/** How each fared, by its sequence; one that the exporter says nothing of has failed. */
async function resultsOf(exporter: Exporter, owed: readonly OwedRecord[]): Promise<Results> {
  const said = new Map((await exporter.deliver(owed)).map((result) => [result.sequence, result]));
  const failure: Failure = { code: 'EXPORT_FAILED', message: `${exporter.id} took no record`, facts: {} };
  return new Map(
    owed.map(({ sequence }) => [sequence, said.get(sequence) ?? { sequence, kind: 'failed', failure }] as const),
  );
}

/** Resolves with how many the destination dealt with. */
async function settle(trial: Trial, owed: readonly OwedRecord[], results: Results): Promise<number> {
  const { outbox, exporter, memory, told } = trial;
  const delivered = owed.flatMap(({ sequence }) => (results.get(sequence)!.kind === 'delivered' ? [sequence] : []));
  if (delivered.length > 0) {
    await outbox.acknowledge(exporter.id, delivered);
    for (const sequence of delivered) memory.forget(sequence);
    told.delivered?.(delivered.length);
  }
  let refused = 0;
  for (const each of owed) {
    const result = results.get(each.sequence)!;
    if (result.kind !== 'refused') continue;
    refused += 1;
    await park(trial, each, result.reason);
  }
  memory.received(delivered.length + refused);
  return delivered.length + refused;
}

async function park({ outbox, exporter, memory, told }: Trial, { sequence, record }: OwedRecord, reason: string) {
  await outbox.park(exporter.id, sequence, reason);
  memory.forget(sequence);
  told.parked?.({ sequence, analyzerId: record.analyzerId, end: record.end, reason });
}

/**
 * What failed waits, longer each time, and the others go on. Where nothing at all was taken, and it was not known
 * before whose records fail, it is the destination that fails.
 */
function keepApart(trial: Trial, failing: readonly Failing[]): void {
  const { memory, received } = trial;
  const [first] = failing;
  if (first === undefined) return;
  const isAsBefore = failing.every(
    ({ owed, tries }) => memory.isKnownToFail(owed.record.analyzerId) || tries.withOthers > 0,
  );
  if (received === 0 && !isAsBefore) {
    throw new LectorError(first.failure.code, first.failure.message, first.failure.facts);
  }
  const pairs = failing.map(({ owed, failure }) => [owed.record.analyzerId, failure] as const);
  sayApart(trial, new Map(pairs.filter(([id, failure]) => memory.waitLonger(id, failure))));
}

/** Sets aside those of the oldest that never get through though others do. True: some were. */
async function parkPoison(trial: Trial, failing: readonly Failing[]): Promise<boolean> {
  const { exporter, memory, received } = trial;
  if (exporter.patient === true) return false;
  let isParked = false;
  for (const { owed, failure, tries } of failing) {
    const isAlone = tries.all >= POISON_ATTEMPTS && received === 0;
    if (tries.withOthers < POISON_ATTEMPTS && !(isAlone && (await isTakenBehind(trial, owed)))) continue;
    await park(trial, owed, `tried ${tries.all} times while others were taken, the last time: ${failure.message}`);
    memory.free(owed.record.analyzerId);
    isParked = true;
  }
  return isParked;
}

/** Where nobody else has anything to deliver: whether the next one of its analyzer is taken, and this one still not. */
async function isTakenBehind(trial: Trial, owed: OwedRecord): Promise<boolean> {
  const { outbox, exporter } = trial;
  const { analyzerId } = owed.record;
  const all = outbox.next(exporter.id, BATCH_MAX, new Set(), owed.sequence);
  const behind = all.find(({ record }) => record.analyzerId === analyzerId);
  if (behind === undefined) return false;
  const taken = await settle(trial, [behind], await resultsOf(exporter, [behind]));
  return taken > 0 && (await settle(trial, [owed], await resultsOf(exporter, [owed]))) === 0;
}
