import { describe, expect, it } from 'vitest';
import { encodeCvmRequest } from '../../drivers/cvm/frames.ts';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { decodeBlocks, decodeExponents } from '../../src/domain/decode.ts';
import type { Block } from '../../src/domain/plan.ts';
import type { Profile } from '../../src/domain/profile.ts';
import { epochMs } from '../../src/domain/units.ts';
import { answerOf, hexOf, requestFrame } from './fixture.ts';

const { profiles } = loadProfiles();

function profileOf(model: string): Profile {
  const profile = findProfile(profiles, model);
  if (profile === null) throw new Error(`no profile for ${model}`);
  return profile;
}

type RegistersBlock = Extract<Block, { kind: 'registers' }>;

/** The block from `address` that holds these registers. */
const block = (fn: 3 | 4, address: number, count: number, ...registers: readonly string[]): RegistersBlock => ({
  ...{ kind: 'registers', function: fn, address, count, registers },
});

/** Values of the registers of a block in these words. */
function read(
  model: string,
  asked: RegistersBlock,
  words: readonly number[],
  exponents: Readonly<Record<string, number>> = {},
) {
  const answer = { kind: 'words', words, at: epochMs(0), tookMs: 1 } as const;
  const decoded = decodeBlocks(profileOf(model), [{ block: asked, answer }], exponents);
  return asked.registers.map((id) => decoded.get(id)?.value);
}

const pair = (value: number): readonly number[] => [(value >>> 16) & 0xffff, value & 0xffff];

describe('worked examples of others', () => {
  it("Circutor's frame of the CVM-MINI: 212.5 V; the checksum that its manual prints is a slip", () => {
    const asked = block(4, 0, 2, 'voltage_L1');
    expect(hexOf(requestFrame(asked, 0x0a))).toBe('0A 04 00 00 00 02 70 B0');
    const { answer } = answerOf(asked, '0A 04 04 00 00 08 4D 86 B1');
    expect(decodeBlocks(profileOf('CVM-MINI'), [{ block: asked, answer }], {}).get('voltage_L1')?.value).toBe(212.5);
    expect(() => answerOf(asked, '0A 04 04 00 00 08 4D 86 21')).toThrow('CRC');
  });

  it("Eastron's frame: 230.2 V as a float", () => {
    const asked = block(4, 0, 2, 'voltage_L1');
    expect(hexOf(requestFrame(asked))).toBe('01 04 00 00 00 02 71 CB');
    const { answer } = answerOf(asked, '01 04 04 43 66 33 34 1B 38');
    const decoded = decodeBlocks(profileOf('SDM630'), [{ block: asked, answer }], {});
    expect(decoded.get('voltage_L1')?.value).toBeCloseTo(230.2, 4);
  });

  it("Circutor's request of the CVMk", () => {
    expect(String.fromCharCode(...encodeCvmRequest(0, 'RVI'))).toBe('$00RVI75\n');
  });

  it("a PM500 on somebody's desk: 236.44 V, 0.618 A, 0.14 kW, cos 0.97, THD 2.8 % and 16.4 %", () => {
    const main = [...pair(618), ...pair(0), ...pair(0), ...pair(0), ...pair(0), ...pair(0), ...pair(0)];
    main.push(...pair(23644), ...pair(0), ...pair(0), ...pair(5000), ...pair(14), ...pair(3), ...pair(14));
    const asked = block(
      3,
      768,
      28,
      'current_L1',
      'voltage_L1',
      'voltage_L2',
      'frequency',
      'activePower',
      'reactivePower',
    );
    expect(read('PM500', asked, main)).toEqual([0.618, 236.44, 0, 50, 0.14, 0.03]);
    expect(read('PM500', block(3, 854, 2, 'hours'), pair(45))).toEqual([0.45]);
    expect(read('PM500', block(3, 870, 2, 'powerFactor'), pair(970))).toEqual([0.97]);
    const thd = block(3, 2304, 10, 'thdCurrent_L1', 'thdVoltage_L1', 'thdVoltage_L3');
    expect(read('PM500', thd, [164, 0, 0, 0, 0, 0, 0, 28, 0, 0])).toEqual([16.4, 2.8, 0]);
  });
});

describe('where the predecessor was wrong, the PM710', () => {
  const scales = { FEI: -2, FEV: -1, FEP: 1, FEE: 0 };

  it('keeps the sign of exported power', () => {
    expect(read('PM710', block(3, 4005, 1, 'activePower'), [0xff9c], scales)).toEqual([-1000]);
  });

  it('F22 gives nothing, not 0, for what is not available', () => {
    const asked = block(3, 4032, 3, 'voltage_L1', 'voltage_L2', 'voltage_L3');
    expect(read('PM710', asked, [0x8000, 2301, 0x7fff], scales)).toEqual([null, 230.1, 3276.7]);
  });

  it('gives nothing while the scale is not known: a scale that could not be read is not 10 to the 0', () => {
    expect(read('PM710', block(3, 4005, 1, 'activePower'), [100], {})).toEqual([null]);
  });

  it('refuses scales beyond what the maker allows', () => {
    const asked = block(3, 4104, 4);
    const words = [0xfffe, 0xffff, 5, 0x8000];
    const answer = { kind: 'words', words, at: epochMs(0), tookMs: 1 } as const;
    expect(decodeExponents(profileOf('PM710'), [{ block: asked, answer }], 0)).toEqual({ FEI: -2, FEV: -1 });
  });

  it('reads the power factor as sign and magnitude', () => {
    expect(read('PM710', block(3, 4008, 1, 'powerFactor'), [0x8000 + 8500])).toEqual([-0.85]);
  });

  it('has three harmonic distortions of current: the fourth register is a power factor', () => {
    const { variables } = profileOf('PM710');
    expect(variables.find(({ code }) => code === 'THDI')?.registers).toEqual(
      ['L1', 'L2', 'L3'].map((l) => `thdCurrent_${l}`),
    );
    expect(read('PM710', block(3, 4047, 1, 'powerFactorSigned'), [0x8000 + 950])).toEqual([-0.95]);
  });

  it('names each error bit', () => {
    const errors = profileOf('PM710').registers.find(({ quantity }) => quantity === 'errorBits');
    expect(Object.keys(errors?.bits ?? {})).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(errors?.bits?.['6']).toBe('frequency invalid');
    expect(read('PM710', block(3, 4111, 1, 'errorBits'), [0b100_0010])).toEqual([66]);
  });
});

describe('where the predecessor was wrong, others', () => {
  it('PM500: whole 32-bit values at the printed addresses, with their sign', () => {
    const asked = block(3, 790, 2, 'activePower');
    expect(hexOf(requestFrame(asked))).toBe('01 03 03 16 00 02 25 8B');
    expect(read('PM500', asked, [0xffff, 0xff9c])).toEqual([-1]);
    expect(read('PM500', asked, [0x0001, 0x0000])).toEqual([655.36]);
  });

  it('CVMk: minimum and maximum are different commands', () => {
    const command = (code: string) => {
      const { variables, registers } = profileOf('CVMk');
      const id = variables.find((each) => each.code === code)?.registers[0];
      const source = registers.find((register) => register.id === id)?.source;
      return source?.kind === 'cvm' ? source.command : null;
    };
    expect([command('RVM'), command('RVm')]).toEqual(['RVM', 'RVm']);
  });

  it.each([
    { flags: '0000', amperes: 12.345, kilowatts: 2.75 },
    { flags: '0100', amperes: 12345, kilowatts: 2.75 },
    { flags: '0001', amperes: 12.345, kilowatts: 2750 },
    { flags: '0101', amperes: 12345, kilowatts: 2750 },
    { flags: '0102', amperes: null, kilowatts: null },
  ])('CVMk: with unit flags $flags the same digits are $amperes A and $kilowatts kW', ({
    flags,
    amperes,
    kilowatts,
  }) => {
    const profile = profileOf('CVMk');
    const text = (command: string, length: number, data: string, ...registers: readonly string[]) => ({
      block: { kind: 'cvm', command, length, registers } as const,
      answer: { kind: 'text', text: data, at: epochMs(0), tookMs: 1 } as const,
    });
    const exponents = decodeExponents(profile, [text('RAL', 244, `${'0'.repeat(240)}${flags}`)], 0);
    const rai = text('RAI', 36, `000012345${'000000000'.repeat(3)}`, 'current_L1');
    const rpi = text('RPI', 36, `000002750${'000000000'.repeat(3)}`, 'activePower_L1');
    const decoded = decodeBlocks(profile, [rai, rpi], exponents);
    expect([decoded.get('current_L1')?.value, decoded.get('activePower_L1')?.value]).toEqual([amperes, kilowatts]);
  });

  it('CVMk: a capacitive power factor is negative', () => {
    const rfi = { kind: 'cvm', command: 'RFI', length: 12, registers: ['powerFactor_L1', 'powerFactor_L2'] } as const;
    const answer = { kind: 'text', text: '095105100201', at: epochMs(0), tookMs: 1 } as const;
    const decoded = decodeBlocks(profileOf('CVMk'), [{ block: rfi, answer }], {});
    expect([...decoded.values()].map(({ value }) => value)).toEqual([0.95, -0.95]);
  });

  it('DAS-8000: a channel below zero is below zero', () => {
    expect(read('DAS-8000', block(4, 1, 1, 'analog_CH1'), [0xffe0])).toEqual([-3.2]);
  });
});

describe('what is not available', () => {
  it.each([
    ['EM24', block(4, 0, 2, 'voltage_L1'), [0xffff, 0x7fff]],
    ['B23', block(3, 23296, 2, 'voltage_L1'), [0xffff, 0xffff]],
    ['B23', block(3, 23316, 2, 'activePower'), [0x7fff, 0xffff]],
    ['B23', block(3, 20480, 4, 'activeEnergyImport'), [0xffff, 0xffff, 0xffff, 0xffff]],
    ['B23', block(3, 23354, 1, 'powerFactor'), [0x7fff]],
    ['B23', block(3, 23340, 1, 'frequency'), [0xffff]],
    ['PM5110', block(3, 3203, 4, 'activeEnergyImport'), [0x8000, 0, 0, 0]],
    ['PM5110', block(3, 3059, 2, 'activePower'), [0xffc0, 0]],
    ['SDM630', block(4, 52, 2, 'activePower'), [0x7fc0, 0]],
    ['SDM630', block(4, 52, 2, 'activePower'), [0x7f80, 0]],
  ] as const)('F21 F22 %s gives nothing for it', (model, asked, words) => {
    expect(read(model, asked, words)).toEqual([null]);
  });

  it('F22 SunSpec: what is not implemented, a scale that is not, an energy of 0', () => {
    const scales = { A_SF: -1, TotWh_SF: 0 };
    expect(read('SunSpec', block(3, 3, 3, 'current_L1', 'current_L2'), [0x8000, 15, 0], scales)).toEqual([null, 1.5]);
    expect(read('SunSpec', block(3, 46, 2, 'activeEnergyImport'), [0, 0], scales)).toEqual([null]);
    expect(read('SunSpec', block(3, 3, 4, 'current_L1'), [15, 15, 15, 0x8000], scales)).toEqual([null]);
  });

  it.each([
    ['PM710', block(3, 4012, 1, 'frequency'), [0]],
    ['SDM630', block(4, 70, 2, 'frequency'), [0, 0]],
    ['CVM-C10', block(4, 60, 2, 'frequency'), [0, 0]],
  ] as const)('%s without voltage has no frequency, instead of one of 0 Hz', (model, asked, words) => {
    expect(read(model, asked, words)).toEqual([null]);
  });

  it('SunSpec: the scale that came with the values counts, not the one of an hour ago', () => {
    expect(read('SunSpec', block(3, 3, 4, 'current_L1'), [15, 15, 15, 0xfffe], { A_SF: -1 })).toEqual([0.15]);
  });
});

describe("Schneider's power factor", () => {
  it.each([
    [0.9, 0.9],
    [1.25, 0.75],
    [-0.5, -0.5],
    [-1.25, -0.75],
    [2.5, null],
  ])('%d is %d', (raw, value) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, raw);
    const [found] = read('PM5110', block(3, 3083, 2, 'powerFactor'), [view.getUint16(0), view.getUint16(2)]);
    if (value === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(value, 6);
  });
});
