import type { ActorSystem, AnyActorRef, AnyEventObject } from 'xstate';
import type { Failure } from '../src/domain/errors.ts';
import type { Window } from '../src/domain/grid.ts';
import type { Reply } from '../src/domain/meter.ts';
import type { PausedBy } from '../src/domain/mode.ts';
import type { LineRequest } from '../src/domain/queue.ts';
import type { Scheduled } from '../src/domain/schedule.ts';
import type { Answer, LineEvent } from '../src/domain/transaction.ts';
import type { AnalyzerId, DeviceId, EpochMs, MonoMs } from '../src/domain/units.ts';
import type { Children } from './supervision.ts';

/** Time as machines receive it; waits go through XState's clock. */
export type MachineTime = { readonly now: () => EpochMs; readonly mono: () => MonoMs; readonly random: () => number };

export type DeviceEvent =
  | { readonly type: 'REQUEST'; readonly request: LineRequest }
  /** The analyzer wants nothing more (paused, stopped): what it has waiting is dropped. */
  | { readonly type: 'LEAVE'; readonly analyzerId: AnalyzerId }
  /** The analyzer wants nothing of what it asked for, but goes on: what it has waiting is dropped. */
  | { readonly type: 'WITHDRAW'; readonly analyzerId: AnalyzerId }
  /** The analyzers of its line have changed: whom it tells that the line went down or came up. */
  | { readonly type: 'MEMBERS'; readonly analyzers: readonly AnalyzerId[] }
  /** The link lost its line, also while idle. */
  | { readonly type: 'LOST'; readonly cause: Failure }
  | { readonly type: 'NOTICED'; readonly event: LineEvent }
  /** How the transaction of this turn ended. */
  | { readonly type: 'ANSWERED'; readonly turn: number; readonly answer: Answer }
  | { readonly type: 'FAILED'; readonly turn: number; readonly failure: Failure }
  /** Draining: the transaction in flight is finished, then the line is closed. */
  | { readonly type: 'CLOSE' };

/** What is due for an analyzer at one grid instant. */
export type ReadDue = {
  readonly nominal: EpochMs;
  readonly grid: 'normal' | 'rapid';
  /** Instants of this grid that passed unseen before this one. */
  readonly missed: number;
  /** How often the wall clock had been put back; absent: never. */
  readonly pass?: number;
};

export type AnalyzerEvent =
  | { readonly type: 'READ'; readonly due: ReadDue }
  | { readonly type: 'RECORD'; readonly window: Window }
  | { readonly type: 'REPLY'; readonly requestId: number; readonly reply: Reply }
  /** The line of its device was opened or lost. */
  | { readonly type: 'LINE'; readonly up: boolean; readonly cause: Failure | null }
  | { readonly type: 'START' }
  | { readonly type: 'STOP' }
  /** `by` absent: the analyzer alone. A pause with its line changes nothing for one that is paused alone. */
  | { readonly type: 'PAUSE'; readonly until: EpochMs | null; readonly by?: PausedBy }
  /** `by` line: only if it was paused with its line. */
  | { readonly type: 'RESUME'; readonly by?: 'line' }
  | { readonly type: 'IDENTIFY' }
  /** One reading at once, beside the grid; a failed meter is probed for it. */
  | { readonly type: 'READ_NOW' }
  /** The intervals of its grids have changed; null: no rapid grid. */
  | { readonly type: 'CADENCE'; readonly readingMs: number; readonly rapidMs: number | null }
  /** Draining: the request in flight is waited for, nothing new is asked. */
  | { readonly type: 'DRAIN' };

export type DeliveryEvent =
  /** A record was written that this exporter may want. */
  | { readonly type: 'RECORDED' }
  /** By hand: do not wait any longer. */
  | { readonly type: 'RETRY' }
  | { readonly type: 'DRAIN' };

/** What an operator may ask of one analyzer. */
export type AnalyzerCommand = Extract<
  AnalyzerEvent,
  | { type: 'START' }
  | { type: 'STOP' }
  | { type: 'PAUSE' }
  | { type: 'RESUME' }
  | { type: 'IDENTIFY' }
  | { type: 'READ_NOW' }
>;

export type RootEvent =
  | { readonly type: 'COMMAND'; readonly analyzerId: AnalyzerId; readonly command: AnalyzerCommand }
  /** A held actor is tried again by hand. */
  | { readonly type: 'UNHOLD'; readonly systemId: string }
  /**
   * Another configuration: children that are gone are stopped, new ones started, those named in `restart` both, and all
   * others go on. A device that is stopped takes its analyzers along. The mode of an analyzer is kept.
   */
  | {
      readonly type: 'CHANGE';
      readonly children: Children;
      readonly scheduled: readonly Scheduled[];
      readonly restart: readonly string[];
    }
  /** The pause of an analyzer ended by itself. */
  | { readonly type: 'PAUSE_ENDED'; readonly analyzerId: AnalyzerId }
  | { readonly type: 'RECORDED' }
  | { readonly type: 'DEVICE_CLOSED'; readonly deviceId: DeviceId }
  | { readonly type: 'ANALYZER_DRAINED'; readonly analyzerId: AnalyzerId }
  | { readonly type: 'DELIVERY_DRAINED'; readonly exporterId: string }
  | { readonly type: 'SHUTDOWN' };

/** Actors are addressed by these names: references die at a restart. */
export const deviceName = (id: DeviceId): string => `device:${id}`;
export const analyzerName = (id: AnalyzerId): string => `analyzer:${id}`;
export const deliveryName = (exporterId: string): string => `delivery:${exporterId}`;
export const ROOT_NAME = 'root';

// biome-ignore lint/suspicious/noExplicitAny: XState's own bound of a system of any shape
export type AnySystem = ActorSystem<any>;
export type Sender = { sendTo(target: AnyActorRef, event: AnyEventObject): void };

type ActorEvent = DeviceEvent | AnalyzerEvent | DeliveryEvent | RootEvent;

/** Tells an actor by name. False when there is none: it was held after too many crashes, or never began. */
export function tell(enqueue: Sender, system: AnySystem, name: string, event: ActorEvent): boolean {
  const actor = system.get(name) as AnyActorRef | undefined;
  if (actor === undefined || actor.getSnapshot().status !== 'active') return false;
  enqueue.sendTo(actor, event);
  return true;
}
