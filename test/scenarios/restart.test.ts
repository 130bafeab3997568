import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { createRuns, type Runs, timeOf } from '../support/runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const analyzers = [analyzerConfig({ readingMs: 10_000 })];
const at = '2026-05-04T08:00:00Z';
const pause = (runs: Runs, until: number | null) =>
  runs.now().app.root.send({
    type: 'COMMAND',
    analyzerId: 1,
    command: { type: 'PAUSE', until: until === null ? null : epochMs(until) },
  });
const modeOf = (runs: Runs) => runs.now().contextOf('analyzer:1').mode;

describe.each([
  ['a stop in order', (runs: Runs) => runs.stop()],
  ['a kill', async (runs: Runs) => runs.kill()],
])('after %s', (_, end) => {
  it('F39 the open window is recorded once, at its end, with what was read before and after', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    await end(runs);
    expect(runs.told()).toEqual(['08:01 6/6']);
    await runs.clock.advance(12_000);
    await runs.start();
    expect(runs.told()).toEqual(['08:01 6/6']);
    await runs.clock.advance(MINUTE);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 5/6']);
    expect(runs.gaps()).toEqual([]);
    await runs.stop();
  });

  it('F39 a window that ended while it was stopped is closed at the start, and one gap marks the rest', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    await end(runs);
    await runs.clock.advance(5 * MINUTE);
    await runs.start();
    await runs.clock.advance(0);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 2/6']);
    expect(runs.gapsTold()).toEqual(['08:02 to 08:06 stopped']);
    await runs.clock.advance(MINUTE);
    expect(runs.told().slice(2)).toEqual(['08:07 4/6']);
    await runs.stop();
  });

  it('F39 a week later still: the window that was open when it ended is not forgotten', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    await end(runs);
    runs.clock.stall(7 * 24 * HOUR);
    await runs.start();
    await runs.clock.advance(0);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 2/6']);
    expect(runs.gapsTold()).toEqual(['08:02 to 2026-05-11 08:01 stopped']);
    await runs.stop();
  });

  it('an analyzer that a person paused stays paused, and has one gap mark for all of it', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    pause(runs, null);
    await runs.clock.advance(2 * MINUTE);
    for (let times = 0; times < 3; times += 1) {
      await end(runs);
      await runs.clock.advance(2 * MINUTE);
      await runs.start();
      await runs.clock.advance(MINUTE);
      expect(modeOf(runs)).toBe('paused');
    }
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'RESUME' } });
    await runs.clock.advance(MINUTE);
    expect(modeOf(runs)).toBe('running');
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 2/6', '08:13 4/6']);
    expect(runs.gapsTold()).toEqual(['08:01:25 to 08:12:25 paused']);
    await runs.stop();
  });

  it('a pause that ends by itself does so, in the next run too', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    pause(runs, runs.clock.now() + 3 * MINUTE);
    await runs.clock.advance(MINUTE);
    await end(runs);
    await runs.start();
    await runs.clock.advance(MINUTE);
    expect(modeOf(runs)).toBe('paused');
    await runs.clock.advance(MINUTE);
    expect(modeOf(runs)).toBe('running');
    expect(runs.gapsTold()).toEqual(['08:01:25 to 08:04:25 paused']);
    await runs.stop();
  });

  it('a pause that ended while it was stopped is over, and marked up to its end', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    pause(runs, runs.clock.now() + 3 * MINUTE);
    await runs.clock.advance(MINUTE);
    await end(runs);
    await runs.clock.advance(5 * MINUTE);
    await runs.start();
    await runs.clock.advance(MINUTE);
    expect(modeOf(runs)).toBe('running');
    expect(runs.gapsTold()).toEqual(['08:01:25 to 08:04:25 paused', '08:04:25 to 08:07 stopped']);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 2/6', '08:08 4/6']);
    // the next pause is one of its own
    pause(runs, null);
    const since = runs.clock.now();
    await runs.clock.advance(MINUTE);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'RESUME' } });
    await runs.clock.advance(1000);
    expect(runs.gapsTold().at(-1)).toBe(`${timeOf(since)} to ${timeOf(epochMs(since + MINUTE))} paused`);
    await runs.stop();
  });
});

describe('a stop', () => {
  it('makes no record', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 59_000);
    await runs.stop();
    expect(runs.told()).toEqual(['08:01 6/6']);
  });

  it('leaves nothing that runs', async () => {
    const runs = await createRuns({ analyzers, at });
    await runs.clock.advance(MINUTE + 25_000);
    await runs.stop();
    expect(runs.clock.pending()).toBe(0);
  });
});

describe('a recording interval that was changed between two runs', () => {
  const changed = (minutes: number) => [analyzerConfig({ readingMs: MINUTE, recordingMs: minutes * MINUTE })];
  const edges = (runs: Runs) => runs.records().map(({ start, end }) => `${timeOf(start)}-${timeOf(end)}`);

  it.each([
    ['longer', 15, 60, ['08:00-08:15', '08:15-08:30', '08:30-08:45', '08:45-09:00', '09:00-10:00']],
    ['shorter', 60, 15, ['08:00-09:00', '09:00-09:15', '09:15-09:30', '09:30-09:45', '09:45-10:00']],
    [
      'neither of which divides the other',
      4,
      6,
      [
        '08:00-08:04',
        '08:04-08:08',
        '08:08-08:12',
        '08:12-08:16',
        '08:16-08:20',
        '08:20-08:24',
        '08:24-08:30',
        '08:30-08:36',
      ],
    ],
  ])('takes effect at the next instant common to both: %s', async (_, before, after, expected) => {
    const runs = await createRuns({ analyzers: changed(before), at: '2026-05-04T07:00:00Z' });
    await runs.clock.advance(HOUR + 20 * MINUTE + 30_000);
    await runs.stop();
    await runs.clock.advance(MINUTE);
    await runs.start({ analyzers: changed(after) });
    await runs.clock.advance(10 * MINUTE);
    // it holds over another stop
    await runs.stop();
    await runs.start({ analyzers: changed(after) });
    await runs.clock.advance(2 * HOUR);
    expect(edges(runs).filter((edge) => edge >= '08:00')).toEqual(expect.arrayContaining(expected));
    const records = runs.records();
    expect(records.slice(1).map(({ start }) => start)).toEqual(records.slice(0, -1).map(({ end }) => end));
    await runs.stop();
  });

  it('closes the window that was open when it ended as it was', async () => {
    const runs = await createRuns({ analyzers: changed(15), at });
    await runs.clock.advance(20 * MINUTE);
    await runs.stop();
    await runs.clock.advance(3 * HOUR + 10 * MINUTE);
    await runs.start({ analyzers: changed(60) });
    await runs.clock.advance(HOUR);
    expect(edges(runs)).toEqual(['08:00-08:15', '08:15-08:30', '11:00-12:00']);
    expect(runs.gapsTold()).toEqual(['08:30 to 11:00 stopped']);
    await runs.stop();
  });
});

describe('auto_start=no', () => {
  it('reads nothing until it is told, and marks each stretch once however often it is started', async () => {
    const runs = await createRuns({ analyzers, at, devices: [deviceConfig()], autoStart: false });
    for (let times = 0; times < 3; times += 1) {
      await runs.clock.advance(5 * MINUTE);
      expect([modeOf(runs), runs.records(), runs.gaps()]).toEqual(['stopped', [], []]);
      await runs.stop();
      await runs.start();
    }
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'START' } });
    await runs.clock.advance(2 * MINUTE + 5000);
    expect(runs.told()).toHaveLength(2);
    await runs.stop();
    for (let times = 0; times < 3; times += 1) {
      await runs.clock.advance(5 * MINUTE);
      await runs.start();
      await runs.clock.advance(5 * MINUTE);
      await runs.stop();
    }
    expect(runs.told()).toEqual(['08:16 6/6', '08:17 6/6', '08:18 0/6']);
    expect(runs.gapsTold()).toEqual(['08:18 to 08:22 stopped', '08:22 to 08:32 stopped', '08:32 to 08:42 stopped']);
  });
});
