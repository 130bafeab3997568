import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createPlaces } from '../../src/central/api/places.ts';
import { askedByFew, createFewAtOnce, createTurns } from '../../src/central/few-at-once.ts';
import { createTwoQueues, FEW } from '../../src/central/ingest/two-queues.ts';
import type { Database } from '../../src/central/schema/database.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a few at once', () => {
  it('never more, in their order, also after one that failed', async () => {
    const few = createFewAtOnce(2);
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = (n: number) => async () => {
      begun.push(n);
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      if (n === 1) throw new Error('failed');
      return n;
    };
    const all = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => few(work(n))));
    expect([begun, most]).toEqual([[0, 1, 2, 3, 4], 2]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', ...Array(3).fill('fulfilled')]);
  });

  it('a database that is asked by few lends so many connections, with what was asked', async () => {
    let running = 0;
    let most = 0;
    const query = async (...asked: readonly unknown[]) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      return { rows: asked };
    };
    const database = { pool: { query } as unknown as pg.Pool } as unknown as Database;
    const { pool } = askedByFew(database, 2);
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => pool.query(text, [1])));
    expect(most).toBe(2);
    expect(answers.map(({ rows }) => rows)).toEqual(['a', 'b', 'c', 'd', 'e'].map((text) => [text, [1]]));
  });

  it('pieces of work come one a turn of the event loop', async () => {
    const turns = createTurns();
    let now = 0;
    let isOver = false;
    const count = (): void => {
      now += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const at = await Promise.all([0, 1, 2, 3].map(() => turns.next().then(() => now)));
    isOver = true;
    expect(new Set(at).size).toBe(4);
  });
});

describe('places of callers', () => {
  it('who has none waits for his own, and others do not', async () => {
    const places = createPlaces(1);
    const [first, second, foreign] = [new EventEmitter(), new EventEmitter(), new EventEmitter()];
    const taken: string[] = [];
    const take = (name: string, caller: string, until: EventEmitter) =>
      void Promise.resolve(places.take(caller, until)).then(() => taken.push(name));
    take('first', 'a', first);
    take('second', 'a', second);
    take('foreign', 'b', foreign);
    await turn();
    expect(taken).toEqual(['first', 'foreign']);
    first.emit('close');
    await turn();
    expect(taken).toEqual(['first', 'foreign', 'second']);
  });

  it('one that goes away while it waits leaves its turn to the next', async () => {
    const places = createPlaces(1);
    const [first, gone, last] = [new EventEmitter(), new EventEmitter(), new EventEmitter()];
    await places.take('a', first);
    const waits = places.take('a', gone);
    let isIn = false;
    const lastIn = places.take('a', last)?.then(() => {
      isIn = true;
    });
    gone.emit('close');
    await waits;
    expect(isIn).toBe(false);
    first.emit('close');
    await lastIn;
  });

  it('one that went before its turn to ask takes none for ever', () => {
    const places = createPlaces(1);
    expect(places.take('a', Object.assign(new EventEmitter(), { closed: true }))).toBeUndefined();
    expect(places.take('a', new EventEmitter())).toBeUndefined();
    expect(places.take('a', new EventEmitter())).toBeInstanceOf(Promise);
  });
});

describe('what waits to be stored', () => {
  const many = Array.from({ length: FEW + 1 }, (_, n) => `many ${n}`);

  it('a call of few does not wait behind a backlog', () => {
    const queues = createTwoQueues<string>();
    for (let n = 0; n < 100; n += 1) queues.add(many);
    queues.add(['few']);
    expect(queues.take(20)).toContain('few');
  });

  it('half of what is taken is of a backlog, however many calls of few there are', () => {
    const queues = createTwoQueues<string>();
    for (let n = 0; n < 100; n += 1) queues.add(['few']);
    queues.add(many);
    expect(queues.take(20).filter((each) => each !== 'few')).toEqual(many.slice(0, 10));
  });

  it('all of it comes once, in the order of its kind', () => {
    const queues = createTwoQueues<string>();
    queues.add(many);
    queues.add(['few 0', 'few 1']);
    const taken: string[] = [];
    while (!queues.isEmpty()) taken.push(...queues.take(7));
    expect(taken.filter((each) => each.startsWith('many'))).toEqual(many);
    expect(taken.filter((each) => each.startsWith('few'))).toEqual(['few 0', 'few 1']);
  });
});
