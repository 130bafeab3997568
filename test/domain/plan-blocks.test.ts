import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan.ts';
import { isBlockDoubtful, planBlocks, planBytes, planMeter, planMs } from '../../src/domain/plan-blocks.ts';
import type { Profile, Register } from '../../src/domain/profile.ts';
import { type Learnt, NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import { cvmRegister, PACE, profileOf, registerAt, variableOf } from '../support/profile.ts';

const names = ({ blocks }: Plan) =>
  blocks.map((block) => (block.kind === 'cvm' ? block.command : `${block.function}:${block.address}+${block.count}`));

/** A map with one-word registers at these addresses, and one far below whose count is the reserved one. */
const mapOf = (addresses: readonly number[], limits: Partial<Profile['limits']> = {}, own: Partial<Profile> = {}) => {
  const registers = addresses.map((address) => registerAt(`r${address}`, address));
  const profile = profileOf(registers, own);
  return { ...profile, limits: { ...profile.limits, ...limits }, ...own };
};
const every = (profile: Profile): readonly string[] => profile.variables.map(({ code }) => code);
const plan = (profile: Profile, codes = every(profile), learnt: Partial<Learnt> = {}) =>
  planBlocks({ profile, codes, withStatus: true, pace: PACE, identity: { ...NOTHING_LEARNT, ...learnt } });

const UNUSED = { reserved: { kind: 'registers', function: 3, address: 0, count: 99 } } as const;

describe('blocks', () => {
  it.each([
    { gap: 14, blocks: ['3:100+18'] },
    { gap: 15, blocks: ['3:100+2', '3:116+3'] },
  ])('at 19200 with 5 ms a hole of $gap registers gives $blocks', ({ gap, blocks }) => {
    const second = 100 + 2 + gap;
    const profile = mapOf([100, 101, second, second + 1], { holes: 'legal' }, UNUSED);
    const made = plan(profile);
    expect(made.blocks).toHaveLength(blocks.length);
    expect(names(made)).toEqual(blocks);
  });

  it('over TCP, where a request costs its way alone, fewer requests are better whatever they carry', () => {
    const profile = mapOf([100, 180], { holes: 'legal' }, UNUSED);
    const pace = { charMs: 0, silenceMs: 0, turnaroundMs: 0 };
    const made = planBlocks({ profile, codes: every(profile), withStatus: true, pace, identity: NOTHING_LEARNT });
    expect(names(made)).toEqual(['3:100+81']);
  });

  it.each([
    { holes: 'legal', blocks: ['3:100+5'] },
    { holes: 'unknown', blocks: ['3:100+5'] },
    { holes: 'illegal', blocks: ['3:100+1', '3:102+3'] },
  ] as const)('$holes holes: $blocks', ({ holes, blocks }) => {
    const profile = mapOf([100, 102, 103, 104], { holes }, UNUSED);
    expect(names(plan(profile))).toEqual(blocks);
  });

  it('reads over registers that nobody wants like over holes that are legal', () => {
    const profile = mapOf([100, 101, 102], { holes: 'illegal' }, UNUSED);
    expect(names(plan(profile, ['r100', 'r102']))).toEqual(['3:100+3']);
  });

  it('never reads over what the map does not have, where that is illegal', () => {
    const profile = mapOf([100, 102, 103], { holes: 'illegal' }, UNUSED);
    expect(names(plan(profile))).toEqual(['3:100+1', '3:102+2']);
  });

  it('never asks for more registers than the meter allows, and cuts where that costs least', () => {
    const addresses = Array.from({ length: 30 }, (_, n) => 100 + n);
    const made = plan(mapOf(addresses, { registersMax: 16 }, UNUSED));
    const counts = made.blocks.map((block) => (block.kind === 'registers' ? block.count : 0));
    expect(Math.max(...counts)).toBeLessThanOrEqual(16);
    expect(counts).toHaveLength(2);
    expect(new Set(counts).size).toBe(2);
  });

  it('parts a block where it was learnt to, and leaves refused registers out', () => {
    const profile = mapOf([100, 101, 102, 103, 104], { holes: 'legal' }, UNUSED);
    expect(names(plan(profile, every(profile), { splits: [102] }))).toEqual(['3:100+2', '3:102+3']);
    expect(names(plan(profile, every(profile), { refused: ['r101'] }))).toEqual(['3:100+1', '3:102+3']);
    expect(names(plan(profile, every(profile), { refused: ['r104'] }))).toEqual(['3:100+4']);
  });

  it('is not parted by what was learnt of the other function', () => {
    const four = { function: 4 } as const;
    const wide = registerAt('w', 101, { source: { ...four, type: 'u64' } });
    const profile = profileOf([registerAt('a', 100, { source: four }), wide], UNUSED);
    expect(names(plan(profile, ['a', 'w'], { splits: [104] }))).toEqual(['4:100+5']);
  });

  it('asks the status after the others, wherever it lies', () => {
    const profile = mapOf([10, 200, 201], {}, { ...UNUSED, status: ['r10'] });
    expect(names(plan(profile, ['r200', 'r201']))).toEqual(['3:200+2', '3:10+1']);
    expect(
      names(planBlocks({ profile, codes: ['r200'], withStatus: false, pace: PACE, identity: NOTHING_LEARNT })),
    ).toEqual(['3:200+1']);
  });

  it('moves a map with discovery to its base, the reserved read too', () => {
    const discovery = { kind: 'sunspec', models: [203] } as const;
    const profile = mapOf(
      [0, 5, 40],
      {},
      { discovery, reserved: { kind: 'registers', function: 3, address: 0, count: 9 } },
    );
    expect(names(plan(profile, ['r5'], { base: 40_069 }))).toEqual(['3:40074+1']);
  });
});

describe('counts', () => {
  const codes = ['a', 'b'];
  const reserved = { kind: 'registers', function: 3, address: 0, count: 1 } as const;
  const pairOf = (neighbours: readonly Register[], own: Partial<Profile> = {}) => {
    const source = { type: 'u32' } as const;
    const registers = [
      registerAt('z', 0),
      registerAt('y', 1),
      registerAt('a', 100, { source }),
      registerAt('b', 200, { source }),
      ...neighbours,
    ];
    return profileOf(registers, { reserved, ...own });
  };

  it('a block grows over a neighbour of the map', () => {
    expect(names(plan(pairOf([registerAt('c', 202)]), codes))).toEqual(['3:100+2', '3:200+3']);
    expect(names(plan(pairOf([registerAt('c', 199)]), codes))).toEqual(['3:100+2', '3:199+3']);
  });

  it('a block grows by whole registers, in steps that the meter knows', () => {
    const wide = registerAt('c', 202, { source: { type: 'u64' } });
    expect(names(plan(pairOf([wide]), codes))).toEqual(['3:100+2', '3:200+6']);
    const two = pairOf([registerAt('c', 202), registerAt('d', 203)], {
      limits: { registersMax: 125, step: 2, holes: 'illegal', timeoutMs: null },
    });
    expect(names(plan(two, codes))).toEqual(['3:100+2', '3:200+4']);
  });

  it('a block is parted where nothing lets it grow', () => {
    const registers = [0, 1, 100, 101, 102, 103, 104, 200, 201, 202, 203, 204].map((at) => registerAt(`r${at}`, at));
    const limits = { registersMax: 5, step: 1, holes: 'illegal', timeoutMs: null } as const;
    const made = plan(
      profileOf(registers, { reserved, limits }),
      registers.slice(2).map(({ id }) => id),
    );
    const counts = made.blocks.map((block) => (block.kind === 'registers' ? block.count : 0));
    expect([...counts].sort()).toEqual([2, 3, 5]);
  });

  it('where the meter leaves no other way the reserved read goes around one of two', () => {
    const made = plan(pairOf([]), codes);
    expect(names(made)).toEqual(['3:0+1', '3:100+2', '3:0+1', '3:200+2']);
    expect(made.blocks.map((block) => block.registers)).toEqual([[], ['a'], [], ['b']]);
  });

  it('a register that only the reserved count fits is not asked, and said to be so', () => {
    const plans = planMeter({
      profile: profileOf([registerAt('z', 0), registerAt('a', 100)], { reserved }),
      consultes: ['a'],
      rapidConsultes: [],
      withStatus: true,
      invert: false,
      pace: PACE,
      identity: NOTHING_LEARNT,
    });
    expect(plans.normal.blocks).toEqual([]);
    expect(plans.unplannable).toEqual(['a']);
  });

  it('the plans of a meter differ from each other too, but for what is the same request', () => {
    const registers = Array.from({ length: 60 }, (_, n) =>
      registerAt(`r${n}`, 100 + n, n > 50 ? { quantity: 'scaleExponent' } : { exponentRegister: 'r55' }),
    );
    const profile = profileOf(registers, {
      reserved: { kind: 'registers', function: 3, address: 100, count: 3 },
      signature: { register: 'r30', range: [0, 1] },
      once: ['r40', 'r41'],
      status: ['r50'],
    });
    const { normal, rapid, exponents, signature, once } = planMeter({
      profile,
      consultes: ['r1', 'r2'],
      rapidConsultes: ['r1', 'r2'],
      withStatus: true,
      invert: false,
      pace: PACE,
      identity: NOTHING_LEARNT,
    });
    expect(names(rapid)).toEqual([names(normal)[0]]);
    const all = [normal, exponents, signature, once].flatMap(({ blocks }) => blocks);
    const counts = all.map((block) => (block.kind === 'registers' ? block.count : 0));
    expect(new Set(counts).size).toBe(counts.length);
    expect(counts).not.toContain(3);
  });

  it('growing over a hole that may be refused makes a block doubtful', () => {
    const limits = { registersMax: 125, step: 1, holes: 'unknown', timeoutMs: null } as const;
    const profile = pairOf([registerAt('end', 300)], { limits });
    const made = plan(profile, codes);
    expect(names(made)).toEqual(['3:100+2', '3:200+3']);
    expect(made.blocks.map((block) => isBlockDoubtful(block, profile, NOTHING_LEARNT))).toEqual([false, true]);
  });
});

describe('commands of a CVM meter', () => {
  const fields = (command: string, count: number, digits = 9) =>
    Array.from({ length: count }, (_, n) => cvmRegister(`${command}${n}`, command, n, { source: { digits } }));
  const registers = [...fields('RVI', 4), ...fields('RAI', 4), ...fields('RFI', 4, 3), ...fields('RAL', 1, 2)];
  const profile = profileOf(registers, {
    protocol: 'cvm',
    reserved: { kind: 'cvm', command: 'VER', length: null },
    variables: ['RVI', 'RAI', 'RFI', 'RAL'].map((command) => variableOf(command, [`${command}0`])),
  });

  it('are one block each, as long as the whole answer although one field is wanted', () => {
    const { blocks } = plan(profile, ['RFI', 'RVI']);
    expect(blocks).toEqual([
      { kind: 'cvm', command: 'RFI', length: 12, registers: ['RFI0'] },
      { kind: 'cvm', command: 'RVI', length: 36, registers: ['RVI0'] },
    ]);
    expect(plan(profile, ['RAL']).blocks[0]).toMatchObject({ command: 'RAL', length: 244 });
  });

  it('are ordered so that neighbours differ in length', () => {
    expect(names(plan(profile, ['RVI', 'RAI', 'RFI', 'RAL']))).toEqual(['RVI', 'RFI', 'RAI', 'RAL']);
  });
});

describe('the time of a plan', () => {
  it('PM710, 52 registers and 3 of status: 96 ms at 19200 8E1 and 5 ms, and each gap counts', () => {
    const blocks = [52, 3].map(
      (count) => ({ kind: 'registers', function: 3, address: 0, count, registers: [] }) as const,
    );
    expect(planMs({ blocks }, PACE, 0)).toBeCloseTo(95.9, 1);
    expect(planMs({ blocks }, PACE, 25)).toBeCloseTo(145.9, 1);
    expect(planBytes({ blocks })).toBe(13 + 104 + 13 + 6);
  });

  it('of CVM commands counts the VER between answers of one length', () => {
    const block = (command: string, length: number) => ({ kind: 'cvm', command, length, registers: [] }) as const;
    const pace = { charMs: 1, silenceMs: 0, turnaroundMs: 0 };
    expect(planMs({ blocks: [block('RVI', 36), block('RFI', 12)] }, pace, 0)).toBe(2 * 15 + 36 + 12);
    expect(planMs({ blocks: [block('RVI', 36), block('RAI', 36)] }, pace, 0)).toBe(2 * (15 + 36) + 2 * (15 + 24));
  });
});
