import { describe, expect, it } from 'vitest';
import { type Walk, walkAnswered } from '../../src/domain/sunspec.ts';
import { connect, failureIn, knownAs, meterIn } from '../support/connecting.ts';
import { cvmRegister, profileOf, registerAt } from '../support/profile.ts';

describe('a CVM meter', () => {
  const registers = [
    cvmRegister('u', 'RVI', 3),
    cvmRegister('f', 'RHI', 0),
    cvmRegister('e', 'RWH', 0, { optional: true }),
  ];
  const profile = profileOf(registers, {
    protocol: 'cvm',
    identify: ['version'],
    reserved: { kind: 'cvm', command: 'VER', length: null },
  });

  it('is known by VER, which is asked once', () => {
    const { asked, result } = connect(profile, { cvm: { VER: 'CVMK', RWH: '000000001' } });
    expect(asked).toEqual(['VER', 'RWH']);
    expect(meterIn(result).identity.text).toBe('CVMK');
  });

  it('F19 that is dead costs 1 + retries timeouts', () => {
    const { asked, result } = connect(profile, {});
    expect(asked).toEqual(['VER', 'VER']);
    expect(failureIn(result).code).toBe('LINE_TIMEOUT');
  });

  it('without the module for a command is silent to it: the command is left out, also when the meter is known', () => {
    for (const known of [null, knownAs({ text: 'CVMK' })]) {
      const { asked, result } = connect(profile, { cvm: { VER: 'CVMK' } }, {}, known);
      expect(asked).toEqual(['VER', 'RWH', 'RWH', 'VER']);
      expect(meterIn(result).identity.refused).toEqual(['e']);
      expect(
        meterIn(result)
          .plan.blocks.flatMap((each) => each.registers)
          .sort(),
      ).toEqual(['f', 'u']);
    }
  });

  it('that does not know VER is probed by another command', () => {
    const other = { ...profile, reserved: { kind: 'cvm', command: 'RHI', length: 9 } } as const;
    const { asked, result } = connect(other, { cvm: { RHI: '000000500', RWH: '000000001' } });
    expect(asked).toEqual(['RHI', 'VER', 'VER', 'RWH']);
    expect(meterIn(result).identity.text).toBe('');
  });
});

describe('a SunSpec map', () => {
  const profile = profileOf([registerAt('id', 0), registerAt('length', 1), registerAt('a', 2), registerAt('b', 3)], {
    reserved: { kind: 'registers', function: 3, address: 0, count: 1 },
    discovery: { kind: 'sunspec', models: [201, 203] },
  });
  const marker = (base: number) => ({ [`3:${base}`]: 0x5375, [`3:${base + 1}`]: 0x6e53 });
  const model = (at: number, id: number, length: number) => ({ [`3:${at}`]: id, [`3:${at + 1}`]: length });
  const map = (base: number) => ({
    ...marker(base),
    ...model(base + 2, 1, 65),
    ...model(base + 69, 203, 105),
    ...model(base + 176, 0xffff, 0),
  });
  const codes = { consultes: ['a', 'b'] };

  it.each([40_000, 0, 50_000])('at %i is found by walking its models', (base) => {
    const refuses = [40_000, 0, 50_000].filter((each) => each !== base);
    const { asked, result } = connect(profile, { words: map(base), refuses }, codes);
    expect(meterIn(result).identity.base).toBe(base + 69);
    expect(meterIn(result).plan.blocks).toMatchObject([{ address: base + 71, count: 2 }]);
    const counts = asked.map((name) => name.split('+')[1]);
    // an answer that comes twice is never taken for the next one: neighbours differ, but for bases that are refused
    expect(counts.slice(-4)).toEqual(['1', '2', '1', '2']);
  });

  it('is resynchronised at its base once that is known', () => {
    const { asks } = connect(profile, { words: map(40_000) }, codes, knownAs({ text: '', base: 40_069 }));
    expect(asks.map(({ reserved }) => reserved)).toMatchObject([{ address: 40_069 }, { address: 40_069 }]);
    expect(connect(profile, { words: map(40_000) }, codes).asks[0]).toMatchObject({ reserved: { address: 40_000 } });
  });

  it('is not walked on by a header of another model than was asked for', () => {
    const walk: Walk = { step: 'header', bases: [], address: 40_002, id: 1, seen: [] };
    expect(walkAnswered(walk, [203, 105], [203])).toEqual({ kind: 'nowhere', seen: [] });
    expect(walkAnswered({ ...walk, id: 203 }, [203, 105], [203])).toMatchObject({ kind: 'found', base: 40_002 });
  });

  it('that is remembered is looked at once', () => {
    const { asked, result } = connect(profile, { words: map(40_000) }, codes, knownAs({ text: '', base: 40_069 }));
    expect(asked).toEqual(['3:40069+1', '3:40069+2']);
    expect(meterIn(result).identity.base).toBe(40_069);
  });

  it('that has moved is found again, and what was learnt at the old place is forgotten', () => {
    const known = knownAs({ text: '', base: 40_069, splits: [40_071] });
    const { result } = connect(profile, { words: map(0) }, codes, known);
    expect(meterIn(result).identity).toMatchObject({ base: 69, splits: [] });
  });

  it('without the model says which there are', () => {
    const words = {
      ...marker(40_000),
      ...model(40_002, 1, 65),
      ...model(40_069, 101, 50),
      ...model(40_121, 0xffff, 0),
    };
    const failure = failureIn(connect(profile, { words }, codes).result);
    expect(failure.code).toBe('MODEL_MISMATCH');
    expect(failure.message).toContain('expected a SunSpec map with one of the models 201, 203, saw the models 1, 101');
  });

  it('that is none says where it was looked for', () => {
    expect(failureIn(connect(profile, {}, codes).result).message).toContain('saw no "SunS" at 40000, 0 or 50000');
  });
});
