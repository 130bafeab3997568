import { STANDARD_CODES } from '../../../drivers/profiles/codes.ts';
import { QUANTITY_FACTS } from '../../../drivers/profiles/quantities.ts';
import type { Quantity } from '../../domain/profile.ts';
import { epochMs } from '../../domain/units.ts';
import { deltasOf, usualInterval } from '../../tariff/dades-usage.ts';
import type { MeteredVariable } from '../../tariff/usage.ts';
import { type Column, mapColumns, nameOf, type Place, type UsageColumns } from '../../tariff/usage-columns.ts';
import type { AnalyzerRow } from '../ports.ts';

/** What a bill is made of; no other variable is kept. */
const BILLED: ReadonlySet<Quantity> = new Set([
  ...['activePower', 'reactivePower', 'activeEnergyImport', 'activeEnergyExport', 'activeEnergyTotal'],
  ...['reactiveEnergyInductive', 'reactiveEnergyImport', 'reactiveEnergyTotal'],
] as const);

/** Those variables of an analyzer that a bill is made of. */
export function billedVariables(analyzer: Pick<AnalyzerRow, 'variables'>): readonly MeteredVariable[] {
  return knownVariables(analyzer).filter(({ quantity }) => BILLED.has(quantity));
}

/** What an analyzer measures; of one that nobody described, what its codes usually are. */
export function knownVariables({ variables }: Pick<AnalyzerRow, 'variables'>): readonly MeteredVariable[] {
  return variables.length > 0 ? variables : usualVariables();
}

function usualVariables(): readonly MeteredVariable[] {
  return Object.entries(STANDARD_CODES).map(([code, { quantity, phases, unit, aggregate }]) => {
    const facts = QUANTITY_FACTS[quantity];
    return { code, quantity, phases, unit: unit ?? facts.unit, aggregate: aggregate ?? facts.aggregate };
  });
}

/** Records as the tariff reads them, and what should be known of all figures that they make. */
export type Told = { readonly rows: UsageColumns; readonly notes: readonly string[] };

/**
 * The records of an old lector (those without a start) tell no difference of a counter: it is made as of daily files,
 * which hold the same values. What a new lector's record after one of these added is not known: it counts from its own
 * record before. `rows` by end.
 */
export function withOldCounters(rows: UsageColumns, places: readonly Place[], recordingMs: number | null): Told {
  const isOld = (row: number) => Number.isNaN(rows.start[row]);
  const all = Array.from(rows.start.keys());
  const old = all.filter(isOld);
  if (old.length === 0) return { rows, notes: [] };
  const afterOld = all.filter((row) => row > 0 && !isOld(row) && isOld(row - 1));
  const ends = old.map((row) => ({ end: epochMs(rows.end[row] ?? Number.NaN) }));
  const intervalMs = usualInterval(ends) ?? recordingMs ?? 0;
  const made = mapColumns(rows, (list) => list.slice());
  for (const [index, row] of old.entries()) made.start[row] = (ends[index]?.end ?? Number.NaN) - intervalMs;
  for (const place of places) {
    const column = made.columns.get(nameOf(place));
    if (!place.isCounter || column === undefined) continue;
    countOld(column, old);
    for (const row of afterOld) column.delta[row] = Number.NaN;
  }
  return { rows: made, notes: [OLD_NOTE] };
}

function countOld({ values, delta, at }: Column, old: readonly number[]): void {
  const shown = old.map((row) => values[row] ?? Number.NaN).map((value) => (Number.isNaN(value) ? null : value));
  for (const [index, found] of deltasOf(shown).entries()) {
    const row = old[index] ?? 0;
    // a value that does not count is none
    if (found === undefined) values[row] = Number.NaN;
    delta[row] = found ?? Number.NaN;
    at[row] = Number.NaN;
  }
}

const OLD_NOTE =
  'an old lector does not say when a counter was read, and tells its mean over the interval: what lies at a border ' +
  'of periods or days is known to half an interval';
