import { epochMs } from '../../src/domain/units.ts';
import type { Usage } from '../../src/tariff/charges/context.ts';
import type { Contract } from '../../src/tariff/contract.ts';
import { type EnergyRecord, seriesOf } from '../../src/tariff/energy-series.ts';
import { SPANISH_HOLIDAYS, spanishPeriods } from '../../src/tariff/spain.ts';
import { zoneOffset } from '../../src/zone.ts';

export const HOUR_MS = 3_600_000;
export const MADRID = zoneOffset('Europe/Madrid');
const SIX = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6'] as const;

/** One number for each of six periods. */
export const six = (...values: readonly number[]) =>
  Object.fromEntries(SIX.map((period, index) => [period, values[index] ?? values.at(-1) ?? 0]));

/** A 3.0TD in the Balearics; every price is invented, and round so that bills can be worked out by hand. */
export function contract(change: Partial<Contract> = {}): Contract {
  return {
    ...{ name: 'school', about: 'invented', tariff: '3.0TD', territory: 'baleares', timezone: 'Europe/Madrid' },
    currency: 'EUR',
    energyPeriods: spanishPeriods('3.0TD', 'baleares', 'energy'),
    powerPeriods: spanishPeriods('3.0TD', 'baleares', 'power'),
    holidays: SPANISH_HOLIDAYS,
    contractedKw: [{ from: '2025-01-01', kw: six(30) }],
    energyPrices: [{ from: '2025-01-01', perKwh: six(0.2, 0.18, 0.16, 0.14, 0.12, 0.1) }],
    hourlyPrices: null,
    powerPrices: [{ from: '2025-01-01', perKwYear: six(36.5, 18.25, 7.3, 7.3, 3.65, 3.65) }],
    powerYear: 365,
    excess: [{ from: '2025-01-01', rule: 'maximeter', perKw: six(2) }],
    reactive: [
      {
        ...{ from: '2025-01-01', free: 0.33, periods: ['P1', 'P2', 'P3', 'P4', 'P5'] },
        bands: [
          { from: 0.95, below: 1.01, perKvarh: 0 },
          { from: 0.8, below: 0.95, perKvarh: 0.041554 },
          { from: 0, below: 0.8, perKvarh: 0.062332 },
        ],
      },
    ],
    ...{ surplus: [], fees: [], discounts: [], co2: [] },
    rental: [{ from: '2025-01-01', perDay: 0.05 }],
    electricityTax: [{ from: '2025-01-01', percent: 5.11269632 }],
    vat: [{ from: '2025-01-01', percent: 21 }],
    none: [],
    ...change,
  };
}

/** Quarter hours from one local date to another, of so many kW each by a counter without gaps. */
export function quarters(from: string, to: string, kwAt: (end: number) => number): readonly EnergyRecord[] {
  const at = (date: string) => {
    const wall = Date.parse(`${date}T00:00:00Z`);
    return wall - MADRID(epochMs(wall - HOUR_MS));
  };
  const made: EnergyRecord[] = [];
  for (let start = at(from); start < at(to); start += HOUR_MS / 4) {
    const end = start + HOUR_MS / 4;
    const kw = kwAt(end);
    made.push({
      ...{ start: epochMs(start), end: epochMs(end), kw },
      counter: { from: epochMs(start), to: epochMs(end), kwh: kw / 4 },
    });
  }
  return made;
}

type Change = Partial<Omit<Usage, 'imported' | 'exported' | 'reactive'>> & {
  readonly exported?: readonly EnergyRecord[] | null;
  readonly reactive?: readonly EnergyRecord[] | null;
};
const packed = (records: readonly EnergyRecord[] | null) => (records === null ? null : seriesOf(records));

export function usage(imported: readonly EnergyRecord[], { exported = null, reactive, ...change }: Change = {}): Usage {
  const none = imported.map((each) => ({ ...each, counter: null, kw: 0 }));
  const demand = imported.map(({ end, kw }) => ({ end, kw: kw ?? 0 }));
  return {
    imported: seriesOf(imported),
    exported: packed(exported),
    reactive: packed(reactive === undefined ? none : reactive),
    demand,
    ...change,
  };
}
