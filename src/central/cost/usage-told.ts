import type { CostEvent } from '../../domain/cost-event.ts';
import { type EpochMs, epochMs } from '../../domain/units.ts';
import type { Usage } from '../../tariff/charges/context.ts';
import { unbilledOf, withExchanges } from '../../tariff/events.ts';
import { DAY_MS } from '../../tariff/local-day.ts';
import { type UsageRecord, usageOf } from '../../tariff/usage.ts';
import type { AppDeps } from '../api/app-types.ts';
import type { AnalyzerRow } from '../ports.ts';
import { billedVariables, type Told, withOldCounters } from './usage-records.ts';

/** How far around a time a counter's value is looked for first; twice as far each time. */
const AROUND_MS = 2 * DAY_MS;
const AROUND_MAX_MS = 4096 * DAY_MS;

/** What was consumed, with the events of the analyzer: meters that were exchanged, time that is not billed. */
export function usageFrom({ records, notes }: Told, analyzer: AnalyzerRow, events: readonly CostEvent[] = []): Usage {
  const variables = billedVariables(analyzer);
  const made = usageOf(withExchanges(records, events, variables), variables, analyzer.recordingMs);
  return { ...made, unbilled: unbilledOf(events), notes };
}

/** By end, from what a counter showed last before `from` to what it showed first after `to`. */
export async function toldBetween(
  analyzer: AnalyzerRow,
  from: EpochMs,
  to: EpochMs,
  { readUsage }: Pick<AppDeps, 'readUsage'>,
): Promise<Told> {
  const { node, id, recordingMs } = analyzer;
  const variables = billedVariables(analyzer);
  const counters = variables.filter(({ aggregate }) => aggregate === 'counter').map(({ code }) => code);
  const between = (start: number, end: number) =>
    readUsage({ node, analyzer: id, from: epochMs(Math.max(0, start)), to: epochMs(end) }, variables);
  const showsCounter = ({ variables: recorded }: UsageRecord) =>
    counters.some((code) => recorded[code]?.values.some((value) => value !== null) === true);
  const around = async (range: (near: number, far: number) => readonly [number, number]) => {
    const pieces: (readonly UsageRecord[])[] = [];
    for (let [near, ms] = [0, AROUND_MS]; ms <= AROUND_MAX_MS; [near, ms] = [near + ms, ms * 2]) {
      const piece = await between(...range(near, near + ms));
      const isFound = piece.some(showsCounter);
      // what lies between tells nothing of the time that is asked for
      if (isFound || near === 0) pieces.push(piece);
      if (isFound || counters.length === 0) break;
    }
    return pieces;
  };
  const before = await around((near, far) => [from - far, from - near]);
  const within = await between(from, to);
  const after = await around((near, far) => [to + near, to + far]);
  const records = [...before.toReversed().flat(), ...within, ...after.flat()];
  return withOldCounters(records, variables, recordingMs);
}
