import { describe, expect, it } from 'vitest';
import type { Profile } from '../../src/domain/profile.ts';
import { type Learnt, NOTHING_LEARNT } from '../../src/domain/register-map.ts';
import { reservedRead } from '../../src/domain/reserved-read.ts';
import { profileOf, registerAt } from '../support/profile.ts';

const pair = (id: string, address: number) => registerAt(id, address, { source: { type: 'u32' } });
const own = { kind: 'registers', function: 3, address: 0, count: 2 } as const;
const readOf = (registers: Profile['registers'], changes: Partial<Profile> = {}, learnt: Partial<Learnt> = {}) => {
  const {
    function: fn,
    address,
    count,
  } = reservedRead(profileOf(registers, { reserved: own, ...changes }), {
    ...NOTHING_LEARNT,
    ...learnt,
  });
  return `${fn}:${address}+${count}`;
};

describe('the reserved read', () => {
  it("is the profile's own where each register of its length has a neighbour to be read with", () => {
    expect(readOf([pair('a', 0), pair('b', 2), pair('c', 10), registerAt('d', 12)])).toBe('3:0+2');
  });

  it('is two neighbours where a register that stands alone needs its count', () => {
    expect(readOf([pair('a', 0), pair('lone', 10), pair('b', 20), pair('c', 22)])).toBe('3:20+4');
  });

  it('is longer than any register of its count once the meter has refused something, and keeps clear of that', () => {
    const map = [pair('a', 0), pair('b', 2), pair('c', 4), pair('d', 6), pair('e', 8)];
    expect(readOf(map)).toBe('3:0+2');
    expect(readOf(map, {}, { refused: ['b'] })).toBe('3:4+4');
    expect(readOf(map, {}, { splits: [2, 6] })).toBe('3:2+4');
    // an exception is an answer too
    expect(readOf([pair('a', 0), pair('b', 2), pair('lone', 20)], {}, { refused: ['a'] })).toBe('3:0+4');
    const discovery = { kind: 'sunspec', models: [203] } as const;
    expect(readOf(map, { discovery }, { splits: [102, 106], base: 100 })).toBe('3:102+4');
  });

  it('is never as long as a register of the map', () => {
    const wide = registerAt('w', 40, { source: { type: 'u64' } });
    const three = [pair('b', 20), pair('c', 22), pair('d', 24)];
    expect(readOf([pair('a', 0), pair('lone', 10), ...three, wide])).toBe('3:20+6');
  });

  it('stays as it is where the map has no neighbours at all', () => {
    expect(readOf([pair('a', 0), pair('lone', 10)])).toBe('3:0+2');
  });

  it('does not lean on registers that the model may lack, nor on more than it may be asked', () => {
    const optional = registerAt('b', 20, { optional: true, source: { type: 'u32' } });
    const limits = { registersMax: 4, step: 2, holes: 'illegal', timeoutMs: null } as const;
    const registers = [pair('a', 0), pair('lone', 10), optional, pair('c', 22), pair('d', 24)];
    expect(readOf(registers, { limits })).toBe('3:22+4');
    expect(readOf(registers, { limits: { ...limits, registersMax: 3 } })).toBe('3:0+2');
  });

  it('keeps to the step of the meter', () => {
    const odd = [pair('b', 20), registerAt('c', 22), pair('d', 30), pair('e', 32)];
    const limits = { registersMax: 125, step: 2, holes: 'illegal', timeoutMs: null } as const;
    expect(readOf([pair('a', 0), pair('lone', 10), ...odd])).toBe('3:20+3');
    expect(readOf([pair('a', 0), pair('lone', 10), ...odd], { limits })).toBe('3:30+4');
  });

  it('moves with the map; as long as nobody knows where that is, it is where maps usually begin', () => {
    const discovery = { kind: 'sunspec', models: [203] } as const;
    expect(readOf([pair('a', 0), pair('b', 2)], { discovery }, { base: 40_069 })).toBe('3:40069+2');
    expect(readOf([pair('a', 0), pair('b', 2)], { discovery })).toBe('3:40000+1');
  });
});
