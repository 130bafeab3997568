import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../drivers/profiles/load.ts';
import type { Profile } from '../../../src/domain/profile.ts';
import { profileText, registersWith } from './profile-text.ts';

function filled(changes: Readonly<Record<string, unknown>> = {}): Profile {
  const { profile, problems } = parseProfile('p3', profileText(changes), 'profiles/p3.json');
  expect(problems).toEqual([]);
  if (profile === null) throw new Error('no profile and no problem');
  return profile;
}

const register = (profile: Profile, id: string) => profile.registers.find((each) => each.id === id);

describe('what a profile file leaves out', () => {
  it('gives the standard codes for which it has registers, in their order', () => {
    const { variables } = filled();
    expect(variables.map(({ code, registers }) => [code, registers])).toEqual([
      ['TPF', ['voltage_L1', 'voltage_L2', 'voltage_L3']],
      ['FRE', ['frequency']],
      ['PAT', ['activePower']],
      ['CEA', ['activeEnergyImport']],
    ]);
    expect(variables[0]).toMatchObject({ description: 'Tensió Fase-Neutre', unit: 'V', aggregate: 'mean' });
    expect(variables[3]).toMatchObject({ unit: 'kWh', aggregate: 'counter' });
  });

  it('takes units, limits and words from the quantity', () => {
    const profile = filled();
    expect(register(profile, 'activePower')).toMatchObject({
      unit: 'kW',
      scale: 0.001,
      valid: null,
      encoding: 'plain',
    });
    expect(register(profile, 'frequency')).toMatchObject({ unit: 'Hz', valid: [40, 70], phase: 'total' });
    expect(register(profile, 'voltage_L2')?.description).toBe('Tensió Fase-Neutre L2');
  });

  it('takes function, type, word order, confidence and marks from the defaults of the file', () => {
    const defaults = {
      ...{ function: 4, type: 'f32', wordOrder: 'lsw', confidence: 'inferred' },
      missing: { u32: ['0xFFFFFFFF'] },
    };
    const profile = filled({ defaults });
    expect(register(profile, 'voltage_L1')?.source).toEqual({
      ...{ kind: 'modbus', function: 4, address: 0, type: 'f32', words: 2, wordOrder: 'lsw' },
    });
    expect(register(profile, 'voltage_L1')).toMatchObject({ confidence: 'inferred', missing: ['NaN'] });
    expect(register(profile, 'activeEnergyImport')).toMatchObject({ missing: ['0xFFFFFFFF'], wrapsAt: null });
  });

  it('has the usual line and limits, and reserves the read of its first register', () => {
    const profile = filled();
    expect(profile.serial).toEqual({ baud: 9600, parity: 'N', bits: 8, stop: 1 });
    expect(profile.limits).toEqual({ registersMax: 125, step: 1, holes: 'unknown', timeoutMs: null });
    expect(profile.reserved).toEqual({ kind: 'registers', function: 4, address: 0, count: 2 });
    expect(profile).toMatchObject({
      id: 'p3',
      driver: 'modBusComm',
      dataDriver: 'p3',
      discovery: null,
      signature: null,
    });
  });

  it('reserves the register of the signature where there is one', () => {
    const { reserved, signature } = filled({ signature: { register: 'frequency', range: [45, 65] } });
    expect(signature).toEqual({ register: 'frequency', range: [45, 65] });
    expect(reserved).toEqual({ kind: 'registers', function: 4, address: 8, count: 2 });
  });

  it('asks VER of a CVM meter, whose registers are fields of commands', () => {
    const registers = [{ quantity: 'frequency', command: 'RHI', digits: 3, scale: 0.1 }];
    const profile = filled({ protocol: 'cvm', defaults: {}, registers });
    expect(profile.reserved).toEqual({ kind: 'cvm', command: 'VER', length: null });
    expect(profile).toMatchObject({ driver: 'cvmComm', dataDriver: 'cvmData' });
    expect(profile.registers[0]?.source).toEqual({ kind: 'cvm', command: 'RHI', field: 0, digits: 3 });
  });

  it('keeps a code with registers of its own, whose id is not the usual one', () => {
    const peak = { id: 'peak', quantity: 'voltage', phase: 'L1', address: 20 };
    const variables = ['TPF', { code: 'VMX', registers: ['peak'], aggregate: 'last', description: 'Punta' }];
    const profile = filled({ registers: [...registersWith(-1, {}), peak], variables });
    expect(profile.variables.map(({ code, registers }) => [code, registers])).toEqual([
      ['TPF', ['voltage_L1', 'voltage_L2', 'voltage_L3']],
      ['VMX', ['peak']],
    ]);
    expect(profile.variables[1]).toMatchObject({ aggregate: 'last', description: 'Punta', unit: 'V' });
  });

  it('a value given as null or empty is not the default', () => {
    const profile = filled({ registers: registersWith(4, { valid: null, missing: [] }) });
    expect(register(profile, 'frequency')).toMatchObject({ valid: null, missing: [] });
  });
});
