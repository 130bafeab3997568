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

/** `asked`: requests that are being answered. */
type Open = { readonly socket: Socket; readonly caller: string; asked: number };

/**
 * Bounds the connections of a server. Where there is no room, the one goes on which nothing is being answered and that
 * was used least recently: neither who forgets to close his, nor who sends a request letter by letter, shuts others
 * out. Where each is at work the new one goes.
 */
export function boundConnections(server: Server, { connections, ofOneCaller, isProxy }: ConnectionLimits): void {
  // least recently used first; by the other end's place, which a TLS connection has in common with the bare one
  const open = new Map<string, Open>();
  const counts = new Map<string, number>();

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
    for (const [place, each] of open) {
      if (each.asked > 0 || (caller !== null && each.caller !== caller)) continue;
      leave(place);
      each.socket.destroy();
      return true;
    }
    return false;
  };
  const enter = (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const caller = callerKey(address);
    const place = placeOf(socket);
    const isOver = !isProxy(address) && (counts.get(caller) ?? 0) >= ofOneCaller;
    if ((isOver && !makeRoom(caller)) || (open.size >= connections && !makeRoom(null))) {
      socket.destroy();
      return;
    }
    open.set(place, { socket, caller, asked: 0 });
    counts.set(caller, (counts.get(caller) ?? 0) + 1);
    socket.once('close', () => {
      if (open.get(place)?.socket === socket) leave(place);
    });
  };
  const ask = ({ socket }: IncomingMessage, response: ServerResponse) => {
    const place = placeOf(socket);
    const entry = open.get(place);
    if (entry === undefined) return;
    entry.asked += 1;
    response.once('close', () => {
      entry.asked -= 1;
      // to the end of the order
      if (open.get(place) === entry && open.delete(place)) open.set(place, entry);
    });
  };
  server.prependListener('connection', enter);
  server.prependListener('request', ask);
}

const placeOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
