import { describe, expect, it } from 'vitest';
import { MINUTE, meters, runScripted, SECOND, untrue } from '../support/plant.ts';
import { ANSWER_MS, refusal } from '../support/scripted-line.ts';

/** PM710: total active power. */
const POWER = 4005;

describe('F10 a meter that refuses registers', () => {
  it.each([
    1, 2, 3,
  ])('F10 exception 0%i: the register is named, the rest is read, it is not asked each cycle', async (exception) => {
    const [analyzer] = meters([1], { consultes: ['TPF', 'PAT'] });
    const plant = await runScripted([analyzer!]);
    plant.line.tamper(({ function: fn, address, count }, _, request) =>
      fn === 3 && address <= POWER && POWER < address + count ? refusal(request, exception) : undefined,
    );
    await plant.clock.advance(2 * MINUTE);
    const before = plant.line
      .asked(1)
      .filter(({ address, count }) => address <= POWER && POWER < address + count).length;
    await plant.clock.advance(5 * MINUTE);
    const after = plant.line
      .asked(1)
      .filter(({ address, count }) => address <= POWER && POWER < address + count).length;
    expect(after).toBe(before);
    const last = plant.readings(1).at(-1);
    expect(last?.values.PAT).toEqual([null]);
    expect(last?.values.TPF?.every((value) => value !== null)).toBe(true);
    expect(plant.session(1).meter.identity.refused).toEqual([expect.any(String)]);
    expect(untrue(analyzer!, plant.readings(1))).toEqual([]);
    const said = [...plant.texts('warn'), ...plant.readings(1).map(({ failure }) => failure?.message ?? '')].join('\n');
    expect(said).toMatch(new RegExp(`register ${POWER + 1}\\)?.*exception 0${exception}, illegal`));
  });
});

describe('F11 a meter that is busy', () => {
  it.each([4, 6])('F11 exception 0%i now and then costs a retry, no reading', async (exception) => {
    const analyzers = meters([1, 2], { readingMs: 2 * SECOND });
    const plant = await runScripted(analyzers);
    plant.line.tamper(({ unit, n }, _, request) =>
      unit === 1 && n % 9 === 0 ? refusal(request, exception) : undefined,
    );
    await plant.clock.advance(2 * MINUTE);
    expect(plant.countsOf(1, 1).busy).toBeGreaterThan(10);
    for (const { id } of analyzers) {
      expect(plant.outcomes(id).filter(([second, what]) => second > 2 && what !== 'good')).toEqual([]);
    }
  });

  it('F11 that stays busy is asked no more than twice a cycle, and is read when it is done', async () => {
    const plant = await runScripted(meters([1]));
    await plant.clock.advance(5 * SECOND);
    const before = plant.line.asked(1).length;
    plant.line.tamper((_, __, request) => refusal(request, 6));
    await plant.clock.advance(2 * MINUTE);
    const blocks = plant.session(1).meter?.plan.blocks.length ?? 3;
    expect(plant.line.asked(1).length - before).toBeLessThanOrEqual(12 * 2 * blocks + 2);
    expect(plant.outcomes(1).at(-1)?.[1]).toBe('DEVICE_BUSY');
    plant.line.tamper(null);
    await plant.clock.advance(MINUTE);
    expect(plant.outcomes(1).at(-1)?.[1]).toBe('good');
  });
});

describe('F37 a gateway that answers slowly that a meter does not answer', () => {
  it('F37 backs off from that meter only: the others behind the same socket are read', async () => {
    const analyzers = meters([1, 2, 3], { readingMs: 2 * SECOND });
    const plant = await runScripted(analyzers, { framing: 'mbap' });
    await plant.clock.advance(5 * SECOND);
    const opened = plant.line.counts.opens;
    plant.line.tamper(({ unit }, _, request) =>
      unit === 2 ? [{ afterMs: 900, bytes: refusal(request, 11, 'mbap') }] : undefined,
    );
    await plant.clock.advance(5 * MINUTE);
    expect(plant.linkOf(2)).toBe('failed');
    expect(plant.session(2).attempt).toBeGreaterThan(5);
    expect(plant.session(2).failure.message).toContain('gateway target did not respond');
    expect(plant.line.counts.opens).toBe(opened);
    // probes of the last minutes: one in each step of the back-off
    const lately = plant.line.asked(2).filter(({ at }) => at > plant.clock.mono() - 2 * MINUTE);
    expect(lately.length).toBeLessThanOrEqual(2);
    for (const id of [1, 3]) {
      const good = plant.good(id).filter(({ nominal }) => nominal > plant.start + MINUTE);
      expect(good.length).toBeGreaterThan(110);
      expect(Math.max(...good.slice(60).map(({ at, nominal }) => at - nominal))).toBeLessThan(2 * SECOND + ANSWER_MS);
    }
    plant.line.tamper(null);
    await plant.clock.advance(6 * MINUTE);
    expect(plant.linkOf(2)).toBe('polling');
  });
});
