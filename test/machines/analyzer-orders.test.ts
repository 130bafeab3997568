import { describe, expect, it } from 'vitest';
import { epochMs, monoMs } from '../../src/domain/units.ts';
import { createBench, failureOf, SECOND, storeError } from './analyzer-bench.ts';

const up = { type: 'LINE', up: true, cause: null } as const;

describe('an analyzer that is paused or stopped', () => {
  it('asks nothing, makes no readings, leaves its line, and goes on when it is told to', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.tell({ type: 'PAUSE', until: null });
    expect(bench.heard('device:1', 'LEAVE')).toMatchObject([{ analyzerId: 1 }]);
    await bench.due(10_000);
    await bench.clock.advance(3600 * SECOND);
    expect([bench.link(), bench.readings, bench.request()]).toEqual(['paused', [], null]);
    await bench.tell({ type: 'RESUME' });
    expect(bench.link()).toBe('connecting');
    expect(bench.modes).toEqual([
      { mode: 'paused', until: null, by: 'analyzer' },
      { mode: 'running', until: null, by: null },
    ]);
  });

  it('breaks off the reading in progress without a trace, and takes no late reply for a new one', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    const old = bench.request()!.requestId;
    await bench.tell({ type: 'PAUSE', until: null });
    await bench.tell({ type: 'RESUME' });
    expect(bench.request()!.requestId).toBeGreaterThan(old);
    await bench.tell({ type: 'REPLY', requestId: old, reply: { kind: 'failed', failure: failureOf('LINE_TIMEOUT') } });
    expect([bench.link(), bench.readings]).toEqual(['connecting', []]);
  });

  it('resumes by itself when the pause had an end', async () => {
    const bench = await createBench();
    await bench.tell({ type: 'PAUSE', until: epochMs(bench.start + 90 * SECOND) });
    await bench.clock.advance(89 * SECOND);
    expect(bench.link()).toBe('paused');
    await bench.clock.advance(SECOND);
    expect([bench.link(), bench.modes.at(-1)]).toEqual(['connecting', { mode: 'running', until: null, by: null }]);
  });

  it('a second pause sets another end', async () => {
    const bench = await createBench();
    await bench.tell({ type: 'PAUSE', until: epochMs(bench.start + 10 * SECOND) });
    await bench.tell({ type: 'PAUSE', until: epochMs(bench.start + 60 * SECOND) });
    await bench.clock.advance(59 * SECOND);
    expect(bench.link()).toBe('paused');
    await bench.clock.advance(SECOND);
    expect(bench.link()).toBe('connecting');
  });

  it('F56 a pause of years does not end at once', async () => {
    const bench = await createBench();
    await bench.tell({ type: 'PAUSE', until: epochMs(bench.start + 5 * 365 * 86_400_000) });
    await bench.clock.advance(3600 * SECOND);
    expect(bench.link()).toBe('paused');
  });

  it('that was paused before a restart stays paused', async () => {
    const bench = await createBench({ mode: 'paused' });
    expect([bench.link(), bench.request()]).toEqual(['paused', null]);
    await bench.tell({ type: 'IDENTIFY' });
    await bench.tell(up);
    expect(bench.link()).toBe('paused');
  });

  it('stopped, it begins with START and with nothing else', async () => {
    const bench = await createBench({ mode: 'stopped' });
    for (const type of ['RESUME', 'IDENTIFY', 'PAUSE'] as const) await bench.tell({ type, until: null });
    await bench.due(10_000);
    expect([bench.link(), bench.readings, bench.request()]).toEqual(['stopped', [], null]);
    await bench.tell({ type: 'START' });
    expect(bench.link()).toBe('connecting');
    await bench.tell({ type: 'STOP' });
    expect(bench.link()).toBe('stopped');
  });
});

describe('the recorder of an analyzer', () => {
  it('waits for the reading in progress that belongs to the window', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(60_000);
    await bench.ended(60_000);
    expect([bench.recorder(), bench.closed]).toEqual(['idle', []]);
    await bench.answer();
    expect(bench.closed).toEqual([]);
    await bench.answer();
    expect(bench.closed).toMatchObject([{ end: bench.start + 60_000 }]);
  });

  it('waits for one that waits for its turn, and not for one of the next window', async () => {
    const bench = await createBench({ rapidMs: 2 * SECOND });
    await bench.connect();
    await bench.due(58_000, 'rapid');
    await bench.due(60_000);
    await bench.ended(60_000);
    await bench.due(62_000, 'rapid');
    await bench.answer();
    expect(bench.closed).toEqual([]);
    await bench.answer();
    await bench.answer();
    expect(bench.closed).toMatchObject([{ end: bench.start + 60_000 }]);
    expect(bench.link()).toBe('polling.reading');
  });

  it.each([
    { while: 'it is failed', before: async (bench: Bench) => bench.beSilent(2) },
    { while: 'it is paused', before: async (bench: Bench) => bench.tell({ type: 'PAUSE', until: null }) },
    { while: 'it connects', before: async () => {} },
  ])('closes a window without readings while $while', async ({ before }) => {
    const bench = await createBench();
    await before(bench);
    await bench.ended(60_000);
    expect(bench.closed).toMatchObject([{ end: bench.start + 60_000 }]);
  });

  it('tries a store that refuses again every five seconds, in order, and reads on meanwhile', async () => {
    const bench = await createBench();
    await bench.connect();
    bench.breakStore(storeError());
    await bench.ended(60_000);
    await bench.ended(120_000);
    expect(bench.recorder()).toBe('retrying');
    expect(bench.news.at(-1)).toMatchObject({ news: 'recordFailed', failure: { code: 'STORE_FULL' } });
    await bench.due(130_000);
    await bench.answer();
    await bench.answer();
    expect(bench.outcomes()).toEqual([[130_000, 'good', 'UI']]);
    await bench.clock.advance(14 * SECOND);
    bench.breakStore(null);
    await bench.clock.advance(SECOND);
    expect(bench.closed.map(({ end }) => end - bench.start)).toEqual([60_000, 120_000]);
    expect([bench.recorder(), bench.context().windows]).toEqual(['idle', []]);
  });
});

describe('an analyzer when Lector is stopped', () => {
  it('finishes the reading in progress and says that it is done', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.tell({ type: 'DRAIN' });
    expect(bench.link()).toBe('draining');
    await bench.answer();
    await bench.answer();
    expect([bench.link(), bench.outcomes()]).toEqual(['drained', [[10_000, 'good', 'UI']]]);
    expect(bench.heard('root', 'ANALYZER_DRAINED')).toMatchObject([{ analyzerId: 1 }]);
  });

  it('gives it up after a second, and keeps what was read of it', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.answer();
    await bench.tell({ type: 'DRAIN' });
    await bench.clock.advance(999);
    expect(bench.link()).toBe('draining');
    await bench.clock.advance(1);
    expect(bench.link()).toBe('drained');
    expect(bench.readings).toMatchObject([{ failure: { code: 'CANCELLED' }, values: { U: [7, 7] } }]);
  });

  it.each([
    { state: 'connecting', before: async () => {} },
    { state: 'failed', before: async (bench: Bench) => bench.beSilent(2) },
    { state: 'paused', before: async (bench: Bench) => bench.tell({ type: 'PAUSE', until: null }) },
    { state: 'stopped', before: async (bench: Bench) => bench.tell({ type: 'STOP' }) },
    { state: 'polling', before: async (bench: Bench) => bench.connect() },
  ])('is done at once while $state, and asks nothing more', async ({ before }) => {
    const bench = await createBench();
    await before(bench);
    await bench.tell({ type: 'DRAIN' });
    expect(bench.link()).toBe('drained');
    expect(bench.heard('root', 'ANALYZER_DRAINED')).toHaveLength(1);
    bench.heard('device:1', 'REQUEST');
    await bench.due(10_000);
    await bench.tell({ type: 'RESUME' });
    await bench.clock.advance(600 * SECOND);
    expect([bench.link(), bench.heard('device:1', 'REQUEST')]).toEqual(['drained', []]);
  });
});

type Bench = Awaited<ReturnType<typeof createBench>>;

const byLine = { type: 'PAUSE', until: null, by: 'line' } as const;
const alone = { type: 'PAUSE', until: null, by: 'analyzer' } as const;
const lineResumes = { type: 'RESUME', by: 'line' } as const;

describe('an analyzer whose line is paused', () => {
  it.each([
    { told: [byLine], link: 'paused', by: 'line' },
    { told: [byLine, lineResumes], link: 'connecting', by: null },
    { told: [byLine, { type: 'RESUME' }], link: 'connecting', by: null },
    { told: [alone, byLine], link: 'paused', by: 'analyzer' },
    { told: [alone, byLine, lineResumes], link: 'paused', by: 'analyzer' },
    { told: [byLine, alone, lineResumes], link: 'paused', by: 'analyzer' },
    { told: [{ type: 'STOP' }, byLine, lineResumes], link: 'stopped', by: null },
    { told: [lineResumes], link: 'polling.waiting', by: null },
  ] as const)('$told: it is $link', async ({ told, link, by }) => {
    const bench = await createBench();
    await bench.connect();
    for (const event of told) await bench.tell(event);
    expect([bench.link(), bench.context().pausedBy]).toEqual([link, by]);
  });

  it('a pause with the line does not move the end of one by hand', async () => {
    const bench = await createBench();
    await bench.tell({ type: 'PAUSE', until: epochMs(bench.start + 60 * SECOND), by: 'analyzer' });
    await bench.tell(byLine);
    await bench.clock.advance(60 * SECOND);
    expect([bench.link(), bench.modes.length]).toEqual(['connecting', 2]);
  });

  it('stays paused over a restart, and tells the root when its pause ends by itself', async () => {
    const pausedUntil = epochMs(Date.UTC(2026, 4, 4, 8, 1));
    const bench = await createBench({ mode: 'paused', pausedBy: 'line', pausedUntil });
    expect([bench.link(), bench.context().pausedBy]).toEqual(['paused', 'line']);
    await bench.clock.advance(60 * SECOND);
    expect([bench.link(), bench.heard('root', 'PAUSE_ENDED')]).toMatchObject(['connecting', [{ analyzerId: 1 }]]);
  });
});

describe('an analyzer that is identified again', () => {
  it('ends the reading in progress and those that wait as one failed reading each, and takes them off', async () => {
    const bench = await createBench({ rapidMs: 2 * SECOND });
    await bench.connect();
    await bench.due(10_000);
    await bench.due(10_000, 'rapid');
    await bench.answer();
    await bench.tell({ type: 'IDENTIFY' });
    expect(bench.outcomes()).toEqual([
      [10_000, 'CANCELLED', 'UI'],
      [10_000, 'CANCELLED', ''],
    ]);
    expect(bench.heard('device:1', 'WITHDRAW')).toMatchObject([{ analyzerId: 1 }]);
    await bench.ended(10_000);
    expect([bench.link(), bench.closed.length]).toEqual(['connecting', 1]);
    await bench.connect();
    await bench.due(20_000);
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.outcomes().at(-1)).toEqual([20_000, 'good', 'UI']);
  });

  it('begins once more while it is being connected, and takes no reply of before', async () => {
    const bench = await createBench();
    const old = bench.request()!.requestId;
    await bench.tell({ type: 'IDENTIFY' });
    await bench.tell({ type: 'REPLY', requestId: old, reply: { kind: 'failed', failure: failureOf('LINE_TIMEOUT') } });
    expect([bench.link(), bench.readings]).toEqual(['connecting', []]);
    await bench.connect();
  });

  it('makes a reading by hand that waits once it is known', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.due(10_000);
    await bench.tell({ type: 'READ_NOW' });
    await bench.tell({ type: 'IDENTIFY' });
    for (let n = 0; n < 9 && bench.link() === 'connecting'; n += 1) await bench.answer();
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.readings).toMatchObject([{ failure: { code: 'CANCELLED' } }, { forced: true, failure: null }]);
  });
});

describe('an analyzer of another configuration', () => {
  it('waits by its new interval', async () => {
    const bench = await createBench();
    await bench.connect();
    await bench.tell({ type: 'CADENCE', readingMs: 60 * SECOND, rapidMs: null });
    const asked = bench.clock.mono();
    await bench.due(60_000);
    expect(bench.request()!.deadline).toBe(asked + 60 * SECOND);
  });

  it('started anew, it says what was due of before, and records what had ended', async () => {
    const start = Date.UTC(2026, 4, 4, 8);
    const due = (seconds: number) => epochMs(start - 1000 * seconds);
    const job = (seconds: number) => ({ nominal: due(seconds), grid: 'normal', deadline: monoMs(0) }) as const;
    const left = { jobs: [job(2), { ...job(1), forced: true }], windows: [{ start: due(60), end: due(0) }] } as const;
    const bench = await createBench({ left });
    expect(bench.outcomes()).toEqual([[-2000, 'CANCELLED', '']]);
    expect(bench.closed).toMatchObject([{ end: start }]);
    for (let n = 0; n < 9 && bench.link() === 'connecting'; n += 1) await bench.answer();
    for (let n = 0; n < 2; n += 1) await bench.answer();
    expect(bench.readings.at(-1)).toMatchObject({ forced: true, failure: null });
  });
});
