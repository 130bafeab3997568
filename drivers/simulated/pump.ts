import type { SimulatedLine } from './simulated-line.ts';

/** Where the bytes of a simulated line go to and come from: a socket, the pipes of a child. */
export type Stream = {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
};

/** Answers that may wait for somebody who asks faster than he reads. */
const WAITING_MAX = 64;
/** Bytes that are looked at together: no more than a few requests. */
const SLICE_BYTES = 512;

/**
 * Carries bytes between a simulated line and a stream until either ends. Whoever asks faster than the meters answer, or
 * does not read, is not listened to meanwhile: nothing piles up.
 */
export async function pump(line: SimulatedLine, { input, output }: Stream): Promise<void> {
  let backlog: Buffer = Buffer.alloc(0);
  const feed = (): void => {
    while (backlog.length > 0 && line.waiting() <= WAITING_MAX) {
      // a line that was closed has nobody left to tell
      line.write(backlog.subarray(0, SLICE_BYTES), 0).catch(() => undefined);
      backlog = backlog.subarray(SLICE_BYTES);
    }
    if (backlog.length > 0) input.pause();
    else input.resume();
  };
  const listen = (bytes: Buffer): void => {
    backlog = backlog.length === 0 ? bytes : Buffer.concat([backlog, bytes]);
    feed();
  };
  const end = () => void line.close();
  await line.open();
  for (const event of ['end', 'close', 'error']) input.on(event, end);
  for (const event of ['close', 'error']) output.on(event, end);
  input.on('data', listen);
  try {
    for (;;) {
      const bytes = await line.read();
      if (!output.write(bytes)) await drained(output);
      feed();
    }
  } catch {
    // the line was closed: by whoever stopped serving, or because the stream ended
  } finally {
    input.off('data', listen);
  }
}

function drained(output: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) output.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) output.on(event, done);
  });
}
