import { describe, expect, it } from 'vitest';
import { decodeBlocks, decodeExponents, decodeTexts } from '../../src/domain/decode.ts';
import type { BlockAnswer, MeterSpec, ReadResult } from '../../src/domain/meter.ts';
import type { Block } from '../../src/domain/plan.ts';
import type { Profile, Quantity, Register } from '../../src/domain/profile.ts';
import { failedReading, readingOf } from '../../src/domain/reading-of.ts';
import { NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import { epochMs } from '../../src/domain/units.ts';
import { START } from '../support/fake-meter.ts';
import { cvmRegister, profileOf, registerAt, specOf, variableOf } from '../support/profile.ts';

const at = (ms: number) => epochMs(START + ms);
const words = (address: number, values: readonly number[], registers: readonly string[], ms = 0): BlockAnswer => ({
  block: { kind: 'registers', function: 3, address, count: values.length, registers },
  answer: { kind: 'words', words: values, at: at(ms), tookMs: 20 },
});
const resultOf = (profile: Profile, answered: readonly BlockAnswer[], own: Partial<ReadResult> = {}): ReadResult => ({
  answered,
  failure: null,
  lost: false,
  meter: {
    identity: { profileId: profile.id, text: '', at: START, ...NOTHING_LEARNT },
    exponents: {},
    exponentsAt: START,
    plan: { blocks: [] },
    rapidPlan: null,
    once: [],
  },
  ...own,
});
const reading = (
  profile: Profile,
  answered: readonly BlockAnswer[],
  o: {
    readonly spec?: Partial<MeterSpec>;
    readonly result?: Partial<ReadResult>;
    readonly grid?: 'normal' | 'rapid';
  } = {},
) =>
  readingOf({
    spec: specOf(profile, o.spec),
    nominal: START,
    at: at(7),
    grid: o.grid ?? 'normal',
    result: resultOf(profile, answered, o.result),
  });

describe('answers as values', () => {
  const profile = profileOf([
    registerAt('v', 100, { scale: 0.1 }),
    registerAt('s', 101, { exponentRegister: 'sf' }),
    registerAt('sf', 102, { source: { type: 'i16' }, missing: ['0x8000'] }),
    registerAt('name', 103, { source: { type: 'text', words: 2 } }),
  ]);
  const block = (sf: number) => words(99, [0, 2301, 50, sf, 0x504d, 0x3700], ['v', 's', 'name'], 3);

  it('take each register from its place, and the instant of their block', () => {
    const decoded = decodeBlocks(profile, [block(0)], {});
    expect(decoded.get('v')).toEqual({ value: 230.1, raw: 2301, at: at(3) });
    expect(decoded.get('name')).toEqual({ value: null, raw: 'PM7', at: at(3) });
    expect([...decodeTexts(profile, [block(0)])]).toEqual([['name', 'PM7']]);
  });

  it('are scaled by the scale register of the same answer, before a remembered one', () => {
    expect(decodeBlocks(profile, [block(0xffff)], { sf: 3 }).get('s')?.value).toBe(5);
    expect(decodeBlocks(profile, [block(0x8000)], { sf: 3 }).get('s')?.value).toBeNull();
    expect(decodeBlocks(profile, [words(101, [50], ['s'])], { sf: 3 }).get('s')?.value).toBe(50_000);
    expect(decodeBlocks(profile, [words(101, [50], ['s'])], {}).get('s')?.value).toBeNull();
    expect(decodeExponents(profile, [block(2)], 0)).toEqual({ sf: 2 });
  });

  it('F12 are missing where the answer is not as long as its block', () => {
    const short: BlockAnswer = { ...words(100, [2301, 50], ['v']), block: { ...block(0).block } as Block };
    expect(decodeBlocks(profile, [short], {}).get('v')?.value).toBeNull();
  });

  it('lie at the base of a map that moves', () => {
    const moving = { ...profile, discovery: { kind: 'sunspec', models: [203] } } as const;
    expect(decodeBlocks(moving, [words(40_100, [2301], ['v'])], {}, 40_000).get('v')?.value).toBe(230.1);
    expect(decodeBlocks(profile, [words(100, [2301], ['v'])], {}, 40_000).get('v')?.value).toBe(230.1);
  });

  it('of a CVM meter are the fields of an answer of exactly its length', () => {
    const registers = [
      cvmRegister('a', 'RAI', 0, { exponentRegister: 'unit', scale: 0.001 }),
      cvmRegister('b', 'RAI', 1),
      cvmRegister('unit', 'RAL', 0, { scale: 3, source: { digits: 2 } }),
    ];
    const cvm = profileOf(registers, { protocol: 'cvm' });
    const answer = (text: string): BlockAnswer => ({
      block: { kind: 'cvm', command: 'RAI', length: 18, registers: ['a', 'b'] },
      answer: { kind: 'text', text, at: START, tookMs: 9 },
    });
    const decoded = decodeBlocks(cvm, [answer('    12500 -0000007')], { unit: 0 });
    expect([decoded.get('a')?.value, decoded.get('b')?.value]).toEqual([12.5, -7]);
    expect(decodeBlocks(cvm, [answer('000012500')], { unit: 0 }).get('a')?.value).toBeNull();
    const ral: BlockAnswer = {
      block: { kind: 'cvm', command: 'RAL', length: 244, registers: ['unit'] },
      answer: { kind: 'text', text: `${'0'.repeat(240)}0100`, at: START, tookMs: 9 },
    };
    expect(decodeExponents(cvm, [ral], 0)).toEqual({ unit: 3 });
  });
});

describe('a reading', () => {
  const profile = profileOf(
    [registerAt('a', 1), registerAt('b', 2), registerAt('c', 3), registerAt('k', 4, { quantity: 'ratio' })],
    {
      variables: [
        variableOf('TPF', ['b', 'a']),
        variableOf('CEA', ['c'], { aggregate: 'counter' }),
        variableOf('RAT', ['k']),
        variableOf('HMU', ['a']),
        variableOf('VSO', ['c']),
      ],
      status: ['HMU'],
      once: ['VSO'],
    },
  );
  const codes = { consultes: ['TPF', 'CEA', 'RAT'] };

  it('has a list per code in the order of the profile, the status too, and null for what was not read', () => {
    const made = reading(profile, [words(1, [10, 20], ['a', 'b'])], { spec: codes });
    expect(made).toEqual({
      analyzerId: 1,
      nominal: START,
      at: at(7),
      values: { TPF: [20, 10], CEA: [null], RAT: [null], HMU: [10] },
      counterAt: {},
      flags: {},
      ratio: null,
      failure: null,
      grid: 'normal',
    });
  });

  it('of the rapid grid has the rapid codes alone', () => {
    const made = reading(profile, [words(1, [10, 20], ['a', 'b'])], {
      spec: { ...codes, rapidConsultes: ['TPF'] },
      grid: 'rapid',
    });
    expect(made).toMatchObject({ values: { TPF: [20, 10] }, grid: 'rapid' });
    expect(Object.keys(made.values)).toEqual(['TPF']);
  });

  it('says when the block of a counter was asked', () => {
    const made = reading(profile, [words(1, [10], ['a'], 3), words(3, [99], ['c'], 40)], { spec: codes });
    expect(made.counterAt).toEqual({ CEA: at(40) });
  });

  it('F29 carries the ratio that the meter told in this very reading', () => {
    expect(reading(profile, [words(4, [40], ['k'])], { spec: codes }).ratio).toBe(40);
    expect(reading(profile, [words(1, [40], ['a'])], { spec: codes }).ratio).toBeNull();
  });

  it('keeps what was read when something failed; without any answer it has no values', () => {
    const failure = { code: 'LINE_TIMEOUT', message: 'no answer', facts: { quietMs: 5 } } as const;
    const partly = reading(profile, [words(1, [10, 20], ['a', 'b'])], { spec: codes, result: { failure, lost: true } });
    expect(partly).toMatchObject({
      values: { TPF: [20, 10] },
      failure: { code: 'LINE_TIMEOUT', message: 'no answer' },
    });
    expect(reading(profile, [], { spec: codes, result: { failure } }).values).toEqual({});
    expect(failedReading(3, START, 'rapid', failure)).toMatchObject({
      analyzerId: 3,
      at: START,
      grid: 'rapid',
      values: {},
      failure: { code: 'LINE_TIMEOUT', message: 'no answer' },
    });
  });
});

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

  it('an energy without its opposite stays, and is flagged', () => {
    const lone = profileOf(registers.filter(({ quantity }) => quantity !== 'activeEnergyExport'));
    const { values, flags } = reading(lone, answer, { spec: { invert: true } });
    expect(values.activeEnergyImport).toEqual([7]);
    expect(flags).toEqual({ activeEnergyImport: ['inconsistent'] });
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
