import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { callerKey, plainAddress } from './addresses.ts';

export type ConnectionLimits = {
  /** In all. */
  readonly connections: number;
  /** Of one caller. */
  readonly ofOneCaller: number;
  /** A proxy brings the callers of others: the limit of one is not for it. */
  readonly isProxy: (address: string) => boolean;
};

/** `asked`: requests that are being answered. `usedAt`: a number that is greater for what was used later. */
type Open = { readonly socket: Socket; readonly caller: string; asked: number; usedAt: number };

/**
 * Bounds the connections of a server. Where there is no room, the one goes on which nothing is being answered and that
 * was used least recently: neither who forgets to close his, nor who sends a request letter by letter, shuts others
 * out. Where each is at work the new one goes.
 */
export function boundConnections(server: Server, { connections, ofOneCaller, isProxy }: ConnectionLimits): void {
  // by the other end's place, which a TLS connection has in common with the bare one
  const open = new Map<string, Open>();
  /** The same by the socket that requests come from: a place is a text to be made. */
  const asking = new WeakMap<Socket, Open>();
  const counts = new Map<string, number>();
  let uses = 0;

  const leave = (place: string) => {
    const gone = open.get(place);
    if (gone === undefined) return;
    open.delete(place);
    const left = (counts.get(gone.caller) ?? 1) - 1;
    if (left === 0) counts.delete(gone.caller);
    else counts.set(gone.caller, left);
  };
  /** Whether one went. */
  const makeRoom = (caller: string | null): boolean => {
    let oldest: readonly [string, Open] | null = null;
    for (const [place, each] of open) {
      if (each.asked > 0 || (caller !== null && each.caller !== caller)) continue;
      if (oldest === null || each.usedAt < oldest[1].usedAt) oldest = [place, each];
    }
    if (oldest === null) return false;
    leave(oldest[0]);
    oldest[1].socket.destroy();
    return true;
  };
  const enter = (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const caller = callerKey(address);
    const place = placeOf(socket);
    // one that was cut may be followed by another of the same place before its end is seen
    leave(place);
    const isOver = !isProxy(address) && (counts.get(caller) ?? 0) >= ofOneCaller;
    if ((isOver && !makeRoom(caller)) || (open.size >= connections && !makeRoom(null))) {
      socket.destroy();
      return;
    }
    uses += 1;
    open.set(place, { socket, caller, asked: 0, usedAt: uses });
    counts.set(caller, (counts.get(caller) ?? 0) + 1);
    socket.once('close', () => {
      if (open.get(place)?.socket === socket) leave(place);
    });
  };
  const entryOf = (socket: Socket): Open | undefined => {
    const entry = asking.get(socket) ?? open.get(placeOf(socket));
    if (entry !== undefined) asking.set(socket, entry);
    return entry;
  };
  const ask = ({ socket }: IncomingMessage, response: ServerResponse) => {
    const entry = entryOf(socket);
    if (entry === undefined) return;
    entry.asked += 1;
    // said once; to listen once costs as much again
    response.on('close', () => {
      entry.asked -= 1;
      uses += 1;
      entry.usedAt = uses;
    });
  };
  server.prependListener('connection', enter);
  server.prependListener('request', ask);
}

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
