import type { ClientEvent } from '../../src/client/types.ts';
import type { ReadingEvent, Snapshot } from '../../src/protocol/events.ts';
import type { RecordWire } from '../../src/protocol/record-wire.ts';
import type { AnalyzerView, ListView, NodeView, NumberList, ReadingView, TodayView } from '../../src/protocol/views.ts';
import { instantOf } from '../formats/time.ts';
import { appended, FRAMES_MAX, LOG_MAX, type PlantState, RECORDS_MAX, type SeenAnalyzer, withEntry } from './plant.ts';

const SPARK_MINUTES = 60;
const MINUTE_MS = 60_000;

/** What an event of the server makes of what the screen knew; `now`: ms of this machine's clock. Pure. */
export function applied(plant: PlantState, event: ClientEvent, now: number): PlantState {
  switch (event.event) {
    case 'snapshot':
      return withSnapshot(plant, event.data, now);
    case 'installation':
      return withList(plant, event.data, now);
    case 'reading':
      return withReadings(plant, [event.data]);
    case 'analyzer':
      return { ...plant, analyzers: withEntry(plant.analyzers, event.data.id, seen(event.data, now + plant.skewMs)) };
    case 'device':
      return { ...plant, devices: withEntry(plant.devices, event.data.id, event.data) };
    case 'delivery':
      return { ...plant, deliveries: withEntry(plant.deliveries, event.data.exporter, event.data) };
    case 'node':
      return { ...plant, ...withNode(event.data, now) };
    case 'record':
      return withRecord(plant, event.data);
    case 'log':
      return { ...plant, log: appended(plant.log, [event.data], LOG_MAX) };
    case 'frame':
      return withFrames(plant, [event.data]);
    case 'lagged':
      return { ...plant, missed: plant.missed + event.data.missed };
    case 'shutdown':
      return { ...plant, link: { kind: 'lost', since: now, message: event.data.words } };
    case 'disconnected':
      return disconnected(plant, event.data.message, now);
  }
}

function disconnected(plant: PlantState, message: string, now: number): PlantState {
  if (plant.link.kind === 'connecting') return { ...plant, link: { ...plant.link, message } };
  const since = plant.link.kind === 'lost' ? plant.link.since : now;
  return { ...plant, link: { kind: 'lost', since, message } };
}

const withNode = (node: NodeView, now: number): Pick<PlantState, 'node' | 'skewMs'> => {
  const skew = instantOf(node.now) - now;
  return { node, skewMs: Number.isFinite(skew) ? skew : 0 };
};

const seen = (analyzer: AnalyzerView, serverNow: number): SeenAnalyzer => ({
  ...analyzer,
  readAt: analyzer.ageMs === null ? null : serverNow - analyzer.ageMs,
});

function withList(plant: PlantState, list: ListView, now: number): PlantState {
  const { node, skewMs } = withNode(list.node, now);
  return {
    ...plant,
    node,
    skewMs,
    devices: new Map(list.devices.map((device) => [device.id, device])),
    analyzers: new Map(list.analyzers.map((analyzer) => [analyzer.id, seen(analyzer, now + skewMs)])),
    virtuals: list.virtuals ?? [],
    deliveries: new Map(list.deliveries.map((delivery) => [delivery.exporter, delivery])),
  };
}

/** Everything before it is void: also what a subscription to frames alone brings counts for frames alone. */
function withSnapshot(plant: PlantState, snapshot: Snapshot, now: number): PlantState {
  const listed = snapshot.list ? withList({ ...plant, link: { kind: 'live' } }, snapshot.list, now) : plant;
  const records = snapshot.records
    ? new Map(snapshot.records.map((record) => [record.analyzer, [record]] as const))
    : listed.records;
  const log = snapshot.log ? snapshot.log.slice(-LOG_MAX) : listed.log;
  const watched = snapshot.what.flatMap((what) => (what.startsWith('frames:') ? [Number(what.slice(7))] : []));
  const frames = new Map([...listed.frames].filter(([device]) => !watched.includes(device)));
  return withFrames({ ...listed, records, log, frames }, snapshot.frames ?? []);
}

function withFrames(plant: PlantState, frames: NonNullable<Snapshot['frames']>): PlantState {
  const by = new Map(plant.frames);
  for (const frame of frames) by.set(frame.device, appended(by.get(frame.device) ?? [], [frame], FRAMES_MAX));
  return frames.length === 0 ? plant : { ...plant, frames: by };
}

function withRecord(plant: PlantState, record: RecordWire): PlantState {
  const before = (plant.records.get(record.analyzer) ?? []).filter((each) => each.end !== record.end);
  const analyzer = plant.analyzers.get(record.analyzer);
  const lastRecord = { end: record.end, n: record.n, expected: record.expected };
  return {
    ...plant,
    records: withEntry(plant.records, record.analyzer, appended(before, [record], RECORDS_MAX)),
    analyzers: analyzer ? withEntry(plant.analyzers, analyzer.id, { ...analyzer, lastRecord }) : plant.analyzers,
  };
}

/** Many readings at once: what holds the analyzers is made anew once, not for each of them. */
export function withReadings(plant: PlantState, events: readonly ReadingEvent[]): PlantState {
  if (events.length === 0) return plant;
  const analyzers = new Map(plant.analyzers);
  for (const event of events) {
    const analyzer = analyzers.get(event.id);
    if (analyzer) analyzers.set(event.id, readAgain(analyzer, event));
  }
  return { ...plant, analyzers };
}

/** Readings come far more often than views: what a view would say of this one is worked out here. */
function readAgain(analyzer: SeenAnalyzer, event: ReadingEvent): SeenAnalyzer {
  const before = analyzer.lastReading;
  const { reading } = event;
  const got = Object.keys(reading.values).length > 0;
  return {
    ...analyzer,
    comm: event.comm,
    readings: event.readings,
    errorShare: event.errorShare,
    lastReading: merged(before, reading),
    spark: sparkWith(analyzer.spark, before?.at ?? null, reading.at, event.minuteKw),
    today: {
      ...analyzer.today,
      energyKwh: event.energyKwh,
      cost: event.cost,
      range: rangeWith(analyzer.today.range, reading, before),
    },
    readAt: got ? instantOf(reading.at) : analyzer.readAt,
  };
}

/** The last values of both grids together: the rapid one brings only some of the variables. */
function merged(before: ReadingView | null, reading: ReadingView): ReadingView {
  if (!before || reading.grid === 'normal') return reading;
  return {
    ...reading,
    values: { ...before.values, ...reading.values },
    flags: { ...without(before.flags, Object.keys(reading.values)), ...reading.flags },
  };
}

const without = <T>(of: Readonly<Record<string, T>>, keys: readonly string[]): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(of).filter(([key]) => !keys.includes(key)));

/** The sparkline moves on by the minutes between two readings; its last entry is the minute that runs. */
export function sparkWith(spark: NumberList, before: string | null, at: string, minuteKw: number | null): NumberList {
  const minuteOf = (iso: string): number => Math.floor(instantOf(iso) / MINUTE_MS);
  const moved = before === null ? 0 : minuteOf(at) - minuteOf(before);
  const steps = Number.isFinite(moved) ? Math.min(SPARK_MINUTES, Math.max(0, moved)) : 0;
  // told after its minute was over, a reading says nothing of that minute: what was known of it stays
  if (steps === 0) return [...spark.slice(0, -1), minuteKw ?? spark.at(-1) ?? null];
  return [...spark, ...Array<null>(steps - 1).fill(null), minuteKw].slice(-SPARK_MINUTES);
}

type Range = TodayView['range'];

/** Least and greatest since midnight, with this reading; they begin anew with a new day of the node. */
function rangeWith(range: Range, reading: ReadingView, before: ReadingView | null): Range {
  const sameDay = before === null || before.at.slice(0, 10) === reading.at.slice(0, 10);
  const kept = sameDay ? range : {};
  const wider = Object.entries(reading.values).map(([code, values]) => {
    const known = kept[code];
    return [
      code,
      {
        min: each(values, known?.min, (a, b) => Math.min(a, b)),
        max: each(values, known?.max, (a, b) => Math.max(a, b)),
      },
    ] as const;
  });
  return { ...kept, ...Object.fromEntries(wider) };
}

function each(values: NumberList, known: NumberList | undefined, pick: (a: number, b: number) => number): NumberList {
  return values.map((value, index) => {
    const old = known?.[index] ?? null;
    if (value === null) return old;
    return old === null ? value : pick(value, old);
  });
}
