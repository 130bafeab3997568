import { describe, expect, it } from 'vitest';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND, untrue } from '../support/plant.ts';
import { withWord } from '../support/scripted-line.ts';

const model = (name: string, consultes: readonly string[], nominalV: number | null = null) =>
  analyzerConfig({ model: name, readingMs: 5 * SECOND, consultes, nominalV });

describe('values that are none', () => {
  const floats = model('SDM630', ['TPF', 'PAT']);

  it.each([
    { what: 'NaN', words: [0x7fc0, 0] },
    { what: 'infinity', words: [0x7f80, 0] },
    { what: 'minus infinity', words: [0xff80, 0] },
  ])('F21 $what is missing, never 0, and not averaged', async ({ words }) => {
    const plant = await runScripted([floats]);
    await plant.clock.advance(28 * SECOND);
    plant.line.tamper((asked, frame) => (asked.function === 4 ? withWord(asked, frame, 2, ...words) : frame));
    await plant.clock.advance(37 * SECOND);
    const [record] = plant.records(1).filter(({ end }) => end > plant.start);
    expect(record).toMatchObject({ n: 12, expected: 12 });
    expect(record?.variables.TPF?.n).toEqual([12, 5, 12]);
    expect(record?.variables.TPF?.min[1]).toBeGreaterThan(200);
    expect(plant.good(1).at(-1)?.values.TPF?.[1]).toBeNull();
    expect(untrue(floats, plant.readings(1))).toEqual([]);
  });

  it('F22 what the map marks as not available is missing', async () => {
    const [power, overflow] = [40, 0x7fff];
    const analyzer = model('EM340', ['TPF', 'PAT']);
    const plant = await runScripted([analyzer]);
    // low word first: the high one says that it is no value
    plant.line.tamper((asked, frame) =>
      asked.function === 4 ? withWord(asked, frame, power, 0xffff, overflow) : frame,
    );
    await plant.clock.advance(MINUTE + 5 * SECOND);
    const [record] = plant.records(1).filter(({ end }) => end > plant.start);
    expect(record?.variables.PAT).toMatchObject({ values: [null], n: [0], expected: 12 });
    expect(record?.variables.TPF?.n).toEqual([12, 12, 12]);
  });

  it('F23 words in the wrong order are kept and flagged', async () => {
    const analyzer = model('EM340', ['TPF', 'PAT'], 230);
    const plant = await runScripted([analyzer]);
    plant.line.tamper((asked, frame) => (asked.function === 4 ? withWord(asked, frame, 0, 0, 2301) : frame));
    await plant.clock.advance(20 * SECOND);
    const last = plant.good(1).at(-1);
    expect(last?.values.TPF?.[0]).toBeCloseTo(2301 * 65_536 * 0.1, 0);
    expect(last?.flags).toEqual({ TPF: ['implausible'] });
  });
});

describe('counters that do not only count', () => {
  /** PM710: u32 at 3999, its power of ten is -3. */
  const COUNTER = 3999;
  const deltas = (plant: Awaited<ReturnType<typeof runScripted>>) =>
    plant
      .records(1)
      .filter(({ end }) => end > plant.start)
      .map(({ variables }) => [variables.CEA?.delta[0] ?? null, ...(variables.CEA?.flags ?? [])]);

  it('F24 one that begins anew at its end has counted on', async () => {
    const plant = await runScripted(meters([1], { consultes: ['TPF', 'CEA'] }));
    let raw = 2 ** 32 - 40;
    plant.line.tamper((asked, frame) => {
      const counter = raw % 2 ** 32;
      return asked.function === 3
        ? withWord(asked, frame, COUNTER, Math.floor(counter / 65_536), counter % 65_536)
        : frame;
    });
    for (let n = 0; n < 30; n += 1) {
      await plant.clock.advance(10 * SECOND);
      raw += 2;
    }
    const found = deltas(plant);
    expect(found.filter(([, ...flags]) => flags.includes('wrap'))).toHaveLength(1);
    expect(plant.log.matching(/end of the range of the counter: CEA from [\d.]+ to [\d.]+;/)).toHaveLength(1);
    for (const [delta] of found.slice(1)) expect(delta).toBeCloseTo(0.012, 6);
  });

  it('F25 one that falls begins a new segment, without a negative or lifetime difference, and is told', async () => {
    const analyzers = meters([1], { consultes: ['TPF', 'CEA'] });
    const plant = await runPlant([deviceConfig()], analyzers);
    await plant.clock.advance(2 * MINUTE + 30 * SECOND);
    plant.app.fault(1, 'jump', SECOND);
    await plant.clock.advance(4 * MINUTE);
    const counters = plant.records(1).map(({ variables }) => variables.CEA);
    const differences = counters.flatMap((counter) => counter?.delta[0] ?? []);
    expect(differences.length).toBeGreaterThan(3);
    for (const each of differences) expect(each >= 0 && each < 1).toBe(true);
    expect(counters.filter((counter) => counter?.flags.includes('reset'))).toHaveLength(1);
    expect(plant.log.matching(/^analyzer 1 .*: fell: CEA from [\d.]+ to [\d.]+; the meter was reset/)).toHaveLength(1);
  });

  it('F26 a 0 between right values is no value to count from', async () => {
    const analyzers = meters([1], { consultes: ['TPF', 'CEA'] });
    const plant = await runScripted(analyzers);
    await plant.clock.advance(2 * MINUTE + 35 * SECOND);
    plant.line.tamper((asked, frame) => (asked.function === 3 ? withWord(asked, frame, COUNTER, 0, 0) : frame));
    await plant.clock.advance(10 * SECOND);
    plant.line.tamper(null);
    await plant.clock.advance(4 * MINUTE);
    expect(plant.good(1).filter(({ values }) => values.CEA?.[0] === 0)).toHaveLength(1);
    const counters = plant.records(1).map(({ variables }) => variables.CEA);
    const flags = counters.flatMap((counter) => counter?.flags ?? []);
    expect(flags.filter((flag) => flag !== 'first')).toEqual(['zeroIgnored']);
    const total = counters.flatMap((counter) => counter?.delta[0] ?? []).reduce((a, b) => a + b, 0);
    const [first, last] = [counters[0], counters.at(-1)].map((counter) => counter?.values[0] ?? Number.NaN);
    expect(total).toBeCloseTo(last! - first!, 6);
  });
});

describe('F31 a meter that answers now and then', () => {
  it('F31 has its mean with how many readings of how many are behind it', async () => {
    const analyzers = meters([1], { readingMs: 2 * SECOND });
    const plant = await runPlant([deviceConfig()], analyzers);
    for (let n = 0; n < 9; n += 1) {
      plant.app.fault(1, 'silence', 3 * SECOND);
      await plant.clock.advance(40 * SECOND);
    }
    await plant.clock.advance(5 * SECOND);
    const records = plant.records(1).filter(({ end }) => end > plant.start);
    expect(records).toHaveLength(6);
    for (const record of records) {
      const due = plant.readings(1).filter(({ nominal }) => nominal > record.start && nominal <= record.end);
      expect(due).toHaveLength(30);
      // of a reading that failed on its way, what was read before counts
      const partly = due.filter(({ values }) =>
        Object.values(values)
          .flat()
          .some((value) => value !== null),
      );
      expect(record).toMatchObject({ n: partly.length, expected: 30 });
      const read = due.filter(({ values }) => (values.PAT?.[0] ?? null) !== null);
      expect(record.variables.PAT?.n).toEqual([read.length]);
      expect(record.n).toBeLessThan(30);
      expect(record.n).toBeGreaterThan(15);
      const mean = read.reduce((sum, { values }) => sum + (values.PAT?.[0] ?? Number.NaN), 0) / read.length;
      expect(record.variables.PAT?.values[0]).toBeCloseTo(mean, 6);
    }
    expect(untrue(analyzers[0]!, plant.readings(1))).toEqual([]);
  });
});
