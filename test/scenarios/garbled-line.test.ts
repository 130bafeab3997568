import { describe, expect, it } from 'vitest';
import { analyzerConfig, deviceConfig, simulated } from '../support/installation.ts';
import { flipped } from '../support/modbus-frames.ts';
import { MINUTE, meters, runPlant, runScripted, SECOND, untrue } from '../support/plant.ts';

const garbage = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 151 + 40) & 0xff);

describe('F04 answers with a wrong sum', () => {
  it('F04 are asked for again; counted for the meter; no reading is lost, and none is wrong', async () => {
    const analyzers = meters([1, 2], { readingMs: 2 * SECOND });
    const plant = await runScripted(analyzers);
    await plant.clock.advance(1500);
    plant.line.tamper(({ unit, n }, frame) => (unit === 1 && n % 10 === 0 ? flipped(frame, 4, 3) : undefined));
    await plant.clock.advance(2 * MINUTE);
    const wrong = plant.line.asked(1).filter(({ n }) => n % 10 === 0).length;
    expect(wrong).toBeGreaterThan(10);
    expect(plant.countsOf(1, 1)).toMatchObject({ crc: expect.any(Number) });
    expect(Math.abs(plant.countsOf(1, 1).crc - wrong)).toBeLessThanOrEqual(1);
    expect(plant.countsOf(1, 2).crc).toBeUndefined();
    for (const analyzer of analyzers) {
      expect(plant.outcomes(analyzer.id).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
      expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
    }
    expect(plant.texts('warn')).toEqual([]);
  });

  it('F04 that never end fail the meter, and the other one is read on time', async () => {
    const analyzers = meters([1, 2], { readingMs: 2 * SECOND });
    const plant = await runPlant([deviceConfig()], analyzers);
    await plant.clock.advance(5 * SECOND);
    plant.app.fault(1, 'crc', MINUTE);
    await plant.clock.advance(30 * SECOND);
    expect([plant.linkOf(1), plant.session(1).failure.code]).toEqual(['failed', 'FRAME_CRC']);
    expect(plant.session(1).tally.failed).toBeGreaterThan(10);
    expect(plant.outcomes(2).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.linkOf(1)).toBe('polling');
    expect(untrue(analyzers[0]!, plant.readings(1))).toEqual([]);
  });
});

describe('F08 an adapter that hears what it sends', () => {
  it('F08 costs nothing, and is told once, with the wiring to look at', async () => {
    const analyzers = meters([1, 2], { readingMs: 2 * SECOND });
    const plant = await runPlant([deviceConfig()], analyzers);
    for (const { id } of analyzers) plant.app.fault(id, 'echo', 60 * MINUTE);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.log.matching(/echo: adapter wiring/)).toMatchObject([{ level: 'warn', facts: { device: 1 } }]);
    expect(plant.contextOf('device:1').desk.hints.given).toEqual(['echo']);
    for (const analyzer of analyzers) {
      expect(plant.good(analyzer.id).length).toBeGreaterThan(55);
      expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
    }
  });
});

describe('F13 wrong baud or parity', () => {
  it.each([
    { what: 'bytes that make no sense', bytes: (frame: Uint8Array) => garbage(frame.length) },
    { what: 'answers whose sums are wrong', bytes: (frame: Uint8Array) => flipped(frame, frame.length - 3) },
    { what: 'answers that break off', bytes: (frame: Uint8Array) => frame.subarray(0, frame.length - 2) },
  ])('F13 $what from every unit: told once with the remedy, nothing stored, nothing ends', async ({ bytes }) => {
    const plant = await runScripted(meters([1, 2]));
    plant.line.tamper((_, frame) => bytes(frame));
    await plant.clock.advance(30 * MINUTE);
    expect(plant.log.matching(/check baud and parity/)).toMatchObject([
      { level: 'warn', text: expect.stringContaining('19200 8E1'), facts: { device: 1 } },
    ]);
    for (const id of [1, 2]) {
      expect(plant.good(id)).toEqual([]);
      expect(plant.linkOf(id)).toBe('failed');
    }
    // one line for each meter that is not read, and the hint
    const told = plant.texts('warn').filter((text) => !/is recorded until/.test(text));
    expect(told.length).toBeLessThanOrEqual(5);
    await plant.stop();
    expect(plant.app.root.getSnapshot().status).toBe('done');
  });

  it('F13 is not suspected where one meter of the line is understood', async () => {
    const plant = await runScripted(meters([1, 2]));
    plant.line.tamper(({ unit }, frame) => (unit === 1 ? garbage(frame.length) : undefined));
    await plant.clock.advance(30 * MINUTE);
    expect(plant.log.matching(/check baud and parity/)).toEqual([]);
    expect(plant.linkOf(2)).toBe('polling');
  });

  it('F13 is understood as soon as the settings are right', async () => {
    const plant = await runScripted(meters([1]));
    plant.line.tamper((_, frame) => garbage(frame.length));
    await plant.clock.advance(MINUTE);
    plant.line.tamper(null);
    await plant.clock.advance(2 * MINUTE);
    expect(plant.outcomes(1).at(-1)?.[1]).toBe('good');
  });
});

describe('F20 an ASCII line with rubbish on it', () => {
  it('F20 gives no wrong value, and reads again when it is clean', async () => {
    const analyzers = [1, 2].map((id) =>
      analyzerConfig({ id, model: 'CVMk', readingMs: 5 * SECOND, consultes: ['TPF', 'COR', 'PAT'] }),
    );
    const plant = await runPlant([deviceConfig({ endpoint: simulated('cvm', 9600) })], analyzers);
    await plant.clock.advance(12 * SECOND);
    plant.app.fault(1, 'noise', MINUTE);
    plant.app.fault(2, 'truncated', MINUTE);
    await plant.clock.advance(MINUTE);
    plant.app.fault(1, 'late', MINUTE);
    plant.app.fault(2, 'crc', MINUTE);
    await plant.clock.advance(10 * MINUTE);
    for (const analyzer of analyzers) {
      expect(untrue(analyzer, plant.readings(analyzer.id))).toEqual([]);
      expect(plant.outcomes(analyzer.id).at(-1)?.[1]).toBe('good');
    }
  });
});
