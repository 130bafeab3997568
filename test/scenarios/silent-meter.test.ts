import { describe, expect, it } from 'vitest';
import { deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND, untrue } from '../support/plant.ts';

/** Analyzer 1 is due at its instants, analyzer 2 a second later. */
const STAGGER_2 = 1000;

describe('F01 a meter that does not answer', () => {
  const analyzers = meters([1, 2]);

  it('F01 costs one retry, which is the short read of the resync, after the quiet window', async () => {
    const plant = await runScripted(analyzers);
    await plant.clock.advance(9 * SECOND);
    const known = plant.line.asked(1).length;
    plant.line.tamper(({ unit }) => (unit === 1 ? null : undefined));
    await plant.clock.advance(6 * SECOND);
    const due = plant.clock.mono() - 5 * SECOND;
    const asked = plant.line.asked(1).slice(known);
    const [block, resync, ...more] = asked.map((each) => ({ count: each.count, after: Math.round(each.at - due) }));
    expect(block?.after).toBeLessThanOrEqual(5);
    // the timeout of 1 s, a quiet window of another, and what the line itself takes
    expect(resync?.after).toBeGreaterThanOrEqual(2000);
    expect(resync?.after).toBeLessThanOrEqual(2050);
    expect(resync?.count).toBeLessThan(block!.count);
    expect(more).toEqual([]);
    expect(plant.outcomes(1).at(-1)).toEqual([10, 'LINE_TIMEOUT']);
    expect([plant.linkOf(1), plant.countsOf(1, 1).timeout]).toEqual(['failed', 2]);
    expect(plant.session(1).tally.failed).toBe(1);
  });

  it('F01 is probed after 2 s, without retry, and read again at the next instant', async () => {
    const plant = await runScripted(analyzers);
    await plant.clock.advance(9 * SECOND);
    plant.line.tamper(({ unit }) => (unit === 1 ? null : undefined));
    const failed = async () => {
      while (plant.linkOf(1) !== 'failed') await plant.clock.advance(10);
      return plant.clock.mono();
    };
    const at = await failed();
    const before = plant.line.asked(1).length;
    plant.line.tamper(null);
    await plant.clock.advance(1990);
    expect(plant.line.asked(1)).toHaveLength(before);
    await plant.clock.advance(20);
    const [probe] = plant.line.asked(1).slice(before);
    expect(probe!.at - at).toBeGreaterThanOrEqual(1990);
    await plant.clock.advance(SECOND);
    expect(plant.linkOf(1)).toBe('polling');
    await plant.clock.advance(10 * SECOND);
    expect(plant.outcomes(1).filter(([seconds]) => seconds >= 10)).toEqual([
      [10, 'LINE_TIMEOUT'],
      [20, 'good'],
    ]);
  });

  it('F01 leaves the window its other readings, and the other meter all of its own, on time', async () => {
    const plant = await runPlant([deviceConfig()], analyzers);
    await plant.clock.advance(19 * SECOND);
    plant.app.fault(1, 'silence', 6 * SECOND);
    await plant.clock.advance(MINUTE);
    const [record] = plant.records(1).filter(({ end }) => end > plant.start);
    expect(record).toMatchObject({ n: 5, expected: 6 });
    expect(plant.good(2).length).toBeGreaterThanOrEqual(7);
    // once the silent one holds the line for a timeout, not more: after it the other is asked, not the retry
    for (const { at, nominal } of plant.good(2)) expect(at - nominal - STAGGER_2).toBeLessThan(1100);
    for (const analyzer of analyzers) expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
  });

  it('F01 is told once, with what to do, and once more when it answers again', async () => {
    const plant = await runPlant([deviceConfig()], analyzers);
    await plant.clock.advance(9 * SECOND);
    plant.app.fault(1, 'silence', 20 * MINUTE);
    await plant.clock.advance(30 * MINUTE);
    const lines = [...plant.texts('warn'), ...plant.texts('info')].filter((text) =>
      /^analyzer 1 .*(not read|answers)/.test(text),
    );
    expect(lines).toEqual([
      expect.stringMatching(/is not read: unit 1 on .* did not answer .* check its address, its wiring and its power/),
      expect.stringMatching(/answers again/),
    ]);
    expect(plant.linkOf(1)).toBe('polling');
  });
});

describe('F19 one dead meter of 32', () => {
  const ids = Array.from({ length: 32 }, (_, n) => n + 1);
  const busy = meters(ids, { readingMs: 3 * SECOND, consultes: ['TPF', 'PAT'] });

  /** Good readings of the meters 2 to 32 in the two minutes after the first one. */
  async function goodReadings(dead: boolean) {
    const plant = await runPlant([deviceConfig()], busy);
    if (dead) plant.app.fault(1, 'silence', 60 * MINUTE);
    await plant.clock.advance(3 * MINUTE);
    const from = plant.start + MINUTE;
    const counts = ids.slice(1).map((id) => plant.good(id).filter(({ nominal }) => nominal > from).length);
    return { counts, total: counts.reduce((a, b) => a + b, 0), plant };
  }

  it('F19 costs the other 31 less than a tenth of their readings after a minute, on a busy line', async () => {
    const well = await goodReadings(false);
    const ill = await goodReadings(true);
    expect(well.total).toBeGreaterThan(31 * 15);
    expect(ill.total).toBeGreaterThan(0.9 * well.total);
    expect(Math.min(...ill.counts)).toBeGreaterThan(0.8 * Math.min(...well.counts));
    expect(ill.plant.linkOf(1)).toBe('failed');
    for (const id of [2, 17, 32]) expect(untrue(busy[id - 1]!, ill.plant.readings(id))).toEqual([]);
  });

  it('F19 P4 never touches another line', async () => {
    const here = meters([1, 2], { readingMs: SECOND });
    const there = meters([3, 4], { readingMs: SECOND, deviceId: 2 });
    const run = async (dead: boolean) => {
      const plant = await runPlant([deviceConfig(), deviceConfig({ id: 2 })], [...here, ...there]);
      if (dead) plant.app.fault(1, 'silence', 60 * MINUTE);
      await plant.clock.advance(MINUTE);
      return there.map(({ id }) => plant.readings(id));
    };
    expect(await run(true)).toEqual(await run(false));
  });
});
