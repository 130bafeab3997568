import type { Phase, Profile, Quantity, Register, Variable } from '../../src/domain/profile.ts';
import type { Reading, Values } from '../../src/domain/reading.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';

function register(id: string, quantity: Quantity, phase: Phase, change: Partial<Register> = {}): Register {
  return {
    ...{ id, quantity, phase, encoding: 'plain', scale: 1, exponentRegister: null, unit: '', missing: [] },
    source: { kind: 'modbus', function: 3, address: 0, type: 'u16', words: 1, wordOrder: 'msw' },
    ...{ valid: null, wrapsAt: null, confidence: 'verified', description: '', bits: null, optional: false },
    ...change,
  };
}

function variable(code: string, aggregate: Variable['aggregate'], registers: readonly Register[]): Variable {
  const quantity = registers[0]?.quantity ?? 'other';
  return { code, quantity, description: code, unit: '', aggregate, registers: registers.map(({ id }) => id) };
}

/** A meter of a few variables of every kind. `counter` changes its energy register. */
export function smallProfile(counter: Partial<Register> = {}): Profile {
  const volts = (['L1', 'L2', 'L3'] as const).map((phase) => register(`v${phase}`, 'voltage', phase));
  const p = register('p', 'activePower', 'total');
  const q = register('q', 'reactivePower', 'total');
  const f = register('f', 'powerFactor', 'total');
  const e = register('e', 'activeEnergyImport', 'total', counter);
  const lone = register('lone', 'powerFactor', 'L1');
  const hours = register('hours', 'operatingTime', 'none');
  const errors = register('errors', 'errorBits', 'none');
  return {
    ...{ id: 'small', vendor: 'Acme', model: 'S1', aliases: [], protocol: 'modbus', driver: 'd', dataDriver: 'd' },
    ...{ sources: [], notes: [], serial: { baud: 9600, parity: 'N', bits: 8, stop: 1 } },
    limits: { registersMax: 125, step: 1, holes: 'legal', timeoutMs: null },
    ...{ identify: [], identityContains: [], signature: null, discovery: null },
    reserved: { kind: 'registers', function: 3, address: 0, count: 1 },
    registers: [...volts, p, q, f, e, lone, hours, errors],
    variables: [
      variable('TPF', 'mean', volts),
      variable('PAT', 'mean', [p]),
      variable('PRT', 'mean', [q]),
      variable('FPT', 'powerFactor', [f]),
      variable('FP1', 'powerFactor', [lone]),
      variable('CEA', 'counter', [e]),
      variable('HMU', 'last', [hours]),
      variable('ERR', 'bits', [errors]),
    ],
    ...{ status: [], once: [] },
  };
}

/** A reading of analyzer 1. `values`: null where a code was not read at all. */
export function readingAt(
  nominal: number,
  values: Readonly<Record<string, Values>>,
  change: Partial<Reading> = {},
): Reading {
  const at = epochMs(nominal + 40);
  const counterAt: Readonly<Record<string, EpochMs>> = values.CEA ? { CEA: at } : {};
  return {
    ...{ analyzerId: 1, nominal: epochMs(nominal), at, values, counterAt, flags: {}, ratio: null, failure: null },
    grid: 'normal',
    ...change,
  };
}
