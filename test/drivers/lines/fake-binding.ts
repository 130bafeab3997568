import type { SerialBinding, SerialHandle, SerialOptions } from '../../../drivers/lines/serial-line.ts';

/** A port whose driver does what the test says; by default everything succeeds and reads wait for ever. */
export type FakeHandle = SerialHandle & { readonly calls: string[] };

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export function createFakeHandle(behaviour: Partial<SerialHandle> = {}): FakeHandle {
  const calls: string[] = [];
  const noted =
    <A extends readonly unknown[], R>(name: string, fn: (...args: A) => Promise<R>) =>
    (...args: A) => {
      calls.push(name);
      return fn(...args);
    };
  return {
    calls,
    read: noted('read', behaviour.read ?? (() => never<{ bytesRead: number }>())),
    write: noted('write', behaviour.write ?? (async () => {})),
    flush: noted('flush', behaviour.flush ?? (async () => {})),
    close: noted('close', behaviour.close ?? (async () => {})),
    getBaudRate: noted('getBaudRate', behaviour.getBaudRate ?? (async () => 19_200)),
  };
}

/** Opens answer one after the other with what `openings` holds: a handle, an error to throw, or a promise of one. */
export function createFakeBinding(
  openings: readonly (SerialHandle | Error | Promise<SerialHandle>)[],
): SerialBinding & {
  readonly opened: SerialOptions[];
} {
  const opened: SerialOptions[] = [];
  return {
    opened,
    async open(options) {
      const next = openings[opened.length];
      opened.push(options);
      if (next === undefined) throw new Error('the test did not expect another opening');
      if (next instanceof Error) throw next;
      return next;
    },
  };
}
