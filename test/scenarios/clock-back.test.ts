import { describe, expect, it } from 'vitest';
import { analyzerConfig } from '../support/installation.ts';
import { createRuns, type Runs } from '../support/runs.ts';

const MINUTE = 60_000;
const analyzers = [analyzerConfig({ readingMs: 10_000 })];
const energies = (runs: Runs) => {
  const values = runs.store.written.flatMap(({ variables }) => variables.CEA?.values[0] ?? []);
  const deltas = runs.store.written.flatMap(({ variables }) => variables.CEA?.delta[0] ?? []);
  return { counted: (values.at(-1) ?? 0) - (values[0] ?? 0), summed: deltas.reduce((a, b) => a + b, 0), deltas };
};
const identities = (runs: Runs) => runs.store.written.map(({ end, generation }) => `${end}/${generation}`);

describe('a wall clock that is put back', () => {
  it('F49 by an hour: the hour is recorded again in the next generation, from what was read then', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(4 * MINUTE + 35_000);
    runs.set('2026-05-04T08:01:35Z');
    await runs.clock.advance(3 * MINUTE + 30_000);
    expect(
      runs.store.written.map(({ end, generation, n }) => [new Date(end).toISOString().slice(14, 16), generation, n]),
    ).toEqual([
      ['01', 0, 6],
      ['02', 0, 6],
      ['03', 0, 6],
      ['04', 0, 6],
      ['05', 0, 3],
      ['02', 1, 2],
      ['03', 1, 6],
      ['04', 1, 6],
      ['05', 1, 6],
    ]);
    const { counted, summed, deltas } = energies(runs);
    expect(summed).toBeCloseTo(counted, 6);
    expect(deltas.every((delta) => delta >= 0)).toBe(true);
    await runs.stop();
  });

  it('F49 while an analyzer is paused: what it read the first time is not recorded again', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(3 * MINUTE + 5000);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until: null } });
    runs.set('2026-05-04T08:00:05Z');
    await runs.clock.advance(5 * MINUTE);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 6/6', '08:03 6/6']);
    await runs.stop();
  });

  it('F49 within the open window: it stays one window, and its counters do not seem to fall', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE + 45_000);
    runs.set('2026-05-04T08:01:12Z');
    await runs.clock.advance(10_000);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until: null } });
    await runs.clock.advance(MINUTE);
    expect(runs.told()).toEqual(['08:01 6/6', '08:02 4/6']);
    expect(runs.store.written.at(-1)?.variables.CEA?.flags).toEqual([]);
    await runs.stop();
  });

  it('F49 back to 1970 and right again, over stops and kills: every identity once, every window closed', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(MINUTE + 25_000);
    await runs.stop();
    runs.set('1970-01-01T00:00:30Z');
    await runs.start();
    await runs.clock.advance(MINUTE + 45_000);
    runs.kill();
    await runs.clock.advance(MINUTE);
    await runs.start();
    await runs.clock.advance(30_000);
    runs.set('2026-05-04T08:10:05Z');
    await runs.clock.advance(MINUTE);
    await runs.stop();
    expect(new Set(identities(runs)).size).toBe(runs.store.written.length);
    expect(runs.told()).toEqual([
      '1970-01-01 00:01 3/6',
      '1970-01-01 00:02 6/6',
      '1970-01-01 00:03 1/6',
      '1970-01-01 00:04 3/6',
      '08:01 6/6',
      '08:02 2/6',
      '08:11 6/6',
    ]);
    expect(runs.gapsTold()).toEqual(['08:02 to 08:10 clock']);
    const { counted, summed } = energies(runs);
    expect(summed).toBeCloseTo(counted, 6);
  });

  it('F49 while it was stopped: what ended is closed, and time that comes again is another generation', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(3 * MINUTE + 25_000);
    await runs.stop();
    runs.set('2026-05-04T08:01:30Z');
    await runs.start();
    await runs.clock.advance(25_000);
    runs.kill();
    await runs.start();
    await runs.clock.advance(2 * MINUTE + 15_000);
    expect(runs.told()).toEqual([
      '08:01 6/6',
      '08:02 6/6',
      '08:02.1 3/6',
      '08:03 6/6',
      '08:03.1 6/6',
      '08:04 2/6',
      '08:04.1 6/6',
    ]);
    await runs.stop();
  });

  it('F49 killed just when the clock had been put back: the window that it left is recorded', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    await runs.clock.advance(3 * MINUTE + 25_000);
    runs.set('2026-05-04T08:00:30Z');
    runs.kill();
    await runs.start();
    await runs.clock.advance(0);
    expect(runs.told().at(-1)).toBe('08:04 2/6');
    await runs.stop();
  });

  it('F49 put back just before a stop, when nobody had looked at the clock: the next start sees it', async () => {
    const runs = await createRuns({ analyzers, at: '2026-05-04T08:00:00Z' });
    // readings of a time that has not come yet tell nothing of where the last run ended
    runs.set('2026-05-05T08:00:00Z');
    await runs.clock.advance(30_000);
    runs.set('2026-05-04T08:00:00Z');
    await runs.clock.advance(2 * MINUTE + 25_000);
    runs.set('2026-05-04T07:58:35Z');
    await runs.stop();
    await runs.start();
    await runs.clock.advance(4 * MINUTE + 30_000);
    expect(runs.told().filter((text) => text.startsWith('08'))).toEqual([
      '08:00 6/6',
      '08:01 5/6',
      '08:01.1 6/6',
      '08:02 6/6',
      '08:02.1 6/6',
      '08:03 2/6',
      '08:03.1 6/6',
    ]);
    await runs.stop();
  });

  it('F49 a clock earlier than this release is said to be untrusted, and when it is trusted again', async () => {
    const runs = await createRuns({ analyzers, at: '1970-01-01T00:00:00Z' });
    await runs.clock.advance(MINUTE);
    const said = () => runs.texts().filter((text) => text.startsWith('clock'));
    expect(said()).toEqual([expect.stringMatching(/^clock untrusted: .* \(it says 1970-01-01 01:00:00\)/)]);
    runs.set('2026-05-04T08:00:00Z');
    await runs.clock.advance(11_000);
    expect(said()).toHaveLength(2);
    expect(said()[1]).toMatch(/^clock trusted again/);
    await runs.stop();
  });
});
