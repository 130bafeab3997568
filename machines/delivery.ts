import { assign, fromPromise, setup } from 'xstate';
import { deliveryWaitMs, PARKED_RETRY_MS } from '../src/domain/backoff.ts';
import { type Failure, isRetryable, toFailure } from '../src/domain/errors.ts';
import type { DeliveryEvent, MachineTime } from './events.ts';
import { notProvided } from './slots.ts';

export type DeliveryInput = { readonly exporterId: string };

type Context = DeliveryInput & {
  /** Attempts that failed in a row. */
  readonly attempt: number;
  readonly failure: Failure | null;
  /** Something was recorded while a delivery was under way. */
  readonly again: boolean;
};

/** What one attempt left: `more` may be owed still, or `nothing` is. */
export type Attempt = { readonly left: 'more' | 'nothing' };

export type DeliveryNews = { readonly news: 'recovered' | 'failed' | 'parked'; readonly failure: Failure | null };

/**
 * One exporter: takes what it owes from the outbox and delivers it in order; the cursor moves only with the receipt, in
 * the slot. A failure that may pass is tried again with growing waits; one that may not parks it for an hour.
 */
export function deliveryMachine({ random }: MachineTime) {
  return setup({
    types: { context: {} as Context, events: {} as DeliveryEvent, input: {} as DeliveryInput },
    actors: { deliver: fromPromise<Attempt, DeliveryInput>(notProvided('deliver')) },
    actions: {
      announce: (_, _news: DeliveryNews) => {},
      noteAgain: assign({ again: true }),
      noteSent: assign({ attempt: 0, failure: null }),
      noteFailure: assign(({ context }, { failure }: { failure: Failure }) => ({
        failure,
        attempt: context.attempt + 1,
      })),
    },
    guards: {
      isAgain: ({ context }) => context.again,
      hasMore: (_, { left }: Attempt) => left === 'more',
      wasFailing: ({ context }) => context.failure !== null,
      isRefused: (_, { failure }: { failure: Failure }) => !isRetryable(failure.code),
    },
    delays: {
      backOff: ({ context }) => deliveryWaitMs(context.attempt, context.failure, random),
      parked: PARKED_RETRY_MS,
    },
  }).createMachine({
    id: 'delivery',
    context: ({ input }) => ({ ...input, attempt: 0, failure: null, again: false }),
    initial: 'sending',
    on: { RECORDED: { actions: 'noteAgain' }, DRAIN: '.drained' },
    states: {
      idle: { on: { RECORDED: 'sending', RETRY: 'sending' } },
      sending: {
        entry: assign({ again: false }),
        invoke: {
          src: 'deliver',
          input: ({ context }) => ({ exporterId: context.exporterId }),
          onDone: [
            {
              guard: 'wasFailing',
              target: 'sending',
              reenter: true,
              actions: ['noteSent', { type: 'announce', params: { news: 'recovered', failure: null } }],
            },
            {
              guard: { type: 'hasMore', params: ({ event }) => event.output },
              target: 'sending',
              reenter: true,
            },
            { guard: 'isAgain', target: 'sending', reenter: true },
            { target: 'idle' },
          ],
          onError: [
            {
              guard: {
                type: 'isRefused',
                params: ({ event }) => ({ failure: toFailure(event.error, 'EXPORT_FAILED') }),
              },
              target: 'parked',
              actions: [
                { type: 'noteFailure', params: ({ event }) => ({ failure: toFailure(event.error) }) },
                { type: 'announce', params: ({ context }) => ({ news: 'parked', failure: context.failure }) },
              ],
            },
            {
              target: 'backingOff',
              actions: [
                {
                  type: 'noteFailure',
                  params: ({ event }) => ({ failure: toFailure(event.error, 'EXPORT_FAILED') }),
                },
                { type: 'announce', params: ({ context }) => ({ news: 'failed', failure: context.failure }) },
              ],
            },
          ],
        },
      },
      backingOff: { after: { backOff: 'sending' }, on: { RETRY: 'sending' } },
      parked: { after: { parked: 'sending' }, on: { RETRY: 'sending' } },
      drained: { on: { '*': {} } },
    },
  });
}
