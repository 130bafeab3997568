import { type CounterRange, countOver } from './counter.ts';
import { readingsExpected, type Window } from './grid.ts';
import type { AnalyzerConfig } from './installation.ts';
import { type PowerSample, powerFactorOf } from './power-factor.ts';
import type { Profile, Quantity, Register, Variable } from './profile.ts';
import { indexOf } from './profile-index.ts';
import type { Reading } from './reading.ts';
import type { LectorRecord, RecordedVariable } from './record.ts';
import { epochMs, type VariableCode } from './units.ts';

export type RecordInput = {
  readonly nodeId: number;
  readonly analyzer: Pick<AnalyzerConfig, 'id' | 'model' | 'readingMs' | 'consultes' | 'rapid' | 'ratio'>;
  readonly profile: Profile;
  readonly window: Window;
  readonly generation: number;
  /** Stored readings; those outside the window are left out. */
  readonly readings: readonly Reading[];
  /** The record written before this one, whatever its end; null: none yet. */
  readonly previous: LectorRecord | null;
};

/**
 * The record of a window: a pure function of its stored readings and the record before it. Mean, minimum and maximum
 * of good readings; counters by their last value and what they counted since the record before; power factor from the
 * sums of power; `last` and bits as they are. Doubted values (implausible, inconsistent) take part: they are kept.
 */
export function recordOf(o: RecordInput): LectorRecord {
  const { window, analyzer } = o;
  const readings = o.readings
    .filter(({ nominal }) => nominal > window.start && nominal <= window.end)
    // as they were read: a clock that was put back within the window makes some instants come twice
    .sort((a, b) => (a.pass ?? 0) - (b.pass ?? 0) || a.nominal - b.nominal);
  const codes = [...new Set([...analyzer.consultes, ...(analyzer.rapid?.consultes ?? [])])];
  const variables = codes.flatMap((code) => {
    const variable = o.profile.variables.find((each) => each.code === code);
    return variable ? [[code, variableOf(o, variable, readings)] as const] : [];
  });
  const { n, expected } = coverage(o, readings);
  return {
    ...{ nodeId: o.nodeId, analyzerId: analyzer.id, model: analyzer.model },
    ...{ start: window.start, end: window.end, generation: o.generation, n, expected },
    ratio: readings.reduce<number | null>((last, { ratio }) => ratio ?? last, null),
    variables: Object.fromEntries(variables),
  };
}

/** Instants with at least one good value, of those due; an interval changed within the window may have given more. */
function coverage({ analyzer, window }: RecordInput, readings: readonly Reading[]) {
  const grid = analyzer.consultes.length > 0 || analyzer.rapid === null ? 'normal' : 'rapid';
  const readingMs = grid === 'rapid' ? (analyzer.rapid?.readingMs ?? analyzer.readingMs) : analyzer.readingMs;
  const good = readings.filter((reading) => reading.grid === grid && Object.values(reading.values).some(hasGood));
  const n = new Set(good.map(({ nominal }) => nominal)).size;
  return { n, expected: Math.max(n, readingsExpected(window, readingMs)) };
}

const isGood = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);
const hasGood = (values: readonly (number | null)[]): boolean => values.some(isGood);

function variableOf(o: RecordInput, variable: Variable, all: readonly Reading[]): RecordedVariable {
  const { analyzer, window } = o;
  const rapid = analyzer.rapid?.consultes.includes(variable.code) ? analyzer.rapid : null;
  const readings = onePerInstant(all.filter(({ values }) => values[variable.code] !== undefined));
  const columns = variable.registers.map((_, index) => column(readings, variable.code, index));
  const filled = fill(o, variable, all, columns);
  const due = readingsExpected(window, rapid?.readingMs ?? analyzer.readingMs);
  return { ...filled, aggregate: variable.aggregate, expected: Math.max(due, ...filled.n) };
}

/** A code that is on both grids is read twice at some instants; one of them counts. */
function onePerInstant(readings: readonly Reading[]): readonly Reading[] {
  return readings.filter(({ nominal }, index) => nominal !== readings[index - 1]?.nominal);
}

/** The good values of one value of a variable with the reading they came from, in time order. */
type Sample = { readonly value: number; readonly reading: Reading };

function column(readings: readonly Reading[], code: VariableCode, index: number): readonly Sample[] {
  return readings.flatMap((reading) => {
    const value = reading.values[code]?.[index];
    return isGood(value) ? [{ value, reading }] : [];
  });
}

type Filled = Omit<RecordedVariable, 'aggregate' | 'expected'>;
type Columns = readonly (readonly Sample[])[];

function fill(o: RecordInput, variable: Variable, all: readonly Reading[], columns: Columns): Filled {
  switch (variable.aggregate) {
    case 'mean':
      return plain(columns, (values) => values.reduce((total, value) => total + value, 0) / values.length);
    case 'last':
      return plain(columns, (values) => values.at(-1) ?? null);
    case 'bits':
      return plain(columns, (values) => values.reduce(eitherBits));
    case 'powerFactor':
      return factors(o.profile, variable, all, columns);
    case 'counter':
      return counters(o, variable, columns);
  }
}

/** Bits set in either; a register of error bits is up to 64 wide, where `|` ends at 32. */
export const eitherBits = (a: number, b: number): number => Number(BigInt(Math.trunc(a)) | BigInt(Math.trunc(b)));

const nothing = (columns: Columns): readonly null[] => columns.map(() => null);

/** Minimum and maximum without spreading: a day at 1 Hz has more values than a call takes arguments. */
const extreme = (samples: readonly Sample[], pick: (a: number, b: number) => number): number | null =>
  samples.reduce<number | null>((found, { value }) => (found === null ? value : pick(found, value)), null);

function plain(columns: Columns, aggregate: (values: readonly number[]) => number | null): Filled {
  return {
    values: columns.map((samples) => (samples.length === 0 ? null : aggregate(samples.map(({ value }) => value)))),
    min: columns.map((samples) => extreme(samples, Math.min)),
    max: columns.map((samples) => extreme(samples, Math.max)),
    n: columns.map((samples) => samples.length),
    ...{ delta: nothing(columns), baseline: nothing(columns), at: null, flags: [] },
  };
}

function factors(profile: Profile, variable: Variable, readings: readonly Reading[], columns: Columns): Filled {
  const found = variable.registers.map((id, index) => {
    const phase = profile.registers.find((each) => each.id === id)?.phase ?? 'total';
    const at = (quantity: Quantity) => placeOf(profile, quantity, phase);
    const [active, reactive, apparent] = [at('activePower'), at('reactivePower'), at('apparentPower')];
    const [inductive, capacitive] = [at('inductivePower'), at('capacitivePower')];
    return powerFactorOf(
      readings.map((reading): PowerSample => {
        const [l, c] = [read(reading, inductive), read(reading, capacitive)];
        return {
          factor: read(reading, [{ code: variable.code, index }]),
          active: read(reading, active),
          reactive: read(reading, reactive) ?? (l === null || c === null ? null : Math.abs(l) - Math.abs(c)),
          apparent: read(reading, apparent),
        };
      }),
    );
  });
  return { ...plain(columns, () => null), values: found.map(({ value }) => value), n: found.map(({ n }) => n) };
}

/** Where in a reading a quantity of a phase is found. */
type Place = { readonly code: VariableCode; readonly index: number };

function placeOf(profile: Profile, quantity: Quantity, phase: Register['phase']): readonly Place[] {
  const phases = phase === 'avg' ? ['avg', 'total'] : [phase];
  const { bygone } = indexOf(profile);
  const isMeant = (each: Register) => each.quantity === quantity && phases.includes(each.phase) && !bygone.has(each.id);
  const ids = profile.registers.filter(isMeant);
  return profile.variables.flatMap(({ code, registers }) =>
    ids.flatMap(({ id }) => (registers.includes(id) ? [{ code, index: registers.indexOf(id) }] : [])),
  );
}

function read(reading: Reading, places: readonly Place[]): number | null {
  for (const { code, index } of places) {
    const value = reading.values[code]?.[index];
    if (isGood(value)) return value;
  }
  return null;
}

function counters(o: RecordInput, variable: Variable, columns: Columns): Filled {
  const before = o.previous?.model === o.analyzer.model ? o.previous.variables[variable.code] : undefined;
  const pendingBefore = before?.flags.includes('fallPending') ?? false;
  const counted = columns.map((samples, index) => {
    const values = samples.map(({ value }) => value);
    return countOver(values, before?.baseline[index] ?? null, rangeOf(o, variable, index), pendingBefore);
  });
  const good = counted.map((each, index) => each.good.flatMap((at) => columns[index]?.[at] ?? []));
  const instants = good.flatMap((samples) => {
    const reading = samples.at(-1)?.reading;
    return reading ? [reading.counterAt[variable.code] ?? reading.at] : [];
  });
  return {
    ...plain(good, (values) => values.at(-1) ?? null),
    delta: counted.map(({ delta }) => delta),
    baseline: counted.map(({ baseline }) => baseline),
    at: instants.length === 0 ? null : epochMs(Math.max(...instants)),
    flags: [...new Set(counted.flatMap(({ flags }) => flags))],
  };
}

function rangeOf({ profile, analyzer }: RecordInput, variable: Variable, index: number): CounterRange | null {
  const register = profile.registers.find(({ id }) => id === variable.registers[index]);
  if (!register || register.wrapsAt === null) return null;
  const size = register.wrapsAt * Math.abs(register.scale * analyzer.ratio);
  return { size, scaled: register.exponentRegister !== null };
}
