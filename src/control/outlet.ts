import type { Socket } from 'node:net';
import type { Clock } from '../domain/ports.ts';
import type { MonoMs } from '../domain/units.ts';
import { createBacklog } from './backlog.ts';
import type { Outflow } from './outflow.ts';

/** Bytes that wait for one client: beyond, its requests are not taken and its events are coalesced. */
export const OUTPUT_MAX = 256 * 1024;

/** An event as it is sent, made once for all its subscribers. */
export type EventBytes = {
  readonly bytes: Buffer;
  /** What it tells of: a later one of the same subject replaces it. null: nothing does, and it may be left out. */
  readonly subject: string | null;
  /** Sent whatever waits: the last that there will be. */
  readonly isLast: boolean;
};

export type Outlet = {
  /** An answer: sent in order, whole, whatever its length. */
  answer(text: string | Buffer): void;
  /** An event: sent, or kept as the newest of its subject, or left out and counted. */
  push(event: EventBytes): void;
  /** Sends what {@link push} was given since the last call: many events, one write. */
  flush(): void;
  /** Forgets events that wait behind: the client wants no more of them. */
  dropEvents(): void;
  /** Bytes that the client has not read yet, without what the system holds. */
  readonly waiting: number;
  /** All of it is with the system, or on its way there. */
  readonly isSent: boolean;
  /** No further request is to be taken. */
  readonly isFull: boolean;
  /** When it last took something, or began to have something to take. */
  readonly movedAt: MonoMs;
  /** To be called when the socket has room again. */
  drained(): void;
  /** Forgets everything: the socket is gone. */
  clear(): void;
};

export type OutletOptions = {
  readonly socket: Socket;
  readonly encoding: 'latin1' | 'utf8';
  readonly clock: Clock;
  readonly outflow: Outflow;
  /** The bytes of a `lagged` event. */
  readonly lagged: (missed: number) => Buffer;
};

type Piece = { readonly bytes: Buffer; readonly isEvent: boolean };

/**
 * What goes to one client, in one order. Answers are never dropped: no further request is taken instead. Events are
 * never waited for: beyond {@link OUTPUT_MAX} the newest of each subject is kept, and sent after a `lagged` when there
 * is room again.
 */
export function createOutlet({ socket, encoding, clock, outflow, lagged }: OutletOptions): Outlet {
  let queue: Piece[] = [];
  let queuedBytes = 0;
  let eventBytes = 0;
  let movedAt = clock.mono();
  const backlog = createBacklog();
  // the socket says when it has room again once it was given so much; as finely it is seen that a client reads
  const pieceBytes = socket.writableHighWaterMark;
  const isTaking = (): boolean => socket.writableLength < pieceBytes;

  function enqueue(bytes: Buffer, isEvent: boolean): void {
    if (queuedBytes === 0) movedAt = clock.mono();
    queue.push({ bytes, isEvent });
    count(bytes.length, isEvent);
  }

  function count(length: number, isEvent: boolean): void {
    queuedBytes += length;
    outflow.count(length);
    if (isEvent) eventBytes += length;
  }

  /** Hands over as much as the socket takes now. */
  function pump(): void {
    if (queue.length === 0 || !isTaking()) return;
    socket.cork();
    let at = 0;
    for (let piece = queue[0]; piece !== undefined && isTaking(); piece = queue[at]) {
      const part = piece.bytes.subarray(0, pieceBytes);
      socket.write(part);
      count(-part.length, piece.isEvent);
      if (part.length === piece.bytes.length) at += 1;
      else queue[at] = { bytes: piece.bytes.subarray(pieceBytes), isEvent: piece.isEvent };
    }
    queue = queue.slice(at);
    socket.uncork();
  }

  /** The same, then what was kept back follows, as much as fits. */
  function flow(): void {
    pump();
    while (!backlog.isEmpty && eventBytes < OUTPUT_MAX) {
      const missed = backlog.takeMissed();
      if (missed > 0) enqueue(lagged(missed), true);
      const next = backlog.shift();
      if (next !== null) enqueue(next, true);
      pump();
    }
  }

  return {
    answer(text) {
      if (typeof text === 'string' && text.length <= pieceBytes && queue.length === 0 && isTaking()) {
        socket.write(text, encoding);
        return;
      }
      enqueue(typeof text === 'string' ? Buffer.from(text, encoding) : text, false);
      pump();
    },
    push({ bytes, subject, isLast }) {
      const fits = backlog.isEmpty && eventBytes + bytes.length <= OUTPUT_MAX;
      if (fits || isLast) enqueue(bytes, true);
      else backlog.add(subject, bytes);
      if (eventBytes >= pieceBytes) pump();
    },
    flush: flow,
    dropEvents: () => backlog.clear(),
    get waiting() {
      return queuedBytes + socket.writableLength;
    },
    get isSent() {
      return queue.length === 0;
    },
    get isFull() {
      return queuedBytes + socket.writableLength >= OUTPUT_MAX;
    },
    get movedAt() {
      return movedAt;
    },
    drained() {
      movedAt = clock.mono();
      flow();
    },
    clear() {
      outflow.count(-queuedBytes);
      queue = [];
      queuedBytes = 0;
      eventBytes = 0;
      backlog.clear();
    },
  };
}
