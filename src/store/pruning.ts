import type { Clock, Log } from '../domain/ports.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import type { Environment, Writes } from './environment.ts';
import { GAP_SPAN, type Key, type OutboxEntry, outboxEntry, outboxKey, outboxSpan, recordKey, spanOf } from './keys.ts';
import type { Space } from './reserve.ts';
import type { Usage } from './usage.ts';

export type PruningLimits = {
  readonly readingsMaxMs: number;
  readonly readingsMaxBytes: number;
  readonly recordsMaxMs: number;
  readonly recordsMaxBytes: number;
  /** With less than this free on the disk the data file must not grow: then even owed records go. */
  readonly minFreeBytes: number;
};

/** Most that one step looks at and takes out. */
const STEP_KEYS = 1000;
const RECORDS_STEP = 250;
/** Steps that take owed records before it is looked again for others. */
const OWED_STEPS = 20;
/** Readings of an analyzer that has recorded nothing for so long belong to no open window: the longest is a day. */
const ORPHAN_MS = 7 * 86_400_000;
/** Size is brought down in slices of time, so that no analyzer loses more than its neighbours. */
const SLICE_MS = 600_000;
/** Room in the data file that keeps it from growing for a while, where the disk has so much. */
const MARGIN_BYTES = 8 * 1024 * 1024;
/** A jump of the wall clock: age says nothing until the clock has kept still for as long. */
const JUMP_MS = 3_600_000;
const TRUST_MS = 86_400_000;

export type PruningOptions = {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: PruningLimits;
  readonly lastAlive: EpochMs | null;
  readonly space: () => Promise<Space | null>;
  readonly owedBy: (entry: OutboxEntry) => readonly string[];
  readonly withdraw: (entry: OutboxEntry) => readonly string[];
  /** Records are let be until it is known who owes them. */
  readonly ownersKnown: () => boolean;
};

export type PruningStep = { readonly removed: number; readonly more: boolean };

export type Pruning = {
  /** One bounded step, as commits of its own, and whether there is more to do now. */
  step(): Promise<PruningStep>;
  /** Owed records dropped in this run, by exporter. */
  droppedOwed(): ReadonlyMap<string, number>;
  /** Words for the banner when the last step found the disk nearly full; else null. */
  trouble(): string | null;
};

/** Takes out the oldest: readings of closed windows, marks of gaps, records that nobody owes; owed ones in need. */
export function createPruning(o: PruningOptions): Pruning {
  const { environment, clock, limits } = o;
  const trust = createTrust(clock, o.lastAlive);
  const dropped = new Map<string, number>();
  let shortage: { readonly freeBytes: number; readonly floor: number } | null = null;
  let position = 0;
  let gapPosition: Key = GAP_SPAN.start;
  let removedInRound = 0;
  let owedSteps = 0;

  const remove = async (write: (writes: Writes) => void, count: number): Promise<number> => {
    if (count > 0) await environment.commit(write);
    return count;
  };

  const pruneReadings = async (cramped: boolean): Promise<number> => {
    const size = environment.usage().readingsBytes;
    const agedOut = trust.now() - limits.readingsMaxMs;
    const crowded = size > limits.readingsMaxBytes || cramped;
    const oldest = analyzersOf(environment).map((id) => ({ id, limit: closedUntil(environment, id, trust.now()) }));
    const cut = crowded ? Math.max(agedOut, sliceEnd(environment, oldest)) : agedOut;
    const keys = oldest.flatMap(({ id, limit }) => readingKeys(environment, id, Math.min(cut, limit)));
    const taken = keys.slice(0, Math.min(STEP_KEYS, Math.max(1, environment.fitting())));
    return remove((writes) => {
      for (const key of taken) writes.remove('readings', key);
    }, taken.length);
  };

  /** Goes on where the last step stopped; begins again at the oldest when it has seen all. */
  const pruneRecords = async (cramped: boolean, owedToo: boolean): Promise<number> => {
    const crowded = environment.usage().recordsBytes > limits.recordsMaxBytes || cramped;
    const agedOut = trust.now() - limits.recordsMaxMs;
    const span = { ...outboxSpan(position), limit: STEP_KEYS };
    const seen = [...environment.keys('root', span)].map(outboxEntry);
    const old = crowded ? seen : seen.filter((entry) => entry.end < agedOut);
    position = old.length === seen.length && seen.length === STEP_KEYS ? (seen.at(-1)?.sequence ?? 0) : 0;
    const candidates = old.filter((entry) => !isLast(environment, entry));
    const free = candidates.filter((entry) => owedToo || o.owedBy(entry).length === 0);
    const most = Math.min(mostOf(environment.usage(), limits.recordsMaxBytes), Math.max(1, environment.fitting()));
    const taken = free.slice(0, most);
    if (taken.length < free.length) position = 0;
    await remove((writes) => {
      for (const entry of taken) {
        writes.remove('records', recordKey(entry));
        writes.remove('root', outboxKey(entry));
      }
    }, taken.length);
    count(taken.flatMap((entry) => o.withdraw(entry)));
    return taken.length;
  };

  /** Marks of gaps go with the age of records. Goes on where the last step stopped. */
  const pruneGaps = async (): Promise<number> => {
    const agedOut = trust.now() - limits.recordsMaxMs;
    const seen = [...environment.keys('root', { start: gapPosition, end: GAP_SPAN.end, limit: STEP_KEYS })];
    gapPosition = seen.length === STEP_KEYS ? (seen.at(-1) ?? GAP_SPAN.start) : GAP_SPAN.start;
    const old = seen.filter(([, , to]) => Number(to) < agedOut).slice(0, Math.max(1, environment.fitting()));
    return remove((writes) => {
      for (const key of old) writes.remove('root', key);
    }, old.length);
  };

  const count = (exporters: readonly string[]) => {
    if (exporters.length === 0) return;
    for (const id of exporters) dropped.set(id, (dropped.get(id) ?? 0) + 1);
    o.log.error(
      { dropped: Object.fromEntries(dropped), minFreeBytes: limits.minFreeBytes },
      'the disk is nearly full: the oldest records were removed before these exporters had delivered them',
    );
  };
  /** Nearly full: the data file has to do with the room that it has, and there is not enough of it. */
  const isCramped = async (): Promise<boolean> => {
    const space = await o.space();
    if (space === null) return false;
    // on a small disk a tenth of it must do
    const floor = Math.min(limits.minFreeBytes, space.totalBytes / 10);
    shortage = space.freeBytes < floor ? { freeBytes: space.freeBytes, floor } : null;
    return space.freeBytes < floor && environment.usage().reusableBytes < Math.min(MARGIN_BYTES, floor / 4);
  };

  const stepOfRecords = async (cramped: boolean): Promise<PruningStep> => {
    if (owedSteps > 0 && cramped) {
      owedSteps -= 1;
      const removed = await pruneRecords(cramped, true);
      position = 0;
      return { removed, more: removed > 0 };
    }
    const removed = await pruneRecords(cramped, false);
    removedInRound += removed;
    if (position > 0) return { removed, more: true };
    const barren = removedInRound === 0;
    removedInRound = 0;
    // only after a whole round in which no history was left that nobody owes
    owedSteps = barren && cramped ? OWED_STEPS : 0;
    return { removed, more: !barren || cramped };
  };

  return {
    async step() {
      trust.look();
      const cramped = await isCramped();
      const removed = (await pruneReadings(cramped)) + (await pruneGaps());
      if (removed > 0) return { removed, more: true };
      return o.ownersKnown() ? stepOfRecords(cramped) : { removed: 0, more: false };
    },
    droppedOwed: () => dropped,
    trouble() {
      if (shortage === null) return null;
      const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
      const lost = [...dropped].map(
        ([exporter, count]) => `; ${count} records that ${exporter} had not delivered went`,
      );
      return `DISK NEARLY FULL: ${mib(shortage.freeBytes)} MiB free, ${mib(shortage.floor)} wanted${lost.join('')}`;
    },
  };
}

/** Most records of one step: no more than what is too much, by their mean size. */
function mostOf({ recordsBytes, recordsCount }: Usage, bytesMax: number): number {
  const excess = Math.ceil(((recordsBytes - bytesMax) * recordsCount) / Math.max(1, recordsBytes));
  return Math.min(RECORDS_STEP, Math.max(RECORDS_STEP / 10, excess));
}

/** The wall clock as far as age may be judged by it: far in the past while it has jumped lately. */
function createTrust(clock: Clock, lastAlive: EpochMs | null) {
  let offset = clock.now() - clock.mono();
  let since = lastAlive !== null && clock.now() - lastAlive > ORPHAN_MS ? clock.mono() : Number.NEGATIVE_INFINITY;
  return {
    look() {
      const seen = clock.now() - clock.mono();
      if (Math.abs(seen - offset) > JUMP_MS) since = clock.mono();
      offset = seen;
    },
    now: () => (clock.mono() - since > TRUST_MS ? clock.now() : Number.NEGATIVE_INFINITY),
  };
}

/** Analyzers that have readings, each found by one step over those of the one before. */
function analyzersOf(environment: Environment): readonly AnalyzerId[] {
  const found: AnalyzerId[] = [];
  for (;;) {
    const after = found.at(-1);
    const start: Key = after === undefined ? [Number.MIN_SAFE_INTEGER] : spanOf(after, null, null).end;
    const [key] = [...environment.keys('readings', { start, end: [Number.MAX_SAFE_INTEGER], limit: 1 })];
    if (key === undefined) return found;
    found.push(Number(key[0]));
  }
}

/** Up to here the readings of an analyzer are in a record already, or are too old to come into one. */
function closedUntil(environment: Environment, analyzerId: AnalyzerId, now: number): number {
  const span = { ...spanOf(analyzerId, null, null), reverse: true, limit: 1 };
  const [last] = [...environment.keys('records', span)];
  return Math.max(Number(last?.[1] ?? Number.NEGATIVE_INFINITY), now - ORPHAN_MS);
}

/** A little after the oldest reading that may go. */
function sliceEnd(
  environment: Environment,
  analyzers: readonly { readonly id: AnalyzerId; readonly limit: number }[],
): number {
  const firsts = analyzers.flatMap(({ id, limit }) => {
    const [key] = [...environment.keys('readings', { ...spanOf(id, null, null), limit: 1 })];
    const nominal = Number(key?.[1] ?? Number.POSITIVE_INFINITY);
    return nominal <= limit ? [nominal] : [];
  });
  return firsts.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...firsts) + SLICE_MS;
}

function readingKeys(environment: Environment, id: AnalyzerId, until: number): readonly Key[] {
  if (until === Number.NEGATIVE_INFINITY) return [];
  return [...environment.keys('readings', { ...spanOf(id, null, until as EpochMs), limit: STEP_KEYS })];
}

/** The last record of an analyzer is where its next one starts from: it stays. */
function isLast(environment: Environment, entry: OutboxEntry): boolean {
  const span = { ...spanOf(entry.analyzerId, null, null), reverse: true, limit: 1 };
  const [last] = [...environment.keys('records', span)];
  return last === undefined || (Number(last[1]) === entry.end && Number(last[2]) === entry.generation);
}
