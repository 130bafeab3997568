import { toFailure } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Clock } from '../domain/ports.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import { DAY_MS, type Held } from '../exporters/client-rest/missing.ts';
import type { OldOutcome } from '../exporters/client-rest/old-call.ts';
import { CONNECTIONS_MAX } from '../http/client.ts';
import type { CentreLink } from './centre-link.ts';
import { type DadesAnalyzer, type DadesFiles, readDades } from './dades-folder.ts';
import { type DadesReading, readDay } from './dades-lines.ts';
import { patiently } from './patience.ts';
import { addReason, type Tally } from './tally.ts';
import { grouped, type Voice } from './voice.ts';

export type DadesOptions = {
  readonly centre: CentreLink;
  readonly analyzers: readonly DadesAnalyzer[];
  /** As config.xml names it; null: what the files say. */
  readonly modelOf: (id: number) => string | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly plan: boolean;
  readonly offsetAt: OffsetAt;
  readonly clock: Clock;
  readonly voice: Voice;
};

/** `firstSkipped`: `/dades/2/20150102.txt:3`, the first line that could not be read. */
export type DadesNeed = { lines: number; missing: number; skipped: number; firstSkipped: string | null };

/**
 * Sends the lines of daily files by the predecessor's call, oldest first, analyzer by analyzer; what our centre holds
 * already is not sent. What the files lack (least, greatest, how many readings) stays unknown at the centre.
 */
export async function sendDades(o: DadesOptions, tally: Tally): Promise<ReadonlyMap<number, DadesNeed>> {
  const needs = new Map<number, DadesNeed>();
  for (const analyzer of o.analyzers) {
    const need: DadesNeed = { lines: 0, missing: 0, skipped: 0, firstSkipped: null };
    needs.set(analyzer.id, need);
    const model = o.modelOf(analyzer.id) ?? analyzer.model;
    for (const files of analyzer.days) {
      const readings = (await readingsOf(files, o, need, tally)).filter(({ end }) => end > o.from && end <= o.to);
      if (readings.length === 0) continue;
      const missing = await withoutHeld(o, analyzer.id, readings);
      need.lines += readings.length;
      need.missing += missing.length;
      tally.present += readings.length - missing.length;
      const isKnown = o.plan || (await sendLines(o, { id: analyzer.id, model }, missing, tally));
      o.voice.progress(`analyzer ${analyzer.id}, ${files.day}: ${grouped(tally.sent)} sent`);
      if (!isKnown) break;
    }
  }
  return needs;
}

/** A file that cannot be read is told, and the others go on. */
async function readingsOf(
  { day, paths }: DadesFiles,
  { offsetAt }: DadesOptions,
  need: DadesNeed,
  tally: Tally,
): Promise<readonly DadesReading[]> {
  const found: DadesReading[] = [];
  for (const path of paths) {
    const text = await readDades(path).catch((error: unknown) => {
      tally.failed += 1;
      addReason(tally, `${path}: ${toFailure(error, 'EXPORT_FAILED').message}`);
      return '';
    });
    const { readings, skipped, firstSkipped } = readDay(text, day, offsetAt);
    found.push(...readings);
    need.skipped += skipped;
    if (firstSkipped !== null) need.firstSkipped ??= `${path}:${firstSkipped}`;
  }
  return found;
}

async function withoutHeld(
  { centre, clock, voice }: DadesOptions,
  id: number,
  readings: readonly DadesReading[],
): Promise<readonly DadesReading[]> {
  if (centre.version === null) return readings;
  const ends = readings.map(({ end }) => end);
  const [first, last] = [Math.min(...ends) - 1, Math.max(...ends)];
  // a day of 25 hours is still far below what one call may ask for
  const held: Held = await patiently(
    () => centre.holdings(epochMs(first), epochMs(Math.min(last, first + 2 * DAY_MS))),
    clock,
    voice,
  );
  const there = new Set(held.records.flatMap(([analyzer, end]) => (analyzer === id ? [end] : [])));
  const since = held.since ?? Number.NEGATIVE_INFINITY;
  return readings.filter(({ end }) => end >= since && !there.has(end));
}

type Whose = { readonly id: number; readonly model: string };

/** Several at once. False: the centre does not know the analyzer, and would take none of its lines. */
async function sendLines(
  { centre, clock, voice }: DadesOptions,
  { id, model }: Whose,
  readings: readonly DadesReading[],
  tally: Tally,
): Promise<boolean> {
  const queue = readings.values();
  let isKnown = true;
  const attempt = async (reading: DadesReading): Promise<Exclude<OldOutcome, { kind: 'stopped' }>> => {
    const outcome = await centre.save(id, { ...reading, model, generation: 0 });
    if (outcome.kind === 'stopped') throw outcome.failure;
    return outcome;
  };
  const worker = async () => {
    for (const reading of queue) {
      if (!isKnown) {
        tally.failed += 1;
        continue;
      }
      const outcome = await patiently(() => attempt(reading), clock, voice);
      if (outcome.kind === 'unknownAnalyzer') isKnown = false;
      note(tally, outcome);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS_MAX }, worker));
  return isKnown;
}

function note(tally: Tally, outcome: Exclude<OldOutcome, { kind: 'stopped' }>): void {
  switch (outcome.kind) {
    case 'delivered':
      if (outcome.isNew) tally.sent += 1;
      else tally.present += 1;
      return;
    case 'refused':
      tally.refused += 1;
      addReason(tally, outcome.reason);
      return;
    case 'failed':
    case 'unknownAnalyzer':
      tally.failed += 1;
      addReason(tally, outcome.failure.message);
  }
}
