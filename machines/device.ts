import { deskLost, deskRefuse, deskTake, EMPTY_DESK } from '../src/domain/desk.ts';
import { type Failure, toFailure } from '../src/domain/errors.ts';
import { deviceSetup } from './device-setup.ts';
import type { MachineTime } from './events.ts';

const ADAPTER_SILENT: Failure = {
  code: 'LINE_CLOSED',
  message:
    'nobody on this line answers: the adapter may hang or be unplugged from the bus, or baud rate and parity are not ' +
    'those of the meters; it is opened anew once a minute',
  facts: {},
};

/**
 * One line: opened when somebody asks, one transaction in flight, each request answered once. When the line is lost all
 * that waits is answered at once and the line is opened again, with growing waits. `next` and `judging` take no time.
 *
 *   resting -> opening -> open { next, transacting, judging, idle } -> reopening -> opening; closing -> closed
 */
export function deviceMachine(time: MachineTime) {
  const { mono } = time;
  return deviceSetup(time).createMachine({
    id: 'device',
    context: ({ input }) => ({ ...input, desk: EMPTY_DESK, attempt: 0, cause: null }),
    initial: 'resting',
    on: {
      REQUEST: { actions: 'receive' },
      LEAVE: { actions: 'receive' },
      WITHDRAW: { actions: 'receive' },
      MEMBERS: { actions: 'noteMembers' },
      NOTICED: { actions: ['receive', 'giveHints'] },
      CLOSE: { target: '.closing', actions: 'receive' },
    },
    states: {
      /** Closed because nobody wants anything: the port is free for other programs. */
      resting: { always: { guard: 'isWanted', target: 'opening' } },
      opening: {
        invoke: {
          src: 'openLine',
          input: ({ context }) => ({ deviceId: context.deviceId }),
          onDone: [
            {
              guard: 'wasDown',
              target: 'open',
              actions: [
                { type: 'announce', params: { news: 'opened', cause: null } },
                { type: 'tellLine', params: { up: true, cause: null } },
              ],
            },
            // nobody was told that it was down: whoever failed goes on waiting for its own reasons
            { target: 'open', actions: { type: 'announce', params: { news: 'opened', cause: null } } },
          ],
          onError: {
            target: 'reopening',
            actions: [
              { type: 'noteDown', params: ({ event }) => ({ cause: toFailure(event.error, 'LINE_OPEN_FAILED') }) },
              { type: 'announce', params: ({ context }) => ({ news: 'openFailed', cause: context.cause }) },
            ],
          },
        },
      },
      open: {
        initial: 'next',
        on: {
          LOST: {
            target: 'reopening',
            actions: [
              { type: 'noteDown', params: ({ event }) => ({ cause: event.cause }) },
              { type: 'announce', params: ({ event }) => ({ news: 'lost', cause: event.cause }) },
            ],
          },
          // the transaction in flight is finished first
          CLOSE: { actions: 'receive' },
        },
        states: {
          next: {
            entry: { type: 'apply', params: ({ context }) => deskTake(context.desk, mono()) },
            always: [
              { guard: 'hasCurrent', target: 'transacting' },
              { guard: 'isDraining', target: '#device.closing' },
              { guard: 'isWanted', target: 'idle.quiet' },
              { guard: 'isDeserted', target: '#device.withdrawing' },
              { guard: 'isPolledOut', target: 'idle.lingering' },
              { target: 'idle.free' },
            ],
          },
          transacting: {
            entry: {
              type: 'transact',
              params: ({ context: { desk } }) => ({ ask: desk.current!.ask, turn: desk.queue.turn }),
            },
            on: {
              ANSWERED: [
                { guard: 'isOfEarlierTurn' },
                { guard: 'isAtRest', target: 'idle.free', actions: 'receive' },
                {
                  guard: 'wasDown',
                  target: 'next',
                  actions: ['receive', { type: 'announce', params: { news: 'heard', cause: null } }, 'noteHeard'],
                },
                { target: 'next', actions: 'receive' },
              ],
              FAILED: [
                { guard: 'isOfEarlierTurn' },
                {
                  guard: 'isLost',
                  target: '#device.reopening',
                  actions: [
                    { type: 'noteDown', params: ({ event }) => ({ cause: event.failure }) },
                    { type: 'announce', params: ({ event }) => ({ news: 'lost', cause: event.failure }) },
                  ],
                },
                { target: 'judging', actions: 'receive' },
              ],
            },
          },
          judging: {
            entry: 'giveHints',
            always: [
              {
                guard: 'isAdapterSilent',
                target: '#device.reopening',
                actions: [
                  'noteReopening',
                  { type: 'noteDown', params: { cause: ADAPTER_SILENT } },
                  { type: 'announce', params: { news: 'adapter', cause: ADAPTER_SILENT } },
                ],
              },
              { target: 'next' },
            ],
          },
          idle: {
            initial: 'free',
            on: {
              REQUEST: [
                { guard: 'goesAtOnce', target: 'transacting', actions: 'receiveAndTake' },
                { target: 'next', actions: 'receive' },
              ],
              LEAVE: { target: 'next', actions: 'receive' },
              WITHDRAW: { target: 'next', actions: 'receive' },
              NOTICED: { target: 'next', actions: ['receive', 'giveHints'] },
              CLOSE: { target: 'next', actions: 'receive' },
            },
            states: {
              free: {},
              /** All that waits is for units that must be left alone. */
              quiet: { after: { untilNext: '#device.open.next' } },
              lingering: { after: { linger: '#device.withdrawing' } },
            },
          },
        },
      },
      reopening: {
        entry: [
          'countAttempt',
          { type: 'apply', params: ({ context }) => deskLost(context.desk, context.cause ?? ADAPTER_SILENT) },
          { type: 'tellLine', params: ({ context }) => ({ up: false, cause: context.cause }) },
        ],
        invoke: { src: 'closeLine', input: ({ context }) => ({ deviceId: context.deviceId }), onError: {} },
        on: {
          REQUEST: {
            actions: {
              type: 'apply',
              params: ({ context, event }) => deskRefuse(context.desk, event.request, context.cause ?? ADAPTER_SILENT),
            },
          },
        },
        after: { reopenWait: 'opening' },
      },
      withdrawing: {
        invoke: {
          src: 'closeLine',
          input: ({ context }) => ({ deviceId: context.deviceId }),
          onDone: [
            { guard: 'isPolledOut', target: 'resting' },
            { target: 'resting', actions: { type: 'announce', params: { news: 'resting', cause: null } } },
          ],
          onError: 'resting',
        },
      },
      closing: {
        invoke: {
          src: 'closeLine',
          input: ({ context }) => ({ deviceId: context.deviceId }),
          onDone: 'closed',
          onError: 'closed',
        },
      },
      closed: { entry: ['sayClosed', { type: 'announce', params: { news: 'closed', cause: null } }] },
    },
  });
}
