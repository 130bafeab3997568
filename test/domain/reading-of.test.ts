import { describe, expect, it } from 'vitest';
import { decodeBlocks, decodeExponents, decodeTexts } from '../../src/domain/decode.ts';
import type { BlockAnswer } from '../../src/domain/meter.ts';
import type { Block } from '../../src/domain/plan.ts';
import { failedReading } from '../../src/domain/reading-of.ts';
import { at, reading, words } from '../support/answers.ts';
import { START } from '../support/fake-meter.ts';
import { cvmRegister, profileOf, registerAt, variableOf } from '../support/profile.ts';

const knownScales = {
  meter: {
    identity: { profileId: 'test', text: '', at: START, splits: [], refused: [], base: 0 },
    ...{ exponents: { sf: 3 }, exponentsAt: START, plan: { blocks: [] }, rapidPlan: null, once: [] },
  },
};

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

  it('that hold a scale count for the whole reading, also when they say that it is not available', () => {
    const other = words(101, [50], ['s']);
    expect(reading(profile, [block(0), other], { result: {} }).values.s).toEqual([50]);
    const result = { ...knownScales, answered: [block(0x8000), other] };
    expect(reading(profile, [], { result }).values.s).toEqual([null]);
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

  it('dates a counter of several values by the last of their blocks', () => {
    const two = { ...profile, variables: [variableOf('CEA', ['a', 'c'], { aggregate: 'counter' })] };
    const made = reading(two, [words(3, [99], ['c'], 40), words(1, [10], ['a'], 3)], { spec: { consultes: ['CEA'] } });
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
