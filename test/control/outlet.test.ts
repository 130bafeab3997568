import { describe, expect, it } from 'vitest';
import { createOutflow, OUTPUT_ALL_MAX } from '../../src/control/outflow.ts';
import { createOutlet, OUTPUT_MAX } from '../../src/control/outlet.ts';
import { createTurns } from '../../src/control/turns.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';
import { createFakeSocket } from './fake-socket.ts';

const PIECE = 64 * 1024;

function setUp() {
  const clock = createSteppedClock();
  const turns = createTurns(clock);
  const outflow = createOutflow(turns);
  const fake = createFakeSocket();
  const lagged = (missed: number) => Buffer.from(`<lagged ${missed}>`);
  const outlet = createOutlet({ socket: fake.socket, encoding: 'latin1', clock, outflow, lagged });
  const event = (subject: string | null, text: string, isLast = false) =>
    outlet.push({ bytes: Buffer.from(text), subject, isLast });
  /** The client reads on until nothing more comes. */
  const readAll = (): string => {
    while (fake.take()) outlet.drained();
    return fake.taken.splice(0).join('');
  };
  /** Fills the socket and what may wait before it, up to some bytes. */
  const clog = (): void => {
    event('old', `<old>${'x'.repeat(PIECE - 5)}`);
    event('full', `<full>${'x'.repeat(OUTPUT_MAX - 100)}`);
  };
  return { clock, outflow, fake, outlet, event, readAll, clog };
}

describe('what goes to a client', () => {
  it('answers are written at once, one write each', () => {
    const { outlet, fake, readAll } = setUp();
    outlet.answer('caf\xe9\r');
    outlet.answer('two\r');
    expect(fake.writes()).toBe(2);
    expect(readAll()).toBe('caf\xe9\rtwo\r');
  });

  it('a long answer is whole and in order, however slowly it is read', () => {
    const { outlet, readAll } = setUp();
    const long = Array.from({ length: 100_000 }, (_, n) => `${n};`).join('');
    outlet.answer('before\r');
    outlet.answer(Buffer.from(long));
    outlet.answer('after\r');
    expect(outlet.isSent).toBe(false);
    expect(readAll()).toBe(`before\r${long}after\r`);
    expect(outlet.isSent).toBe(true);
    expect(outlet.waiting).toBe(0);
  });

  it('the client is full beyond the limit, and not when it has read', () => {
    const { outlet, readAll } = setUp();
    outlet.answer('x'.repeat(OUTPUT_MAX - 1));
    expect(outlet.isFull).toBe(false);
    outlet.answer('x');
    expect(outlet.isFull).toBe(true);
    readAll();
    expect(outlet.isFull).toBe(false);
  });

  it('moves when the client takes something, and when it begins to have something to take', async () => {
    const { outlet, clock, fake } = setUp();
    await clock.advance(5_000);
    outlet.answer('x'.repeat(OUTPUT_MAX));
    const since = outlet.movedAt;
    expect(since).toBe(clock.mono());
    await clock.advance(1_000);
    outlet.answer('x');
    expect(outlet.movedAt).toBe(since);
    fake.take();
    outlet.drained();
    expect(outlet.movedAt).toBe(clock.mono());
  });

  it('events of one pass are one write, and keep their place among answers', () => {
    const { outlet, event, fake, readAll } = setUp();
    event('a', '<a1>');
    event('b', '<b1>');
    expect(fake.writes()).toBe(0);
    outlet.flush();
    expect(fake.writes()).toBe(1);
    event('a', '<a2>');
    outlet.answer('answer\r');
    event(null, '<log>');
    outlet.flush();
    expect(readAll()).toBe('<a1><b1><a2>answer\r<log>');
  });

  it('behind a full output the newest of each subject is kept, and what was left out is counted', () => {
    const { outlet, event, readAll, clog } = setUp();
    clog();
    event('a', '<a1>'.repeat(50));
    event('b', '<b1>');
    event(null, '<log 1>');
    event('a', '<a2>');
    event(null, '<log 2>');
    outlet.flush();
    const text = readAll().replace(/x+/g, '');
    // replaced: a1; left out: both lines of the log
    expect(text).toBe('<old><full><lagged 3><b1><a2>');
    event('a', '<a3>');
    outlet.flush();
    expect(readAll()).toBe('<a3>');
  });

  it('nothing is told to be missing where nothing was left out', () => {
    const { outlet, event, readAll, clog } = setUp();
    clog();
    event('a', '<a1>'.repeat(50));
    outlet.flush();
    expect(readAll().replace(/x+|(?:<a1>){49}/g, '')).toBe('<old><full><a1>');
  });

  it('an event that is longer than the limit is sent all the same, also behind short ones', () => {
    const { outlet, event, readAll } = setUp();
    event('a', '<a1>');
    event('installation', `<all>${'x'.repeat(OUTPUT_MAX * 2)}`);
    event('a', '<a2>');
    outlet.flush();
    expect(readAll().replace(/x+/g, '')).toBe('<a1><all><a2>');
  });

  it('the last event of all is sent whatever waits', () => {
    const { outlet, event, readAll, clog } = setUp();
    clog();
    event('a', '<a1>'.repeat(50));
    event('shutdown', '<shutdown>', true);
    outlet.flush();
    expect(readAll().replace(/x+|(?:<a1>){49}/g, '')).toBe('<old><full><shutdown><a1>');
  });

  it('what waits for one that never reads stays bounded', () => {
    const { outlet, event, fake } = setUp();
    for (let n = 0; n < 10_000; n += 1) {
      event(`subject ${n % 10}`, 'x'.repeat(1000));
      event(null, 'y'.repeat(1000));
      outlet.flush();
    }
    expect(outlet.waiting).toBeLessThan(OUTPUT_MAX + PIECE * 2);
    expect(fake.taken).toEqual([]);
  });

  it('one who wants no more events gets those that are under way, and none that were kept back', () => {
    const { outlet, event, readAll, clog } = setUp();
    clog();
    event('a', '<a1>'.repeat(50));
    event('a', '<a2>');
    outlet.dropEvents();
    expect(readAll().replace(/x+/g, '')).toBe('<old><full>');
  });

  it('requests wait while too much waits for all clients, and are taken when less does', async () => {
    const { outlet, outflow, fake, readAll } = setUp();
    let asked = 0;
    const worker = {
      work() {
        asked += 1;
        return false;
      },
    };
    outlet.answer(Buffer.alloc(OUTPUT_ALL_MAX + PIECE + 1));
    expect(outflow.isOver).toBe(true);
    // but of who takes what it is sent
    expect([outflow.allows(false), outflow.allows(true)]).toEqual([false, true]);
    outflow.whenEased(worker);
    fake.take();
    outlet.drained();
    expect(outflow.isOver).toBe(false);
    await settleTurns();
    expect(asked).toBe(1);
    readAll();
    outlet.answer(Buffer.alloc(OUTPUT_ALL_MAX * 2 + PIECE + 1));
    expect([outflow.isOver, outflow.allows(true)]).toEqual([true, false]);
    // the client is gone, and with it what waited for it
    outlet.clear();
    expect(outflow.isOver).toBe(false);
  });
});
