import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { watchLag } from '../../src/lag-watch.ts';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { HOUR, meters, runPlant } from '../support/plant.ts';
import { createRuns } from '../support/runs.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('a process that stands still', () => {
  it.each([
    'rtu',
    'tcp',
    'cvm',
  ] as const)('F53 for 5 s, over %s: it is said, and no meter is blamed', async (protocol) => {
    const model = protocol === 'cvm' ? { model: 'CVMk', consultes: ['TPF', 'PAT'] } : {};
    const runs = await createRuns({
      devices: [deviceConfig({ endpoint: simulated(protocol) })],
      analyzers: [1, 2, 3].map((id) => analyzerConfig({ id, readingMs: 2000, ...model })),
      at: '2026-05-04T08:00:00Z',
    });
    const lag = watchLag(runs.clock, runs.now().log);
    await runs.clock.advance(10_000);
    for (let block = 0; block < 40; block += 1) {
      // somewhere within a request, an answer, or between two
      await runs.clock.advance(1900 + 37 * block);
      runs.clock.stall(5000);
    }
    await runs.clock.advance(10_000);
    const counts = runs.now().contextOf('device:1').desk.counts as Record<number, Record<string, number>>;
    expect(Object.values(counts).flatMap((each) => [each.timeout ?? 0, each.late ?? 0])).toEqual(
      Object.values(counts).flatMap(() => [0, 0]),
    );
    const { readings } = runs.store;
    const all = [1, 2, 3].flatMap((id) => readings(id, epochMs(0), epochMs(1e15)));
    expect(all.filter(({ failure }) => failure?.code === 'LINE_TIMEOUT')).toEqual([]);
    expect(lag.worstMs()).toBeGreaterThan(3000);
    expect(runs.texts().filter((text) => /^nothing could run for [45]\.\d s/.test(text)).length).toBeGreaterThan(30);
    lag.stop();
    await runs.stop();
  });

  it('F53 through whole windows: the one that was open is recorded, and those that passed are a gap', async () => {
    const runs = await createRuns({ analyzers: [analyzerConfig({ readingMs: 10_000 })], at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE + 35_000);
    runs.clock.stall(5 * MINUTE);
    await runs.clock.advance(MINUTE);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 3/6', '08:07 4/6']);
    expect(runs.gapsTold()).toEqual(['08:02 to 08:06 clock']);
    await runs.stop();
  });
});

describe('a wait longer than timers can do', () => {
  it('F56 a pause of 60 days ends after 60 days', async () => {
    const analyzers = [analyzerConfig({ readingMs: 60 * MINUTE, recordingMs: 60 * MINUTE })];
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE);
    const until = epochMs(runs.clock.now() + 60 * DAY);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until } });
    const modes: string[] = [];
    for (let days = 0; days < 60; days += 10) {
      runs.clock.stall(days === 50 ? 10 * DAY - MINUTE - 2000 : 10 * DAY - MINUTE);
      await runs.clock.advance(MINUTE);
      modes.push(runs.now().contextOf('analyzer:1').mode);
    }
    expect(modes).toEqual(Array.from({ length: 6 }, () => 'paused'));
    await runs.clock.advance(2000);
    expect(runs.now().contextOf('analyzer:1').mode).toBe('running');
    expect(
      runs
        .gaps()
        .filter(({ cause }) => cause === 'paused')
        .map(({ from, to }) => to - from),
    ).toEqual([60 * DAY]);
    await runs.stop();
  });

  it('F56 a pause lasts no longer because the wall clock was put back meanwhile, and is told of once', async () => {
    const plant = await runPlant([deviceConfig()], meters([1]));
    await plant.clock.advance(MINUTE);
    plant.app.operator.pause({ kind: 'analyzer', id: 1 }, 600);
    await plant.clock.advance(5 * MINUTE);
    plant.clock.setWall(epochMs(plant.start - HOUR));
    await plant.clock.advance(4 * MINUTE);
    expect(plant.linkOf(1)).toBe('paused');
    const view = plant.app.operator.analyzer(1);
    expect(view.ok && view.data.pausedUntil).toBe('2026-05-04T09:05:00.000+02:00');
    const why = plant.app.operator.why({ kind: 'analyzer', id: 1 });
    expect(why.ok && why.data.changes.filter(({ state }) => state === 'paused')).toHaveLength(1);
    await plant.clock.advance(MINUTE + 5000);
    expect(plant.linkOf(1)).toBe('polling');
    expect(plant.state.read().paused).toEqual({});
    await plant.stop();
  });

  it('F56 a pause ends by the wall clock, though that was put forward meanwhile', async () => {
    const runs = await createRuns({ analyzers: [analyzerConfig({ readingMs: 10_000 })], at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE);
    const until = epochMs(runs.clock.now() + 40 * DAY);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until } });
    await runs.clock.advance(MINUTE);
    runs.clock.setWall(epochMs(until + 1));
    await runs.clock.advance(MINUTE + 1000);
    expect(runs.now().contextOf('analyzer:1').mode).toBe('running');
    await runs.stop();
  });
});
