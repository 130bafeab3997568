import { describe, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { type Attempt, type DeliveryNews, deliveryMachine } from '../../machines/delivery.ts';
import { type Facts, LectorError } from '../../src/domain/errors.ts';
import { createSteppedClock, settleTurns } from '../support/stepped-clock.ts';
import { createHost } from './host.ts';

const SECOND = 1000;

/** A delivery whose attempts a test ends by hand. */
async function createBench() {
  const clock = createSteppedClock();
  const news: DeliveryNews[] = [];
  const attempts: { resolve(left: Attempt): void; reject(error: unknown): void }[] = [];
  let begun = 0;
  const logic = deliveryMachine({ now: clock.now, mono: clock.mono, random: () => 0 }).provide({
    actors: {
      deliver: fromPromise(
        () =>
          new Promise<Attempt>((resolve, reject) => {
            begun += 1;
            attempts.push({ resolve, reject });
          }),
      ),
    },
    actions: { announce: (_, params) => void news.push(params) },
  });
  const host = createHost({ clock, name: 'delivery:file', logic, input: { exporterId: 'file' }, listeners: [] });
  await settleTurns();
  const bench = {
    ...{ clock, news },
    state: host.state,
    begun: () => begun,
    async tell(type: 'RECORDED' | 'RETRY' | 'DRAIN'): Promise<void> {
      host.send({ type });
      await settleTurns();
    },
    async leave(left: Attempt['left'], o: Partial<Attempt> = {}): Promise<void> {
      attempts.shift()?.resolve({ left, againInMs: null, tried: true, ...o });
      await settleTurns();
    },
    async fail(code: LectorError['code'], facts: Facts = {}): Promise<void> {
      attempts.shift()?.reject(new LectorError(code, code, facts));
      await settleTurns();
    },
    async crash(): Promise<void> {
      attempts.shift()?.reject(new TypeError('a bug of the test'));
      await settleTurns();
    },
    said: () => news.map((each) => each.news),
    /** Seconds until the next attempt begins. */
    async secondsToAttempt(): Promise<number> {
      const [from, before] = [clock.mono(), begun];
      while (begun === before && clock.mono() - from < 4000 * SECOND) await clock.advance(500);
      return (clock.mono() - from) / SECOND;
    },
  };
  return bench;
}

describe('a delivery', () => {
  it('begins with what was owed, goes on while there is more, and then rests', async () => {
    const bench = await createBench();
    expect(bench.state()).toBe('sending');
    await bench.leave('more');
    await bench.leave('more');
    expect([bench.state(), bench.begun()]).toEqual(['sending', 3]);
    await bench.leave('nothing');
    expect(bench.state()).toBe('idle');
    await bench.clock.advance(3600 * SECOND);
    expect(bench.begun()).toBe(3);
  });

  it('delivers what is recorded while it rests, and what was recorded while it delivered', async () => {
    const bench = await createBench();
    await bench.leave('nothing');
    await bench.tell('RECORDED');
    expect(bench.begun()).toBe(2);
    await bench.tell('RECORDED');
    await bench.leave('nothing');
    expect([bench.state(), bench.begun()]).toEqual(['sending', 3]);
    await bench.leave('nothing');
    expect(bench.state()).toBe('idle');
  });

  it('tries again after 5, 10, 20 ... 300 s, and says each time what the reason is', async () => {
    const bench = await createBench();
    const waits: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      await bench.fail('EXPORT_FAILED');
      waits.push(await bench.secondsToAttempt());
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    expect(new Set(bench.said())).toEqual(new Set(['failed']));
    await bench.leave('nothing');
    expect(bench.said().at(-1)).toBe('recovered');
    await bench.leave('nothing');
    await bench.tell('RECORDED');
    await bench.fail('EXPORT_FAILED');
    expect(await bench.secondsToAttempt()).toBe(5);
  });

  it('does not try earlier because more was recorded, but by hand', async () => {
    const bench = await createBench();
    await bench.fail('EXPORT_FAILED');
    await bench.tell('RECORDED');
    expect([bench.state(), bench.begun()]).toEqual(['backingOff', 1]);
    await bench.tell('RETRY');
    expect(bench.begun()).toBe(2);
  });

  it('tries what is kept apart when its time is over, and delivers what is recorded meanwhile', async () => {
    const bench = await createBench();
    await bench.leave('nothing', { againInMs: 40 * SECOND });
    expect(bench.state()).toBe('holding');
    await bench.clock.advance(30 * SECOND);
    await bench.tell('RECORDED');
    expect([bench.state(), bench.begun()]).toEqual(['sending', 2]);
    await bench.leave('nothing', { againInMs: 10 * SECOND });
    expect(await bench.secondsToAttempt()).toBe(10);
    await bench.leave('nothing', { againInMs: 3000 * SECOND });
    await bench.tell('RETRY');
    expect(bench.begun()).toBe(4);
    expect(bench.said()).toEqual([]);
    await bench.tell('RETRY');
    await bench.leave('nothing');
    expect([bench.state(), bench.begun()]).toEqual(['sending', 5]);
  });

  it('does not say that it works again where there was nothing to try', async () => {
    const bench = await createBench();
    await bench.fail('EXPORT_FAILED');
    await bench.tell('RETRY');
    await bench.leave('nothing', { tried: false });
    expect([bench.state(), bench.said()]).toEqual(['idle', ['failed']]);
  });

  it('waits as long as the other side asks for', async () => {
    const bench = await createBench();
    await bench.fail('EXPORT_FAILED', { retryAfterMs: 120 * SECOND });
    expect(await bench.secondsToAttempt()).toBe(120);
  });

  it('is parked for an hour by what will not pass', async () => {
    const bench = await createBench();
    await bench.fail('EXPORT_REFUSED');
    expect([bench.state(), bench.said()]).toEqual(['parked', ['parked']]);
    expect(await bench.secondsToAttempt()).toBe(3600);
    await bench.fail('EXPORT_REFUSED');
    await bench.tell('RETRY');
    expect(bench.state()).toBe('sending');
  });

  it('takes what is not ours for a failure that may pass', async () => {
    const bench = await createBench();
    await bench.fail('STORE_FAILED');
    expect(bench.state()).toBe('backingOff');
    await bench.tell('RETRY');
    await bench.crash();
    expect(bench.state()).toBe('backingOff');
  });

  it('finishes what is under way when Lector is stopped, with what was recorded meanwhile', async () => {
    const bench = await createBench();
    await bench.tell('RECORDED');
    await bench.tell('DRAIN');
    expect(bench.state()).toBe('sending');
    await bench.leave('nothing');
    expect([bench.state(), bench.begun()]).toEqual(['sending', 2]);
    await bench.leave('nothing');
    expect(bench.state()).toBe('drained');
  });

  it('waits for nothing that fails when Lector is stopped', async () => {
    const bench = await createBench();
    await bench.tell('DRAIN');
    await bench.fail('EXPORT_FAILED');
    expect(bench.state()).toBe('drained');
  });

  it('begins nothing more when Lector is stopped', async () => {
    const bench = await createBench();
    await bench.leave('nothing');
    await bench.tell('DRAIN');
    for (const type of ['RECORDED', 'RETRY'] as const) await bench.tell(type);
    expect([bench.state(), bench.begun()]).toEqual(['drained', 1]);
  });
});
