import type { Socket } from 'node:net';

/** As much of a socket as an outlet uses; takes nothing but what a test has it take. */
export type FakeSocket = {
  readonly socket: Socket;
  /** What the client read. */
  readonly taken: string[];
  /** Writes of the system: what was corked together is one. */
  readonly writes: () => number;
  /** The client reads everything that was handed over. True: the socket told that it has room again. */
  take(): boolean;
};

export function createFakeSocket(writableHighWaterMark = 64 * 1024): FakeSocket {
  let held: string[] = [];
  let writableLength = 0;
  let needsDrain = false;
  let corked = 0;
  let writes = 0;
  const taken: string[] = [];
  const socket = {
    writableHighWaterMark,
    get writableLength() {
      return writableLength;
    },
    cork: () => {
      corked += 1;
      writes += 1;
    },
    uncork: () => {
      corked -= 1;
    },
    write(data: string | Buffer, encoding: BufferEncoding = 'utf8') {
      const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : data;
      held.push(bytes.toString('latin1'));
      writableLength += bytes.length;
      if (corked === 0) writes += 1;
      if (writableLength >= writableHighWaterMark) needsDrain = true;
      return !needsDrain;
    },
  };
  return {
    socket: socket as unknown as Socket,
    taken,
    writes: () => writes,
    take() {
      taken.push(...held);
      held = [];
      writableLength = 0;
      const tells = needsDrain;
      needsDrain = false;
      return tells;
    },
  };
}
