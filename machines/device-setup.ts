import { type AnyActorRef, assign, enqueueActions, fromPromise, setup } from 'xstate';
import { reopenWaitMs } from '../src/domain/backoff.ts';
import {
  type Desk,
  type DeskOutcome,
  deskAdmit,
  deskAnswered,
  deskDrain,
  deskFailed,
  deskHinted,
  deskIsAtRest,
  deskLeave,
  deskLost,
  deskNoticed,
  deskReopens,
  deskSuspectsAdapter,
  deskTakeAtOnce,
  deskWithdraw,
} from '../src/domain/desk.ts';
import { type Failure, toFailure } from '../src/domain/errors.ts';
import type { LineHint } from '../src/domain/line-hints.ts';
import type { Answer, Ask } from '../src/domain/transaction.ts';
import type { AnalyzerId, DeviceId, MonoMs } from '../src/domain/units.ts';
import {
  type AnySystem,
  analyzerName,
  type DeviceEvent,
  type MachineTime,
  ROOT_NAME,
  type Sender,
  tell,
} from './events.ts';
import { notProvided } from './slots.ts';

export type DeviceInput = {
  readonly deviceId: DeviceId;
  readonly kind: 'serial' | 'tcp';
  readonly analyzers: readonly AnalyzerId[];
  /** The line is closed when nothing waits: for gateways that serve one client only. */
  readonly closeAfterPoll: boolean;
};

export type DeviceContext = DeviceInput & {
  readonly desk: Desk;
  /** Openings that failed, and losses, since something was last answered. */
  readonly attempt: number;
  /** Why the line is not open; once it is open again, why it was not, until something is answered. */
  readonly cause: Failure | null;
};

/**
 * What a device tells the log. adapter: everybody on the line is silent, so it is opened anew; heard: the first answer
 * after it was down; echo, settings: hints about the line as a whole.
 */
export type DeviceNews = {
  readonly news: 'opened' | 'openFailed' | 'lost' | 'adapter' | 'heard' | 'resting' | 'closed' | LineHint;
  readonly cause: Failure | null;
};

/** One turn of a device on its line: what is asked, and the number that its end is told by. */
export type Turn = { readonly ask: Ask; readonly turn: number };

/** A line that is to be closed after each poll waits so long for the next block of the same reading. */
const LINGER_MS = 100;

/** The slots of a device: what it asks of the world, and what it says. */
export function deviceSetup({ mono, random }: MachineTime) {
  return setup({
    types: { context: {} as DeviceContext, events: {} as DeviceEvent, input: {} as DeviceInput },
    actors: {
      openLine: fromPromise<void, { deviceId: DeviceId }>(notProvided('openLine')),
      closeLine: fromPromise<void, { deviceId: DeviceId }>(notProvided('closeLine')),
    },
    actions: {
      announce: (_, _news: DeviceNews) => {},
      /** Asks the line, and sends ANSWERED or FAILED for this turn ({@link askLine}). */
      transact: (_, _turn: Turn) => {
        throw new Error('slot "transact" was not provided');
      },
      apply: enqueueActions(({ enqueue, system }, outcome: DeskOutcome) => {
        enqueue.assign({ desk: outcome.desk });
        tellReplies(enqueue, system, outcome);
      }),
      receive: enqueueActions(({ enqueue, context, event, system }) => {
        const outcome = received(context.desk, event, mono());
        enqueue.assign({ desk: outcome.desk });
        tellReplies(enqueue, system, outcome);
      }),
      receiveAndTake: enqueueActions(({ enqueue, context, event, system }) => {
        const outcome = event.type === 'REQUEST' ? deskTakeAtOnce(context.desk, event.request, mono()) : null;
        if (outcome === null) return;
        enqueue.assign({ desk: outcome.desk });
        tellReplies(enqueue, system, outcome);
      }),
      tellLine: enqueueActions(({ enqueue, context, system }, line: { up: boolean; cause: Failure | null }) => {
        for (const id of context.analyzers) tell(enqueue, system, analyzerName(id), { type: 'LINE', ...line });
      }),
      noteMembers: assign({
        analyzers: ({ context, event }) => (event.type === 'MEMBERS' ? event.analyzers : context.analyzers),
      }),
      noteHeard: assign({ attempt: 0, cause: null }),
      noteDown: assign((_, { cause }: { cause: Failure }) => ({ cause })),
      giveHints: enqueueActions(({ enqueue, context }) => {
        for (const news of context.desk.hints.due) say(enqueue, { news, cause: null });
        enqueue.assign({ desk: deskHinted(context.desk) });
      }),
      countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
      noteReopening: assign({ desk: ({ context }) => deskReopens(context.desk, mono()) }),
      sayClosed: enqueueActions(({ enqueue, context, system }) => {
        tell(enqueue, system, ROOT_NAME, { type: 'DEVICE_CLOSED', deviceId: context.deviceId } as const);
      }),
    },
    guards: {
      isOfEarlierTurn: ({ context, event }) => 'turn' in event && event.turn !== context.desk.queue.turn,
      goesAtOnce: ({ context, event }) =>
        event.type === 'REQUEST' && deskTakeAtOnce(context.desk, event.request, mono()) !== null,
      /** Nothing is left to be done, and nothing to be said. */
      isAtRest: ({ context: { attempt, closeAfterPoll, desk } }) =>
        attempt === 0 && !closeAfterPoll && deskIsAtRest(desk),
      wasDown: ({ context }) => context.attempt > 0,
      hasCurrent: ({ context }) => context.desk.current !== null,
      isWanted: ({ context }) => context.desk.queue.waiting.length > 0,
      isDraining: ({ context }) => context.desk.mode === 'draining',
      isDeserted: ({ context }) => context.desk.attending.length === 0,
      isPolledOut: ({ context }) => context.closeAfterPoll,
      isAdapterSilent: ({ context }) => deskSuspectsAdapter(context.desk, mono()),
      isLost: ({ event }) => event.type === 'FAILED' && event.failure.code === 'LINE_CLOSED',
    },
    delays: {
      reopenWait: ({ context }) => reopenWaitMs(context.kind, context.attempt, context.cause, random),
      untilNext: ({ context }) => context.desk.waitMs ?? 1,
      linger: LINGER_MS,
    },
  });
}

/**
 * Fills the slot `transact` by what asks the line. An event instead of an actor for each transaction: it costs a
 * quarter, and an end that comes after its turn is told by the number.
 */
export function askLine(transact: (deviceId: DeviceId, ask: Ask) => Promise<Answer>) {
  return ({ context, self }: { context: DeviceContext; self: AnyActorRef }, { ask, turn }: Turn): void => {
    // a line that is closed at the end of all ends the transaction of a device that is gone
    const tellIfThere = (event: DeviceEvent) => {
      if (self.getSnapshot().status === 'active') self.send(event);
    };
    transact(context.deviceId, ask).then(
      (answer) => tellIfThere({ type: 'ANSWERED', turn, answer }),
      (error: unknown) => tellIfThere({ type: 'FAILED', turn, failure: toFailure(error, 'FRAME_MALFORMED') }),
    );
  };
}

/** Runs `announce` from inside another action, which XState's types do not know of yet. */
function say(enqueue: Sender, params: DeviceNews): void {
  (enqueue as unknown as (action: { type: 'announce'; params: DeviceNews }) => void)({ type: 'announce', params });
}

function received(desk: Desk, event: DeviceEvent, now: MonoMs): DeskOutcome {
  switch (event.type) {
    case 'REQUEST':
      return deskAdmit(desk, event.request, now);
    case 'LEAVE':
      return deskLeave(desk, event.analyzerId);
    case 'WITHDRAW':
      return deskWithdraw(desk, event.analyzerId);
    case 'MEMBERS':
      return { desk, replies: [] };
    case 'NOTICED':
      return deskNoticed(desk, event.event, now);
    case 'CLOSE':
      return deskDrain(desk);
    case 'LOST':
      return deskLost(desk, event.cause);
    case 'ANSWERED':
      return deskAnswered(desk, event.answer);
    case 'FAILED':
      return deskFailed(desk, event.failure, now);
  }
}

function tellReplies(enqueue: Sender, system: AnySystem, { replies }: DeskOutcome): void {
  for (const { request, reply } of replies) {
    const event = { type: 'REPLY', requestId: request.requestId, reply } as const;
    tell(enqueue, system, analyzerName(request.analyzerId), event);
  }
}
