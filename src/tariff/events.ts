import { z } from 'zod';
import type { CostEvent } from '../domain/cost-event.ts';
import { safe } from '../domain/safe.ts';
import { epochMs, type VariableCode } from '../domain/units.ts';
import type { Unbilled } from './billed-energy.ts';
import type { MeteredVariable, UsageRecord } from './usage.ts';
import { mapColumns, nameOf, placesOf, recordedIn, recordedRows, type UsageColumns } from './usage-columns.ts';
import type { IsRecorded } from './usage-places.ts';

/** Characters of the text of one. */
export const TEXT_MAX = 300;
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
 * Records, by end, as they are with the meters that were exchanged: two more for each exchange, without any length, one
 * with what the old counter showed last and one with what the new one began at. So the energy until then and since is
 * told apart, also where records are missing around it. Where one of both would have counted backwards, what it went
 * over the exchange is not known.
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

/** What stands in a row; null: it has no value. */
type Shown = { readonly end: number; readonly read: number; readonly value: number | null };

/**
 * Of an exchange, `first`: the row with the first value of the new meter; `row`: where those of the exchange are put,
 * `at` that instant (a record that ends then is another one), `read` when they were shown. `rest` and `since`: what the
 * old one and the new one went; null: it is not known. null: the new meter showed nothing yet.
 */
function exchangeIn(length: number, shownIn: (row: number) => Shown, event: Exchange) {
  let [first, last] = [0, -1];
  for (; first < length; first += 1) {
    const { read, value } = shownIn(first);
    if (value !== null && (read > event.at || isOfNew(event, { read, value }))) break;
    if (value !== null) last = first;
  }
  if (first >= length) return null;
  let row = last + 1;
  while (row < first && shownIn(row).end <= event.at) row += 1;
  const before = row === 0 ? event.at : Math.max(event.at, shownIn(row - 1).end);
  const rest = last < 0 ? null : event.old - (shownIn(last).value ?? event.old);
  const since = (shownIn(first).value ?? event.new) - event.new;
  const isKnown = (rest ?? 0) >= 0 && since >= 0;
  // what the old one still did since a reading of the same instant needs a time of its own
  const read = last >= 0 && shownIn(last).read === event.at ? event.at + 1 : event.at;
  const at = Math.min(before + 1, shownIn(row).end);
  return { first, row, read, at, ...(isKnown ? { rest, since } : NOT_KNOWN) };
}

/** Of the very instant of the exchange: a reading is of the new meter where it is what that began at. */
const isOfNew = (event: Exchange, { read, value }: { readonly read: number; readonly value: number }): boolean =>
  read === event.at && value === event.new && value !== event.old;

const NOT_KNOWN = { rest: null, since: null } as const;

function exchanged(records: readonly UsageRecord[], event: Exchange, { code, index }: Place): readonly UsageRecord[] {
  const shownIn = (row: number): Shown => {
    const { end, variables } = records[row]!;
    const variable = variables[code];
    return { end, read: variable?.at ?? end, value: variable?.values[index] ?? null };
  };
  const found = exchangeIn(records.length, shownIn, event);
  const record = found === null ? undefined : records[found.first];
  const variable = record?.variables[code];
  if (found === null || record === undefined || variable === undefined) return records;
  const { first, row, rest, since } = found;
  const delta = variable.delta.map((each, place) => (place === index ? since : each));
  const changed = records.with(first, {
    ...record,
    variables: { ...record.variables, [code]: { ...variable, delta } },
  });
  if (since === null) return changed;
  const [start, end, at] = [epochMs(found.at), epochMs(found.at), epochMs(found.read)];
  const only = (value: number | null) => variable.values.map((_, place) => (place === index ? value : null));
  const showing = (value: number, step: number | null): UsageRecord => {
    return { start, end, variables: { [code]: { values: only(value), delta: only(step), at } } };
  };
  return changed.toSpliced(row, 0, showing(event.old, rest), showing(event.new, null));
}

/** The same of records in lists. */
export function exchangedColumns(
  rows: UsageColumns,
  events: readonly CostEvent[],
  variables: readonly MeteredVariable[],
): UsageColumns {
  return events.reduce((all, each) => {
    const place = each.kind === 'exchange' ? counterOf(variables, each.counter, recordedRows(rows)) : null;
    const name = place === null ? '' : nameOf(place);
    return each.kind === 'exchange' && all.columns.get(name)?.delta.length ? exchangedIn(all, each, name) : all;
  }, rows);
}

function exchangedIn(rows: UsageColumns, event: Exchange, name: string): UsageColumns {
  const column = rows.columns.get(name)!;
  const { values, delta, at } = column;
  const shownIn = (row: number): Shown => {
    const [end, read, value] = [rows.end[row]!, at[row]!, values[row]!];
    return { end, read: Number.isNaN(read) ? end : read, value: Number.isNaN(value) ? null : value };
  };
  const found = exchangeIn(rows.length, shownIn, event);
  if (found === null) return rows;
  const { first, row, rest, since } = found;
  const changed = { ...column, delta: delta.with(first, since ?? Number.NaN) };
  const columns = new Map(rows.columns).set(name, changed);
  if (since === null) return { ...rows, columns };
  const made = mapColumns({ ...rows, columns }, (list) => withTwoMore(list, row));
  const own = made.columns.get(name)!;
  for (const [place, shown] of [event.old, event.new].entries()) {
    made.start[row + place] = found.at;
    made.end[row + place] = found.at;
    own.values[row + place] = shown;
    own.at[row + place] = found.read;
  }
  own.delta[row] = rest ?? Number.NaN;
  return made;
}

function withTwoMore(list: Float64Array, row: number): Float64Array {
  const longer = new Float64Array(list.length + 2).fill(Number.NaN, row, row + 2);
  longer.set(list.subarray(0, row));
  longer.set(list.subarray(row), row + 2);
  return longer;
}
