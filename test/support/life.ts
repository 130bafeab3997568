import type { DeviceConfig } from '../../src/domain/installation.ts';
import type { Line } from '../../src/domain/ports.ts';
import type { Field } from './field.ts';
import type { SteppedClock } from './stepped-clock.ts';

/** What one process holds of the world. After its end nothing of it moves any more: no timer, no promise. */
export type Life = {
  readonly clock: SteppedClock;
  readonly lineOf: (device: DeviceConfig) => Line | null;
  /** The process dies; its ports are closed. */
  end(): void;
};

export function createLife(clock: SteppedClock, field?: Field): Life {
  let isOver = false;
  const timers = new Set<unknown>();
  const whileAlive = <T>(promise: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      promise.then(
        (value) => isOver || resolve(value),
        (error) => isOver || reject(error),
      );
    });
  const held = (line: Line): Line => ({
    description: line.description,
    open: () => whileAlive(line.open()),
    write: (bytes, timeoutMs) => whileAlive(line.write(bytes, timeoutMs)),
    read: () => whileAlive(line.read()),
    flush: () => whileAlive(line.flush()),
    close: () => (isOver ? new Promise(() => {}) : whileAlive(line.close())),
  });
  return {
    clock: {
      ...clock,
      setTimeout(fn, ms) {
        if (isOver) return null;
        const handle = clock.setTimeout(() => {
          timers.delete(handle);
          fn();
        }, ms);
        timers.add(handle);
        return handle;
      },
      clearTimeout(handle) {
        timers.delete(handle);
        clock.clearTimeout(handle);
      },
    },
    lineOf(device) {
      const line = field?.lineOf(device) ?? null;
      return line && held(line);
    },
    end() {
      isOver = true;
      for (const handle of timers) clock.clearTimeout(handle);
      field?.letGo();
    },
  };
}
