import type { CostEvent } from '../../domain/cost-event.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { exchangedColumns, unbilledOf } from '../../tariff/events.ts';
import { DAY_MS } from '../../tariff/local-day.ts';
import { usagePieces } from '../../tariff/usage.ts';
import {
  joinColumns,
  listOf,
  nameOf,
  type Place,
  placesOf,
  recordedRows,
  type UsageColumns,
} from '../../tariff/usage-columns.ts';
import { allPlaces } from '../../tariff/usage-places.ts';
import type { AppDeps } from '../api/app-types.ts';
import type { AnalyzerRow } from '../ports.ts';
import { inTurns } from './in-turns.ts';
import { billedVariables, type Told, withOldCounters } from './usage-records.ts';

/** How far around a time a counter's value is looked for first; twice as far each time. */
const AROUND_MS = 2 * DAY_MS;
const AROUND_MAX_MS = 4096 * DAY_MS;

/**
 * What was consumed, with the events of the analyzer: meters that were exchanged, time that is not billed. Between its
 * pieces others have their turn.
 */
export async function usageFrom(told: Told, analyzer: AnalyzerRow, events: readonly CostEvent[] = []): Promise<Usage> {
  const variables = billedVariables(analyzer);
  const rows = exchangedColumns(told.rows, events, variables);
  const made = await inTurns(usagePieces(rows, variables, analyzer.recordingMs));
  return { ...made, unbilled: unbilledOf(events), notes: [...(made.notes ?? []), ...told.notes] };
}

/**
 * By end, from what a counter showed last before `from` to what it showed first after `to`: the values that consumption
 * is told from.
 */
export async function toldBetween(
  analyzer: AnalyzerRow,
  from: EpochMs,
  to: EpochMs,
  { readUsage }: Pick<AppDeps, 'readUsage'>,
): Promise<Told> {
  const variables = billedVariables(analyzer);
  const span = { analyzer, from, to };
  // nobody said what an old lector records
  const first = analyzer.variables.length === 0 ? allPlaces(variables) : listOf(placesOf(variables));
  const told = await toldOf(first, span, readUsage);
  const isRead = new Set(first.map(nameOf));
  const isRecorded = recordedRows(told.rows);
  const wanted = listOf(placesOf(variables, (place) => !isRead.has(nameOf(place)) || isRecorded(place)));
  // mostly what a profile names first is recorded: all that there may be is read where it is not
  return wanted.every((place) => isRead.has(nameOf(place))) ? told : toldOf(allPlaces(variables), span, readUsage);
}

type ToldSpan = { readonly analyzer: AnalyzerRow; readonly from: EpochMs; readonly to: EpochMs };

async function toldOf(
  places: readonly Place[],
  { analyzer, from, to }: ToldSpan,
  readUsage: AppDeps['readUsage'],
): Promise<Told> {
  const { node, id, recordingMs } = analyzer;
  const counters = places.filter(({ isCounter }) => isCounter).map(nameOf);
  const between = (start: number, end: number) =>
    readUsage({ node, analyzer: id, from: epochMs(Math.max(0, start)), to: epochMs(Math.max(0, end)) }, places);
  const isShownIn = (rows: UsageColumns, after: number, until: number) =>
    counters.some((name) => isShown(rows, name, after, until));
  const beyond = async (range: (near: number, far: number) => readonly [number, number]) => {
    for (let [near, ms] = [AROUND_MS, 2 * AROUND_MS]; ms <= AROUND_MAX_MS; [near, ms] = [near + ms, ms * 2]) {
      const piece = await between(...range(near, near + ms));
      // what lies between tells nothing of the time that is asked for
      if (isShownIn(piece, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) return [piece];
    }
    return [];
  };
  const near = await between(from - AROUND_MS, to + AROUND_MS);
  const isAlone = counters.length === 0;
  const isBefore = isAlone || isShownIn(near, Number.NEGATIVE_INFINITY, from);
  const isAfter = isAlone || isShownIn(near, to, Number.POSITIVE_INFINITY);
  const before = isBefore ? [] : await beyond((first, far) => [from - far, from - first]);
  const after = isAfter ? [] : await beyond((first, far) => [to + first, to + far]);
  const [first = near, ...others] = [...before, near, ...after];
  return withOldCounters(joinColumns(first, ...others), places, recordingMs);
}

/** Whether a counter shows a value in (after, until]. */
function isShown({ length, end, columns }: UsageColumns, name: string, after: number, until: number): boolean {
  const values = columns.get(name)?.values;
  for (let row = 0; values !== undefined && row < length && end[row]! <= until; row += 1) {
    if (end[row]! > after && !Number.isNaN(values[row])) return true;
  }
  return false;
}
