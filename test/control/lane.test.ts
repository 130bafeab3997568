import { describe, expect, it } from 'vitest';
import { createLane } from '../../src/control/lane.ts';
import { startControl } from './running-control.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a lane', () => {
  /** Starts `count` runs in a lane of two; each ends when it is told. */
  function setUp(count: number) {
    const lane = createLane(2, pass);
    const started: number[] = [];
    const ends: PromiseWithResolvers<number>[] = [];
    const runs = Array.from({ length: count }, (_, n) => {
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return lane(() => {
        started.push(n);
        return end.promise;
      });
    });
    return { lane, started, ends, runs };
  }

  it('runs so many at once, the others in the order in which they came', async () => {
    const { started, ends, runs } = setUp(4);
    await pass();
    expect(started).toEqual([0, 1]);
    ends[1]?.resolve(11);
    expect(await runs[1]).toBe(11);
    await pass();
    expect(started).toEqual([0, 1, 2]);
  });

  it('one that fails makes room too, and no one who comes meanwhile goes first', async () => {
    const { lane, started, ends, runs } = setUp(3);
    await pass();
    ends[0]?.reject(new Error('broken'));
    const late = lane(async () => void started.push(9));
    await expect(runs[0]).rejects.toThrow('broken');
    await pass();
    expect(started).toEqual([0, 1, 2]);
    ends[1]?.resolve(1);
    ends[2]?.resolve(2);
    await late;
    expect(started).toEqual([0, 1, 2, 9]);
  });

  it('many short ones are run in as many passes of the event loop, for others have their turn between', async () => {
    const lane = createLane(2, pass);
    let passes = 0;
    let counting = setImmediate(count);
    function count() {
      passes += 1;
      counting = setImmediate(count);
    }
    const seen = await Promise.all(Array.from({ length: 20 }, () => lane(async () => passes)));
    clearImmediate(counting);
    expect(Math.max(...seen)).toBeGreaterThanOrEqual(9);
    for (const each of new Set(seen)) expect(seen.filter((other) => other === each).length).toBeLessThanOrEqual(2);
  });

  it('that is empty again takes as many as before', async () => {
    const { lane, ends, runs } = setUp(3);
    for (const [n, end] of ends.entries()) end.resolve(n);
    expect(await Promise.all(runs)).toEqual([0, 1, 2]);
    expect(await Promise.all([lane(async () => 7), lane(async () => 8)])).toEqual([7, 8]);
  });
});

describe('what reads the store', () => {
  it('is read for two clients at once, the others wait, and who left is not read for', async () => {
    const { json, plant } = await startControl();
    const clients = [await json(), await json(), await json(), await json(), await json()];
    for (const client of clients.slice(0, 2)) client.send('$HISTORY@1:TPF:60;\r');
    await expect.poll(() => plant.waiting).toBe(2);
    for (const client of clients.slice(2)) client.send('$HISTORY@1:TPF:60;\r');
    clients[2]?.socket.resetAndDestroy();
    await clients[2]?.closed;
    // others are not held up by those
    const quick = await json();
    quick.send('$VERSION;\r');
    expect(await quick.json()).toMatchObject({ ok: true });
    expect(plant.waiting).toBe(2);
    let settled = 0;
    while (settled < 4) {
      await expect.poll(() => plant.waiting).toBeGreaterThan(0);
      plant.settle();
      settled += 1;
    }
    for (const n of [0, 1, 3, 4]) expect(await clients[n]?.json()).toMatchObject({ ok: true, command: 'HISTORY' });
    expect(plant.waiting).toBe(0);
  });
});
