import { createClient } from '../../client/index.ts';
import { toFailure } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { safe } from '../../domain/safe.ts';
import type { ReadingView } from '../../protocol/views.ts';
import type { NodeRow } from '../ports.ts';
import { type Address, ANSWER_MS, clientPorts, nodeWords } from './node-clients.ts';
import type { FeedState, LiveReading } from './types.ts';

/** A lector that refuses for good is asked again after this. */
export const REFUSED_MS = 60_000;
/** Analyzers of one node whose last reading is kept. */
const ANALYZERS_MAX = 1_000;

/** The readings of one node as its control port tells them. */
export type Feed = {
  readonly place: string;
  state(): FeedState;
  /** Last readings, one an analyzer. */
  readings(): Iterable<LiveReading>;
  close(): void;
};

export type FeedOptions = {
  readonly node: Pick<NodeRow, 'id' | 'name'>;
  readonly address: Address;
  readonly clock: Clock;
  readonly onReading: (reading: LiveReading) => void;
  readonly onState: (state: FeedState) => void;
};

export const placeOf = ({ host, port }: Address): string => `${host} ${port}`;

/** Subscribes to a node's lector, again and again until it is closed. */
export function openFeed(o: FeedOptions): Feed {
  const { node, address, clock } = o;
  const client = createClient({ ...address, timeoutMs: ANSWER_MS }, clientPorts(clock));
  const last = new Map<number, LiveReading>();
  let timer: unknown = null;
  let isClosed = false;
  let state: FeedState = stateOf(node, 'connecting', 'its lector has not answered yet');

  const become = (next: FeedState) => {
    if (isClosed || (next.state === state.state && next.words === state.words)) return;
    state = next;
    o.onState(state);
  };
  const hear = (analyzer: unknown, view: unknown) => {
    const reading = liveReading(node.id, analyzer, view);
    if (reading === null || (!last.has(reading.analyzer) && last.size >= ANALYZERS_MAX)) return;
    last.set(reading.analyzer, reading);
    o.onReading(reading);
  };
  const listen = async () => {
    for await (const { event, data } of client.subscribe(['readings'])) {
      if (event === 'snapshot') {
        become(stateOf(node, 'live', ''));
        for (const { id, lastReading } of data.list?.analyzers ?? []) hear(id, lastReading);
      } else if (event === 'reading') {
        hear(data.id, data.reading);
      } else if (event === 'disconnected') {
        last.clear();
        become(stateOf(node, 'unreachable', data.message));
      }
    }
  };
  const run = () => {
    listen().catch((error: unknown) => {
      last.clear();
      become(stateOf(node, 'unreachable', toFailure(error).message));
      if (!isClosed) timer = clock.setTimeout(run, REFUSED_MS);
    });
  };
  run();
  return {
    place: placeOf(address),
    state: () => state,
    readings: () => last.values(),
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
      client.close();
    },
  };
}

const stateOf = (node: Pick<NodeRow, 'id' | 'name'>, state: FeedState['state'], words: string): FeedState => ({
  ...{ node: node.id, state },
  words: words === '' ? '' : safe(`${nodeWords(node)}: ${words}`),
});

/** A reading as the network says it is; null: it is none. */
export function liveReading(node: number, analyzer: unknown, view: unknown): LiveReading | null {
  if (!Number.isInteger(analyzer) || typeof view !== 'object' || view === null) return null;
  const { at, values, flags, failure, forced } = view as Partial<ReadingView>;
  const isReading = typeof at === 'string' && !Number.isNaN(Date.parse(at)) && isValues(values);
  // what was asked for by hand belongs to no grid, and is shown at the node
  if (!isReading || forced === true) return null;
  return {
    ...{ node, analyzer: analyzer as number, source: 'live', at, values },
    flags: typeof flags === 'object' && flags !== null ? flags : {},
    failure: failure ?? null,
  };
}

const isValues = (values: unknown): values is LiveReading['values'] =>
  typeof values === 'object' &&
  values !== null &&
  Object.values(values).every(
    (list) => Array.isArray(list) && list.every((each) => each === null || Number.isFinite(each)),
  );
