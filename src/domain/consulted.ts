import type { AnalyzerConfig } from './installation.ts';
import type { Reading } from './reading.ts';
import type { VariableCode } from './units.ts';

/** The variables that somebody wants to see, in the order of the configuration. */
export function consultedOf({
  consultes,
  rapid,
}: Pick<AnalyzerConfig, 'consultes' | 'rapid'>): readonly VariableCode[] {
  return [...new Set([...consultes, ...(rapid?.consultes ?? [])])];
}

/** A reading as far as it is of these variables, in their order: the status of the meter is read beside them. */
export function consulted(reading: Reading, codes: readonly VariableCode[]): Reading {
  const { values, counterAt, flags } = reading;
  return { ...reading, values: only(values, codes), counterAt: only(counterAt, codes), flags: only(flags, codes) };
}

function only<T>(all: Readonly<Record<VariableCode, T>>, codes: readonly VariableCode[]): Record<VariableCode, T> {
  const found: Record<VariableCode, T> = {};
  for (const code of codes) {
    const each = all[code];
    if (each !== undefined) found[code] = each;
  }
  return found;
}
