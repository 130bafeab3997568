import { STANDARD_CODES } from '../../../drivers/profiles/codes.ts';
import { QUANTITY_FACTS } from '../../../drivers/profiles/quantities.ts';
import type { Quantity } from '../../domain/profile.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { MeteredVariable, UsageRecord } from '../../tariff/usage.ts';
import type { AnalyzerRow, CentralRecord, CentralVariable } from '../ports.ts';

/** What a bill is made of; no other variable is kept. */
const BILLED: ReadonlySet<Quantity> = new Set([
  ...['activePower', 'reactivePower', 'activeEnergyImport', 'activeEnergyExport', 'activeEnergyTotal'],
  ...['reactiveEnergyInductive', 'reactiveEnergyImport', 'reactiveEnergyTotal'],
] as const);

/** Those variables of an analyzer that a bill is made of; of one that nobody described, what its codes usually are. */
export function billedVariables({ variables }: Pick<AnalyzerRow, 'variables'>): readonly MeteredVariable[] {
  const known: readonly MeteredVariable[] = variables.length > 0 ? variables : usualVariables();
  return known.filter(({ quantity }) => BILLED.has(quantity));
}

function usualVariables(): readonly MeteredVariable[] {
  return Object.entries(STANDARD_CODES).map(([code, { quantity, phases, unit, aggregate }]) => {
    const facts = QUANTITY_FACTS[quantity];
    return { code, quantity, phases, unit: unit ?? facts.unit, aggregate: aggregate ?? facts.aggregate };
  });
}

/** Takes records of an analyzer one after the other, by end, and tells each as the tariff reads it. */
export type UsageMapping = (record: CentralRecord) => UsageRecord;

/**
 * Records as the centre has them, as the tariff reads them. An old lector tells no difference of a counter, but the mean
 * of what it showed in the time of a record: there the difference is that of two such means, and each is taken as read
 * in the middle of its time. What falls is no consumption: the meter was exchanged, or began anew.
 */
export function usageMapping(variables: readonly MeteredVariable[], recordingMs: number | null): UsageMapping {
  const counters = variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code);
  const codes = variables.map(({ code }) => code);
  const before = new Map<string, readonly (number | null)[]>();
  return ({ start, end, variables: recorded }) => {
    const kept: Record<string, UsageRecord['variables'][string]> = {};
    for (const code of codes) {
      const variable = recorded[code];
      if (variable === undefined) continue;
      const isOld = start === null && counters.includes(code);
      kept[code] = isOld ? oldCounter(variable, before.get(code), end, recordingMs) : pick(variable);
      if (counters.includes(code)) before.set(code, variable.values);
    }
    return { start, end, variables: kept };
  };
}

const pick = ({ values, delta, at }: CentralVariable) => ({ values, delta, at });

function oldCounter(
  { values }: CentralVariable,
  before: readonly (number | null)[] | undefined,
  end: EpochMs,
  recordingMs: number | null,
): UsageRecord['variables'][string] {
  const delta = values.map((value, index) => {
    const last = before?.[index] ?? null;
    return value === null || last === null || value < last ? null : value - last;
  });
  return { values, delta, at: epochMs(end - (recordingMs ?? 0) / 2) };
}
