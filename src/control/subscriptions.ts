import type { PlantEvent, Snapshot } from '../protocol/events.ts';
import type { Answered, Operator, Refusal } from '../protocol/operator.ts';
import type { RecordWire } from '../protocol/record-wire.ts';
import { framesDevice, type Subscription } from '../protocol/requests.ts';
import type { Hub, Listener } from './hub.ts';
import type { LastRecords } from './last-records.ts';
import type { Outlet } from './outlet.ts';
import { type Topic, topicsOf } from './topics.ts';

/** Lines of the log that a snapshot shows. */
export const LOG_LINES = 100;

export type Subscriptions = {
  /**
   * Resolves with what makes the snapshot: from the moment that it is called, everything that happens is pushed. So
   * nothing comes twice and nothing is left out, where the snapshot is sent at once. It must be called, also when the
   * client is gone meanwhile.
   */
  subscribe(what: readonly Subscription[]): Promise<() => Answered<Snapshot>>;
  /** null: everything. Says what is left. */
  unsubscribe(what: readonly Subscription[] | null): { readonly what: readonly Topic[] };
  readonly isActive: boolean;
};

export type SubscriptionsOptions = {
  readonly operator: Operator;
  readonly hub: Hub;
  readonly lastRecords: () => Promise<LastRecords>;
  readonly outlet: Outlet;
  /** The client is gone. */
  readonly isClosed: () => boolean;
};

/** What one client listens to. */
export function createSubscriptions({
  operator,
  hub,
  lastRecords,
  outlet,
  isClosed,
}: SubscriptionsOptions): Subscriptions {
  const topics = new Set<Topic>();
  const watches = new Map<Topic, () => void>();
  // of each analyzer, the record that a snapshot showed and whose event may still come
  const shown = new Map<number, RecordWire>();

  const listener: Listener = {
    topics,
    take(event, sent) {
      if (!wasShown(event)) outlet.push(sent());
    },
    flush: () => outlet.flush(),
  };

  /** A record may be found in the store a moment before its event. */
  function wasShown(event: PlantEvent): boolean {
    if (event.event !== 'record' || shown.size === 0) return false;
    const record = shown.get(event.data.analyzer);
    shown.delete(event.data.analyzer);
    return record !== undefined && isSame(record, event.data);
  }

  /** Records that come while those of before are collected are newer. */
  async function collectRecords(): Promise<() => LastRecords> {
    const newer = new Map<number, RecordWire>();
    const witness: Listener = {
      topics: new Set<Topic>(['records']),
      take(event) {
        if (event.event === 'record') newer.set(event.data.analyzer, event.data);
      },
      flush: () => undefined,
    };
    hub.join(witness);
    try {
      const records = await lastRecords();
      return () => {
        hub.leave(witness);
        return new Map([...records, ...newer]);
      };
    } catch (error) {
      hub.leave(witness);
      throw error;
    }
  }

  function snapshot(what: readonly Subscription[], asked: ReadonlySet<Topic>, records: LastRecords | null): Snapshot {
    const wantsList = asked.has('readings') || asked.has('states');
    return {
      what,
      list: wantsList ? operator.list() : null,
      records: records === null ? null : [...records.values()],
      log: asked.has('log') ? operator.recentLog(LOG_LINES) : null,
      frames: what.some((each) => framesDevice(each) !== null) ? [] : null,
    };
  }

  function listen(asked: ReadonlySet<Topic>): void {
    hub.join(listener);
    for (const topic of asked) {
      const device = framesDevice(topic);
      if (device !== null && !watches.has(topic)) watches.set(topic, hub.watch(device));
      topics.add(topic);
    }
  }

  function unsubscribe(what: readonly Subscription[] | null): { readonly what: readonly Topic[] } {
    for (const topic of what === null ? [...topics] : topicsOf(what)) {
      topics.delete(topic);
      watches.get(topic)?.();
      watches.delete(topic);
    }
    if (!topics.has('records')) shown.clear();
    if (topics.size === 0) {
      hub.leave(listener);
      outlet.dropEvents();
    }
    return { what: [...topics] };
  }

  return {
    async subscribe(what) {
      const refusal = unknownDevice(operator, what);
      if (refusal !== null) return () => ({ ok: false, error: refusal });
      const asked = new Set(topicsOf(what));
      const collected = asked.has('records') ? await collectRecords() : null;
      return () => {
        const records = collected?.() ?? null;
        if (isClosed()) return { ok: false, error: GONE };
        const data = snapshot(what, asked, records);
        for (const [id, record] of records ?? []) shown.set(id, record);
        listen(asked);
        return { ok: true, data };
      };
    },
    unsubscribe,
    get isActive() {
      return topics.size > 0;
    },
  };
}

/** Nobody sees it. */
export const GONE: Refusal = { code: 'UNEXPECTED', message: 'the client is gone', hint: '' };

const isSame = (a: RecordWire, b: RecordWire): boolean => a.end === b.end && a.generation === b.generation;

function unknownDevice(operator: Operator, what: readonly Subscription[]): Refusal | null {
  for (const each of what) {
    const device = framesDevice(each);
    const answered = device === null ? null : operator.device(device);
    if (answered?.ok === false) return answered.error;
  }
  return null;
}
