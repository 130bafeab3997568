import { createHash } from 'node:crypto';
import { exporterIdOf } from '../../src/domain/destinations.ts';
import { type ExportConfig, FAULT_KINDS } from '../../src/domain/installation.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { createField } from '../support/field.ts';
import { createLife } from '../support/life.ts';
import { runApp } from '../support/running-app.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';
import { holesBetween } from './contiguity.ts';
import { createFakeDestination, type FakeDestination } from './destination.ts';
import { createChance } from './dice.ts';
import { createFaultyDisk } from './disk.ts';
import { createJournal } from './journal.ts';
import { drawPlan } from './plan.ts';
import { createTraffic } from './traffic.ts';
import { createTruth } from './truth.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type SimulationResult = {
  readonly seed: number;
  /** What should never be; empty: all is well. */
  readonly violations: readonly string[];
  readonly readings: number;
  readonly good: number;
  readonly records: number;
  readonly requests: number;
  /** What happened, by name. */
  readonly events: Readonly<Record<string, number>>;
  /** How its destinations fared, by name. */
  readonly delivered: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Of all readings and records until what is owed was waited for, in the order of writing. */
  readonly digest: string;
};

/** With destinations that fail at random unless they are left out. */
export type SimulationOptions = { readonly isAlone?: boolean };

/** Days of a whole acquisition side with every fault that chance brings. The same seed gives the same days. */
export async function simulate(
  seed: number,
  days: number,
  paceMin: number,
  o: SimulationOptions = {},
): Promise<SimulationResult> {
  const chance = createChance(seed);
  const plan = drawPlan(chance, paceMin);
  const places = o.isAlone === true ? [] : fakePlaces(seed);
  const analyzers = plan.analyzers.map((each) => ({ ...each, exports: places.map(({ config }) => config) }));
  const written = createHash('sha256');
  let digest = '';
  const clock = createSteppedClock(Date.parse(plan.start));
  const disk = createFaultyDisk(clock);
  const field = createField({ ...plan, clock, seed });
  const journal = createJournal();
  const violations: string[] = [];
  const events: Record<string, number> = {};
  const when = () => `${new Date(clock.now()).toISOString()} (${Math.round(clock.mono() / SECOND)} s)`;
  const violated = (text: string) => {
    if (violations.length < 20) violations.push(`${when()}: ${text}`);
  };
  let running = false;
  const truth = createTruth({ ...plan, field, clock, mayTalk: () => running, violated });

  const traffic = createTraffic({ clock, violated });
  let readings = 0;
  let good = 0;
  const seen = new Set<string>();
  const { putReading, putRecord } = disk;
  const checkReading = (reading: Reading) => {
    readings += 1;
    if (reading.failure === null) good += 1;
    const name = `${reading.analyzerId}/${reading.nominal}/${reading.grid}/${reading.pass ?? 0}`;
    if (seen.has(name)) violated(`reading ${name} came twice`);
    seen.add(name);
    for (const text of truth.untrue(reading)) violated(`reading of analyzer ${reading.analyzerId}: ${text}`);
    journal.reading(reading);
    written.update(JSON.stringify(reading));
  };
  disk.putReading = (reading) => {
    checkReading(reading);
    return putReading(reading);
  };
  /** Analyzers whose gap marks may have been lost since their last record, and the records after that. */
  let lostMarks = new Set<number>();
  const excused = new Set<LectorRecord>();
  disk.putRecord = async (record) => {
    if (lostMarks.delete(record.analyzerId)) excused.add(record);
    for (const text of journal.record(record)) violated(text);
    written.update(JSON.stringify(record));
    const outcome = await putRecord(record);
    if (outcome !== 'written') violated(`record ${record.analyzerId}/${record.end}/${record.generation} came twice`);
    return outcome;
  };

  const { timezone } = plan;
  let life = createLife(clock, field);
  const begin = async (state = {}) => {
    running = true;
    life = createLife(clock, field);
    const own = life;
    const { lineOf } = own;
    const { devices } = field;
    const { inspect } = traffic;
    const destined = ({ id }: { readonly id: string }) => {
      const { place } = places.find(({ place }) => place.id === id)!;
      return { exporter: place.exporter(own.clock, () => own === life && running), live: null };
    };
    const world = { devices, lineOf, inspect, clock: own.clock, store: disk, state, timezone };
    return runApp({ ...world, analyzers, destined });
  };
  let app = await begin();
  const checkLog = () => {
    for (const { text } of app.log.lines) if (/crashed|could not/.test(text)) violated(`the log says: ${text}`);
    app.log.lines.length = 0;
  };
  const command = (
    analyzerId: number,
    command: Parameters<typeof app.app.root.send>[0] extends infer E
      ? E extends { readonly command: infer C }
        ? C
        : never
      : never,
  ) => app.app.root.send({ type: 'COMMAND', analyzerId, command });
  const someAnalyzer = () => chance.pick(plan.analyzers).id;
  const stopped = async (down: () => Promise<void> | void) => {
    await down();
    running = false;
    checkLog();
    seen.clear();
    traffic.reset();
    const state = app.state.read();
    const lost = disk.crash();
    journal.forget(lost);
    if (lost.gaps > 0) lostMarks = new Set(plan.analyzers.map(({ id }) => id));
    if (chance.hit(0.5)) clock.stall(Math.floor(chance.roll() ** 3 * 8 * HOUR));
    if (chance.hit(0.2)) clock.setWall(epochMs(clock.now() + Math.floor((2 * chance.roll() - 1) * 2 * HOUR)));
    app = await begin(state);
    await clock.advance(SECOND);
  };

  const happenings: Readonly<Record<string, readonly [share: number, happen: () => Promise<void> | void]>> = {
    fault: [
      40,
      () => {
        const id = someAnalyzer();
        const kind = chance.pick(FAULT_KINDS);
        const device = plan.analyzers.find((each) => each.id === id)!.deviceId;
        field.lines.get(device)!.fault(id, kind, Math.floor(chance.roll() ** 2 * 40 * MINUTE));
        truth.noteFault(id, kind);
      },
    ],
    unplug: [
      8,
      async () => {
        const line = chance.pick([...field.lines.values()]);
        line.unplug();
        await clock.advance(Math.floor(chance.roll() ** 2 * 30 * MINUTE));
        line.plug();
      },
    ],
    pause: [
      6,
      () =>
        command(someAnalyzer(), {
          type: 'PAUSE',
          until: chance.hit(0.5) ? null : epochMs(clock.now() + chance.below(90) * MINUTE),
          by: chance.pick(['analyzer', 'line'] as const),
        }),
    ],
    resume: [10, () => command(someAnalyzer(), { type: 'RESUME' })],
    identify: [3, () => command(someAnalyzer(), { type: 'IDENTIFY' })],
    'read now': [8, () => command(someAnalyzer(), { type: 'READ_NOW' })],
    'stop one': [2, () => command(someAnalyzer(), { type: 'STOP' })],
    'start one': [6, () => command(someAnalyzer(), { type: 'START' })],
    'slow disk': [6, () => disk.behave(chance.below(20) * SECOND)],
    'disk refuses': [5, () => disk.behave(null)],
    'disk heals': [12, () => disk.behave(0)],
    'clock far': [2, () => clock.setWall(epochMs(clock.now() + Math.floor((2 * chance.roll() - 1) * 2 * DAY)))],
    'clock near': [4, () => clock.setWall(epochMs(clock.now() + Math.floor((2 * chance.roll() - 1) * 20 * MINUTE)))],
    'clock by a second': [
      4,
      () => clock.setWall(epochMs(clock.now() + Math.floor((2 * chance.roll() - 1) * 3 * SECOND))),
    ],
    stall: [
      4,
      () => {
        clock.stall(Math.floor(chance.roll() ** 3 * 20 * MINUTE));
        traffic.forgive();
      },
    ],
    stop: [
      2,
      () =>
        stopped(async () => {
          await app.stop();
          if (clock.pending() > (disk.waiting() > 0 ? 1 : 0))
            violated(`${clock.pending()} timers are left after a stop`);
          await clock.advance(MINUTE);
        }),
    ],
    kill: [
      3,
      () =>
        stopped(() => {
          life.end();
        }),
    ],
  };
  const draw = (): string => {
    const names = Object.entries(happenings).flatMap(([name, [share]]) => Array.from({ length: share }, () => name));
    return chance.pick(names);
  };
  const checkBounds = () => {
    const limit = 30 + 12 * plan.analyzers.length;
    if (clock.pending() > limit) violated(`${clock.pending()} timers wait`);
    for (const { id } of plan.lines) {
      const length = app.contextOf(`device:${id}`)?.desk.queue.waiting.length ?? 0;
      if (length > plan.analyzers.length) violated(`${length} requests wait for device ${id}`);
    }
    for (const { id } of plan.analyzers) {
      const context = app.contextOf(`analyzer:${id}`);
      if (context === undefined) violated(`analyzer ${id} is not there`);
      else if (context.windows.length > 2 || context.session.jobs.length > 2) violated(`analyzer ${id} has a queue`);
    }
  };

  const until = clock.mono() + days * DAY;
  while (clock.mono() < until && violations.length === 0) {
    await clock.advance(Math.floor(-Math.log(1 - chance.roll()) * 25 * MINUTE));
    // much of what goes wrong matters only while somebody is asked
    if (chance.hit(0.6)) {
      await clock.settle(truth.nextRequest(), HOUR).catch(() => undefined);
      await clock.advance(chance.below(80));
    }
    const name = draw();
    events[name] = (events[name] ?? 0) + 1;
    await happenings[name]![1]();
    traffic.check();
    checkBounds();
    checkLog();
  }
  if (violations.length === 0) await calm();
  const delivered = Object.fromEntries(places.map(({ place }) => [place.id, place.counts()]));
  const counted = { readings, good, records: journal.count(), requests: truth.sent(), events, delivered };
  return { seed, violations, ...counted, digest };

  /** When nothing goes wrong any more, everything is read again. */
  async function calm() {
    disk.behave(0);
    for (const { id } of plan.analyzers) {
      command(id, { type: 'RESUME' });
      command(id, { type: 'START' });
    }
    await clock.advance(40 * MINUTE + 2 * paceMin * MINUTE);
    for (const { id } of plan.analyzers) {
      const state = JSON.stringify(app.stateOf(`analyzer:${id}`));
      const newest = disk.readings(id, epochMs(clock.now() - 3 * paceMin * MINUTE), clock.now()).at(-1);
      if (!/polling/.test(state) || newest === undefined || Object.keys(newest.values).length === 0)
        violated(`analyzer ${id} is not read again: ${state}`);
    }
    for (const { id } of plan.analyzers)
      for (const hole of holesBetween(journal.written(id), disk, excused)) violated(hole);
    digest = written.copy().digest('hex');
    await deliverAll();
    await app.stop();
    running = false;
    if (clock.pending() > 0) violated(`${clock.pending()} timers are left at the end`);
    checkLog();
  }
  /** What is owed arrives, or is set aside. */
  async function deliverAll() {
    for (const { place } of places) place.calm();
    const isOwed = () => places.some(({ place }) => disk.outbox.owed(place.id).count > 0);
    for (let tries = 0; isOwed() && tries < 40; tries += 1) await clock.advance(37 * MINUTE);
    const ids = analyzers.map(({ id }) => id);
    for (const { place } of places) for (const text of place.problems(disk, ids)) violated(text);
  }
}

type Place = { readonly place: FakeDestination; readonly config: ExportConfig };

/** One that wants all in its order, and one that is shown the newest first; both fail as the seed says. */
function fakePlaces(seed: number): readonly Place[] {
  return (['oldest', 'freshFirst'] as const).map((order, index) => {
    const config = { type: 'fake', target: order, path: null, options: {} };
    return { config, place: createFakeDestination(exporterIdOf(config), order, 31 * seed + index) };
  });
}
