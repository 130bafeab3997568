import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { AnalyzerId } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig } from './installation.ts';
import { MINUTE, type meters, runPlant, SECOND, untrue } from './plant.ts';
import type { RunningOptions } from './running-app.ts';

type PlantOptions = Parameters<typeof runPlant>[2];

/** Two lines with two meters each, read every 10 s and recorded each minute. */
export const LINES: readonly DeviceConfig[] = [deviceConfig(), deviceConfig({ id: 2 })];
export const METERS: ReturnType<typeof meters> = [1, 2, 3, 4].map((id) =>
  analyzerConfig({ id, readingMs: 10 * SECOND, deviceId: id < 3 ? 1 : 2, name: `Meter ${id}` }),
);

/** The meters with some of them changed; null: gone. */
export function metersWith(
  changes: Readonly<Record<AnalyzerId, Partial<AnalyzerConfig> | null>>,
): readonly AnalyzerConfig[] {
  return METERS.flatMap((each) => {
    const change = changes[each.id];
    return change === null ? [] : [{ ...each, ...change }];
  });
}

/** A running plant that is reloaded while it runs, with what must hold of everybody. */
export async function runReloads(o: PlantOptions & Partial<Pick<RunningOptions, 'devices' | 'analyzers'>> = {}) {
  const plant = await runPlant(o.devices ?? LINES, o.analyzers ?? METERS, o);
  // those with a stagger have a window that ends as Lector starts
  const records = (id: AnalyzerId) => plant.records(id).filter(({ end }) => end > plant.start);
  const secondsOf = (instant: number) => (instant - plant.start) / SECOND;
  return {
    ...plant,
    records,
    /** "0:02 6/6" for each record: minutes and seconds after the start, and n of N. */
    told: (id: AnalyzerId) =>
      records(id).map(({ end, n, expected }) => `${clockText(secondsOf(end))} ${n}/${expected}`),
    /** What is wrong with an analyzer that nothing should have touched since `from` s after the start. */
    harm: (id: AnalyzerId, from: number = 60): readonly string[] => {
      const analyzer = METERS.find((each) => each.id === id)!;
      const read = plant.readings(id).filter(({ nominal }) => secondsOf(nominal) > from);
      const seen = read.map(({ nominal }) => secondsOf(nominal));
      const due = instantsBetween(from, secondsOf(plant.clock.now()) - 3, 10);
      const bad = read.filter(({ failure }) => failure !== null);
      const made = records(id).filter(({ end }) => secondsOf(end) > from);
      return [
        ...due.filter((at) => !seen.includes(at)).map((at) => `analyzer ${id} was not read at ${at} s`),
        ...seen.filter((at, n) => seen.indexOf(at) !== n).map((at) => `analyzer ${id} was read twice at ${at} s`),
        ...bad.map(({ nominal, failure }) => `analyzer ${id} failed at ${secondsOf(nominal)} s: ${failure?.message}`),
        ...untrue(analyzer, read),
        ...made
          .filter(({ n, expected }) => n < expected)
          .map(({ end }) => `record of ${secondsOf(end)} s is not whole`),
        ...seams(records(id)),
      ];
    },
    seams: (id: AnalyzerId) => seams(records(id)),
  };
}

/** Records that overlap, leave a hole, or come twice. */
export function seams(records: readonly LectorRecord[]): readonly string[] {
  return records.flatMap((record, n) => {
    const before = records[n - 1];
    if (record.generation > 0) return [`a second record ends at ${new Date(record.end).toISOString()}`];
    return before === undefined || before.end === record.start
      ? []
      : [`${new Date(before.end).toISOString()} is followed by ${new Date(record.start).toISOString()}`];
  });
}

const instantsBetween = (after: number, until: number, every: number): readonly number[] =>
  Array.from(
    { length: Math.max(0, Math.floor(until / every) - Math.floor(after / every)) },
    (_, n) => Math.floor(after / every) * every + (n + 1) * every,
  );

const clockText = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;

/** Long enough that everybody was read for a whole window; not at an instant of any grid. */
export const RELOAD_AT = 2 * MINUTE + 33_700;
