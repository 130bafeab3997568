import { expect } from 'vitest';
import type { Aggregate, Phase, Quantity } from '../../src/domain/profile.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import type { QuarterDemand, Usage } from '../../src/tariff/charges/context.ts';
import { type EnergySeries, emptySeries } from '../../src/tariff/energy-series.ts';
import type { MeteredVariable, UsageRecord } from '../../src/tariff/usage.ts';

/*
 * What records tell of consumption, told record by record, as it was before they were read into lists: slow, plain, and
 * what the quick way must agree with to the last bit.
 */

const QUARTER_MS = 900_000;

/** Where in a record a value stands; times `factor` it is in kW, kWh, kvar or kvarh. */
type Place = { readonly code: string; readonly index: number; readonly factor: number };

const TO_KILO: Readonly<Record<string, number>> = {
  ...{ W: 1e-3, kW: 1, MW: 1e3, Wh: 1e-3, kWh: 1, MWh: 1e3 },
  ...{ var: 1e-3, kvar: 1, Mvar: 1e3, varh: 1e-3, kvarh: 1, Mvarh: 1e3 },
};

type Find = (quantity: Quantity, phase: Phase) => Place | null;

function finder(
  records: readonly UsageRecord[],
  variables: readonly MeteredVariable[],
  counts: (aggregate: Aggregate) => boolean,
): Find {
  return (quantity, phase) => {
    for (const variable of variables) {
      const index = variable.phases.indexOf(phase);
      const factor = TO_KILO[variable.unit];
      if (variable.quantity !== quantity || index < 0 || factor === undefined || !counts(variable.aggregate)) continue;
      const isRecorded = records.some((record) => typeof record.variables[variable.code]?.values[index] === 'number');
      if (!isRecorded) continue;
      return { code: variable.code, index, factor };
    }
    return null;
  };
}

function firstOf(find: Find, quantities: readonly Quantity[]): Place | null {
  return quantities.map((quantity) => find(quantity, 'total')).find((place) => place !== null) ?? null;
}

/** Power of all phases, or of each where there is no total; empty: it is not recorded whole. */
function powerOf(find: Find, quantity: Quantity): readonly Place[] {
  const total = find(quantity, 'total');
  if (total !== null) return [total];
  const phases = (['L1', 'L2', 'L3'] as const).flatMap((phase) => find(quantity, phase) ?? []);
  return phases.length === 3 ? phases : [];
}

export function plainUsageOf(
  records: readonly UsageRecord[],
  variables: readonly MeteredVariable[],
  recordingMs: number | null,
): Usage {
  const counter = finder(records, variables, (aggregate) => aggregate === 'counter');
  const mean = finder(records, variables, (aggregate) => aggregate === 'mean');
  const power = powerOf(mean, 'activePower');
  const imported = firstOf(counter, ['activeEnergyImport', 'activeEnergyTotal']);
  const exported = firstOf(counter, ['activeEnergyExport']);
  const reactive = firstOf(counter, ['reactiveEnergyInductive', 'reactiveEnergyImport', 'reactiveEnergyTotal']);
  const reactivePower = powerOf(mean, 'reactivePower');
  const isMeasured = variables.some(({ quantity, aggregate }) => quantity === 'activePower' && aggregate === 'mean');
  const isSilent = isMeasured && [imported, exported, reactive, ...power, ...reactivePower].every((each) => !each);
  const isFedIn = records.some((record) => (powerIn(record, power) ?? 0) < -0.05);
  const both = variables.find(({ quantity }) => quantity === 'activeEnergyTotal')?.code;
  const isBothWays = both !== undefined && imported?.code === both && isFedIn;
  const energies = (place: Place | null, by: readonly Place[], sign: 1 | -1) =>
    energyRecords(records, { place, by, sign, recordingMs });
  return {
    imported: energies(imported, power, 1),
    exported: exported === null ? null : energies(exported, power, -1),
    reactive: reactive === null && reactivePower.length === 0 ? null : energies(reactive, reactivePower, 1),
    ...(isBothWays && { notes: [expect.stringContaining('fed in together')] }),
    demand: isSilent ? [] : demandOf(records, power, recordingMs),
  };
}

type Source = {
  readonly place: Place | null;
  readonly by: readonly Place[];
  /** Which direction of power the counter counts. */
  readonly sign: 1 | -1;
  readonly recordingMs: number | null;
};

function energyRecords(records: readonly UsageRecord[], { place, by, sign, recordingMs }: Source): EnergySeries {
  const known = records.filter((record) => startOf(record, recordingMs) !== null);
  const series = emptySeries(known.length);
  /** The last value, and when it was read: what the next difference is made to, unless records are missing between. */
  let last: EpochMs | null = null;
  let lastValue = Number.NaN;
  let isWhole = true;
  for (const [index, record] of known.entries()) {
    const { end } = record;
    const start = startOf(record, recordingMs) ?? end;
    series.start[index] = start;
    series.end[index] = end;
    if (index > 0 && start > series.end[index - 1]!) isWhole = false;
    // lived through twice: what the power was the second time
    if (known[index + 1]?.end !== end) series.kw[index] = directed(powerIn(record, by), sign) ?? Number.NaN;
    const variable = place === null ? undefined : record.variables[place.code];
    const value = place === null ? null : (variable?.values[place.index] ?? null);
    if (place === null || value === null) continue;
    const delta = variable?.delta[place.index] ?? null;
    // an old lector does not say when it read the counter
    const to: EpochMs = variable?.at ?? end;
    // without the value before, nobody knows since when it counted; after a clock was put back, it is the record's
    const isSinceLast = last === null || (last < to && (isWhole || isDifference(delta, value, lastValue)));
    const from: EpochMs | null = isSinceLast ? last : start;
    [last, lastValue, isWhole] = [to, value, true];
    if (delta === null || from === null || from >= to) continue;
    series.from[index] = from;
    series.to[index] = to;
    series.kwh[index] = delta * place.factor;
  }
  return series;
}

/**
 * Whether a difference is that of these two values. Where it is not, a record between them is not here: what that one
 * counted is not known, and this one counted since it began.
 */
function isDifference(delta: number | null, value: number, before: number): boolean {
  const rounding = 1e-9 * Math.abs(value) + 1e-6;
  return delta !== null && Math.abs(value - before - delta) <= rounding;
}

const directed = (kw: number | null, sign: 1 | -1): number | null => (kw === null ? null : Math.max(0, kw * sign));

function startOf({ start, end }: UsageRecord, recordingMs: number | null): EpochMs | null {
  if (start !== null) return start;
  return recordingMs === null ? null : epochMs(end - recordingMs);
}

function powerIn({ variables }: UsageRecord, places: readonly Place[]): number | null {
  let sum = 0;
  for (const { code, index, factor } of places) {
    const value = variables[code]?.values[index] ?? null;
    if (value === null) return null;
    sum += value * factor;
  }
  return places.length === 0 ? null : sum;
}

/** Mean power of each quarter hour of the clock that records cover whole. */
function demandOf(
  records: readonly UsageRecord[],
  power: readonly Place[],
  recordingMs: number | null,
): Usage['demand'] {
  if (power.length === 0) return { unknown: 'active power is not recorded: excess of power cannot be computed' };
  const quarters = new Map<number, { kwMs: number; ms: number }>();
  let straddling: number | null = null;
  for (const [index, record] of records.entries()) {
    const start = startOf(record, recordingMs);
    const kw = powerIn(record, power);
    if (start === null || kw === null || records[index + 1]?.end === record.end) continue;
    const quarter = Math.ceil(record.end / QUARTER_MS) * QUARTER_MS;
    const ms = record.end - start;
    if (start < quarter - QUARTER_MS) {
      straddling ??= ms;
      continue;
    }
    const tally = quarters.get(quarter) ?? { kwMs: 0, ms: 0 };
    quarters.set(quarter, { kwMs: tally.kwMs + kw * ms, ms: tally.ms + ms });
  }
  const whole = [...quarters].flatMap(([end, { kwMs, ms }]): readonly QuarterDemand[] =>
    ms === QUARTER_MS ? [{ end: epochMs(end), kw: kwMs / ms }] : [],
  );
  if (whole.length > 0 || straddling === null) return whole;
  const words = `records of ${Math.round(straddling / 60_000)} minutes (tempsgravacio) make no quarter hours`;
  return { unknown: `${words}: excess of power cannot be computed; 1, 3, 5 or 15 do` };
}
