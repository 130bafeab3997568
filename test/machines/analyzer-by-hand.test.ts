import { describe, expect, it } from 'vitest';
import { createBench, failureOf, SECOND } from './analyzer-bench.ts';

const now = { type: 'READ_NOW' } as const;
const up = { type: 'LINE', up: true, cause: null } as const;
const down = { type: 'LINE', up: false, cause: failureOf('LINE_OPEN_FAILED') } as const;

type Bench = Awaited<ReturnType<typeof createBench>>;

const connected = async (): Promise<Bench> => {
  const bench = await createBench();
  await bench.connect();
  return bench;
};
/** Lost, with its first probe still to come. */
const lost = async (): Promise<Bench> => {
  const bench = await connected();
  await bench.due(10_000);
  await bench.beSilent(2);
  bench.readings.length = 0;
  return bench;
};
const forced = ({ readings }: Bench) =>
  readings.filter((each) => each.forced).map(({ failure }) => failure?.code ?? 'good');

describe('a reading by hand', () => {
  it('is made at once, when the line is free, and is marked', async () => {
    const bench = await connected();
    await bench.tell(now);
    expect(bench.request()).toMatchObject({ whenFree: true });
    await bench.answer();
    expect(bench.request()).toMatchObject({ whenFree: true, continues: true });
    await bench.answer();
    expect(bench.readings).toMatchObject([{ forced: true, nominal: bench.clock.now(), values: { U: [7, 7] } }]);
    expect(bench.link()).toBe('polling.waiting');
  });

  it('counts neither as good nor as failed, and is no news of a meter that stands still', async () => {
    const bench = await connected();
    await bench.due(10_000);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    const { tally, steadiness } = bench.context().session;
    await bench.tell(now);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.context().session).toMatchObject({ tally, steadiness });
  });

  it('holds up no window', async () => {
    const bench = await connected();
    await bench.tell(now);
    await bench.ended(60_000);
    expect(bench.closed).toHaveLength(1);
  });

  it('is made once, however often it is asked for meanwhile', async () => {
    const bench = await connected();
    await bench.due(10_000);
    for (let n = 0; n < 5; n += 1) await bench.tell(now);
    for (let n = 0; n < 4; n += 1) await bench.answer();
    expect([bench.link(), bench.outcomes().length, forced(bench)]).toEqual(['polling.waiting', 2, ['good']]);
  });

  it('stands aside for one of the grid as long as nothing of it was answered, and is made after it', async () => {
    const bench = await connected();
    await bench.tell(now);
    const old = bench.request()!.requestId;
    await bench.due(10_000);
    expect(bench.heard('device:1', 'WITHDRAW')).toMatchObject([{ analyzerId: 1 }]);
    expect(bench.request()!.requestId).toBeGreaterThan(old);
    expect(bench.request()).not.toHaveProperty('whenFree');
    await bench.tell({ type: 'REPLY', requestId: old, reply: { kind: 'failed', failure: failureOf('LINE_TIMEOUT') } });
    for (let n = 0; n < 4; n += 1) await bench.answer();
    expect(bench.readings).toMatchObject([
      { nominal: bench.start + 10_000, failure: null },
      { forced: true, failure: null },
    ]);
    expect(bench.readings[0]).not.toHaveProperty('forced');
  });

  it('is finished when something of it was answered; the one of the grid is next', async () => {
    const bench = await connected();
    await bench.tell(now);
    await bench.answer();
    await bench.due(10_000);
    await bench.answer();
    expect(forced(bench)).toEqual(['good']);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.outcomes()).toMatchObject([
      [0, 'good', 'UI'],
      [10_000, 'good', 'UI'],
    ]);
  });

  it('waits for those of the grid that are due, however long it has waited', async () => {
    const bench = await connected();
    await bench.due(10_000);
    await bench.tell(now);
    await bench.due(20_000);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.request()).not.toHaveProperty('whenFree');
    for (let n = 0; n < 4; n += 1) await bench.answer();
    expect(bench.readings.map(({ forced: isForced = false }) => isForced)).toEqual([false, false, true]);
  });

  it('is given up after ten seconds in which the line had no time for it, and says so', async () => {
    const bench = await connected();
    await bench.tell(now);
    await bench.clock.advance(9 * SECOND);
    await bench.due(10_000);
    await bench.clock.advance(SECOND);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect([bench.link(), forced(bench)]).toEqual(['polling.waiting', ['DEADLINE_PASSED']]);
    expect(bench.context().session.tally).toEqual({ good: 1, failed: 0 });
  });

  it('that finds nobody makes the meter failed, as any other', async () => {
    const bench = await connected();
    await bench.tell(now);
    await bench.beSilent(2);
    expect([bench.link(), forced(bench), bench.context().session.tally]).toEqual([
      ...['failed.resting', ['LINE_TIMEOUT']],
      { good: 0, failed: 0 },
    ]);
  });

  it('of a meter that is being connected is made as soon as it is known', async () => {
    const bench = await createBench();
    await bench.tell(now);
    await bench.clock.advance(60 * SECOND);
    for (let n = 0; n < 9 && bench.link() === 'connecting'; n += 1) await bench.answer();
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect([bench.link(), forced(bench)]).toEqual(['polling.waiting', ['good']]);
  });

  it.each([
    { state: 'paused', before: { type: 'PAUSE', until: null } },
    { state: 'stopped', before: { type: 'STOP' } },
    { state: 'drained', before: { type: 'DRAIN' } },
  ])('is not made while it is $state', async ({ state, before }) => {
    const bench = await connected();
    await bench.tell(before);
    await bench.tell(now);
    await bench.clock.advance(60 * SECOND);
    expect([bench.link(), bench.readings, bench.request()]).toEqual([state, [], null]);
  });

  it('is not waited for when Lector is stopped', async () => {
    const bench = await connected();
    await bench.tell(now);
    await bench.tell({ type: 'DRAIN' });
    expect([bench.link(), forced(bench)]).toEqual(['drained', ['CANCELLED']]);
  });
});

describe('a reading by hand of a meter that is lost', () => {
  it('probes it at once; when it lives it is connected and read', async () => {
    const bench = await lost();
    await bench.tell(now);
    expect([bench.link(), bench.request()]).toMatchObject(['failed.probing', { whenFree: true }]);
    await bench.answer();
    expect(bench.link()).toBe('connecting');
    for (let n = 0; n < 9 && bench.link() === 'connecting'; n += 1) await bench.answer();
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect([bench.link(), forced(bench)]).toEqual(['polling.waiting', ['good']]);
  });

  it('is answered when it does not, and the next probe comes as if nobody had asked', async () => {
    const bench = await lost();
    await bench.tell(now);
    await bench.fail('LINE_TIMEOUT');
    expect([bench.link(), forced(bench), bench.context().session.attempt]).toEqual([
      'failed.resting',
      ['LINE_TIMEOUT'],
      1,
    ]);
    expect(await bench.secondsToRequest()).toBe(2);
  });

  it('is answered at once, without asking the meter, within ten seconds of the last', async () => {
    const bench = await lost();
    await bench.tell(now);
    await bench.fail('LINE_TIMEOUT');
    await bench.clock.advance(1900);
    for (let n = 0; n < 3; n += 1) await bench.tell(now);
    expect([bench.link(), bench.request(), forced(bench)]).toEqual([
      'failed.resting',
      null,
      Array(4).fill('LINE_TIMEOUT'),
    ]);
    await bench.clock.advance(100);
    expect(bench.link()).toBe('failed.probing');
  });

  it('waits for the probe that is under way', async () => {
    const bench = await lost();
    await bench.secondsToRequest();
    await bench.tell(now);
    await bench.fail('LINE_TIMEOUT');
    expect([bench.link(), forced(bench)]).toEqual(['failed.resting', ['LINE_TIMEOUT']]);
  });

  it('is answered when the line is down, and made when it comes up in between', async () => {
    const bench = await lost();
    await bench.tell(down);
    await bench.tell(now);
    await bench.fail('LINE_OPEN_FAILED');
    expect(forced(bench)).toEqual(['LINE_OPEN_FAILED']);
    await bench.tell(up);
    await bench.connect();
    expect(bench.context().session.attempt).toBe(1);
  });
});
