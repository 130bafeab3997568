import type { Socket } from 'node:net';
import { isLoopback, plainAddress } from './access.ts';

/** Who is at the other end. */
export type Peer = {
  /** What counts and is compared; null: of this machine. */
  readonly address: string | null;
  /** For people: `10.0.0.7`, `127.0.0.1`, `the unix socket`. */
  readonly words: string;
};

/** The address of a TCP client, as the system knows it; undefined: it is gone already. */
export type AddressOf = (socket: Socket) => string | undefined;

export const UNIX_PEER: Peer = { address: null, words: 'the unix socket' };

/** null: the client was gone before it was looked at. */
export function tcpPeer(socket: Socket, addressOf: AddressOf): Peer | null {
  const address = addressOf(socket);
  if (address === undefined) return null;
  const words = plainAddress(address);
  return { address: isLoopback(words) ? null : words, words };
}
