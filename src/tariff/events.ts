import { z } from 'zod';
import type { CostEvent } from '../domain/cost-event.ts';
import { safe } from '../domain/safe.ts';
import { epochMs, type VariableCode } from '../domain/units.ts';
import type { Unbilled } from './billed-energy.ts';
import type { MeteredVariable, UsageRecord } from './usage.ts';
import { type Column, nameOf, placesOf, recordedIn, recordedRows, type UsageColumns } from './usage-columns.ts';
import type { IsRecorded } from './usage-places.ts';

const TEXT_MAX = 300;
/** After the year 275760 there are no dates. */
const INSTANT_MAX = 8.64e15;

const instant = z
  .number()
  .int()
  .min(0)
  .max(INSTANT_MAX)
  .transform((value) => epochMs(value));
const base = { id: z.number().int().min(1), analyzerId: z.number().int().min(0), text: z.string().max(TEXT_MAX) };
const event = z.discriminatedUnion('kind', [
  z.object({
    ...base,
    kind: z.literal('exchange'),
    at: instant,
    /** Of its own unit. */
    old: z.number(),
    new: z.number(),
    /** null: that of imported energy. */
    counter: z.string().max(40).nullable(),
  }),
  z.object({ ...base, kind: z.literal('maintenance'), from: instant, to: instant }),
  z.object({ ...base, kind: z.literal('note'), at: instant }),
]);
/** One as it stands in `events.json`, and as a site tells it to a centre. */
export const costEvent: z.ZodType<CostEvent> = event;
const file = z.object({ version: z.literal(1), events: z.array(costEvent).max(100_000) });

/** What stands in `events.json`. Throws a sentence where it is not ours. */
export function parseEvents(text: string): readonly CostEvent[] {
  const parsed = file.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data.events;
  const [issue] = parsed.error.issues;
  throw new Error(`${safe(issue?.path.join('.') ?? '', 60)}: ${safe(issue?.message ?? 'it is not ours', 100)}`);
}

export const eventsText = (events: readonly CostEvent[]): string =>
  `${JSON.stringify({ version: 1, events }, null, 2)}\n`;

/** Time that is not billed. */
export const unbilledOf = (events: readonly CostEvent[]): readonly Unbilled[] =>
  events.flatMap((each) => (each.kind === 'maintenance' ? [{ from: each.from, to: each.to }] : []));

/** The counter that was exchanged; null: that of imported energy which is recorded. */
function counterOf(variables: readonly MeteredVariable[], code: VariableCode | null, isRecorded: IsRecorded) {
  if (code === null) return placesOf(variables, isRecorded).imported;
  const found = variables.find((each) => each.code === code);
  return found === undefined ? null : { code, index: Math.max(0, found.phases.indexOf('total')) };
}

/**
 * Records, by end, as they are with the meters that were exchanged: over an exchange the counter went what the old one
 * still did and what the new one did since. Without the value before, or with one beyond what was entered, it is not
 * known.
 */
export function withExchanges(
  records: readonly UsageRecord[],
  events: readonly CostEvent[],
  variables: readonly MeteredVariable[],
): readonly UsageRecord[] {
  return events.reduce((all, each) => {
    const place = each.kind === 'exchange' ? counterOf(variables, each.counter, recordedIn(records)) : null;
    return each.kind !== 'exchange' || place === null ? all : exchanged(all, each, place);
  }, records);
}

type Exchange = Extract<CostEvent, { readonly kind: 'exchange' }>;
type Place = { readonly code: VariableCode; readonly index: number };

function exchanged(records: readonly UsageRecord[], event: Exchange, { code, index }: Place): readonly UsageRecord[] {
  const valueIn = (record: UsageRecord | undefined) => record?.variables[code]?.values[index] ?? null;
  const readAt = (record: UsageRecord) => record.variables[code]?.at ?? record.end;
  const first = records.findIndex((record) => valueIn(record) !== null && readAt(record) > event.at);
  const record = records[first];
  const variable = record?.variables[code];
  if (record === undefined || variable === undefined) return records;
  const before = valueIn(records.slice(0, first).findLast((each) => valueIn(each) !== null));
  const step = stepOver(event, before, valueIn(record) ?? event.new);
  const delta = variable.delta.map((each, at) => (at !== index ? each : step));
  const changed = { ...record, variables: { ...record.variables, [code]: { ...variable, delta } } };
  return records.with(first, changed);
}

/** What a counter went from a value of the old meter to one of the new; null: it is not known. */
function stepOver(event: Exchange, before: number | null, shown: number): number | null {
  const rest = before === null ? null : event.old - before;
  const since = shown - event.new;
  return rest !== null && rest >= 0 && since >= 0 ? rest + since : null;
}

/** The same of records in lists. */
export function exchangedColumns(
  rows: UsageColumns,
  events: readonly CostEvent[],
  variables: readonly MeteredVariable[],
): UsageColumns {
  const columns = new Map(rows.columns);
  for (const each of events) {
    const place = each.kind === 'exchange' ? counterOf(variables, each.counter, recordedRows(rows)) : null;
    const column = place === null ? undefined : columns.get(nameOf(place));
    if (each.kind !== 'exchange' || place === null || !column?.delta.length) continue;
    columns.set(nameOf(place), { ...column, delta: deltaWith(column, rows.end, each) });
  }
  return { ...rows, columns };
}

function deltaWith({ values, delta, at }: Column, end: Float64Array, event: Exchange): Float64Array {
  let before: number | null = null;
  for (const [row, value] of values.entries()) {
    const read = at[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if ((Number.isNaN(read) ? (end[row] ?? read) : read) > event.at) {
      return delta.with(row, stepOver(event, before, value) ?? Number.NaN);
    }
    before = value;
  }
  return delta;
}
