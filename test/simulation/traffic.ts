import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { Clock } from '../../src/domain/ports.ts';

/** Longest that a request may be without a reply: its deadline, and a transaction with all its waits. */
const REPLY_MAX_MS = 180_000;

/** The answer to who has left meanwhile. */
const NOBODY = 0;

/** What the actors tell each other about requests: one on a line at a time, one reply for each. */
export type Traffic = {
  readonly inspect: (event: InspectionEvent) => void;
  /** Everything that waited for a reply has waited too long only from now on: time has passed in which nothing ran. */
  forgive(): void;
  /** The process ended. */
  reset(): void;
  check(): void;
};

type Waiting = { readonly requestId: number; since: number };

export function createTraffic({
  clock,
  violated,
}: {
  readonly clock: Clock;
  readonly violated: (text: string) => void;
}): Traffic {
  const onLine = new Map<string, AnyActorRef>();
  const waiting = new Map<string, Map<number, Waiting>>();
  const answered = new Map<string, Set<number>>();

  const started = (actor: AnyActorRef) => {
    const device = (actor as { _parent?: AnyActorRef })._parent?.id ?? '';
    const before = onLine.get(device);
    if (before?.getSnapshot().status === 'active') violated(`${device}: two transactions at a time`);
    onLine.set(device, actor);
  };
  const told = (to: AnyActorRef, from: AnyActorRef | undefined, event: InspectedEvent) => {
    if (event.type === 'REQUEST' && from) {
      const own = waiting.get(from.sessionId) ?? new Map<number, Waiting>();
      if (own.size > 0) violated(`${from.id}: asks again before it was answered`);
      const { requestId } = event.request!;
      waiting.set(from.sessionId, own.set(requestId, { requestId, since: clock.mono() }));
    } else if (event.type === 'REPLY' && event.requestId !== NOBODY) {
      const seen = answered.get(to.sessionId) ?? new Set<number>();
      if (seen.has(event.requestId!)) violated(`${to.id}: request ${event.requestId} was answered twice`);
      answered.set(to.sessionId, seen.add(event.requestId!));
      waiting.get(to.sessionId)?.delete(event.requestId!);
    } else if ((event.type === 'LEAVE' || event.type === 'WITHDRAW') && from) waiting.delete(from.sessionId);
  };
  return {
    inspect(event) {
      if (event.type === '@xstate.event')
        told(event.actorRef as AnyActorRef, event.sourceRef as AnyActorRef, event.event as InspectedEvent);
      else if (event.type === '@xstate.actor' && (event.actorRef as AnyActorRef).src === 'transact')
        started(event.actorRef as AnyActorRef);
    },
    forgive() {
      for (const own of waiting.values()) for (const each of own.values()) each.since = clock.mono();
    },
    reset() {
      for (const map of [onLine, waiting, answered]) map.clear();
    },
    check() {
      for (const own of waiting.values()) {
        for (const { requestId, since } of own.values()) {
          if (clock.mono() - since > REPLY_MAX_MS) violated(`request ${requestId} is without a reply`);
        }
      }
    },
  };
}

type InspectedEvent = {
  readonly type: string;
  readonly requestId?: number;
  readonly request?: { readonly requestId: number };
};
