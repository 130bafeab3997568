import type { Socket } from 'node:net';
import { toFailure } from '../domain/errors.ts';
import type { Installation } from '../domain/installation.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { Operator } from '../protocol/operator.ts';
import { createComplaints } from './complaints.ts';
import { createListener } from './listener.ts';
import { type AddressOf, type Peer, tcpPeer, UNIX_PEER } from './peer.ts';
import { tcpPlace, unixPlace } from './places.ts';
import { createReception } from './reception.ts';
import { warnOfSettings } from './warnings.ts';

export type ControlSettings = Installation['control'];

export type ControlOptions = {
  readonly settings: ControlSettings;
  /** What {@link readTokens} read of `settings.tokenFile`; none: nobody from elsewhere may command but `trust`. */
  readonly tokens: readonly string[];
  readonly operator: Operator;
  readonly clock: Clock;
  readonly log: Log;
  /** The address of a TCP client: what the system says, unless told. */
  readonly addressOf?: AddressOf;
};

/** The server of the control protocol. */
export type Control = {
  /** Resolves when it listens, or was told why it cannot and tries again. Never rejects. */
  start(): Promise<void>;
  /** Listens no more, sends what waits for clients (for a second at most) and closes them. Never rejects. */
  stop(): Promise<void>;
  /** Where it listens now; null: not there. */
  address(): { readonly host: string; readonly port: number | null; readonly socket: string | null };
};

/**
 * The control protocol over TCP and a unix socket, both dialects (see docs/PROTOCOL.md): what clients ask goes to
 * `operator`, in turns, so that no client keeps another one, or a reading, waiting.
 */
export function createControl(o: ControlOptions): Control {
  const { settings, clock, log } = o;
  const complaints = createComplaints(clock);
  const reception = createReception({ ...o, trust: settings.trust, complaints });
  const addressOf = o.addressOf ?? ((socket) => socket.remoteAddress);
  let endWarnings = (): void => undefined;

  /** A client that cannot be received is closed, and nothing else happens. */
  const receive = (socket: Socket, peer: Peer | null): void => {
    try {
      if (peer === null) socket.destroy();
      else reception.receive(socket, peer);
    } catch (error) {
      socket.destroy();
      const { message, facts } = toFailure(error);
      complaints.about('receive', () => log.error(facts, `a client could not be received: ${message}`));
    }
  };
  const shared = { clock, log, complaints };
  const tcp = createListener({
    ...shared,
    place: tcpPlace(settings),
    onClient: (socket) => receive(socket, tcpPeer(socket, addressOf)),
  });
  const unix = createListener({
    ...shared,
    place: unixPlace(settings),
    onClient: (socket) => receive(socket, UNIX_PEER),
  });

  return {
    async start() {
      endWarnings = warnOfSettings(settings, clock, log);
      await Promise.all([tcp.start(), unix.start()]);
    },
    async stop() {
      endWarnings();
      tcp.stop();
      unix.stop();
      await reception.close();
    },
    address() {
      const { host } = settings;
      const at = tcp.address();
      const path = unix.address();
      return {
        host,
        port: typeof at === 'object' && at !== null ? at.port : null,
        socket: typeof path === 'string' ? path : null,
      };
    },
  };
}
