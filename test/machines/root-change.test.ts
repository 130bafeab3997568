import { describe, expect, it } from 'vitest';
import type { RootEvent } from '../../machines/events.ts';
import type { Child, Children } from '../../machines/supervision.ts';
import { epochMs } from '../../src/domain/units.ts';
import { settleTurns } from '../support/stepped-clock.ts';
import { childrenOf, createBench, MINUTE, NAMES, SECOND, scheduledOf } from './root-bench.ts';

type Bench = ReturnType<typeof createBench>;
type Change = Extract<RootEvent, { type: 'CHANGE' }>;

const running = async (o: Parameters<typeof createBench>[0] = {}): Promise<Bench> => {
  const bench = createBench(o);
  await settleTurns();
  bench.begun.length = 0;
  return bench;
};
/** Another configuration with these analyzers: 1 and 2 on the first device, others on the second. */
const change = (analyzers: readonly number[], own: Partial<Change> = {}): Change => ({
  ...{ type: 'CHANGE', children: childrenOf(analyzers), scheduled: scheduledOf(analyzers), restart: [], ...own },
});
const without = (children: Children, name: string): Children =>
  Object.fromEntries(Object.entries(children).filter(([each]) => each !== name));
const withInput = (name: string, own: object): Children => {
  const children = childrenOf([1, 2, 3]);
  const child = children[name]!;
  return { ...children, [name]: { ...child, input: { ...child.input, ...own } } as Child };
};
const inputOf = (bench: Bench, name: string) => bench.root.system.get(name)?.getSnapshot().context.input;
const refOf = (bench: Bench, name: string) => bench.root.system.get(name);

describe('another configuration', () => {
  it('that is the same touches nobody', async () => {
    const bench = await running();
    const before = NAMES.map((name) => refOf(bench, name));
    await bench.send(change([1, 2, 3]));
    expect(NAMES.map((name) => refOf(bench, name))).toEqual(before);
    expect([bench.begun, bench.told('device:1'), bench.told('analyzer:1')]).toEqual([[], [], []]);
  });

  it('starts what is new, and tells its device, and it is read', async () => {
    const bench = await running();
    await bench.send(change([1, 2, 3, 4]));
    expect(bench.begun).toEqual(['analyzer:4']);
    expect(bench.told('device:2')).toEqual([{ type: 'MEMBERS', analyzers: [3, 4] }]);
    expect(bench.told('device:1')).toEqual([]);
    await bench.clock.advance(11 * SECOND);
    expect(bench.told('analyzer:4', 'READ')).toHaveLength(2);
  });

  it('stops what is gone: its device is told to leave it, and nobody to read it', async () => {
    const bench = await running();
    const gone = refOf(bench, 'analyzer:2');
    await bench.send(change([1, 3]));
    expect([gone.getSnapshot().status, bench.isThere('analyzer:2'), bench.begun]).toEqual(['stopped', false, []]);
    expect(bench.told('device:1')).toEqual([
      { type: 'LEAVE', analyzerId: 2 },
      { type: 'MEMBERS', analyzers: [1] },
    ]);
    await bench.clock.advance(MINUTE);
    expect(bench.held).toEqual([]);
    expect(bench.told('analyzer:1', 'READ').length).toBeGreaterThan(5);
  });

  it('records the windows of one that is scheduled and not there', async () => {
    const bench = await running();
    await bench.send(change([1, 3], { scheduled: scheduledOf([1, 2, 3]) }));
    await bench.clock.advance(MINUTE + SECOND);
    expect(bench.held).toEqual([2, 2]);
  });

  it('starts anew who is named, by its new input, under the same name', async () => {
    const bench = await running();
    const old = refOf(bench, 'analyzer:1');
    await bench.send(
      change([1, 2, 3], { children: withInput('analyzer:1', { readingMs: 7 }), restart: ['analyzer:1'] }),
    );
    expect([bench.begun, old.getSnapshot().status]).toEqual([['analyzer:1'], 'stopped']);
    expect(refOf(bench, 'analyzer:1')).not.toBe(old);
    expect(inputOf(bench, 'analyzer:1')).toMatchObject({ readingMs: 7, left: { jobs: [], windows: [] } });
    expect([bench.told('device:1', 'LEAVE'), bench.told('analyzer:1', 'CADENCE')]).toMatchObject([[{}], []]);
  });

  it('starts a device anew together with its analyzers, the device first, and no others', async () => {
    const bench = await running();
    await bench.send(change([1, 2, 3], { restart: ['device:1'] }));
    expect(bench.begun).toEqual(['device:1', 'analyzer:1', 'analyzer:2']);
    expect(NAMES.every(bench.isThere)).toBe(true);
  });

  it('starts anew who moves to another device, and takes it off the old one', async () => {
    const bench = await running();
    const spec = { ...(childrenOf([1])['analyzer:1'] as Extract<Child, { kind: 'analyzer' }>).input.spec, deviceId: 2 };
    await bench.send(change([1, 2, 3], { children: withInput('analyzer:1', { spec }) }));
    expect([bench.begun, bench.told('device:1', 'LEAVE')]).toEqual([
      ['analyzer:1'],
      [{ type: 'LEAVE', analyzerId: 1 }],
    ]);
  });

  it('stops a device that is gone, with its analyzers, and a delivery', async () => {
    const bench = await running();
    const children = without(without(childrenOf([1, 2]), 'device:2'), 'delivery:file');
    await bench.send(change([1, 2], { children }));
    expect(NAMES.filter(bench.isThere)).toEqual(['device:1', 'analyzer:1', 'analyzer:2']);
    await bench.clock.advance(MINUTE);
    expect(bench.root.getSnapshot().status).toBe('active');
  });

  it('tells an analyzer its new intervals, and hands out by them at once', async () => {
    const bench = await running();
    await bench.clock.advance(10_400);
    for (const name of NAMES) bench.told(name);
    const [, ...others] = scheduledOf([1, 2, 3]);
    const scheduled = [{ ...scheduledOf([1])[0]!, readingMs: 2 * SECOND }, ...others];
    const rapidMs = null;
    const children = withInput('analyzer:1', { readingMs: 2 * SECOND, rapidMs });
    await bench.send(change([1, 2, 3], { children, scheduled }));
    expect(bench.told('analyzer:1')).toEqual([{ type: 'CADENCE', readingMs: 2 * SECOND, rapidMs }]);
    await bench.clock.advance(6000);
    expect(bench.told('analyzer:1', 'READ')).toHaveLength(3);
    await bench.clock.advance(3900);
    expect(bench.told('analyzer:2', 'READ')).toHaveLength(1);
  });

  it('keeps the mode of an analyzer, started anew or not, and of one that crashes afterwards', async () => {
    const bench = await running();
    const until = epochMs(bench.clock.now() + MINUTE);
    await bench.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until, by: 'line' } });
    await bench.send({ type: 'COMMAND', analyzerId: 2, command: { type: 'STOP' } });
    await bench.send(change([1, 2, 3], { restart: ['analyzer:1'] }));
    expect(inputOf(bench, 'analyzer:1')).toMatchObject({ mode: 'paused', pausedUntil: until, pausedBy: 'line' });
    await bench.tell('analyzer:2', { type: 'THROW' });
    expect(inputOf(bench, 'analyzer:2')).toMatchObject({ mode: 'stopped' });
    await bench.send({ type: 'PAUSE_ENDED', analyzerId: 1 });
    await bench.send(change([1, 2, 3], { restart: ['analyzer:1'] }));
    expect(inputOf(bench, 'analyzer:1')).toMatchObject({ mode: 'running', pausedUntil: null, pausedBy: null });
  });

  it('is another chance for one that is held, and none for one that is not named', async () => {
    const bench = await running();
    for (const name of ['analyzer:1', 'analyzer:2']) {
      for (let n = 0; n < 4; n += 1) await bench.tell(name, { type: 'THROW' });
    }
    await bench.send(change([1, 2, 3], { restart: ['analyzer:1'] }));
    expect([bench.isThere('analyzer:1'), bench.isThere('analyzer:2')]).toEqual([true, false]);
    expect([Object.keys(bench.context().held), Object.keys(bench.context().restarts)]).toEqual([
      ['analyzer:2'],
      ['analyzer:2'],
    ]);
    bench.begun.length = 0;
    await bench.clock.advance(11 * MINUTE);
    expect(bench.begun).toEqual(['analyzer:2']);
  });

  it('one that was held, was started anew by it and is held again waits its own ten minutes', async () => {
    const bench = await running();
    const crash = async () => {
      for (let n = 0; n < 4; n += 1) await bench.tell('analyzer:1', { type: 'THROW' });
    };
    await crash();
    await bench.clock.advance(9 * MINUTE);
    await bench.send(change([1, 2, 3], { restart: ['analyzer:1'] }));
    await crash();
    await bench.clock.advance(9 * MINUTE);
    expect(bench.isThere('analyzer:1')).toBe(false);
    await bench.clock.advance(MINUTE);
    expect(bench.isThere('analyzer:1')).toBe(true);
  });

  it('while the windows of the last run are closed waits for the start', async () => {
    let recovered = () => {};
    const bench = await running({ recover: () => new Promise((resolve) => (recovered = resolve)) });
    await bench.send(change([1]));
    expect(bench.begun).toEqual([]);
    recovered();
    await settleTurns();
    expect(bench.begun).toEqual(['device:1', 'device:2', 'analyzer:1', 'delivery:file']);
    await bench.clock.advance(11 * SECOND);
    expect(bench.held).toEqual([]);
  });

  it('is ignored when Lector is stopped', async () => {
    const bench = await running({ slow: ['analyzer:2'] });
    await bench.send({ type: 'SHUTDOWN' });
    await bench.send(change([1, 2, 3, 4], { restart: ['analyzer:1'] }));
    expect([bench.begun, bench.state()]).toEqual([[], { draining: 'readings' }]);
  });

  it('a clock that was put back just before is seen all the same', async () => {
    const bench = await running();
    await bench.clock.advance(30 * SECOND);
    bench.clock.setWall(epochMs(bench.clock.now() - 20 * MINUTE));
    await bench.send(change([1, 2, 3, 4]));
    await bench.clock.advance(SECOND);
    expect(bench.time.map(({ kind }) => kind)).toEqual(['clockBack']);
  });
});
