import { toFailure } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import { safe } from '../domain/safe.ts';
import type { EpochMs } from '../domain/units.ts';
import type { ReloadView } from '../protocol/answers.ts';
import type { PlantEvent } from '../protocol/events.ts';
import { isoTime } from '../protocol/iso-time.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import type { IsoTime } from '../protocol/views.ts';
import { type AlarmWatcher, watchAlarms } from './alarm-watch.ts';
import { alarmsOf } from './alarms.ts';
import { analyzerView } from './analyzer-view.ts';
import { createCommands, isEnding } from './commands.ts';
import { createDeliveryCommands } from './delivery-commands.ts';
import { deliveryView } from './delivery-view.ts';
import { deviceView, lineView } from './device-view.ts';
import { createFrames } from './frames.ts';
import { createIdentify } from './identify.ts';
import { type AnalyzerTrack, createLedger, install } from './ledger.ts';
import { listView, nodeView } from './list-view.ts';
import { createMeterWords } from './meter-words.ts';
import { createNews, type Subject } from './news.ts';
import type { Live, LiveOptions, Witness } from './ports.ts';
import { createRebuild } from './rebuild.ts';
import { ok, refused, SHUTTING_DOWN } from './refusals.ts';
import type { Scene, WatchedScene } from './scene.ts';
import { createStored } from './stored.ts';
import { findAnalyzer, findDevice, onward, resolveTarget } from './targets.ts';
import { treeView } from './tree-view.ts';
import { whyView } from './why.ts';
import { createWitness, endsNow } from './witness.ts';

/**
 * What is going on: fed by the witness as it happens, shown and commanded through the operator. Views are made when
 * somebody asks; what was before this run is taken from the store in small slices once the root runs.
 */
export function createLive(o: LiveOptions): Live {
  const ledger = createLedger(o.plant());
  const scene: WatchedScene = {
    ...{ o, ledger, iso: printer(() => ledger.plant.offsetAt) },
    raised: () => alarms?.raised() ?? [],
  };
  const news = createNews({ clock: o.clock, eventOf: (subject) => eventOf(scene, subject) });
  const frames = createFrames(ledger, scene.iso);
  const identify = createIdentify(scene);
  const rebuild = createRebuild({
    ...{ clock: o.clock, store: o.store, plant: () => ledger.plant, meterSince: o.meterSince },
    ...(o.priceOf && { priceOf: o.priceOf }),
    isCurrent: (track) => ledger.analyzers.get(track.config.id) === track,
    done: (track) => news.touch({ kind: 'analyzer', id: track.config.id }),
  });
  const changed = () => news.touch({ kind: 'node' });
  const alarms = o.alarms === undefined ? null : watchAlarms({ scene, ports: o.alarms, changed });
  const enabled = (tracks: Iterable<AnalyzerTrack>) => [...tracks].filter(({ device }) => device.enabled);
  const witness = createWitness({
    ...{ o, ledger, news, frames, iso: scene.iso, heard: identify.heard },
    rebuild: () => rebuild.add(enabled(ledger.analyzers.values())),
  });
  return {
    operator: operatorOf(scene, { news, frames, identify }),
    witness: alarms === null ? witness : alsoWatched(witness, alarms),
    alarms,
    installed() {
      const fresh = install(ledger, o.plant());
      alarms?.installed();
      if (o.root().state !== 'starting') rebuild.add(enabled(fresh));
      news.touch({ kind: 'installation' });
    },
  };
}

/** Rules see every reading once it is known. */
function alsoWatched(witness: Witness, alarms: Pick<AlarmWatcher, 'reading'>): Witness {
  return {
    ...witness,
    reading(reading) {
      witness.reading(reading);
      alarms.reading(reading);
    },
  };
}

/** Instants that are remembered with their text: a plant has most of them in common. */
const PRINTED_MAX = 2000;

/** Prints instants in the node's zone, each of the last ones once. */
function printer(offsetAt: () => OffsetAt): (at: EpochMs) => IsoTime {
  const known = new Map<EpochMs, IsoTime>();
  let of = offsetAt();
  return (at) => {
    if (of !== offsetAt() || known.size >= PRINTED_MAX) known.clear();
    of = offsetAt();
    const found = known.get(at);
    if (found !== undefined) return found;
    const text = isoTime(at, of);
    known.set(at, text);
    return text;
  };
}

/** The event that tells how something is now; null: it is there no more. */
function eventOf(scene: WatchedScene, subject: Subject): PlantEvent | null {
  const { analyzers, devices, deliveries } = scene.ledger;
  switch (subject.kind) {
    case 'analyzer': {
      const track = analyzers.get(subject.id);
      return track === undefined ? null : { event: 'analyzer', data: analyzerView(scene, track) };
    }
    case 'device': {
      const track = devices.get(subject.id);
      return track === undefined ? null : { event: 'device', data: deviceView(scene, track) };
    }
    case 'delivery': {
      const track = deliveries.get(subject.id);
      return track === undefined ? null : { event: 'delivery', data: deliveryView(scene, track) };
    }
    case 'node':
      return { event: 'node', data: nodeView(scene) };
    case 'installation':
      return { event: 'installation', data: listView(scene) };
  }
}

type Parts = {
  readonly news: ReturnType<typeof createNews>;
  readonly frames: ReturnType<typeof createFrames>;
  readonly identify: ReturnType<typeof createIdentify>;
};

function operatorOf(scene: WatchedScene, { news, frames, identify }: Parts): Operator {
  const { o, ledger, iso } = scene;
  const { version, runtime, pid } = o;
  return {
    ...createMeterWords(scene),
    ...createCommands(scene),
    ...createStored(scene),
    resolve: (text) => resolveTarget(ledger, text),
    // each is printed once: remembering it would cost those that are printed often their place
    now: () => isoTime(o.clock.now(), ledger.plant.offsetAt),
    version: () => ({ product: 'lector', version, protocol: 1, runtime, pid, startedAt: iso(o.startedAt) }),
    list: () => listView(scene),
    analyzer: (id) => onward(findAnalyzer(ledger, id), (track) => ok(analyzerView(scene, track))),
    device: (id) => onward(findDevice(ledger, id), (track) => ok(deviceView(scene, track))),
    tree: () => treeView(scene),
    why: ({ kind, id }) =>
      kind === 'device'
        ? onward(findDevice(ledger, id), (track) => ok(whyView(scene, track)))
        : onward(findAnalyzer(ledger, id), (track) => ok(whyView(scene, track))),
    owed: () => ({ deliveries: [...ledger.deliveries.values()].map((track) => deliveryView(scene, track)) }),
    ...createDeliveryCommands(scene),
    alarms: () => ({ alarms: alarmsOf(scene) }),
    lines: () => ({ lines: [...ledger.devices.values()].map((track) => lineView(scene, track)) }),
    identify: identify.identify,
    reload: reloadOf(scene),
    shutdown() {
      endsNow({ ledger, news });
      o.shutdown();
      return ok({ analyzers: [], words: 'the server is being stopped' });
    },
    subscribe: news.subscribe,
    watchFrames: frames.watch,
    recentLog: (max) => (max <= 0 ? [] : ledger.lines.slice(-max)),
  };
}

/** One at a time: what a second one would compare with is changing. */
function reloadOf(scene: Scene): Operator['reload'] {
  let isUnderWay = false;
  return async (planOnly): Promise<Answered<ReloadView>> => {
    if (isEnding(scene)) return SHUTTING_DOWN;
    if (isUnderWay) return refused('BUSY', 'the configuration is being reloaded already', 'try again in a moment');
    isUnderWay = true;
    try {
      return await scene.o.reload(planOnly);
    } catch (error) {
      return refused('UNEXPECTED', safe(toFailure(error).message), 'see the log');
    } finally {
      isUnderWay = false;
    }
  };
}
