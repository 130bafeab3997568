import { describe, expect, it } from 'vitest';
import { createSchool } from '../../../drivers/simulated/school.ts';
import { createSupply } from '../../../drivers/simulated/supply.ts';
import type { Phase, Quantity } from '../../../src/domain/profile.ts';
import { epochMs } from '../../../src/domain/units.ts';

const PHASES = ['L1', 'L2', 'L3'] as const;
const supplyOf = (phases: 1 | 3) =>
  createSupply(createSchool({ seed: 5, peakWatts: 30_000, phases, offsetAt: () => 7_200_000 }), 5);
const supply = supplyOf(3);
const INSTANTS = [2, 7, 11.5, 14, 18.75].map((hour) => epochMs(Date.UTC(2026, 4, 5) + hour * 3_600_000));
const at = (now: number) => (quantity: Quantity, phase: Phase) => supply.measure(quantity, phase, epochMs(now)) ?? NaN;

describe.each(INSTANTS)('the electricity behind a meter at %i', (now) => {
  const value = at(now);

  it('is consistent: P = V x I x PF in each phase', () => {
    for (const phase of PHASES) {
      const product = value('voltage', phase) * value('current', phase) * value('powerFactor', phase);
      expect(product / value('activePower', phase)).toBeCloseTo(1, 9);
    }
  });

  it('sums up: the phases to the total, active and reactive to apparent', () => {
    for (const quantity of ['activePower', 'reactivePower', 'activeEnergyImport', 'reactiveEnergyImport'] as const) {
      const sum = PHASES.reduce((total, phase) => total + value(quantity, phase), 0);
      expect(sum / value(quantity, 'total')).toBeCloseTo(1, 9);
    }
    const apparent = Math.hypot(value('activePower', 'total'), value('reactivePower', 'total'));
    expect(value('apparentPower', 'total')).toBeCloseTo(apparent, 6);
    expect(value('powerFactor', 'total')).toBeCloseTo(value('activePower', 'total') / apparent, 9);
  });

  it('is believable', () => {
    for (const phase of PHASES) {
      expect(value('voltage', phase)).toBeGreaterThan(222);
      expect(value('voltage', phase)).toBeLessThan(237);
      expect(value('powerFactor', phase)).toBeGreaterThan(0.8);
      expect(value('powerFactor', phase)).toBeLessThan(1);
      expect(value('thdVoltage', phase)).toBeLessThan(4);
      expect(value('thdCurrent', phase)).toBeGreaterThan(3);
    }
    expect(value('voltageLL', 'L12') / value('voltage', 'avg')).toBeCloseTo(Math.sqrt(3), 1);
    expect(value('current', 'N')).toBeLessThan(value('current', 'avg'));
    expect(value('current', 'N')).toBeGreaterThan(0);
    expect(Math.abs(value('frequency', 'total') - 50)).toBeLessThan(0.05);
    expect(value('activeEnergyExport', 'total')).toBe(0);
  });

  it('demands the mean of the last quarter of an hour', () => {
    const past = at(now - 900_000);
    const used = value('activeEnergyImport', 'total') - past('activeEnergyImport', 'total');
    expect(value('activePowerDemand', 'total')).toBeCloseTo(used * 4, 6);
    expect(value('activePowerDemandMax', 'total')).toBeGreaterThan(value('activePowerDemand', 'total'));
  });
});

it('one phase has nothing in the others', () => {
  const single = supplyOf(1);
  const now = INSTANTS[2]!;
  expect(single.measure('current', 'L2', now)).toBeNull();
  expect(single.measure('activePower', 'total', now)).toBe(single.measure('activePower', 'L1', now));
  expect(single.measure('voltage', 'total', now)).toBe(single.measure('voltage', 'L1', now));
});

it('every quantity stays below the limit by which registers are chosen', () => {
  const quantities: readonly Quantity[] = ['current', 'activePower', 'apparentPower', 'voltage', 'voltageLL'];
  for (let hour = 0; hour < 24 * 7; hour += 0.31) {
    const now = epochMs(Date.UTC(2026, 0, 12) + hour * 3_600_000);
    for (const quantity of quantities) {
      for (const phase of [...PHASES, 'total', 'avg'] as const) {
        const value = supply.measure(quantity, phase, now) ?? 0;
        if (value > (supply.limit(quantity, phase) ?? 0)) expect(value, `${quantity} ${phase} ${now}`).toBe('less');
      }
    }
  }
});
