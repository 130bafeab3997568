import { describe, expect, it } from 'vitest';
import { createGather } from '../../../src/exporters/prometheus/gather.ts';
import { samplesOf } from '../../../src/exporters/prometheus/quantities.ts';
import type { AlarmsView, LineView } from '../../../src/protocol/answers.ts';
import type { AnalyzerView, DeliveryView, NodeView } from '../../../src/protocol/views.ts';
import { type FakePlant, fakePlant } from '../../support/exporter-context.ts';
import { analyzerConfig, PROFILES } from '../../support/installation.ts';
import { parseMetrics, type Sample } from '../../support/prometheus-text.ts';

const NOW = '2026-11-25T13:00:10.000+01:00';
const node = { id: 4, name: 'School', troubles: ['the disk is full'] } as unknown as NodeView;
const delivery: DeliveryView = {
  ...{ exporter: 'mqtt:mqtt://broker', type: 'mqtt', target: 'mqtt://broker', analyzers: [1], state: 'backingOff' },
  ...{
    since: null,
    owed: 7,
    oldest: '2026-11-25T12:00:10.000+01:00',
    parked: 2,
    perMinute: 0,
    error: null,
    nextTry: null,
  },
};
const line: LineView = {
  ...{ id: 1, type: 'serial', description: '/dev/ttyUSB0 19200 8E1', enabled: true, state: 'open', since: null },
  ...{
    error: null,
    analyzers: [1],
    utilisation: 0.25,
    planned: null,
    errors: { timeout: 3 },
    asking: null,
    waiting: 1,
  },
  transactions: { total: 1_234, perSecond: 2 },
} as unknown as LineView;

function plantOf(o: Parameters<typeof fakePlant>[0] extends infer T ? Partial<T> : never = {}): FakePlant {
  return fakePlant({
    ...{ type: 'prometheus', target: '127.0.0.1:0' },
    list: { node, deliveries: [delivery] },
    operator: {
      now: () => NOW,
      lines: () => ({ lines: [line] }),
      alarms: () => ({ alarms: [{ severity: 'error' }] as unknown as AlarmsView['alarms'] }),
    },
    ...o,
  });
}

async function scraped({ context }: FakePlant, isOpenMetrics = false) {
  const lag = { mean: 0.001, p50: 0.001, p99: 0.02, max: 0.05 };
  const { body } = (await createGather(context)(lag)).text(isOpenMetrics);
  const samples = parseMetrics(body, isOpenMetrics);
  const find = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    samples.filter(
      (each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
    );
  return { samples, find, numbers: (...of: Parameters<typeof find>) => find(...of).map(({ value }: Sample) => value) };
}

const change = (plant: FakePlant, id: number, to: Partial<AnalyzerView>) =>
  plant.views.set(id, { ...plant.views.get(id)!, ...to });

describe('what Prometheus is told', () => {
  it.each([false, true])('readings in base units, with their labels (OpenMetrics: %s)', async (isOpenMetrics) => {
    const { find } = await scraped(plantOf({ analyzers: [analyzerConfig({ name: 'Main' })] }), isOpenMetrics);
    const who = { node: '4', analyzer: '1', name: 'Main' };
    expect(find('lector_voltage_phase_volts')).toMatchObject([
      { value: 230.1, type: 'gauge', labels: { ...who, variable: 'TPF', phase: 'L1' } },
      { value: 231.2, labels: { ...who, variable: 'TPF', phase: 'L2' } },
    ]);
    expect(find('lector_active_power_watts')).toMatchObject([{ value: 12_500, labels: { ...who, variable: 'PAT' } }]);
    expect(find('lector_active_energy_both_directions_joules_total')).toMatchObject([
      { value: 3_600_000_000, type: 'counter', help: expect.stringContaining('3600000 are a kWh') },
    ]);
    expect(find('lector_analyzer_info')).toMatchObject([
      { value: 1, labels: { ...who, vendor: 'Schneider', model: 'PM710', device: '1' } },
    ]);
  });
  it.each<[string, Partial<AnalyzerView>]>([
    ['has failed', { state: 'failed' }],
    ['is paused', { state: 'paused' }],
    ['is read, and its values are old', { ageMs: 7_001 }],
    ['was never read', { ageMs: null, lastReading: null }],
  ])('no reading of an analyzer that %s, which is not up', async (_, to) => {
    const plant = plantOf();
    change(plant, 1, to);
    const { samples, numbers } = await scraped(plant);
    expect(samples.filter(({ labels }) => labels.variable !== undefined)).toEqual([]);
    expect(numbers('lector_analyzer_up')).toEqual([0]);
    expect(numbers('lector_analyzer_reading_age_seconds')).toEqual(to.ageMs === null ? [] : [(to.ageMs ?? 100) / 1000]);
  });
  it('how analyzers, lines and deliveries fare', async () => {
    const plant = plantOf();
    change(plant, 1, {
      ...{ readings: { good: 90, failed: 10 }, errors: { timeout: 4 }, errorShare: 0.1, ageMs: 250 },
      lastRecord: { end: '2026-11-25T13:00:00.000+01:00', n: 55, expected: 60 },
    });
    const { numbers, find } = await scraped(plant);
    expect(numbers('lector_analyzer_up', { analyzer: '1' })).toEqual([1]);
    expect(find('lector_analyzer_state').filter(({ value }) => value === 1)).toMatchObject([
      { labels: { state: 'polling' } },
    ]);
    expect(numbers('lector_analyzer_readings_total', { result: 'good' })).toEqual([90]);
    expect(numbers('lector_analyzer_readings_total', { result: 'failed' })).toEqual([10]);
    expect(numbers('lector_analyzer_errors_total', { kind: 'timeout' })).toEqual([4]);
    expect(numbers('lector_analyzer_error_ratio')).toEqual([0.1]);
    expect(numbers('lector_analyzer_reading_age_seconds')).toEqual([0.25]);
    expect(numbers('lector_analyzer_last_record_timestamp_seconds')).toEqual([Date.UTC(2026, 10, 25, 12) / 1000]);
    expect(numbers('lector_analyzer_last_record_readings')).toEqual([55]);
    expect(numbers('lector_line_utilization_ratio', { device: '1' })).toEqual([0.25]);
    expect(numbers('lector_line_planned_utilization_ratio')).toEqual([]);
    expect(numbers('lector_line_transactions_total')).toEqual([1_234]);
    expect(numbers('lector_line_errors_total', { kind: 'timeout' })).toEqual([3]);
    expect(numbers('lector_delivery_owed_records', { type: 'mqtt' })).toEqual([7]);
    expect(numbers('lector_delivery_parked_records')).toEqual([2]);
    expect(numbers('lector_delivery_oldest_owed_age_seconds')).toEqual([3_600]);
    expect(numbers('lector_alarms', { severity: 'error' })).toEqual([1]);
    expect(numbers('lector_alarms', { severity: 'warning' })).toEqual([0]);
    expect(numbers('lector_troubles')).toEqual([1]);
    expect(numbers('nodejs_eventloop_lag_p99_seconds')).toEqual([0.02]);
    expect(numbers('process_resident_memory_bytes')[0]).toBeGreaterThan(10_000_000);
    expect(numbers('process_start_time_seconds')[0]).toBeCloseTo(performance.timeOrigin / 1000, 0);
  });
  it.each([
    false,
    true,
  ])('names with quotes, slashes and lines, and control characters made visible (%s)', async (isOpen) => {
    const name = 'a "b" \\ c\nd {e="f"} \u001b[31m \u202e €';
    const { find } = await scraped(plantOf({ analyzers: [analyzerConfig({ name })] }), isOpen);
    expect(find('lector_analyzer_up')[0]!.labels.name).toBe('a "b" \\ c\\x0ad {e="f"} \\x1b[31m \\u{202e} €');
  });
  it('only the analyzers that export here, and a counter below 0 is none', async () => {
    const plant = plantOf({ analyzers: [analyzerConfig(), analyzerConfig({ id: 2 })] });
    const reading = plant.views.get(1)!.lastReading!;
    change(plant, 1, { lastReading: { ...reading, values: { CEA: [-5], PAT: [-12.5], TPF: [Number.NaN, null, 1] } } });
    const { context } = plant;
    const { find, numbers } = await scraped({ ...plant, context: { ...context, analyzerIds: () => [1] } });
    expect(find('lector_analyzer_up').map(({ labels }) => labels.analyzer)).toEqual(['1']);
    expect(numbers('lector_active_energy_both_directions_joules_total')).toEqual([]);
    expect(numbers('lector_active_power_watts')).toEqual([-12_500]);
    expect(numbers('lector_voltage_phase_volts')).toEqual([1]);
  });
});

describe('the name of each variable', () => {
  const BASE =
    /_(volts|amperes|watts|vars|voltamperes|joules|var_seconds|voltampere_seconds|hertz|ratio|celsius|seconds)$/;
  const all = [...PROFILES.values()].flatMap(({ id, variables, registers }) => {
    const phases = new Map(registers.map((register) => [register.id, register.phase]));
    return variables.map((each) => ({
      title: `${id} ${each.code}`,
      view: { ...each, phases: each.registers.map((key) => phases.get(key) ?? ('none' as const)) },
    }));
  });
  it('there are variables to look at', () => expect(all.length).toBeGreaterThan(500));
  it('every value of every profile has a name with its base unit, or its unit as a label', () => {
    const wrong = all.flatMap(({ title, view }) =>
      samplesOf(view)
        .filter(({ name, type, unit, parts }) => {
          const isNamed = /^lector(_[a-z]+)+$/.test(name) && !/_(none|undefined)_/.test(name);
          const hasUnit = BASE.test(name.replace(/_total$/, '')) || unit === view.unit;
          return !isNamed || !hasUnit || name.endsWith('_total') !== (type === 'counter') || parts.length === 0;
        })
        .map(({ name }) => `${title}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
  it('no two values of an analyzer are one sample, and one name is of one type', () => {
    const types = new Map<string, string>();
    for (const { title, view } of all) {
      const samples = samplesOf(view);
      const keys = samples.map(({ name, phase, value }) => `${name} ${phase} ${value}`);
      expect(new Set(keys).size, title).toBe(keys.length);
      expect(
        samples.flatMap(({ parts }) => parts.map(({ index }) => index)),
        title,
      ).toEqual(view.phases.map((_, index) => index));
      for (const { name, type } of samples) {
        expect(types.get(name) ?? type, name).toBe(type);
        types.set(name, type);
      }
    }
  });
  it('hours and minutes are one number of seconds', () => {
    const view = all.find(({ view: { unit } }) => unit === 'h+min')!.view;
    expect(samplesOf(view)).toMatchObject([
      {
        name: 'lector_operating_time_seconds_total',
        parts: [
          { index: 0, factor: 3_600 },
          { index: 1, factor: 60 },
        ],
      },
    ]);
  });
});
