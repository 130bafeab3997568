import type { SimulatedLine } from './simulated-line.ts';

/** Where the bytes of a simulated line go to and come from: a socket, the pipes of a child. */
export type Stream = {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
};

/** Answers that may wait for somebody who asks faster than he reads. */
const WAITING_MAX = 64;

/**
 * Carries bytes between a simulated line and a stream until either ends. Whoever asks faster than the meters answer, or
 * does not read, is not listened to meanwhile: nothing piles up.
 */
export async function pump(line: SimulatedLine, { input, output }: Stream): Promise<void> {
  await line.open();
  const listen = (bytes: Buffer): void => {
    // a line that was closed has nobody left to tell
    line.write(bytes, 0).catch(() => undefined);
    if (line.waiting() > WAITING_MAX) input.pause();
  };
  const end = () => void line.close();
  input.on('data', listen);
  for (const event of ['end', 'close', 'error']) input.on(event, end);
  for (const event of ['close', 'error']) output.on(event, end);
  try {
    for (;;) {
      const bytes = await line.read();
      if (!output.write(bytes)) await drained(output);
      if (line.waiting() <= WAITING_MAX) input.resume();
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
