import { type EpochMs, epochMs } from '../domain/units.ts';
import type { MeteredVariable, UsageRecord } from './usage.ts';

/** A line of a daily file. */
export type DadesLine = {
  readonly end: EpochMs;
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
};

/** What is to be known of figures that come from daily files. */
export const DADES_NOTE =
  'from daily files: they do not say when a counter was read, and those of the predecessor hold its mean over the ' +
  'interval; what lies at a border of periods or days is known to half an interval';

const MINUTE_MS = 60_000;

/**
 * When the window of a line ended. The predecessor recorded at full minutes and wrote what the clock was some seconds
 * later; windows as short as that are of nobody.
 */
const endOf = (end: EpochMs, recordingMs: number): EpochMs =>
  recordingMs < MINUTE_MS ? end : epochMs(Math.floor(end / MINUTE_MS) * MINUTE_MS);

/**
 * Lines of daily files, by end, as records: counters by the difference to the value before, which is not known where
 * they fell (a new meter, a reset). A lone 0, or a value that the next one takes back, is none.
 */
export function dadesUsage(
  lines: readonly DadesLine[],
  variables: readonly MeteredVariable[],
  recordingMs: number,
): readonly UsageRecord[] {
  const counters = variables.filter(({ aggregate }) => aggregate === 'counter');
  const deltas = new Map(
    counters.flatMap(({ code, phases }) =>
      phases.map((_, index) => {
        const column = lines.map(({ values }) => values[code]?.[index] ?? null);
        return [`${code} ${index}`, deltasOf(column)] as const;
      }),
    ),
  );
  return lines.map(({ end: written, values }, line): UsageRecord => {
    const end = endOf(written, recordingMs);
    const recorded = Object.entries(values).map(([code, list]) => {
      const delta = list.map((_, index) => deltas.get(`${code} ${index}`)?.[line] ?? null);
      const good = list.map((value, index) => (deltas.get(`${code} ${index}`)?.[line] === undefined ? null : value));
      const isCounter = counters.some((each) => each.code === code);
      return [code, { values: isCounter ? good : list, delta, at: null }] as const;
    });
    return { start: epochMs(end - recordingMs), end, variables: Object.fromEntries(recorded) };
  });
}

/** Of each value the difference to the one before; null: not known; undefined: the value does not count. */
export function deltasOf(column: readonly (number | null)[]): readonly (number | null | undefined)[] {
  // an energy that counts backwards is the same counter seen in a mirror
  const sign = column.some((value) => value !== null && value < 0) ? -1 : 1;
  const valueAt = (line: number) => sign * (column[line] ?? 0);
  const found = new Array<number | null | undefined>(column.length).fill(undefined);
  let before: number | null = null;
  // tens of thousands of lines a year: without an object for each
  for (let line = knownFrom(column, 0); line < column.length; ) {
    const nextLine = knownFrom(column, line + 1);
    const value = valueAt(line);
    const next = nextLine < column.length ? valueAt(nextLine) : null;
    const isTakenBack = before !== null && next !== null && next >= before && (value < before || value > next);
    if (!isTakenBack && (value !== 0 || before === 0)) {
      const isStep = before !== null && before !== 0 && value >= before;
      found[line] = isStep && before !== null ? (sign * Math.round((value - before) * 100)) / 100 : null;
      before = value;
    }
    line = nextLine;
  }
  return found;
}

/** The first line from one on that has a value; the number of lines: none has. */
function knownFrom(column: readonly (number | null)[], line: number): number {
  let place = line;
  while (place < column.length && (column[place] ?? null) === null) place += 1;
  return place;
}

/** The usual time between two lines, ms, to the minute where they are some apart; null: there are not two. */
export function usualInterval(lines: readonly { readonly end: EpochMs }[]): number | null {
  const counts = new Map<number, number>();
  for (const [index, { end }] of lines.entries()) {
    const before = lines[index - 1]?.end ?? end;
    const apart = end - before < MINUTE_MS ? end - before : endOf(end, MINUTE_MS) - endOf(before, MINUTE_MS);
    if (apart > 0) counts.set(apart, (counts.get(apart) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
