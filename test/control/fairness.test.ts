import { describe, expect, it } from 'vitest';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { createFakePlant, type FakePlant } from './fake-operator.ts';
import { startControl } from './running-control.ts';

const pass = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Counts passes of the event loop, as long as `isOver` says no. */
function countPasses(isOver: () => boolean): () => number {
  let passes = 0;
  const count = () => {
    passes += 1;
    if (!isOver()) setImmediate(count);
  };
  setImmediate(count);
  return () => passes;
}

/** Makes a call of the operator take so many ms, and tells when. */
function slowDown<K extends keyof FakePlant['operator']>(plant: FakePlant, name: K, during: () => void): void {
  const call = plant.operator[name] as (...args: never[]) => unknown;
  Object.assign(plant.operator, {
    [name]: (...args: never[]) => {
      during();
      return call(...args);
    },
  });
}

describe('who asks much', () => {
  it.each([
    // all share one answer
    ['LIST', '$LIST;\r'.repeat(20), 1],
    ['SUBSCRIBE', '$SUBSCRIBE@readings;\r'.repeat(5), 100],
  ])('%s of many clients at once is one long piece of work in a pass at most', async (_, requests, made) => {
    const clock = createSteppedClock();
    const plant = createFakePlant();
    let isOver = false;
    const passes = countPasses(() => isOver);
    const perPass = new Map<number, number>();
    // as with 1,000 meters
    slowDown(plant, 'list', () => {
      clock.stall(30);
      perPass.set(passes(), (perPass.get(passes()) ?? 0) + 1);
    });
    const { json } = await startControl({ clock, plant });
    const clients = await Promise.all(Array.from({ length: 20 }, () => json()));
    for (const client of clients) client.send(requests);
    const count = requests.split('\r').length - 1;
    for (const client of clients)
      for (let n = 0; n < count; n += 1) expect(await client.json()).toMatchObject({ ok: true });
    isOver = true;
    expect(Math.max(...perPass.values())).toBe(1);
    expect(perPass.size).toBe(made);
  });

  it('the last records for many subscribers are collected little by little, and not for each of them', async () => {
    const clock = createSteppedClock();
    const plant = createFakePlant(100);
    let isOver = false;
    const passes = countPasses(() => isOver);
    const perPass = new Map<number, number>();
    slowDown(plant, 'records', () => {
      clock.stall(2);
      perPass.set(passes(), (perPass.get(passes()) ?? 0) + 1);
    });
    const { json } = await startControl({ clock, plant });
    const clients = await Promise.all(Array.from({ length: 20 }, () => json()));
    for (const client of clients) client.send('$SUBSCRIBE@records;\r');
    for (const client of clients) {
      const { data } = await client.json();
      expect((data as { records: readonly unknown[] }).records).toHaveLength(100);
    }
    isOver = true;
    const asked = [...perPass.values()];
    // 5 ms of 2 ms each, and the end of one collection with the beginning of the next
    expect(Math.max(...asked)).toBeLessThanOrEqual(6);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(400);
  });

  it('a client with thousands of requests keeps another one waiting for one pass at most', async () => {
    const clock = createSteppedClock();
    const plant = createFakePlant();
    let served = 0;
    slowDown(plant, 'identification', () => {
      clock.stall(1);
      served += 1;
    });
    const { classic } = await startControl({ clock, plant });
    const [greedy, modest] = [await classic(), await classic()];
    greedy.send('$GETID@1;\r'.repeat(5_000));
    await greedy.line();
    for (let n = 0; n < 20; n += 1) {
      modest.send('$STATUS@2;\r');
      const before = served;
      await modest.line();
      // its bytes come with one pass, its answer goes with the next; the test reads it with a third
      expect(served - before).toBeLessThanOrEqual(5 * 8);
    }
    expect(served).toBeLessThan(5_000);
    for (let n = 1; n < 5_000; n += 1) expect(await greedy.line()).toBe('Meter number 1  ');
  });

  it('answers never cross, whatever many clients ask at once', async () => {
    const { classic, json, plant } = await startControl();
    const clients = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => ({
        n,
        isJson: n % 2 === 1,
        client: await (n % 2 === 1 ? json() : classic()),
      })),
    );
    let isOver = false;
    const settling = (async () => {
      while (!isOver) {
        plant.settle();
        await pass();
      }
    })();
    await Promise.all(
      clients.map(async ({ n, isJson, client }) => {
        const ids = Array.from({ length: 60 }, (_, k) => ((n * 7 + k * k) % 3) + 1);
        client.send(ids.map((id, k) => (k % 5 === 4 ? `$IDENT@${id};\r` : `$GETID@${id};\r`)).join(''));
        for (const [k, id] of ids.entries()) {
          const text = k % 5 === 4 ? `Again ${id} ` : `Meter number ${id}  `;
          if (isJson) expect(await client.json()).toMatchObject({ data: { id, identification: text } });
          else expect(await client.line()).toBe(text);
        }
      }),
    );
    isOver = true;
    await settling;
  });

  it('a mapping is pickled once as long as the operator gives the same', async () => {
    const plant = createFakePlant();
    let looked = 0;
    const mapping = (value: number) => ({
      get lastRead() {
        looked += 1;
        return `reading ${value}`;
      },
    });
    let current = mapping(1);
    Object.assign(plant.operator.legacy, { vars: () => ({ ok: true, data: current }) });
    const { classic } = await startControl({ plant });
    const client = await classic();
    for (let n = 0; n < 10; n += 1) {
      client.send('$GETVARS@1;\r');
      expect(await client.line()).toContain('reading 1');
    }
    expect(looked).toBe(1);
    current = mapping(2);
    client.send('$GETVARS@1;\r');
    expect(await client.line()).toContain('reading 2');
  });

  it('what a client changed is in the list that it asks for next', async () => {
    const clock = createSteppedClock();
    const plant = createFakePlant();
    slowDown(plant, 'list', () => clock.stall(20));
    slowDown(plant, 'pause', () => {
      const view = plant.analyzers.get(1);
      if (view !== undefined) plant.analyzers.set(1, { ...view, state: 'paused' });
    });
    const { json } = await startControl({ clock, plant });
    const client = await json();
    client.send('$LIST;\r$PAUSE@1;\r$LIST;\r');
    expect(await client.json()).toMatchObject({ data: { analyzers: [{ state: 'polling' }, {}, {}] } });
    await client.json();
    expect(await client.json()).toMatchObject({ data: { analyzers: [{ state: 'paused' }, {}, {}] } });
  });
});
