import { type AnyActorLogic, assign, enqueueActions, fromPromise, setup } from 'xstate';
import type { Failure } from '../src/domain/errors.ts';
import type { OffsetAt } from '../src/domain/grid.ts';
import { RUNNING } from '../src/domain/mode.ts';
import { decideRestart, HELD_RETRY_MS } from '../src/domain/restart.ts';
import {
  changeSchedule,
  type Due,
  nextInstant,
  type Schedule,
  type Scheduled,
  startSchedule,
  takeDue,
} from '../src/domain/schedule.ts';
import type { EpochMs } from '../src/domain/units.ts';
import { inputFor, planChange, withoutPast } from './change.ts';
import { analyzerName, type MachineTime, type RootEvent, tell } from './events.ts';
import { handOut, say } from './hand-out.ts';
import { notProvided } from './slots.ts';
import {
  type Child,
  type Children,
  crashOf,
  freeOthers,
  leaveLine,
  type Supervision,
  withCommand,
  withMode,
} from './supervision.ts';

export type RootInput = {
  readonly children: Children;
  readonly scheduled: readonly Scheduled[];
  /** How often the wall clock was put back in the runs before; absent: never. */
  readonly pass?: number;
};

export type RootContext = Supervision & {
  readonly scheduled: readonly Scheduled[];
  readonly pass: number;
  /** Windows that ended by then are closed by `recover`, all later ones by the schedule: none falls between the two. */
  readonly startedAt: EpochMs;
  /** null until the windows of the last run are closed. */
  readonly schedule: Schedule | null;
  /** How many children a stop still waits for. */
  readonly awaited: number;
};

/** What the root tells the log; `name` is the actor it is about. */
export type RootNews =
  | { readonly news: 'crashed' | 'held'; readonly name: string; readonly failure: Failure }
  | { readonly news: 'retried'; readonly name: string }
  | { readonly news: 'recoverFailed'; readonly failure: Failure }
  | { readonly news: 'running' | 'draining' | 'stopped' };

/** A window to be recorded, and whose. */
export type WindowOf = Pick<Extract<Due, { kind: 'recording' }>, 'analyzerId' | 'window'>;

/** A stretch in which nothing can have been recorded, or a wall clock that was put back. */
export type TimeNews = Extract<Due, { kind: 'gap' | 'clockBack' }>;

/** A wall clock that was put forward is noticed within this time. */
const SCHEDULE_CHECK_MS = 10_000;
/** Longest that a stop waits for the readings in progress, and then for the lines: together less than two seconds. */
const DRAIN_MS = 1200;
const CLOSE_MS = 500;
/** What was recorded last goes out still, where that is quick: it is owed in any case. */
const EXPORT_MS = 250;

type Order = { readonly kind: Child['kind']; readonly type: 'DRAIN' | 'CLOSE' };

/** The slots of the root: its children's logic, and what it says. */
export function rootSetup({ now, mono }: MachineTime, offsetAt: OffsetAt) {
  return setup({
    types: { context: {} as RootContext, events: {} as RootEvent, input: {} as RootInput },
    actors: {
      /** Closes the windows that ended while Lector did not run. */
      recover: fromPromise<void, { startedAt: EpochMs }>(notProvided('recover')),
      device: fromPromise(notProvided('device')) as AnyActorLogic,
      analyzer: fromPromise(notProvided('analyzer')) as AnyActorLogic,
      delivery: fromPromise(notProvided('delivery')) as AnyActorLogic,
    },
    actions: {
      announce: (_, _news: RootNews) => {},
      /** Records a window of an analyzer that is held and cannot do it. */
      recordHeld: (_, _due: WindowOf) => {},
      /** Keeps what the schedule saw of time itself. */
      noteTime: (_, _seen: TimeNews) => {},
      // in one assign: each `spawnChild` would copy the list of all children before it
      spawnAll: assign(({ context, spawn }) => {
        for (const [id, { kind, input }] of Object.entries(context.children)) {
          spawn(kind, { id, systemId: id, input });
        }
        return {};
      }),
      arm: assign({
        schedule: ({ context: { scheduled, startedAt, pass } }) => startSchedule(scheduled, startedAt, offsetAt, pass),
      }),
      runDue: enqueueActions(({ enqueue, context, system }) => {
        if (context.schedule === null) return;
        const { schedule, events } = takeDue(context.schedule, now(), offsetAt);
        enqueue.assign({ schedule });
        for (const due of events) handOut(enqueue, system, due);
      }),
      command: enqueueActions(({ enqueue, context, event, system }) => {
        if (event.type !== 'COMMAND') return;
        enqueue.assign({ children: withCommand(context.children, event.analyzerId, event.command) });
        tell(enqueue, system, analyzerName(event.analyzerId), event.command);
      }),
      notePauseEnd: assign({
        children: ({ context, event }) =>
          event.type === 'PAUSE_ENDED' ? withMode(context.children, event.analyzerId, RUNNING) : context.children,
      }),
      change: enqueueActions(({ enqueue, context, event, system }) => {
        if (event.type !== 'CHANGE') return;
        const { scheduled } = event;
        const { children, stop, start, told } = planChange(context.children, event);
        const schedule = context.schedule && changeSchedule(context.schedule, scheduled, now(), offsetAt);
        enqueue.assign({ children, scheduled, schedule, ...withoutPast(context, [...stop, ...start]) });
        if (schedule === null) return;
        const inputs = start.map((name) => inputFor(children[name]!, system, name));
        for (const name of stop) {
          leaveLine(enqueue, system, context.children[name]!);
          enqueue.cancel(`unhold ${name}`);
          enqueue.stopChild(name);
        }
        enqueue.assign(({ spawn }) => {
          for (const [n, name] of start.entries()) {
            spawn(children[name]!.kind, { id: name, systemId: name, input: inputs[n] });
          }
          return {};
        });
        for (const each of told) tell(enqueue, system, each.name, each.event);
      }),
      tellDeliveries: enqueueActions(({ enqueue, context, system }) => {
        for (const [name, { kind }] of Object.entries(context.children)) {
          if (kind === 'delivery') tell(enqueue, system, name, { type: 'RECORDED' });
        }
      }),
      /** One for one: who crashed is started again, or held when it crashes too often; nobody else is touched. */
      restart: enqueueActions(({ enqueue, context, event, system }) => {
        const { name, failure } = crashOf(event);
        const child = context.children[name];
        enqueue.stopChild(name);
        if (child === undefined) return;
        freeOthers(enqueue, system, child, failure);
        const verdict = decideRestart(context.restarts[name] ?? [], mono());
        enqueue.assign({ restarts: { ...context.restarts, [name]: verdict.recent } });
        if (verdict.kind === 'restart')
          enqueue.spawnChild(child.kind, { id: name, systemId: name, input: child.input });
        else {
          enqueue.assign({ held: { ...context.held, [name]: failure } });
          enqueue.raise({ type: 'UNHOLD', systemId: name }, { delay: HELD_RETRY_MS, id: `unhold ${name}` });
        }
        say(enqueue, 'announce', { news: verdict.kind === 'restart' ? 'crashed' : 'held', name, failure });
      }),
      unhold: enqueueActions(({ enqueue, context, event }) => {
        if (event.type !== 'UNHOLD') return;
        const { [event.systemId]: failure, ...held } = context.held;
        const child = context.children[event.systemId];
        if (failure === undefined || child === undefined) return;
        enqueue.assign({ held });
        enqueue.cancel(`unhold ${event.systemId}`);
        enqueue.spawnChild(child.kind, { id: event.systemId, systemId: event.systemId, input: child.input });
        say(enqueue, 'announce', { news: 'retried', name: event.systemId });
      }),
      /** Tells every child of a kind to end, and notes for whom there is to wait. */
      order: enqueueActions(({ enqueue, context, system }, { kind, type }: Order) => {
        const told = Object.keys(context.children).filter(
          (name) => context.children[name]?.kind === kind && tell(enqueue, system, name, { type }),
        );
        enqueue.assign({ awaited: told.length });
      }),
      // each says so once
      noteDone: assign({ awaited: ({ context }) => context.awaited - 1 }),
    },
    guards: { isAllDone: ({ context }) => context.awaited <= 0 },
    delays: {
      untilDue: ({ context }) => {
        const next = context.schedule === null ? null : nextInstant(context.schedule);
        return next === null ? SCHEDULE_CHECK_MS : Math.min(SCHEDULE_CHECK_MS, Math.max(0, next - now()));
      },
      drainLimit: DRAIN_MS,
      closeLimit: CLOSE_MS,
      exportLimit: EXPORT_MS,
    },
  });
}
