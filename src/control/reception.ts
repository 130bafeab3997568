import type { Socket } from 'node:net';
import { eventLine } from '../protocol/json-answers.ts';
import { createAdmission, type Guest } from './admission.ts';
import { timesBefore } from './complaints.ts';
import { type Connection, createConnection } from './connection.ts';
import { REFUSED_SILENCE_MS, SILENCE_MS } from './deadlines.ts';
import { createOutflow } from './outflow.ts';
import type { Peer } from './peer.ts';
import { createRefusedSession } from './refused-session.ts';
import { createSessions, type SessionsOptions } from './sessions.ts';
import { createTurns } from './turns.ts';

/** How often clients that keep somebody waiting are looked for: the fineness of all their limits. */
const SWEEP_MS = 1_000;
/** A sweep that is so late was held up, and with it what clients sent: they get the time until the next. */
const SWEEP_LATE_MS = 5_000;
/** Clients without a place that are still to be told so; beyond, the oldest is closed. */
const REFUSED_MAX = 64;
/** How long a stop waits for clients to take what waits for them. */
const STOP_MS = 1_000;

export type Reception = {
  /** Takes a client in, in the place of another where that is right, or tells it that there is no place. */
  receive(socket: Socket, peer: Peer): void;
  /** Closes all clients, and whoever comes from now on. Never rejects. */
  close(): Promise<void>;
};

type Client = Guest & { connection: Connection | null };

const lagged = (missed: number): Buffer => Buffer.from(eventLine({ event: 'lagged', data: { missed } }), 'utf8');

/** Receives clients, watches their limits and closes them. */
export function createReception(o: Omit<SessionsOptions, 'turns'>): Reception {
  const { clock, log, complaints } = o;
  const turns = createTurns(clock);
  const outflow = createOutflow(turns);
  const sessions = createSessions({ ...o, turns });
  const admission = createAdmission<Client>();
  const connections = new Set<Connection>();
  const refused = new Set<Connection>();
  let sweepTimer: unknown = null;
  let sweptAt = clock.mono();
  let isClosing = false;
  let onEmpty = (): void => undefined;

  function receive(socket: Socket, peer: Peer): void {
    if (isClosing) {
      socket.destroy();
      return;
    }
    const client: Client = { address: peer.address, connection: null };
    const verdict = admission.enter(client);
    if (verdict.kind === 'replaces') verdict.drop.connection?.destroy();
    const why = verdict.kind === 'refused' ? verdict.why : null;
    if (why !== null) complainOfCrowd(peer, why);
    const connection = createConnection({
      socket,
      clock,
      turns,
      outflow,
      silenceMs: why === null ? SILENCE_MS : REFUSED_SILENCE_MS,
      open: (dialect, outlet, isClosed) =>
        why === null ? sessions.open({ peer, outlet, isClosed }, dialect) : createRefusedSession(dialect, why),
      lagged,
      onCommand: () => admission.settle(client),
      onBug: sessions.reportBug,
      onClosed() {
        admission.leave(client);
        refused.delete(connection);
        connections.delete(connection);
        if (connections.size === 0) onEmpty();
      },
    });
    client.connection = connection;
    connections.add(connection);
    if (why !== null) limitRefused(connection);
    if (sweepTimer === null) startSweeping();
  }

  function complainOfCrowd({ words }: Peer, why: string): void {
    complaints.about(`crowd ${words}`, (unsaid) => {
      const text = `a client from ${words} was refused${timesBefore(unsaid)}: there are ${why} already`;
      log.warn({ client: words }, `${text}; close those that are not needed`);
    });
  }

  function limitRefused(newest: Connection): void {
    refused.add(newest);
    const [oldest] = refused;
    if (refused.size > REFUSED_MAX) oldest?.destroy();
  }

  function startSweeping(): void {
    sweptAt = clock.mono();
    sweepTimer = clock.setTimeout(sweep, SWEEP_MS);
  }

  function sweep(): void {
    sweepTimer = null;
    const isLate = clock.mono() - sweptAt > SWEEP_LATE_MS;
    if (!isLate) for (const connection of connections) connection.sweep();
    if (connections.size > 0) startSweeping();
  }

  /** Resolves when the last client is gone, or `ms` later. */
  function emptyWithin(ms: number): Promise<void> {
    if (connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(), ms);
      onEmpty = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    receive,
    async close() {
      isClosing = true;
      clock.clearTimeout(sweepTimer);
      // one that asked for this stop is answered first
      await turns.nextPass();
      for (const connection of connections) connection.finish('atOnce');
      await emptyWithin(STOP_MS);
      for (const connection of connections) connection.destroy();
      await turns.nextPass();
    },
  };
}
