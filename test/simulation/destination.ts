import { type Failure, LectorError } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { DeliveryResult, Exporter, OwedRecord, Store } from '../../src/domain/store-port.ts';
import { type AnalyzerId, epochMs } from '../../src/domain/units.ts';
import { type Chance, createChance } from './dice.ts';

const MINUTE = 60_000;
const REFUSED = 'it is not wanted here';
const EVER = [epochMs(-1e15), epochMs(1e15)] as const;

/** A place that records go to, which outlives the process, and fails as often as a seed says. */
export type FakeDestination = {
  readonly id: string;
  /** What serves it as long as `isAlive`; once that is over, nothing is ever heard of it again. */
  exporter(clock: Clock, isAlive: () => boolean): Exporter;
  /** From now on nothing goes wrong but what always will. */
  calm(): void;
  /** What is wrong with what came, and with what did not; empty: nothing. To be asked when nothing is owed. */
  problems(store: Store, analyzerIds: readonly AnalyzerId[]): readonly string[];
  /** How often what happened. */
  counts(): Readonly<Record<string, number>>;
};

type Fate = 'taken' | 'lost receipt' | 'silence' | 'failed' | 'refused' | 'held';
type Weather = 'up' | 'flaky' | 'down' | 'wrong password';

/** What came, and whether the receipt for it was given to a process that lived. */
type Arrival = { readonly record: LectorRecord; receipt: boolean };

const identityOf = ({ analyzerId, end, generation }: LectorRecord) => `${analyzerId}/${end}/${generation}`;

/** Of records, by their instants alone: the same at each try. One in 40 is refused, one in 60 breaks what takes it. */
const numberOf = ({ analyzerId, end, generation }: LectorRecord) => (end / MINUTE + 7 * analyzerId + generation) * 61;
const isRefused = (record: LectorRecord) => Math.floor(numberOf(record)) % 40 === 1;
const isPoison = (record: LectorRecord) => Math.floor(numberOf(record)) % 60 === 3;

export function createFakeDestination(id: string, order: Exporter['order'], seed: number): FakeDestination {
  const chance = createChance(seed);
  const arrived = new Map<string, Arrival>();
  const wrong: string[] = [];
  const counts: Record<string, number> = {};
  let last: { readonly weather: Weather; readonly until: number } = { weather: 'up', until: 0 };
  let isCalm = false;

  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const weatherAt = (mono: number): Weather => {
    if (isCalm) return 'up';
    if (mono >= last.until) {
      const weather = chance.pick<Weather>(['up', 'up', 'flaky', 'flaky', 'down', 'wrong password']);
      last = { weather, until: mono + Math.floor(chance.roll() ** 2 * 240 * MINUTE) };
      count(`${weather} for a time`);
    }
    return last.weather;
  };
  const fateOf = (record: LectorRecord, weather: Weather): Fate => {
    if (isRefused(record)) return 'refused';
    if (isPoison(record)) return 'failed';
    if (weather !== 'flaky' || !chance.hit(0.25)) return 'taken';
    return chance.pick<Fate>(['lost receipt', 'silence', 'failed', 'held']);
  };
  const take = (record: LectorRecord): Arrival => {
    const before = arrived.get(identityOf(record));
    if (before?.receipt === true) wrong.push(`${identityOf(record)} came again after its receipt`);
    if (before && JSON.stringify(before.record) !== JSON.stringify(record)) wrong.push(`${identityOf(record)} differs`);
    if (before) count('came twice');
    const arrival = before ?? { record, receipt: false };
    arrived.set(identityOf(record), arrival);
    return arrival;
  };
  const treat = (owed: readonly OwedRecord[], weather: Weather) => {
    const waits = new Set<AnalyzerId>();
    const results: DeliveryResult[] = [];
    const receipts: Arrival[] = [];
    for (const { sequence, record } of owed) {
      const { analyzerId } = record;
      const fate = waits.has(analyzerId) ? 'failed' : fateOf(record, weather);
      count(fate);
      if (fate === 'taken' || fate === 'lost receipt' || fate === 'silence') {
        const arrival = take(record);
        if (fate === 'taken') receipts.push(arrival);
      }
      if (fate === 'taken') results.push({ sequence, kind: 'delivered' });
      else if (fate === 'refused') results.push({ sequence, kind: 'refused', reason: REFUSED });
      else if (fate === 'held') {
        results.push({ sequence, kind: 'held', forMs: chance.below(60) * MINUTE, failure: failure('not yet') });
      } else if (fate !== 'silence') results.push({ sequence, kind: 'failed', failure: failure('out of order') });
      if (fate !== 'taken' && fate !== 'refused') waits.add(analyzerId);
    }
    return { results, receipts };
  };

  return {
    id,
    exporter: (clock, isAlive) => exporterOf({ id, order, clock, isAlive, chance, weatherAt, treat, count }),
    calm() {
      isCalm = true;
    },
    problems(store, analyzerIds) {
      const { count: owed } = store.outbox.owed(id);
      const parked = new Map(
        store.outbox.parked(id, 1e6).map((each) => [`${each.analyzerId}/${each.end}`, each.reason]),
      );
      const records = analyzerIds.flatMap((each) => [...store.records(each, ...EVER)]);
      const lost = records.filter((record) => !arrived.has(identityOf(record)) && reasonOf(record) === undefined);
      const mistaken = records.filter((record) => {
        const reason = parked.get(`${record.analyzerId}/${record.end}`);
        return reason !== undefined && !isParkedRightly(records, record, reason);
      });
      return [
        ...wrong,
        ...(owed > 0 ? [`${owed} records are owed still`] : []),
        ...lost.map((record) => `${identityOf(record)} did not come, and is not set aside`),
        ...mistaken.map((record) => `${identityOf(record)} is set aside: ${reasonOf(record)}`),
      ].map((text) => `${id}: ${text}`);

      function reasonOf({ analyzerId, end }: LectorRecord): string | undefined {
        return parked.get(`${analyzerId}/${end}`);
      }
    },
    counts: () => counts,
  };
}

/** Parked ones are known by their end: one of its generations is to be refused, or breaks what takes it. */
function isParkedRightly(records: readonly LectorRecord[], { analyzerId, end }: LectorRecord, reason: string): boolean {
  const same = records.filter((each) => each.analyzerId === analyzerId && each.end === end);
  return reason === REFUSED
    ? same.some(isRefused)
    : /^tried \d+ times while others/.test(reason) && same.some(isPoison);
}

const failure = (message: string): Failure => ({ code: 'EXPORT_FAILED', message, facts: {} });

type Serving = {
  readonly id: string;
  readonly order: Exporter['order'];
  readonly clock: Clock;
  readonly isAlive: () => boolean;
  readonly chance: Chance;
  readonly weatherAt: (mono: number) => Weather;
  readonly treat: (
    owed: readonly OwedRecord[],
    weather: Weather,
  ) => { readonly results: readonly DeliveryResult[]; readonly receipts: readonly Arrival[] };
  readonly count: (what: string) => void;
};

function exporterOf({ id, order, clock, isAlive, chance, weatherAt, treat, count }: Serving): Exporter {
  let end: (() => void) | null = null;
  /** Some time on the way; rejects when the exporter is closed meanwhile, never settles in a process that is dead. */
  const travel = () =>
    new Promise<void>((resolve, reject) => {
      const timer = clock.setTimeout(() => isAlive() && resolve(), Math.floor(chance.roll() ** 3 * MINUTE));
      end = () => {
        clock.clearTimeout(timer);
        reject(new LectorError('EXPORT_FAILED', `${id} is closed`));
      };
    });
  return {
    ...{ id, order, batchMax: 5 },
    async deliver(owed) {
      if (!isAlive()) return new Promise(() => {});
      await travel();
      const weather = weatherAt(clock.mono());
      if (weather === 'down') throw new LectorError('EXPORT_FAILED', `${id} is away`);
      if (weather === 'wrong password') throw new LectorError('EXPORT_REFUSED', `${id} does not know us`);
      const { results, receipts } = treat(owed, weather);
      await travel();
      // all of it came, and nobody hears of it
      if (weather === 'flaky' && chance.hit(0.15)) {
        count('answer lost');
        throw new LectorError('EXPORT_FAILED', `${id} did not answer in time`);
      }
      for (const arrival of receipts) arrival.receipt = true;
      return results;
    },
    async close() {
      end?.();
    },
  };
}
