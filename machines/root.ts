import { toFailure } from '../src/domain/errors.ts';
import type { OffsetAt } from '../src/domain/grid.ts';
import type { MachineTime } from './events.ts';
import { rootSetup } from './root-setup.ts';

/**
 * The supervisor: starts devices, analyzers and deliveries, hands out what is due from one timer, starts again what
 * crashes, and stops in order: no more readings, the ones in progress finished, then the lines closed.
 *
 *   starting -> running -> draining { readings, lines, exports } -> stopped
 */
export function rootMachine(time: MachineTime, offsetAt: OffsetAt) {
  return rootSetup(time, offsetAt).createMachine({
    id: 'root',
    context: ({ input }) => ({
      pass: 0,
      ...input,
      startedAt: time.now(),
      schedule: null,
      restarts: {},
      held: {},
      awaited: 0,
    }),
    initial: 'starting',
    on: {
      COMMAND: { actions: 'command' },
      UNHOLD: { actions: 'unhold' },
      CHANGE: { actions: 'change' },
      PAUSE_ENDED: { actions: 'notePauseEnd' },
      RECORDED: { actions: 'tellDeliveries' },
      SHUTDOWN: '.draining',
      'xstate.error.actor.*': { actions: 'restart' },
    },
    states: {
      starting: {
        invoke: {
          id: 'recover',
          src: 'recover',
          input: ({ context }) => ({ startedAt: context.startedAt }),
          onDone: 'running',
          onError: {
            target: 'running',
            actions: {
              type: 'announce',
              params: ({ event }) => ({ news: 'recoverFailed', failure: toFailure(event.error) }),
            },
          },
        },
      },
      running: {
        entry: ['spawnAll', 'arm', { type: 'announce', params: { news: 'running' } }],
        initial: 'waiting',
        // the timer is set to what is due next by then
        on: { CHANGE: { target: '.waiting', actions: 'change' } },
        states: { waiting: { after: { untilDue: { target: 'waiting', reenter: true, actions: 'runDue' } } } },
      },
      draining: {
        entry: { type: 'announce', params: { news: 'draining' } },
        initial: 'readings',
        on: { SHUTDOWN: {}, COMMAND: {}, UNHOLD: {}, CHANGE: {}, 'xstate.error.actor.*': {} },
        states: {
          readings: {
            entry: { type: 'order', params: { kind: 'analyzer', type: 'DRAIN' } },
            on: { ANALYZER_DRAINED: { actions: 'noteDone' } },
            always: { guard: 'isAllDone', target: 'lines' },
            after: { drainLimit: 'lines' },
          },
          lines: {
            entry: { type: 'order', params: { kind: 'device', type: 'CLOSE' } },
            on: { DEVICE_CLOSED: { actions: 'noteDone' } },
            always: { guard: 'isAllDone', target: 'exports' },
            after: { closeLimit: 'exports' },
          },
          exports: {
            entry: { type: 'order', params: { kind: 'delivery', type: 'DRAIN' } },
            on: { DELIVERY_DRAINED: { actions: 'noteDone' } },
            always: { guard: 'isAllDone', target: '#root.stopped' },
            after: { exportLimit: '#root.stopped' },
          },
        },
      },
      stopped: { entry: { type: 'announce', params: { news: 'stopped' } }, type: 'final' },
    },
  });
}
