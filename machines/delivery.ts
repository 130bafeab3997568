import { assign, enqueueActions, fromPromise, setup } from 'xstate';
import { deliveryWaitMs, PARKED_RETRY_MS } from '../src/domain/backoff.ts';
import { type Failure, isRetryable, toFailure } from '../src/domain/errors.ts';
import { type DeliveryEvent, type MachineTime, ROOT_NAME, tell } from './events.ts';
import { notProvided } from './slots.ts';

export type DeliveryInput = { readonly exporterId: string };

type Context = DeliveryInput & {
  /** Attempts that failed in a row. */
  readonly attempt: number;
  readonly failure: Failure | null;
  /** Something was recorded while a delivery was under way. */
  readonly again: boolean;
  /** Lector is being stopped: what is owed now is delivered once, and then nothing more. */
  readonly ending: boolean;
  /** When the records that are kept apart are tried again; null: there are none. */
  readonly againInMs: number | null;
};

/**
 * What one attempt left: `more` may be owed still, or `nothing` that could be tried now; some may be after `againInMs`
 * (null: there are none). `tried`: there was something to deliver.
 */
export type Attempt = {
  readonly left: 'more' | 'nothing';
  readonly againInMs: number | null;
  readonly tried: boolean;
};

export type DeliveryNews = { readonly news: 'recovered' | 'failed' | 'parked'; readonly failure: Failure | null };

/**
 * One exporter: takes what it owes from the outbox and delivers it in order; the cursor moves only with the receipt, in
 * the slot. A failure that may pass is tried again with growing waits; one that may not parks it for an hour. Records
 * that are kept apart hold up no others: `holding` delivers what is recorded, and tries them when their time is over.
 */
export function deliveryMachine({ random }: MachineTime) {
  return setup({
    types: { context: {} as Context, events: {} as DeliveryEvent, input: {} as DeliveryInput },
    actors: { deliver: fromPromise<Attempt, DeliveryInput>(notProvided('deliver')) },
    actions: {
      announce: (_, _news: DeliveryNews) => {},
      noteAgain: assign({ again: true }),
      noteEnding: assign({ ending: true }),
      noteApart: assign((_, { againInMs }: Attempt) => ({ againInMs })),
      sayDrained: enqueueActions(({ enqueue, context, system }) => {
        tell(enqueue, system, ROOT_NAME, { type: 'DELIVERY_DRAINED', exporterId: context.exporterId });
      }),
      noteSent: assign({ attempt: 0, failure: null }),
      noteFailure: assign(({ context }, { failure }: { failure: Failure }) => ({
        failure,
        attempt: context.attempt + 1,
      })),
    },
    guards: {
      isAgain: ({ context }) => context.again,
      isEnding: ({ context }) => context.ending,
      hasMore: (_, { left }: Attempt) => left === 'more',
      // where there was nothing to try, it is not known to work again
      isRecovered: ({ context }, { tried }: Attempt) => context.failure !== null && tried,
      hasApart: (_, { againInMs }: Attempt) => againInMs !== null,
      isRefused: (_, { failure }: { failure: Failure }) => !isRetryable(failure.code),
    },
    delays: {
      backOff: ({ context }) => deliveryWaitMs(context.attempt, context.failure, random),
      parked: PARKED_RETRY_MS,
      apart: ({ context }) => context.againInMs ?? PARKED_RETRY_MS,
    },
  }).createMachine({
    id: 'delivery',
    context: ({ input }) => ({
      ...{ ...input, attempt: 0, failure: null, again: false, ending: false, againInMs: null },
    }),
    initial: 'sending',
    on: { RECORDED: { actions: 'noteAgain' }, RETRY: { actions: 'noteAgain' }, DRAIN: '.drained' },
    states: {
      idle: { on: { RECORDED: 'sending', RETRY: 'sending' } },
      sending: {
        entry: assign({ again: false }),
        // what is under way is finished, and what was recorded meanwhile goes with it
        on: { DRAIN: { actions: 'noteEnding' } },
        invoke: {
          src: 'deliver',
          input: ({ context }) => ({ exporterId: context.exporterId }),
          onDone: [
            {
              guard: { type: 'isRecovered', params: ({ event }) => event.output },
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
            { guard: 'isEnding', target: 'drained' },
            {
              guard: { type: 'hasApart', params: ({ event }) => event.output },
              target: 'holding',
              actions: { type: 'noteApart', params: ({ event }) => event.output },
            },
            { target: 'idle', actions: assign({ attempt: 0, failure: null }) },
          ],
          onError: [
            { guard: 'isEnding', target: 'drained' },
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
      holding: { after: { apart: 'sending' }, on: { RECORDED: 'sending', RETRY: 'sending' } },
      backingOff: { after: { backOff: 'sending' }, on: { RETRY: 'sending' } },
      parked: { after: { parked: 'sending' }, on: { RETRY: 'sending' } },
      drained: { entry: 'sayDrained', on: { '*': {} } },
    },
  });
}
