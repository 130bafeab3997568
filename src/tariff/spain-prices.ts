import type { Contract } from './contract.ts';

/**
 * Regulated prices of inductive reactive energy (EUR/kvarh) of 3.0TD and 6.xTD: beyond a third of the active energy of
 * each period but P6. Source: CNMC resolutions as two suppliers print them (0.041554 from cos phi 0.80 to 0.95,
 * 0.062332 below). Other regulated prices are not shipped: their sources are uncertain.
 */
export const SPANISH_REACTIVE: Contract['reactive'] = [
  {
    from: '2021-06-01',
    free: 0.33,
    periods: ['P1', 'P2', 'P3', 'P4', 'P5'],
    bands: [
      { from: 0.95, below: 2, perKvarh: 0 },
      { from: 0.8, below: 0.95, perKvarh: 0.041554 },
      { from: 0, below: 0.8, perKvarh: 0.062332 },
    ],
  },
];
