import { createCentreLive } from '../../../src/central/live/live.ts';
import type { LiveEvent } from '../../../src/central/live/types.ts';
import type { CentralRecord, NodeRow } from '../../../src/central/ports.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { zoneOffset } from '../../../src/domain/zone-offset.ts';
import { type FakeServer, fakeServer, type Peer, type Script } from '../../client/fake-server.ts';
import { READING } from '../../client/sample-plant.ts';
import { afterTest } from '../../support/afterwards.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { createSteppedClock, type SteppedClock, settleTurns } from '../../support/stepped-clock.ts';

export const nodeRow = (id: number, port: number | null, about: Partial<NodeRow> = {}): NodeRow => ({
  ...{ id, name: `School ${id}`, location: 'Girona', timezone: 'Europe/Madrid', instance: null, version: null },
  ...{ clockOffsetMs: null, addedAt: epochMs(0), seenAt: null, tokens: 0 },
  lector: port === null ? null : { host: '127.0.0.1', port },
  ...about,
});

/** A lector that has analyzer 1, answers what it is asked and tells what it is told to. */
export type FakeLector = FakeServer & { tell(event: string, data: unknown): void };

export async function fakeLector(script: Script = () => undefined, port = 0): Promise<FakeLector> {
  const subscribers: Peer[] = [];
  const server = await fakeServer({
    port,
    script(name, argument, peer, dialect) {
      if (name === 'SUBSCRIBE') {
        subscribers.push(peer);
        const list = { analyzers: [{ id: 1, lastReading: READING }] };
        peer.answer(name, { what: ['readings'], list, records: null, log: null, frames: null });
      } else if (name === 'VERSION') peer.answer(name, {});
      else script(name, argument, peer, dialect);
    },
  });
  afterTest(() => server.stop());
  return { ...server, open: server.open, tell: (event, data) => subscribers.at(-1)?.push(event, data) };
}

/** The live view of nodes that a test may change; `store` is what ingest says of a record. */
export function liveOf(nodes: NodeRow[]) {
  const clock = createSteppedClock();
  const listeners = new Set<(record: CentralRecord) => void>();
  const live = createCentreLive({
    registry: { nodes: async () => nodes },
    ingest: {
      onStored(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    ...{ clock, log: createLogLines(), zoneOffset },
  });
  afterTest(() => live.close());
  return {
    ...{ live, clock, listeners },
    store(record: CentralRecord) {
      for (const listener of listeners) listener(record);
    },
  };
}

/** Moves on in seconds, and lets what is on its way between two sockets arrive after each: heartbeats are answered. */
export async function pass(clock: SteppedClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.advance(Math.min(left, 1_000));
    for (let turn = 0; turn < 8; turn += 1) await settleTurns();
  }
}

/** What a listener heard, and a wait for more of it. */
export function ear() {
  const heard: LiveEvent[] = [];
  const watchers = new Set<() => void>();
  return {
    heard,
    listen(event: LiveEvent) {
      heard.push(event);
      for (const each of [...watchers]) each();
    },
    until: (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const see = () => {
          if (!condition()) return;
          watchers.delete(see);
          resolve();
        };
        watchers.add(see);
        see();
      }),
    readings: () => heard.flatMap(({ event, data }) => (event === 'reading' ? [data] : [])),
    states: () => heard.flatMap(({ event, data }) => (event === 'node' ? [`${data.node} ${data.state}`] : [])),
  };
}

export { READING, settleTurns };
