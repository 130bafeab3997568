import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { settleTurns } from '../support/stepped-clock.ts';
import { createBench, MINUTE, NAMES, SECOND } from './root-bench.ts';

const running = async (o: Parameters<typeof createBench>[0] = {}) => {
  const bench = createBench(o);
  await settleTurns();
  return bench;
};

describe('the root', () => {
  it('starts nothing before the windows of the last run are closed', async () => {
    let recovered = () => {};
    const bench = await running({ recover: () => new Promise((resolve) => (recovered = resolve)) });
    expect([bench.state(), bench.begun]).toEqual(['starting', []]);
    recovered();
    await settleTurns();
    expect(bench.begun).toEqual(NAMES);
    expect(bench.news).toEqual([{ news: 'running' }]);
  });

  it('starts all the same when they cannot be closed, and says so', async () => {
    const bench = await running({ recover: () => Promise.reject(new Error('a bad disk')) });
    expect(bench.begun).toEqual(NAMES);
    expect(bench.news[0]).toMatchObject({
      news: 'recoverFailed',
      failure: { message: expect.stringMatching('a bad disk') },
    });
  });

  it('hands out readings at their instants, each with its stagger, and the recording after the last', async () => {
    const bench = await running();
    const start = bench.clock.now();
    await bench.clock.advance(10_100);
    expect(bench.told('analyzer:1')).toMatchObject([
      { type: 'READ', due: { nominal: start, missed: 0 } },
      { type: 'RECORD' },
      { type: 'READ', due: { nominal: start + 10_000 } },
    ]);
    expect(bench.told('analyzer:2', 'READ')).toMatchObject([{ due: { nominal: start } }]);
    await bench.clock.advance(50_000);
    const told = bench.told('analyzer:1');
    expect(told.map((each) => each.type)).toEqual(['READ', 'READ', 'READ', 'READ', 'READ', 'RECORD']);
    expect(told.at(-1)).toMatchObject({ window: { start, end: start + MINUTE } });
  });

  it('notices within ten seconds that the wall clock was put forward, and says what is missing', async () => {
    const bench = await running();
    await bench.clock.advance(5 * SECOND);
    bench.clock.setWall(epochMs(bench.clock.now() + 86_400_000));
    await bench.clock.advance(10 * SECOND);
    const gaps = bench.time.flatMap((each) => (each.kind === 'gap' ? [each.analyzerId] : []));
    expect(gaps.sort()).toEqual([1, 2, 3]);
  });

  it('passes commands on, and remembers them for a child that is started again', async () => {
    const bench = await running();
    await bench.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until: null } });
    expect(bench.told('analyzer:1', 'PAUSE')).toHaveLength(1);
    await bench.tell('analyzer:1', { type: 'THROW' });
    const input = bench.root.system.get('analyzer:1')?.getSnapshot().context.input;
    expect(input).toMatchObject({ mode: 'paused', pausedUntil: null });
  });

  it('tells deliveries that there is something to deliver', async () => {
    const bench = await running();
    await bench.send({ type: 'RECORDED' });
    expect(bench.told('delivery:file')).toEqual([{ type: 'RECORDED' }]);
  });
});

describe('F55 a child that crashes', () => {
  it.each([
    'THROW',
    'REJECT',
  ])('F55 is started again after %s; nobody else is touched, readings go on', async (type) => {
    const bench = await running();
    await bench.tell('analyzer:1', { type });
    expect(bench.begun).toEqual([...NAMES, 'analyzer:1']);
    expect(NAMES.every(bench.isThere)).toBe(true);
    expect(bench.news.at(-1)).toMatchObject({ news: 'crashed', name: 'analyzer:1' });
    await bench.clock.advance(10_100);
    for (const name of ['analyzer:1', 'analyzer:2']) expect(bench.told(name, 'READ')).not.toEqual([]);
    expect(bench.root.getSnapshot().status).toBe('active');
  });

  it('F55 is held at the fourth crash in a minute, visible, and tried again after ten minutes', async () => {
    const bench = await running();
    for (let n = 0; n < 4; n += 1) {
      await bench.tell('device:1', { type: 'THROW' });
      await bench.clock.advance(10 * SECOND);
    }
    expect([bench.isThere('device:1'), bench.context().held]).toMatchObject([
      false,
      { 'device:1': { code: 'UNEXPECTED', message: expect.stringMatching('a bug') } },
    ]);
    expect(bench.news.map(({ news }) => news)).toEqual(['running', 'crashed', 'crashed', 'crashed', 'held']);
    expect(NAMES.slice(1).every(bench.isThere)).toBe(true);
    await bench.clock.advance(10 * MINUTE - 11 * SECOND);
    expect(bench.isThere('device:1')).toBe(false);
    await bench.clock.advance(SECOND);
    expect([bench.isThere('device:1'), bench.context().held]).toEqual([true, {}]);
    expect(bench.news.at(-1)).toEqual({ news: 'retried', name: 'device:1' });
  });

  it('F55 is not held for crashes further apart', async () => {
    const bench = await running();
    for (let n = 0; n < 8; n += 1) {
      await bench.tell('delivery:file', { type: 'THROW' });
      await bench.clock.advance(21 * SECOND);
    }
    expect(bench.isThere('delivery:file')).toBe(true);
  });

  it('F55 held, it is tried again by hand, and only once', async () => {
    const bench = await running();
    for (let n = 0; n < 4; n += 1) await bench.tell('analyzer:2', { type: 'THROW' });
    await bench.send({ type: 'UNHOLD', systemId: 'analyzer:2' });
    expect([bench.isThere('analyzer:2'), bench.context().held]).toEqual([true, {}]);
    await bench.send({ type: 'UNHOLD', systemId: 'analyzer:1' });
    await bench.clock.advance(11 * MINUTE);
    expect(bench.begun.filter((name) => name === 'analyzer:2')).toHaveLength(5);
    expect(bench.begun.filter((name) => name === 'analyzer:1')).toHaveLength(1);
  });

  it('F55 held once more, it waits its own ten minutes', async () => {
    const bench = await running();
    const crash = async () => {
      for (let n = 0; n < 4; n += 1) await bench.tell('analyzer:2', { type: 'THROW' });
    };
    await crash();
    await bench.clock.advance(9 * MINUTE);
    await bench.send({ type: 'UNHOLD', systemId: 'analyzer:2' });
    await crash();
    await bench.clock.advance(9 * MINUTE);
    expect(bench.isThere('analyzer:2')).toBe(false);
    await bench.clock.advance(MINUTE);
    expect(bench.isThere('analyzer:2')).toBe(true);
  });

  it('F55 a device frees its analyzers, and no others, from waiting for answers', async () => {
    const bench = await running();
    await bench.tell('device:1', { type: 'THROW' });
    for (const name of ['analyzer:1', 'analyzer:2']) {
      expect(bench.told(name, 'LINE')).toMatchObject([{ up: false, cause: { code: 'LINE_CLOSED' } }]);
    }
    expect(bench.told('analyzer:3', 'LINE')).toEqual([]);
  });

  it('F55 an analyzer takes nothing more of its line', async () => {
    const bench = await running();
    await bench.tell('analyzer:1', { type: 'THROW' });
    expect([bench.told('device:1', 'LEAVE'), bench.told('device:2', 'LEAVE')]).toMatchObject([[{ analyzerId: 1 }], []]);
  });
});

describe('the root when Lector is stopped', () => {
  it('lets the readings end first, then closes the lines, then delivers what is left, then is done', async () => {
    const bench = await running({ slow: ['analyzer:2'] });
    await bench.send({ type: 'SHUTDOWN' });
    expect(bench.state()).toEqual({ draining: 'readings' });
    expect(bench.told('device:1', 'CLOSE')).toEqual([]);
    await bench.send({ type: 'ANALYZER_DRAINED', analyzerId: 2 });
    expect([bench.told('device:1', 'CLOSE'), bench.told('device:2', 'CLOSE')]).toMatchObject([[{}], [{}]]);
    expect(bench.told('delivery:file', 'DRAIN')).toMatchObject([{}]);
    expect([bench.state(), bench.root.getSnapshot().status]).toEqual(['stopped', 'done']);
  });

  it('waits no longer than 1.2 s for readings, 0.5 s for lines and 0.25 s for deliveries', async () => {
    const bench = await running({ slow: ['analyzer:2', 'device:1', 'delivery:file'] });
    await bench.send({ type: 'SHUTDOWN' });
    await bench.clock.advance(1199);
    expect(bench.state()).toEqual({ draining: 'readings' });
    await bench.clock.advance(1);
    expect(bench.state()).toEqual({ draining: 'lines' });
    await bench.clock.advance(500);
    expect(bench.state()).toEqual({ draining: 'exports' });
    await bench.clock.advance(250);
    expect(bench.state()).toBe('stopped');
  });

  it('hands out nothing more, obeys nobody and starts nothing again', async () => {
    const bench = await running({ slow: ['analyzer:2'] });
    for (const name of NAMES) bench.told(name);
    await bench.send({ type: 'SHUTDOWN' });
    await bench.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'RESUME' } });
    await bench.tell('analyzer:1', { type: 'THROW' });
    await bench.send({ type: 'SHUTDOWN' });
    await bench.clock.advance(1199);
    expect(bench.told('analyzer:1').map(({ type }) => type)).toEqual(['DRAIN']);
    expect(bench.begun).toEqual(NAMES);
  });

  it('does not wait for a child that is held', async () => {
    const bench = await running();
    for (let n = 0; n < 4; n += 1) await bench.tell('analyzer:1', { type: 'THROW' });
    await bench.send({ type: 'SHUTDOWN' });
    expect(bench.state()).toBe('stopped');
  });

  it('stops at once while it still starts', async () => {
    const bench = await running({ recover: () => new Promise(() => {}) });
    await bench.send({ type: 'SHUTDOWN' });
    expect([bench.state(), bench.begun]).toEqual(['stopped', []]);
  });
});
