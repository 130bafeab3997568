import { STANDARD_CODES } from '../../../drivers/profiles/codes.ts';
import { QUANTITY_FACTS } from '../../../drivers/profiles/quantities.ts';
import type { Quantity } from '../../domain/profile.ts';
import { dadesUsage, usualInterval } from '../../tariff/dades-usage.ts';
import type { MeteredVariable, UsageRecord } from '../../tariff/usage.ts';
import type { AnalyzerRow } from '../ports.ts';

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

/** Records as the tariff reads them, and what should be known of all figures that they make. */
export type Told = { readonly records: readonly UsageRecord[]; readonly notes: readonly string[] };

/**
 * The records of an old lector (those without a start) tell no difference of a counter: it is made as of daily files,
 * which hold the same values. What a new lector's record after one of these added is not known: it counts from its own
 * record before. `records` by end.
 */
export function withOldCounters(
  records: readonly UsageRecord[],
  variables: readonly MeteredVariable[],
  recordingMs: number | null,
): Told {
  const old = records.filter(({ start }) => start === null);
  if (old.length === 0) return { records, notes: [] };
  const lines = old.map(({ end, variables: recorded }) => {
    const values = Object.entries(recorded).map(([code, variable]) => [code, variable.values] as const);
    return { end, values: Object.fromEntries(values) };
  });
  const made = dadesUsage(lines, variables, usualInterval(lines) ?? recordingMs ?? 0).values();
  const counters = new Set(variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code));
  const all = records.map((record, index) => {
    if (record.start === null) return made.next().value ?? record;
    return records[index - 1]?.start === null ? withoutSteps(record, counters) : record;
  });
  return { records: all, notes: [OLD_NOTE] };
}

const OLD_NOTE =
  'an old lector does not say when a counter was read, and tells its mean over the interval: what lies at a border ' +
  'of periods or days is known to half an interval';

function withoutSteps(record: UsageRecord, counters: ReadonlySet<string>): UsageRecord {
  const variables = Object.entries(record.variables).map(([code, variable]) => {
    return [code, counters.has(code) ? { ...variable, delta: variable.values.map(() => null) } : variable] as const;
  });
  return { ...record, variables: Object.fromEntries(variables) };
}
