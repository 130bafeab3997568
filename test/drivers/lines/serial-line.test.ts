import { describe, expect, it } from 'vitest';
import { createSerialLine, SERIAL_CLOSE_MS } from '../../../drivers/lines/serial-line.ts';
import type { LectorError } from '../../../src/domain/errors.ts';
import { createSteppedClock } from '../../support/stepped-clock.ts';
import { createFakeBinding, createFakeHandle } from './fake-binding.ts';
import { settingsOf } from './pty-pair.ts';

type Opening = Parameters<typeof createFakeBinding>[0][number];

/** A serial line on drivers that do what the test says. */
function lineOn(...openings: readonly Opening[]) {
  const clock = createSteppedClock();
  const binding = createFakeBinding(openings);
  const line = createSerialLine({ settings: settingsOf('/dev/ttyUSB0'), clock, openMs: 1_000, binding });
  return { clock, binding, line };
}

const errorOf = (promise: Promise<unknown>): Promise<LectorError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: LectorError) => error,
  );

describe('opening a serial port', () => {
  it('passes the settings on, and asks for the port alone', async () => {
    const { binding, line } = lineOn(createFakeHandle());
    await line.open();
    expect(binding.opened).toEqual([
      { path: '/dev/ttyUSB0', baudRate: 19_200, dataBits: 8, parity: 'even', stopBits: 1, lock: true },
    ]);
  });

  // The library gives texts only; these are the ones that it gave on Linux and that its source has for Windows.
  it.each([
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'ENOENT', /is not there.*this machine has/s],
    ['Opening COM1: File not found', 'ENOENT', /is not there/],
    ['Error Resource temporarily unavailable Cannot lock port', 'EBUSY', /in use by another program/],
    ['Error: Device or resource busy, cannot open /dev/ttyUSB0', 'EBUSY', /in use by another program/],
    ['Opening COM1: Access denied', 'EBUSY', /in use by another program/],
    ['Error: Inappropriate ioctl for device setting custom baud rate of 19200', 'ENOTTY', /which is none/],
    ['Error: Is a directory, cannot open /tmp', 'ENOTTY', /which is none/],
    ['Error: Input/output error, cannot open /dev/ttyUSB0', 'EIO', /plug it in again/],
    ['Error: Invalid argument || while setting custom baud rate of 19200', 'EINVAL', /refuses 19200 baud/],
    ['Error: Too many open files, cannot open /dev/ttyUSB0', 'EMFILE', /ulimit/],
    ['something new', 'EUNKNOWN', /something new/],
  ])('%s is told as %s', async (text, errno, words) => {
    const { line } = lineOn(new Error(text));
    const error = await errorOf(line.open());
    expect(error).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { port: '/dev/ttyUSB0', errno } });
    expect(error.message).toMatch(words);
  });

  it('F16 a port without permission says which group helps, and whom (errno injected at the binding)', async () => {
    const { line } = lineOn(new Error('Error: Permission denied, cannot open /dev/ttyUSB0'));
    const error = await errorOf(line.open());
    expect(error).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { errno: 'EACCES' } });
    expect(error.message).toMatch(/add the user to group dialout: sudo usermod -aG dialout \w+, then log in again/);
  });

  it('F17 an opening that hangs is given up at its limit, and never a second one is begun beside it', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof createFakeHandle>>();
    const { clock, binding, line } = lineOn(promise);
    const first = await clock.settle(errorOf(line.open()));
    expect(first).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { errno: 'ETIMEDOUT' } });
    expect(first.message).toContain('did not open within 1000 ms');
    await clock.settle(errorOf(line.open()));
    const third = line.open();
    const handle = createFakeHandle();
    resolve(handle);
    await third;
    expect(binding.opened).toHaveLength(1);
    await line.write(Uint8Array.of(1), 100);
    expect(handle.calls).toEqual(['write']);
  });

  it('F17 a handle that comes after everybody gave up is given back at once', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof createFakeHandle>>();
    const { clock, binding, line } = lineOn(promise, createFakeHandle());
    await clock.settle(errorOf(line.open()));
    const late = createFakeHandle();
    resolve(late);
    await clock.advance(0);
    expect(late.calls).toEqual(['flush', 'close']);
    await expect(line.read()).rejects.toMatchObject({ code: 'LINE_CLOSED' });
    await line.open();
    expect(binding.opened).toHaveLength(2);
  });

  it('is broken off by close(), and the handle that comes later is given back', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof createFakeHandle>>();
    const { clock, line } = lineOn(promise);
    const opening = errorOf(line.open());
    await line.close();
    expect(await opening).toMatchObject({ code: 'LINE_CLOSED' });
    const late = createFakeHandle();
    resolve(late);
    await clock.advance(0);
    expect(late.calls).toContain('close');
    expect(clock.pending()).toBe(0);
  });

  it('F15 waits until our previous handle is closed, and says so when the driver keeps it', async () => {
    const { promise: closed, resolve: letGo } = Promise.withResolvers<void>();
    const { clock, binding, line } = lineOn(createFakeHandle({ close: () => closed }), createFakeHandle());
    await line.open();
    await clock.settle(line.close());
    const refused = await clock.settle(errorOf(line.open()));
    expect(refused).toMatchObject({ code: 'LINE_OPEN_FAILED', facts: { errno: 'EBUSY' } });
    expect(binding.opened).toHaveLength(1);
    const again = line.open();
    letGo();
    await again;
    expect(binding.opened).toHaveLength(2);
  });
});

describe('an open serial port', () => {
  it('has one read: a second one gets the same bytes', async () => {
    const { promise, resolve } = Promise.withResolvers<{ bytesRead: number }>();
    const handle = createFakeHandle({ read: () => promise });
    const { line } = lineOn(handle);
    await line.open();
    const reads = [line.read(), line.read()];
    resolve({ bytesRead: 3 });
    expect((await Promise.all(reads)).map((bytes) => bytes.length)).toEqual([3, 3]);
    expect(handle.calls).toEqual(['read']);
  });

  it('F14 a port that goes rejects read, write and flush with its cause, and gives its handle back', async () => {
    const { promise, reject } = Promise.withResolvers<{ bytesRead: number }>();
    const handle = createFakeHandle({ read: () => promise });
    const { clock, line } = lineOn(handle);
    await line.open();
    const parked = errorOf(line.read());
    reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
    const lost = await parked;
    expect(lost).toMatchObject({ code: 'LINE_CLOSED', facts: { errno: 'EIO' } });
    await clock.advance(0);
    expect(handle.calls).toEqual(['read', 'flush', 'close']);
    for (const each of [line.read(), line.write(Uint8Array.of(1), 10), line.flush()]) {
      expect((await errorOf(each)).message).toBe(lost.message);
    }
  });

  it('F14 a read that begins after the port went would spin for ever: one question ends it', async () => {
    const handle = createFakeHandle({ getBaudRate: () => Promise.reject(new Error('Error: Input/output error')) });
    const { clock, line } = lineOn(handle);
    await line.open();
    const parked = errorOf(line.read());
    await clock.advance(50);
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED', facts: { errno: 'EIO' } });
  });

  it('asks a parked read once whether its port is there, not again and again', async () => {
    const handle = createFakeHandle();
    const { clock, line } = lineOn(handle);
    await line.open();
    const parked = errorOf(line.read());
    await clock.advance(60_000);
    expect(handle.calls).toEqual(['read', 'getBaudRate']);
    await line.close();
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
  });

  it('F17 a write that is blocked ends at its limit and takes the port with it: its rest never leaves', async () => {
    const handle = createFakeHandle({ write: () => new Promise(() => {}) });
    const { clock, line } = lineOn(handle);
    await line.open();
    const parked = errorOf(line.read());
    const blocked = await clock.settle(errorOf(line.write(Uint8Array.of(1), 250)));
    expect(blocked).toMatchObject({ code: 'LINE_WRITE_BLOCKED', facts: { port: '/dev/ttyUSB0', timeoutMs: 250 } });
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    expect(handle.calls).toContain('close');
  });

  it('F17 a flush that the driver never answers ends too, and the port is lost', async () => {
    const handle = createFakeHandle({ flush: () => new Promise(() => {}) });
    const { clock, line } = lineOn(handle);
    await line.open();
    const parked = errorOf(line.read());
    expect(await clock.settle(errorOf(line.flush()), 1_000)).toMatchObject({ code: 'LINE_CLOSED' });
    expect(await parked).toMatchObject({ code: 'LINE_CLOSED' });
    await clock.advance(1_000);
    expect(handle.calls).toContain('close');
  });

  it('close() rejects what waits, needs no answer of the driver to it, and may be called again', async () => {
    const dead = () => new Promise<never>(() => {});
    const { clock, line } = lineOn(createFakeHandle({ write: dead, flush: dead, close: dead }));
    await line.open();
    const waiting = [line.read(), line.write(Uint8Array.of(1), 1e6), line.flush()].map(errorOf);
    const closing = line.close();
    expect((await Promise.all(waiting)).map((error) => error.code)).toEqual(Array(3).fill('LINE_CLOSED'));
    const before = clock.mono();
    await clock.settle(closing);
    expect(clock.mono() - before).toBeLessThanOrEqual(SERIAL_CLOSE_MS);
    await clock.settle(line.close());
  });

  it('close() never rejects, whatever the driver says', async () => {
    const { line } = lineOn(createFakeHandle({ close: () => Promise.reject(new Error('unable to close fd 7')) }));
    await line.close();
    await line.open();
    await line.close();
    await line.close();
  });

  it('leaves no timer behind', async () => {
    const { clock, line } = lineOn(createFakeHandle({ read: async () => ({ bytesRead: 1 }) }));
    await line.open();
    await line.read();
    await line.write(Uint8Array.of(1), 1_000);
    await line.flush();
    await line.close();
    expect(clock.pending()).toBe(0);
  });
});
