import type { SimulatedMeter } from '../../drivers/simulated/meter.ts';
import type { AnalyzerConfig, DeviceConfig } from '../../src/domain/installation.ts';
import type { Line } from '../../src/domain/ports.ts';
import type { Reading } from '../../src/domain/reading.ts';
import { type AnalyzerId, epochMs, type VariableCode } from '../../src/domain/units.ts';
import { analyzerConfig, deviceConfig } from './installation.ts';
import { type RunningOptions, runApp } from './running-app.ts';
import { createScriptedLine, meterOf } from './scripted-line.ts';
import { createSteppedClock } from './stepped-clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

type PlantOptions = Omit<RunningOptions, 'devices' | 'analyzers' | 'lineOf'>;

/** A running app with what tests ask of it: what was stored, and whether it is true. */
export async function runPlant(
  devices: readonly DeviceConfig[],
  analyzers: readonly AnalyzerConfig[],
  o: PlantOptions & Pick<RunningOptions, 'lineOf'> = {},
) {
  const clock = o.clock ?? createSteppedClock();
  const start = clock.now();
  const running = await runApp({ ...o, devices, analyzers, clock });
  const readings = (id: AnalyzerId): readonly Reading[] =>
    running.store.readings(id, epochMs(start - 1), epochMs(clock.now() + HOUR));
  return {
    ...running,
    start,
    readings,
    records: (id: AnalyzerId) => running.store.records(id, epochMs(start - HOUR), epochMs(clock.now() + HOUR)),
    /** The readings that hold values. */
    good: (id: AnalyzerId) => readings(id).filter(({ failure }) => failure === null),
    /** Seconds after the start of each instant of which a reading tells, with the failure or "good". */
    outcomes: (id: AnalyzerId) =>
      readings(id).map(({ nominal, failure }) => [(nominal - start) / SECOND, failure?.code ?? 'good'] as const),
    /** What the link noticed of a unit. */
    countsOf: (deviceId: number, unit: number) => running.contextOf(`device:${deviceId}`).desk.counts[unit] ?? {},
    /** The machine of an analyzer: "polling". */
    linkOf: (id: AnalyzerId) => topOf((running.stateOf(`analyzer:${id}`) as { readonly link: unknown }).link),
    session: (id: AnalyzerId) => running.contextOf(`analyzer:${id}`).session,
    texts: (level: 'info' | 'warn' | 'error') =>
      running.log.lines.filter((line) => line.level === level).map(({ text }) => text),
  };
}

type ScriptedOptions = PlantOptions & {
  /** Changes of device 1, which is serial, or TCP with framing 'mbap'. */
  readonly device?: Partial<DeviceConfig>;
  readonly framing?: 'rtu' | 'mbap';
  /** Simulated ones beside it. */
  readonly others?: { readonly devices: readonly DeviceConfig[]; readonly analyzers: readonly AnalyzerConfig[] };
  /** What its line begins and never ends. */
  readonly hang?: 'open' | 'close';
};

/** The app with one real device, 1, whose line a test spoils; `analyzers` are on it. */
export async function runScripted(analyzers: readonly AnalyzerConfig[], o: ScriptedOptions = {}) {
  const { clock = createSteppedClock(), framing = 'rtu', others = { devices: [], analyzers: [] } } = o;
  const line = createScriptedLine({ clock, analyzers, framing });
  const used: Line = o.hang === undefined ? line : { ...line, [o.hang]: () => new Promise<void>(() => {}) };
  const device = deviceConfig({ endpoint: framing === 'mbap' ? TCP : SERIAL, ...o.device });
  const plant = await runPlant([device, ...others.devices], [...analyzers, ...others.analyzers], {
    ...o,
    clock,
    lineOf: ({ id }: DeviceConfig) => (id === device.id ? used : null),
  });
  return { ...plant, line };
}

const SERIAL = { type: 'serial', port: '/dev/scripted', baud: 19_200, bits: 8, parity: 'E', stop: 1 } as const;
const TCP = { type: 'tcp', host: 'gateway', port: 502 } as const;

function topOf(state: unknown): string {
  return typeof state === 'string' ? state : (Object.keys(state as object)[0] ?? '');
}

/** PM710s on device 1, each with its id as address. */
export const meters = (ids: readonly number[], own: Partial<AnalyzerConfig> = {}): readonly AnalyzerConfig[] =>
  ids.map((id) => analyzerConfig({ id, readingMs: 10 * SECOND, ...own }));

/** Values of stored readings that are not what the meter said at that instant; empty: everything is right. */
export function untrue(analyzer: AnalyzerConfig, readings: readonly Reading[]): readonly string[] {
  const meter = meterOf(analyzer);
  return readings.flatMap((reading) =>
    Object.keys(reading.values).flatMap((code) => wrongIn(meter, reading, code).map((text) => `${code}: ${text}`)),
  );
}

function wrongIn(meter: SimulatedMeter, { at, values, nominal }: Reading, code: VariableCode): readonly string[] {
  const variable = meter.profile.variables.find((each) => each.code === code);
  return (values[code] ?? []).flatMap((value, n) => {
    const id = variable?.registers[n] ?? '';
    const truths = instants(at).map((instant) => meter.truthOf(id, instant));
    // a register of floats has no step but that of a 32-bit number
    const step = 1.01 * meter.stepOf(id) + 1e-7 * Math.abs(value ?? 0) + 1e-6;
    const range = truths.flatMap((truth) => truth ?? []);
    const between = value !== null && value >= Math.min(...range) - step && value <= Math.max(...range) + step;
    return value === null || between
      ? []
      : [`${value} at ${nominal}, where it was ${Math.min(...range)} to ${Math.max(...range)}`];
  });
}

/** The blocks of one reading are asked one after another: a value may be a little younger than the first of them. */
const instants = (at: number) => Array.from({ length: 26 }, (_, n) => epochMs(at + n * 200));
