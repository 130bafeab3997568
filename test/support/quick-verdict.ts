import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { columnsOf, dayOf, headerOf, lineOf } from '../../src/domain/dades.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import type { Store } from '../../src/domain/store-port.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';
import { PROFILES } from './installation.ts';
import { PLANT_BEGAN, plantOffset, quickAnalyzers, RECORDING_MS } from './quick-plant.ts';

/** What is not as it should be, in words; all empty: nothing was lost, doubled or wrong. */
export type Verdict = { readonly lost: string[]; readonly doubled: string[]; readonly wrong: string[] };

const ANALYZERS = quickAnalyzers('');
const METERS = new Map(
  ANALYZERS.map(({ id, profileId }) => {
    const profile = PROFILES.get(profileId)!;
    return [id, createSimulatedMeter({ profile, seed: 7, analyzerId: id, offsetAt: plantOffset })] as const;
  }),
);

/** Longest from the first request of a reading to its last answer, and how finely the truth is looked at meanwhile. */
const ANSWERED_MS = 65_000;
const LOOK_MS = 100;

/** Compares a store and its daily files with what was reported and with what the meters truly measured. */
export function verdictOf(
  store: Store,
  dades: string,
  journal: readonly string[],
  checkedUntil = PLANT_BEGAN,
): Verdict {
  const verdict: Verdict = { lost: [], doubled: [], wrong: [] };
  for (const { id } of ANALYZERS) {
    const readings = store.readings(id, epochMs(0), epochMs(2 * PLANT_BEGAN));
    const records = store.records(id, epochMs(0), epochMs(2 * PLANT_BEGAN));
    const reported = journal.filter((line) => / (\d+) /.exec(line)?.[1] === String(id));
    const has = {
      reading: new Set(readings.map(({ nominal }) => `reading ${id} ${nominal}`)),
      record: new Set(records.map(({ end }) => `record ${id} ${end}`)),
    };
    for (const line of reported) {
      const kind = line.split(' ')[0];
      if ((kind === 'reading' || kind === 'record') && !has[kind].has(line)) verdict.lost.push(line);
    }
    for (const reading of readings) {
      if (reading.nominal >= checkedUntil) verdict.wrong.push(...untrue(reading));
    }
    checkRecords(store, id, readings, records, verdict);
    checkLines(join(dades, String(id)), records, reported, verdict);
  }
  return verdict;
}

/** A value that the meter did not measure between the request and the latest possible answer. */
function untrue(reading: Reading): readonly string[] {
  const meter = METERS.get(reading.analyzerId)!;
  return Object.entries(reading.values).flatMap(([code, values]) => {
    const ids = meter.profile.variables.find((each) => each.code === code)?.registers ?? [];
    return values.flatMap((value, index) => {
      if (value === null) return [];
      const step = meter.stepOf(ids[index] ?? '') || Math.abs(value) * 1e-6;
      for (let at = reading.at; at <= reading.at + ANSWERED_MS; at = epochMs(at + LOOK_MS)) {
        // between two looks the truth moves on by less than a step or two
        if (Math.abs((meter.truth(code, at)[index] ?? 0) - value) <= 2 * step + Math.abs(value) * 2e-4) return [];
      }
      return [`reading ${reading.analyzerId} ${reading.nominal}: ${code}${index} is ${value}`];
    });
  });
}

function checkRecords(
  store: Store,
  id: number,
  readings: readonly Reading[],
  records: readonly LectorRecord[],
  verdict: Verdict,
): void {
  for (const [index, record] of records.entries()) {
    const name = `record ${id} ${record.end}`;
    const before = records[index - 1];
    if (record.generation > 0) verdict.doubled.push(`${name} is generation ${record.generation}`);
    if (record.end - record.start !== RECORDING_MS) verdict.wrong.push(`${name} lasts ${record.end - record.start} ms`);
    if (before && record.start < before.end) verdict.doubled.push(`${name} overlaps the one before`);
    if (before && record.start > before.end && !isGap(store, id, before.end, record.start))
      verdict.lost.push(`between ${before.end} and ${record.start} analyzer ${id} has neither record nor gap`);
    const mine = readings.filter(({ nominal }) => nominal > record.start && nominal <= record.end);
    const good = mine.filter(({ values }) => Object.values(values).some((all) => all.some((value) => value !== null)));
    if (record.n !== good.length || record.expected !== 60)
      verdict.wrong.push(`${name} says ${record.n} of ${record.expected}, ${good.length} of 60 are stored`);
    const volts = good.flatMap(({ values }) => values.TPF?.[0] ?? []);
    const mean = volts.length === 0 ? null : volts.reduce((sum, value) => sum + value, 0) / volts.length;
    const said = record.variables.TPF?.values[0] ?? null;
    if (mean === null ? said !== null : Math.abs((said ?? 0) - mean) > 1e-9 * mean)
      verdict.wrong.push(`${name}: TPF0 is ${said}, the mean of its readings ${mean}`);
  }
  const last = records.at(-1)?.end ?? 0;
  for (const { nominal } of readings) {
    const isRecorded = records.some(({ start, end }) => nominal > start && nominal <= end);
    if (nominal <= last && !isRecorded) verdict.lost.push(`reading ${id} ${nominal} is in no record`);
  }
}

function isGap(store: Store, id: number, from: EpochMs, to: EpochMs): boolean {
  let until = from;
  for (const gap of store.gaps(id, from, to)) if (gap.from <= until) until = epochMs(Math.max(until, gap.to));
  return until >= to;
}

/** Each line of the daily files is that of a record, once, and every delivered record has one. */
function checkLines(folder: string, records: readonly LectorRecord[], reported: readonly string[], verdict: Verdict) {
  const order = ['TPF', 'PAT', 'CEA'];
  const expected = new Map(
    records.flatMap((record) => {
      const columns = columnsOf(record, order);
      const text = lineOf(record, columns, plantOffset);
      const key = `${dayOf(record.end, plantOffset)} ${text}`;
      return text === null ? [] : [[key, { end: record.end, header: headerOf(columns) }] as const];
    }),
  );
  const found = new Set<EpochMs>();
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d{8}\.txt$/.test(name)) : [];
  for (const name of names) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    // a line that is being written when the process is killed is cut back at the next start
    lines.pop();
    for (const [index, line] of lines.entries()) {
      const owner = expected.get(`${name.slice(0, 8)} ${line}`);
      if (index === 0 ? !line.startsWith('HORA\t') : owner === undefined)
        verdict.wrong.push(`${folder}/${name}: ${line}`);
      if (owner && found.has(owner.end)) verdict.doubled.push(`${folder}/${name}: ${line}`);
      if (owner) found.add(owner.end);
    }
  }
  const withLine = new Set([...expected.values()].map(({ end }) => end));
  for (const line of reported) {
    const end = epochMs(Number(line.split(' ')[2]));
    if (line.startsWith('line ') && withLine.has(end) && !found.has(end)) verdict.lost.push(line);
  }
}
