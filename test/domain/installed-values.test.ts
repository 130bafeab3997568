import { describe, expect, it } from 'vitest';
import type { MeterSpec } from '../../src/domain/meter.ts';
import type { Phase, Quantity, Register } from '../../src/domain/profile.ts';
import { reading, words } from '../support/answers.ts';
import { profileOf, registerAt, variableOf } from '../support/profile.ts';

describe('how the installation changes values', () => {
  const quantities: readonly Quantity[] = [
    'voltage',
    'current',
    'activePower',
    'reactivePower',
    'powerFactor',
    'frequency',
    'activeEnergyImport',
    'activeEnergyExport',
    'activeEnergyTotal',
    'apparentEnergy',
  ];
  const registers = quantities.map((quantity, n): Register => registerAt(quantity, n, { quantity }));
  const profile = profileOf(registers);
  const answer = [
    words(
      0,
      quantities.map((_, n) => n + 1),
      quantities,
    ),
  ];

  it('an external current transformer multiplies whatever has a current in it', () => {
    const { values } = reading(profile, answer, { spec: { ratio: 20 } });
    expect(quantities.map((each) => values[each]?.[0])).toEqual([1, 40, 60, 80, 5, 6, 140, 160, 180, 200]);
  });

  it('transformers mounted backwards turn powers round and exchange import and export', () => {
    const { values, flags } = reading(profile, answer, { spec: { invert: true } });
    expect(quantities.map((each) => values[each]?.[0])).toEqual([1, 2, -3, -4, 5, 6, 8, 7, 9, 10]);
    expect(flags).toEqual({});
  });

  it('an energy without its opposite is missing: what its register counts is the other one', () => {
    const lone = profileOf(registers.filter(({ quantity }) => quantity !== 'activeEnergyExport'));
    const { values, flags, counterAt } = reading(lone, answer, { spec: { invert: true } });
    expect(values.activeEnergyImport).toEqual([null]);
    expect(flags).toEqual({});
    expect(counterAt).toEqual({});
    const { values: asMounted } = reading(lone, answer);
    expect(asMounted.activeEnergyImport).toEqual([7]);
  });

  it('the second of several is exchanged with the second of the other direction, and an odd one is missing', () => {
    const energy = (id: string, n: number, quantity: Quantity, unit = 'kWh') => registerAt(id, n, { quantity, unit });
    const tariffs = profileOf([
      energy('i1', 0, 'activeEnergyImport'),
      energy('i2', 1, 'activeEnergyImport'),
      energy('i3', 2, 'activeEnergyImport'),
      energy('other', 3, 'activeEnergyExport', 'MWh'),
      energy('e1', 4, 'activeEnergyExport'),
      energy('e2', 5, 'activeEnergyExport'),
    ]);
    const ids = tariffs.registers.map(({ id }) => id);
    const { values } = reading(tariffs, [words(0, [1, 2, 3, 40, 10, 20], ids)], { spec: { invert: true } });
    expect(values).toEqual({ i1: [10], i2: [20], i3: [null], other: [null], e1: [1], e2: [2] });
  });

  it('a phase is exchanged with the same phase', () => {
    const ofPhase = (id: string, n: number, quantity: Quantity, phase: Phase) => registerAt(id, n, { quantity, phase });
    const phased = profileOf([
      ofPhase('i1', 0, 'activeEnergyImport', 'L1'),
      ofPhase('i2', 1, 'activeEnergyImport', 'L2'),
      ofPhase('e2', 2, 'activeEnergyExport', 'L2'),
      ofPhase('e1', 3, 'activeEnergyExport', 'L1'),
    ]);
    const { values } = reading(phased, [words(0, [1, 2, 3, 4], ['i1', 'i2', 'e2', 'e1'])], { spec: { invert: true } });
    expect(values).toEqual({ i1: [4], i2: [3], e2: [2], e1: [1] });
  });

  it('a power of 0 turned round is 0', () => {
    const { values } = reading(profile, [words(2, [0], ['activePower'])], { spec: { invert: true } });
    expect(Object.is(values.activePower?.[0], 0)).toBe(true);
  });
});

describe('F23 doubts', () => {
  const phases = ['L1', 'L2', 'L3'] as const;
  const registers = [
    ...phases.map((phase, n) => registerAt(`v${phase}`, n, { quantity: 'voltage', phase, unit: 'V' })),
    ...phases.map((phase, n) => registerAt(`i${phase}`, 3 + n, { quantity: 'current', phase, unit: 'A', scale: 0.1 })),
    registerAt('p', 6, { quantity: 'activePower', unit: 'kW', scale: 0.1, source: { type: 'i16' } }),
    registerAt('f', 7, { quantity: 'frequency', unit: 'Hz', valid: [45, 65] }),
    registerAt('pL1', 8, { quantity: 'activePower', phase: 'L1', unit: 'kW', scale: 0.1 }),
    registerAt('vLL', 9, { quantity: 'voltageLL', phase: 'L12', unit: 'V' }),
  ];
  const profile = profileOf(registers, {
    variables: [
      variableOf('TPF', ['vL1', 'vL2', 'vL3']),
      variableOf('PAT', ['p']),
      variableOf('FRE', ['f']),
      variableOf('PAF', ['pL1']),
      variableOf('TFF', ['vLL']),
      variableOf('IPF', ['iL1', 'iL2', 'iL3']),
    ],
  });
  const ids = registers.map(({ id }) => id);
  /** 230 V, 10 A each: 6.9 kVA. */
  const good = [230, 230, 230, 100, 100, 100, 65, 50, 22, 400];
  const flags = (
    changed: Readonly<Record<number, number>>,
    spec: Partial<MeterSpec> = { nominalV: 230 },
    without: readonly string[] = [],
  ) => {
    const values = good.map((value, n) => changed[n] ?? value);
    return reading(
      profile,
      [
        words(
          0,
          values,
          ids.filter((id) => !without.includes(id)),
        ),
      ],
      { spec },
    ).flags;
  };

  it('there are none about what fits', () => {
    expect(flags({})).toEqual({});
  });

  it.each([
    { what: 'a voltage of 114 V', changed: { 1: 114 }, found: { TPF: ['implausible'] } },
    { what: 'a voltage of 346 V', changed: { 2: 346, 6: 65 }, found: { TPF: ['implausible'] } },
    { what: 'a voltage of 115 V', changed: { 1: 115 }, found: {} },
    { what: 'phase to phase, 190 V', changed: { 9: 190 }, found: { TFF: ['implausible'] } },
    { what: 'a frequency of 66 Hz', changed: { 7: 66 }, found: { FRE: ['implausible'] } },
    { what: 'more power than V x A', changed: { 6: 78 }, found: { PAT: ['inconsistent'] } },
    { what: 'as much less than nothing', changed: { 6: 0xffff - 78 }, found: { PAT: ['inconsistent'] } },
    { what: 'within a tenth and the steps', changed: { 6: 76 }, found: {} },
    { what: 'more in one phase', changed: { 8: 27 }, found: { PAF: ['inconsistent'] } },
  ])('$what: $found', ({ changed, found }) => {
    expect(flags(changed)).toEqual(found);
  });

  it('are not about maxima and minima, nor are these compared with what is now', () => {
    const then = [
      registerAt('vL1max', 10, { quantity: 'voltage', phase: 'L1', unit: 'V' }),
      registerAt('pMax', 11, { quantity: 'activePower', unit: 'kW', scale: 0.1 }),
    ];
    const last = { aggregate: 'last' } as const;
    const variables = [...profile.variables, variableOf('VMX', ['vL1max'], last), variableOf('PMX', ['pMax'], last)];
    // the maxima come first, as they might in a profile
    const whole = profileOf([...then, ...registers], { variables });
    const now = [...good.slice(0, 6), 78, ...good.slice(7), 900, 690];
    const found = reading(whole, [words(0, now, [...ids, 'vL1max', 'pMax'])], { spec: { nominalV: 230 } }).flags;
    expect(found).toEqual({ PAT: ['inconsistent'] });
  });

  it('keep the value', () => {
    const { values } = reading(profile, [words(0, [...good.slice(0, 6), 900, 50, 22, 400], ids)], {
      spec: { nominalV: 230 },
    });
    expect(values.PAT).toEqual([90]);
  });

  it('need to be told the nominal voltage, and all voltages and currents', () => {
    expect(flags({ 1: 114 }, { nominalV: null })).toEqual({});
    expect(flags({ 6: 900 }, { nominalV: 230 }, ['iL3'])).toEqual({});
  });

  it('are about what the meter said, whatever the external ratio', () => {
    expect(flags({}, { nominalV: 230, ratio: 100, invert: true })).toEqual({});
  });

  it('do not come from currents too small for their own steps', () => {
    expect(flags({ 3: 0, 4: 0, 5: 0, 6: 1, 8: 0 })).toEqual({});
  });
});
