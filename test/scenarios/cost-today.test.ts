import { describe, expect, it } from 'vitest';
import { analyzerConfig, deviceConfig } from '../support/installation.ts';
import { runApp } from '../support/running-app.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { contract, six } from '../tariff/contracts.ts';

const MINUTE = 60_000;
const FLAT = contract({
  energyPrices: [{ from: '2025-01-01', perKwh: six(0.2) }],
  electricityTax: [{ from: '2025-01-01', percent: 10 }],
  vat: [{ from: '2025-01-01', percent: 50 }],
});
/** 0.2 x 1.1 x 1.5. */
const PER_KWH = 0.33;
const devices = [deviceConfig()];
const priced = analyzerConfig({ id: 1, tariff: 'flat' });
const unpriced = analyzerConfig({ id: 2 });

const todayOf = (running: Awaited<ReturnType<typeof runApp>>, id: number) => {
  const answered = running.app.operator.analyzer(id);
  return answered.ok ? answered.data.today : null;
};

describe('what the energy of today costs', () => {
  it('is in the view of an analyzer with a contract, with its taxes, also after a restart', async () => {
    const contracts = new Map([['flat', FLAT]]);
    const running = await runApp({ devices, analyzers: [priced, unpriced], contracts });
    await running.clock.advance(5 * MINUTE);
    const { energyKwh, cost } = todayOf(running, 1) ?? {};
    expect(energyKwh).toBeGreaterThan(0);
    expect(cost).toBeCloseTo((energyKwh ?? 0) * PER_KWH, 9);
    expect(todayOf(running, 2)).toMatchObject({ cost: null });
    await running.stop();
    const { clock, store } = running;
    const again = await runApp({ devices, analyzers: [priced, unpriced], contracts, clock, store });
    await clock.advance(MINUTE);
    const after = todayOf(again, 1);
    expect(after?.energyKwh).toBeGreaterThanOrEqual(energyKwh ?? Number.NaN);
    expect(after?.cost).toBeCloseTo((after?.energyKwh ?? 0) * PER_KWH, 9);
    await again.stop();
  });

  it('is not known of the day on which a reload brought the contract', async () => {
    // five minutes before midnight in Madrid
    const clock = createSteppedClock(Date.UTC(2026, 4, 4, 21, 55));
    const running = await runApp({ devices, analyzers: [unpriced], clock });
    await running.clock.advance(2 * MINUTE);
    await running.reload({ analyzers: [{ ...unpriced, tariff: 'flat' }], contracts: new Map([['flat', FLAT]]) });
    await running.clock.advance(2 * MINUTE);
    expect(todayOf(running, 2)).toMatchObject({ cost: null });
    await running.clock.advance(6 * MINUTE);
    const { energyKwh, cost } = todayOf(running, 2) ?? {};
    expect(energyKwh).toBeGreaterThan(0);
    expect(cost).toBeCloseTo((energyKwh ?? Number.NaN) * PER_KWH, 6);
    await running.stop();
  });

  it('stays known where a reload finds no contract that can be read: that of before counts on', async () => {
    const contracts = new Map([['flat', FLAT]]);
    const running = await runApp({ devices, analyzers: [priced], contracts });
    await running.clock.advance(2 * MINUTE);
    await running.reload({ analyzers: [priced], contracts: new Map() });
    await running.clock.advance(2 * MINUTE);
    const { energyKwh, cost } = todayOf(running, 1) ?? {};
    expect(cost).toBeCloseTo((energyKwh ?? Number.NaN) * PER_KWH, 9);
    await running.stop();
  });
});
