import type { AnalyzerConfig } from '../../src/domain/installation.ts';
import type { Gap, LectorRecord } from '../../src/domain/record.ts';
import type { SmallState } from '../../src/domain/store-port.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../../src/domain/units.ts';
import { createField, type FieldLine } from './field.ts';
import { deviceConfig } from './installation.ts';
import { createLastingStore } from './lasting-store.ts';
import { createLife } from './life.ts';
import { type RunningOptions, runApp } from './running-app.ts';
import { createSteppedClock } from './stepped-clock.ts';

type RunsOptions = Partial<Omit<RunningOptions, 'analyzers' | 'clock' | 'store'>> & {
  readonly analyzers: readonly AnalyzerConfig[];
  /** When the first run begins. */
  readonly at: string;
  /** Meters and wires that outlive the runs; those of each run begin anew if left out. */
  readonly lines?: readonly FieldLine[];
};

const ALWAYS = [epochMs(-1e15), epochMs(1e15)] as const;

/** Runs of one installation after each other, on one clock, one store and one state. The first begins at once. */
export async function createRuns(options: RunsOptions) {
  const clock = createSteppedClock(Date.parse(options.at));
  const store = createLastingStore();
  const { lines } = options;
  const field = lines && createField({ ...options, clock, lines });
  let life = createLife(clock, field);
  const begin = (change: Partial<RunsOptions>, state?: Partial<SmallState>) => {
    life = createLife(clock, field);
    const held = { clock: life.clock, ...(field && { devices: field.devices, lineOf: life.lineOf }) };
    return runApp({ devices: [deviceConfig()], ...options, ...change, ...held, store, ...(state && { state }) });
  };
  let run = await begin({}, options.state);
  const texts: string[] = [];

  const ended = () => {
    texts.push(...run.log.lines.map(({ text }) => text));
    store.restart();
  };
  return {
    clock,
    store,
    /** The run of now. */
    now: () => run,
    /** Stops in order. */
    async stop() {
      await run.stop();
      ended();
    },
    /** The process dies. */
    kill() {
      life.end();
      ended();
    },
    async start(change: Partial<RunsOptions> = {}) {
      run = await begin(change, run.state.read());
    },
    set(time: string) {
      clock.setWall(epochMs(Date.parse(time)));
    },
    texts: () => [...texts, ...run.log.lines.map(({ text }) => text)],
    records: (id: AnalyzerId = 1): readonly LectorRecord[] => store.records(id, ...ALWAYS),
    gaps: (id: AnalyzerId = 1): readonly Gap[] => store.gaps(id, ...ALWAYS),
    /** "08:01 60/60" for each record, ".1" after the time for a generation, in UTC. */
    told: (id: AnalyzerId = 1) => store.records(id, ...ALWAYS).map(recordWords),
    gapsTold: (id: AnalyzerId = 1) =>
      store.gaps(id, ...ALWAYS).map(({ from, to, cause }) => `${timeOf(from)} to ${timeOf(to)} ${cause}`),
  };
}

export type Runs = Awaited<ReturnType<typeof createRuns>>;

function recordWords({ end, generation, n, expected }: LectorRecord): string {
  return `${timeOf(end)}${generation === 0 ? '' : `.${generation}`} ${n}/${expected}`;
}

/** "2026-05-04 08:01" in UTC, the seconds only where they are not 0. */
export function timeOf(instant: EpochMs): string {
  return new Date(instant)
    .toISOString()
    .replace('T', ' ')
    .replace(/(:00)?\.000Z$/, '')
    .replace(/^2026-05-04 /, '');
}
