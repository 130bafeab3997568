import { toFailure } from '../domain/errors.ts';
import type { Variable } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { LectorRecord } from '../domain/record.ts';
import { safe } from '../domain/safe.ts';
import { createThinner, everyOf, type Point } from '../domain/thin.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../domain/units.ts';
import type { HistoryView, RecordsView, VariableView } from '../protocol/answers.ts';
import type { Answered } from '../protocol/operator.ts';
import { recordWire } from '../protocol/record-wire.ts';
import type { AnalyzerTrack } from './ledger.ts';
import { ok, refused, thereAre } from './refusals.ts';
import { labelOf, type Scene } from './scene.ts';
import { findAnalyzer } from './targets.ts';

const DAY_MS = 86_400_000;
/** Readings are looked back at for so long. */
const HISTORY_MAX_MS = 2 * DAY_MS;
/** Records are looked for so far back. */
const RECORDS_BACK_MS = 400 * DAY_MS;
const RECORDS_MAX = 1000;
/** How long the store is read at once; then others have their turn. */
const SLICE_MS = 5;
/** Readings, and records, that are asked of the store at once. */
const READINGS_AT_ONCE = 200;
const RECORDS_AT_ONCE = 50;
const HOLE_SPANS_MAX = 8;

/** What the store tells of an analyzer, read in small slices. */
export type Stored = {
  history(id: AnalyzerId, code: string, seconds: number): Promise<Answered<HistoryView>>;
  records(id: AnalyzerId, count: number): Promise<Answered<RecordsView>>;
};

export function createStored(scene: Scene): Stored {
  const { clock } = scene.o;
  /** Lets others run when a slice is over. */
  const pacer = () => {
    let until = clock.mono() + SLICE_MS;
    return async () => {
      if (clock.mono() < until) return;
      await new Promise<void>((resolve) => void clock.setTimeout(() => resolve(), 0));
      until = clock.mono() + SLICE_MS;
    };
  };
  /** A store that cannot be read is an answer too. */
  const answered = async <T>(made: Promise<Answered<T>>): Promise<Answered<T>> => {
    try {
      return await made;
    } catch (error) {
      return refused('UNEXPECTED', safe(toFailure(error, 'STORE_FAILED').message), 'see the log');
    }
  };
  return {
    async history(id, code, seconds) {
      const found = findAnalyzer(scene.ledger, id);
      if (!found.ok) return found;
      const variable = variableOf(scene, found.data, code);
      return variable.ok ? answered(historyOf(scene, found.data, variable.data, seconds, pacer())) : variable;
    },
    async records(id, count) {
      const found = findAnalyzer(scene.ledger, id);
      return found.ok ? answered(recordsOf(scene, found.data, Math.min(count, RECORDS_MAX), pacer())) : found;
    },
  };
}

/** A variable that is read, without regard to case where that leaves one. */
function variableOf(scene: Scene, track: AnalyzerTrack, asked: string): Answered<Variable> {
  const codes = codesOf(track);
  const upper = asked.toUpperCase();
  const code = codes.find((each) => each === asked) ?? codes.find((each) => each.toUpperCase() === upper);
  const variable = code === undefined ? undefined : indexOf(track.profile).variable.get(code);
  if (variable !== undefined) return ok(variable);
  const message = `${labelOf(scene, track)} is not read for ${safe(asked, 40)}; ${thereAre(codes)}`;
  return refused('NO_SUCH_VARIABLE', message);
}

/** What readings of an analyzer hold. */
function codesOf({ codes, profile }: AnalyzerTrack): readonly string[] {
  return [...new Set([...codes, ...profile.status])];
}

export function variableView({ profile }: Pick<AnalyzerTrack, 'profile'>, variable: Variable): VariableView {
  const { code, quantity, unit, description, aggregate, registers } = variable;
  const { register } = indexOf(profile);
  return {
    code,
    quantity,
    unit,
    description,
    aggregate,
    phases: registers.map((id) => register.get(id)?.phase ?? 'none'),
  };
}

type Pace = () => Promise<void>;

async function historyOf(
  scene: Scene,
  track: AnalyzerTrack,
  variable: Variable,
  seconds: number,
  breathe: Pace,
): Promise<Answered<HistoryView>> {
  const { clock, store, meterSince } = scene.o;
  const { id, readingMs, rapid } = track.config;
  const to = clock.now();
  const from = epochMs(Math.max(to - Math.min(seconds * 1000, HISTORY_MAX_MS), 0));
  const first = Math.max(from, meterSince(id));
  const stepMs = READINGS_AT_ONCE * Math.min(readingMs, rapid?.readingMs ?? readingMs);
  // both grids are counted, so that there may be fewer points than could be, and never more
  let count = 0;
  for (let at = first; at < to; at += 4 * stepMs) {
    count += store.instants(id, epochMs(at), epochMs(Math.min(at + 4 * stepMs, to))).length;
    await breathe();
  }
  const { code, aggregate, registers } = variable;
  const every = everyOf(count);
  const thinner = createThinner({ code, aggregate, width: registers.length, every });
  for (let at = first; at < to; at += stepMs) {
    for (const reading of store.readings(id, epochMs(at), epochMs(Math.min(at + stepMs, to)))) {
      if (isOfGrid(track, code, reading.grid)) thinner.add(reading);
    }
    await breathe();
  }
  const points = thinner.points().map(({ at, values }: Point) => ({ at: scene.iso(at), values }));
  return ok({
    id,
    variable: variableView(track, variable),
    ...{ from: scene.iso(from), to: scene.iso(to), every, points },
  });
}

/** Whether readings of a grid hold the variable: a failed one of the other grid says nothing about it. */
function isOfGrid({ config: { consultes, rapid } }: AnalyzerTrack, code: string, grid: 'normal' | 'rapid'): boolean {
  const isRapid = rapid?.consultes.includes(code) === true;
  return grid === 'rapid' ? isRapid : !isRapid || consultes.includes(code);
}

/** The last records, found by looking further and further back. */
async function recordsOf(
  scene: Scene,
  { config }: AnalyzerTrack,
  count: number,
  breathe: Pace,
): Promise<Answered<RecordsView>> {
  const { clock, store } = scene.o;
  const { id, recordingMs } = config;
  const last = store.lastRecord(id);
  let until: EpochMs = epochMs(Math.max(clock.now(), last?.end ?? 0));
  const oldest = until - RECORDS_BACK_MS;
  const leastMs = recordingMs * RECORDS_AT_ONCE;
  let spanMs = leastMs;
  const found: LectorRecord[] = [];
  while (last !== null && found.length < count && until > oldest) {
    const after = epochMs(Math.max(until - spanMs, oldest));
    const those = store.records(id, after, until);
    found.unshift(...those);
    // where there are none, there may be none for months; what is met behind them is read in one piece
    spanMs = those.length === 0 ? Math.min(2 * spanMs, HOLE_SPANS_MAX * leastMs) : leastMs;
    until = after;
    await breathe();
  }
  return ok({
    id,
    records: found.slice(Math.max(0, found.length - count)).map((record) => recordWire(record, scene.iso)),
  });
}
