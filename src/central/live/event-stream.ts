import { Readable } from 'node:stream';
import type { Clock } from '../../domain/ports.ts';
import type { LiveEvent } from './types.ts';

/** Events that wait for a slow reader; of one analyzer only the newest. */
export const EVENTS_MAX = 1_000;
/** Silence after which a line says that the connection is alive: less than what closes it on the way. */
export const HEARTBEAT_MS = 15_000;
/** After how long a browser connects again. */
const RETRY_MS = 3_000;

export type EventStream = { readonly stream: Readable; push(event: LiveEvent): void };

/**
 * Server-sent events: `event: reading`, `event: node` and `event: lagged` (so many events were left out, for the reader
 * was slow), each with JSON as `data`. `onClose` is called once, when the reader is gone or the stream is destroyed.
 */
export function openEventStream(clock: Clock, onClose: () => void): EventStream {
  const waiting = new Map<string, LiveEvent>();
  let missed = 0;
  let timer: unknown = null;
  let isWanted = false;
  let text = `retry: ${RETRY_MS}\n\n`;

  const next = (): string | null => {
    if (text !== '') return take();
    if (missed > 0) {
      const lagged = written('lagged', { missed });
      missed = 0;
      return lagged;
    }
    const [first] = waiting;
    if (first === undefined) return null;
    waiting.delete(first[0]);
    return written(first[1].event, first[1].data);
  };
  const take = (): string => {
    const taken = text;
    text = '';
    return taken;
  };
  const drain = () => {
    while (isWanted) {
      const piece = next();
      if (piece === null) return;
      isWanted = stream.push(piece);
    }
  };
  const beat = () => {
    timer = clock.setTimeout(() => {
      if (isWanted) isWanted = stream.push(': still here\n\n');
      beat();
    }, HEARTBEAT_MS);
  };
  const stream = new Readable({
    read() {
      isWanted = true;
      drain();
    },
    destroy(error, callback) {
      clock.clearTimeout(timer);
      waiting.clear();
      onClose();
      callback(error);
    },
  });
  beat();
  return {
    stream,
    push(event) {
      const key = keyOf(event);
      if (waiting.delete(key)) missed += 1;
      else if (waiting.size >= EVENTS_MAX) {
        const [oldest] = waiting.keys();
        if (oldest !== undefined) waiting.delete(oldest);
        missed += 1;
      }
      waiting.set(key, event);
      drain();
    },
  };
}

const keyOf = ({ event, data }: LiveEvent): string =>
  event === 'reading' ? `reading ${data.node} ${data.analyzer}` : `node ${data.node}`;

const written = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
