import { describe, expect, it } from 'vitest';
import type { Environment, Writes } from '../../src/store/environment.ts';
import type { Item } from '../../src/store/waiting.ts';
import { CLOSE_MS, createWriter, HANGING_MS } from '../../src/store/writer.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { createKeptLog } from './samples.ts';

type Pending = { readonly writes: string[]; readonly done: () => void; readonly fail: (error: unknown) => void };

/** A writer on a disk whose every commit the test ends by hand. */
function setUp(o: { recordsBytesMax?: number; full?: () => boolean; recover?: () => Promise<boolean> } = {}) {
  const clock = createSteppedClock();
  const log = createKeptLog();
  const commits: Pending[] = [];
  const commit = (write: (writes: Writes) => void) => {
    const writes: string[] = [];
    write({
      put: (_table, key, bytes) => void writes.push(`${key.join('/')}=${bytes}`),
      remove: (_table, key) => void writes.push(`${key.join('/')} gone`),
    });
    return new Promise<void>((resolve, reject) => commits.push({ writes, done: resolve, fail: reject }));
  };
  let refused = 0;
  const writer = createWriter({
    environment: { commit, fitting: () => 9_999 } as unknown as Environment,
    clock,
    log,
    dir: '/data',
    readingsBytesMax: 1_000,
    recordsBytesMax: o.recordsBytesMax ?? 1_000,
    onRefused: () => {
      refused += 1;
    },
    recover: o.recover ?? (async () => false),
    isFull: async () => o.full?.() ?? false,
  });
  const settled: string[] = [];
  const item = (name: string, bytes = 10, kind: Item['kind'] = 'record'): Item => ({
    kind,
    bytes,
    write: (writes) => writes.put('records', [name], Buffer.from('x')),
    written: () => void settled.push(`${name} written`),
    dropped: () => void settled.push(`${name} dropped`),
  });
  const last = () => commits.at(-1)?.writes.map((write) => write.replace('=x', ''));
  return { clock, log, commits, writer, settled, item, last, refused: () => refused };
}

const FULL = Object.assign(new Error('no space'), { code: 28 });

describe('the writer', () => {
  it('puts what is given in one turn into one commit, and what comes meanwhile into the next', async () => {
    const { clock, commits, writer, settled, item, last } = setUp();
    for (const name of ['a', 'b', 'c']) writer.add(item(name));
    await clock.advance(0);
    expect(last()).toEqual(['a', 'b', 'c']);
    writer.add(item('d'));
    writer.add(item('e', 10, 'reading'));
    await clock.advance(1_000);
    expect([commits.length, settled]).toEqual([1, []]);
    commits[0]?.done();
    await clock.advance(0);
    expect(last()).toEqual(['d', 'e']);
    expect(settled).toEqual(['a written', 'b written', 'c written']);
  });

  it('reports nothing written before the commit, and writes all of a failed one again in its order', async () => {
    const { clock, commits, writer, settled, item, last, refused } = setUp();
    for (const name of ['a', 'b']) writer.add(item(name));
    await clock.advance(0);
    writer.add(item('c'));
    commits[0]?.fail(FULL);
    await clock.advance(0);
    expect([settled, refused(), writer.refusing()]).toEqual([[], 1, true]);
    expect(writer.trouble()).toBe('DISK FULL: 3 records and 0 readings wait in memory (/data)');
    await clock.advance(300);
    expect(last()).toEqual(['a', 'b', 'c']);
    commits[1]?.done();
    await clock.advance(0);
    expect(settled).toEqual(['a written', 'b written', 'c written']);
    expect([writer.trouble(), writer.refusing()]).toEqual([null, false]);
  });

  it('waits longer from failure to failure, 5 s at most, and says it once', async () => {
    const { clock, commits, writer, item, log } = setUp();
    writer.add(item('a'));
    const at: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      const before = commits.length;
      const began = clock.mono();
      while (commits.length === before) await clock.advance(tries === 0 ? 0 : 50);
      at.push(clock.mono() - began);
      commits.at(-1)?.fail(FULL);
      await clock.advance(0);
    }
    expect(at).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    expect(log.lines).toHaveLength(1);
  });

  it('asks a full disk nothing before it has space, but once in half a minute', async () => {
    const { clock, commits, writer, item } = setUp({ full: () => true });
    writer.add(item('a'));
    await clock.advance(0);
    commits[0]?.fail(FULL);
    await clock.advance(29_000);
    expect(commits).toHaveLength(1);
    await clock.advance(2_000);
    expect(commits).toHaveLength(2);
  });

  it('tries again at once when recovering helped, and then waits', async () => {
    const { clock, commits, writer, item } = setUp({ recover: async () => true });
    writer.add(item('a'));
    await clock.advance(0);
    commits[0]?.fail(new Error('bad'));
    await clock.advance(0);
    expect(commits).toHaveLength(2);
    commits[1]?.fail(new Error('bad'));
    await clock.advance(100);
    expect(commits).toHaveLength(2);
  });

  it('begins with small commits after a failure, records first, and doubles them', async () => {
    const { clock, commits, writer, item } = setUp({ recordsBytesMax: 10_000 });
    for (let count = 0; count < 30; count += 1) writer.add(item(`r${count}`, 10, 'reading'));
    for (let count = 0; count < 30; count += 1) writer.add(item(`a${count}`));
    await clock.advance(0);
    expect(commits[0]?.writes).toHaveLength(60);
    commits[0]?.fail(FULL);
    await clock.advance(300);
    for (let count = 1; count < 4; count += 1) {
      commits[count]?.done();
      await clock.advance(0);
    }
    expect(commits.slice(1).map(({ writes }) => writes.length)).toEqual([8, 16, 32, 4]);
    expect(commits[1]?.writes[0]).toContain('a0');
  });

  it('drops the oldest when memory is used up, never what is under way, and no record for a reading', async () => {
    const { clock, commits, writer, settled, item, log } = setUp();
    writer.add(item('first', 400));
    await clock.advance(0);
    writer.add(item('second', 400));
    writer.add(item('third', 400));
    for (let count = 0; count < 3; count += 1) writer.add(item(`reading ${count}`, 400, 'reading'));
    expect(settled).toEqual(['second dropped', 'reading 0 dropped']);
    commits[0]?.fail(FULL);
    await clock.advance(0);
    expect(writer.trouble()).toContain('2 records and 2 readings wait in memory (/data); 2 of the oldest were dropped');
    expect(log.lines.filter((line) => line.includes('used up'))).toHaveLength(1);
  });

  it('keeps the last of what is set, also over a failed commit, and tells when it is kept', async () => {
    const { clock, commits, writer } = setUp();
    writer.set(['cursor'], Buffer.from('1'));
    let saved = 0;
    const count = () => {
      saved += 1;
    };
    void writer.saved().then(count);
    await clock.advance(0);
    writer.set(['cursor'], Buffer.from('2'));
    writer.set(['parked'], null);
    expect(saved).toBe(0);
    commits[0]?.fail(FULL);
    await clock.advance(0);
    expect(saved).toBe(1);
    await clock.advance(300);
    expect(commits[1]?.writes).toEqual(['cursor=2', 'parked gone']);
    void writer.saved().then(count);
    await clock.advance(0);
    expect(saved).toBe(2);
  });

  it('a receipt is told only when it is durable while the disk is well', async () => {
    const { clock, commits, writer } = setUp();
    const told: string[] = [];
    writer.set(['a'], Buffer.from('1'));
    void writer.saved().then(() => told.push('a'));
    await clock.advance(0);
    writer.set(['b'], Buffer.from('1'));
    void writer.saved().then(() => told.push('b'));
    commits[0]?.done();
    await clock.advance(0);
    expect(told).toEqual(['a']);
    commits[1]?.done();
    await clock.advance(0);
    expect(told).toEqual(['a', 'b']);
  });

  it('a disk that does not answer is trouble after a while, and is no more when it does', async () => {
    const { clock, commits, writer, item, refused, settled } = setUp();
    writer.add(item('a'));
    await clock.advance(HANGING_MS - 1);
    expect(writer.trouble()).toBeNull();
    await clock.advance(1);
    expect(writer.trouble()).toContain('DISK DOES NOT ANSWER: 1 records');
    expect(refused()).toBe(1);
    commits[0]?.done();
    await clock.advance(0);
    expect([writer.trouble(), settled]).toEqual([null, ['a written']]);
  });

  it('closes in bounded time over a disk that hangs, and says what was not written', async () => {
    const { clock, writer, item, settled, log } = setUp();
    writer.add(item('a'));
    await clock.advance(10);
    const before = clock.mono();
    await clock.settle(writer.close());
    expect(clock.mono() - before).toBeLessThanOrEqual(CLOSE_MS);
    expect(settled).toEqual(['a dropped']);
    expect(log.lines.at(-1)).toContain('closed without writing');
  });

  it('closes at once when all is written, and after one more try while the disk refuses', async () => {
    const { clock, commits, writer, item, settled } = setUp();
    writer.add(item('a'));
    await clock.advance(0);
    commits[0]?.fail(FULL);
    await clock.advance(10);
    const closing = writer.close();
    await clock.advance(0);
    commits[1]?.done();
    await clock.settle(closing);
    expect(settled).toEqual(['a written']);
    const idle = setUp();
    await idle.clock.settle(idle.writer.close(), 0);
  });

  it('runs a job between commits, and passes on how it went', async () => {
    const { clock, commits, writer, item } = setUp();
    writer.add(item('a'));
    await clock.advance(0);
    const order: string[] = [];
    const job = writer.between(async () => order.push('job'));
    const bad = writer.between(() => Promise.reject(new Error('no'))).catch(String);
    await clock.advance(0);
    expect(order).toEqual([]);
    commits[0]?.done();
    await clock.settle(job);
    expect(await bad).toBe('Error: no');
    expect(order).toEqual(['job']);
  });
});
