import type { AnalyzerNews } from '../../machines/analyzer-setup.ts';
import type { DeliveryNews } from '../../machines/delivery.ts';
import type { DeviceNews } from '../../machines/device-setup.ts';
import type { RootEvent } from '../../machines/events.ts';
import type { RootNews, TimeNews } from '../../machines/root-setup.ts';
import type { Supervision } from '../../machines/supervision.ts';
import type { Failure } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { AnalyzerConfig, DeviceConfig, FaultKind, Installation, LogLevel } from '../domain/installation.ts';
import type { Clock, Link } from '../domain/ports.ts';
import type { Profile } from '../domain/profile.ts';
import type { Reading } from '../domain/reading.ts';
import type { LectorRecord } from '../domain/record.ts';
import type { Session } from '../domain/session.ts';
import type { Identity, Store } from '../domain/store-port.ts';
import type { Ask, LineFrame } from '../domain/transaction.ts';
import type { AnalyzerId, DeviceId, EpochMs, UnitId } from '../domain/units.ts';
import type { ReloadView } from '../protocol/answers.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import type { AlarmPorts } from './alarm-ports.ts';
import type { AlarmWatcher } from './alarm-watch.ts';

/** What is configured now; after each reload it is another object, and {@link Live.installed} is called. */
export type Plant = {
  /** All devices and analyzers, disabled ones too. */
  readonly installation: Installation;
  readonly profileOf: (analyzer: AnalyzerConfig) => Profile;
  readonly offsetAt: OffsetAt;
  /** Where records go: those that this version delivers to, by the ids that the outbox knows. */
  readonly destinations: readonly {
    readonly id: string;
    readonly type: string;
    readonly target: string;
    readonly analyzerIds: readonly AnalyzerId[];
  }[];
};

/** How the log says things, so that both use one set of words: the functions of that name of src/words.ts. */
export type Words = {
  readonly rootWords: (news: RootNews) => { readonly text: string };
  readonly deviceWords: (device: string, news: DeviceNews) => { readonly text: string };
  readonly analyzerWords: (
    name: string,
    news: AnalyzerNews,
    identity: string,
    first: boolean,
  ) => { readonly text: string };
  readonly deliveryWords: (exporterId: string, news: DeliveryNews) => { readonly text: string };
  /** `PM710 "Main switchboard"`. */
  readonly nameOf: (analyzer: AnalyzerConfig) => string;
  /** `/dev/ttyUSB0, 19200 8E1`. */
  readonly placeOf: (device: DeviceConfig) => string;
};

/** A snapshot of an actor that is active. */
export type ActorState = { readonly value: unknown; readonly context: unknown };

export type RootState = {
  /** starting, running, draining or stopped. */
  readonly state: string;
} & Pick<Supervision, 'restarts' | 'held'>;

/** What {@link createLive} asks of the world. */
export type LiveOptions = {
  readonly clock: Clock;
  readonly store: Store;
  readonly version: string;
  /** `node 24.21.0`. */
  readonly runtime: string;
  readonly pid: number;
  readonly startedAt: EpochMs;
  readonly plant: () => Plant;
  /** Of an active actor, by its name (`analyzer:3`); null: there is none, as when it is held. */
  readonly actor: (name: string) => ActorState | null;
  readonly root: () => RootState;
  readonly send: (event: RootEvent) => void;
  readonly identityOf: (id: AnalyzerId) => Identity | null;
  /** Since when what is stored of an analyzer is of the meter that is read now, ms; 0: always. Older is not shown. */
  readonly meterSince: (id: AnalyzerId) => number;
  /** What a kWh of an analyzer costs at an instant; null: it has no contract. Another function after a reload. */
  readonly priceOf?: (id: AnalyzerId) => ((at: EpochMs) => number | null) | null;
  /** False: the meter is real, or its line was never open. */
  readonly fault: (id: AnalyzerId, kind: FaultKind, forMs: number) => boolean;
  readonly reload: (planOnly: boolean) => Promise<Answered<ReloadView>>;
  /** Begins the stop and returns at once. */
  readonly shutdown: () => void;
  /** Sentences for the banner. */
  readonly troubles: () => readonly string[];
  /** Share of a line that reading everything takes as planned; null: not known. */
  readonly planned: (id: DeviceId) => number | null;
  readonly lines: Pick<LineWatch, 'of' | 'endedAt'>;
  /** Why a delivery does not try some of its records, and for how long; null: it tries all. */
  readonly holding: (exporterId: string) => { readonly failure: Failure; readonly forMs: number } | null;
  /** Tells a delivery, by the name of its actor, not to wait any longer; those it keeps apart are free. */
  readonly retry: (name: string, exporterId: string) => void;
  readonly words: Words;
  /** What the rules of alarms need; absent: nothing is watched. */
  readonly alarms?: AlarmPorts;
};

/** What is told as it happens, by whoever makes it happen: cheap, and it never throws. */
export type Witness = {
  root(news: RootNews): void;
  device(id: DeviceId, news: DeviceNews): void;
  analyzer(session: Session, news: AnalyzerNews): void;
  delivery(exporterId: string, news: DeliveryNews): void;
  time(news: TimeNews): void;
  /** Every reading, failed and forced ones too, in the same turn in which it is given to the store. */
  reading(reading: Reading): void;
  /** A record is written. */
  recorded(record: LectorRecord): void;
  /** So many records were acknowledged. */
  delivered(exporterId: string, count: number): void;
  /** Some of its records are tried no more for a time, or are again, or one was set aside. */
  apart(exporterId: string): void;
  frame(deviceId: DeviceId, frame: LineFrame): void;
  log(level: LogLevel, text: string): void;
  /** `troubles()` says something else now. */
  trouble(): void;
};

/** What is going on, for people: the operator of the control protocol, and who must be told. */
export type Live = {
  readonly operator: Operator;
  readonly witness: Witness;
  /** Watches by the rules of alarms from `start` to `stop`; null: nothing is watched. */
  readonly alarms: Pick<AlarmWatcher, 'start' | 'stop'> | null;
  /** The plant is another one now: called when `plant()` and the actors are what they are to be. */
  installed(): void;
};

/** What a line did lately. */
export type LineUse = {
  /** Share of the last 60 s in which a transaction was under way, 0..1. */
  readonly utilisation: number;
  /** How much of that time it was seen, ms: less after a start. */
  readonly spanMs: number;
  readonly total: number;
  /** Over the last 60 s. */
  readonly perSecond: number;
  /** What is asked now, and for how many ms already. */
  readonly asking: { readonly ask: Ask; readonly ms: number } | null;
};

/** Measures lines: the composition root puts it around each link. */
export type LineWatch = {
  /** The same link, seen. After a reload the new link of a device goes on with its counts. */
  watch(deviceId: DeviceId, link: Link): Link;
  /** A device without a link is idle. */
  of(deviceId: DeviceId): LineUse;
  /** When the last transaction with a unit ended, however it did; null: none yet. */
  endedAt(deviceId: DeviceId, unit: UnitId): EpochMs | null;
};
