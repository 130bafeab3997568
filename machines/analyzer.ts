import { toFailure } from '../src/domain/errors.ts';
import { newSession } from '../src/domain/session.ts';
import { type AnalyzerContext, analyzerSetup } from './analyzer-setup.ts';
import type { MachineTime } from './events.ts';

/**
 * One analyzer. `link` says how we stand with the meter; `recorder` closes its windows beside that, whatever the
 * link does: a window without readings is recorded as such.
 *
 *   link: connecting -> polling { waiting, reading } <-> failed { resting, probing }; paused; stopped; draining
 *   recorder: idle -> recording -> idle
 */
export function analyzerMachine(time: MachineTime) {
  const base = analyzerSetup(time);
  const news = (what: 'connecting' | 'polling' | 'paused' | 'stopped') =>
    ({ type: 'announce', params: { news: what, failure: null } }) as const;
  const remember = {
    type: 'remember',
    params: ({ context: { mode, pausedUntil, pausedBy } }: { context: AnalyzerContext }) => ({
      ...{ mode, until: pausedUntil, by: pausedBy },
    }),
  } as const;
  /** A command of which the mode, and with it the state, changes. */
  const mode = <Target extends string>(target: Target) =>
    ({ guard: 'changesMode', target, actions: ['changeMode', remember] }) as const;
  const pauseOver = {
    guard: 'isPauseOver',
    target: '#analyzer.link.connecting',
    actions: ['endPause', remember, 'sayPauseEnded'],
  } as const;
  const ended = (end: 'connected' | 'read' | 'lost' | 'failed' | 'alive' | 'silent') =>
    ({ type: 'hasEnded', params: { end } }) as const;
  /** The reply to the request in flight, or the line that went down under it. */
  const replies = {
    REPLY: { guard: 'isCurrent', actions: ['reply', 'keep'] },
    LINE: { guard: 'isLineDown', actions: ['reply', 'keep'] },
  } as const;
  return base.createMachine({
    id: 'analyzer',
    type: 'parallel',
    context: ({ input }) => ({
      readingMs: input.readingMs,
      rapidMs: input.rapidMs,
      mode: input.mode,
      pausedUntil: input.pausedUntil,
      pausedBy: input.pausedBy,
      session: newSession(input.spec, input.identity, input.left?.jobs),
      made: { readings: [], learnt: null },
      windows: input.left?.windows ?? [],
      pauseEnds: null,
    }),
    // what was due and not made before it was started anew
    entry: ['interrupt', 'keep'],
    on: { CADENCE: { actions: 'noteCadence' } },
    states: {
      link: {
        initial: 'deciding',
        on: {
          PAUSE: mode('.paused'),
          STOP: mode('.stopped'),
          START: mode('.connecting'),
          RESUME: mode('.connecting'),
          DRAIN: '.draining',
          IDENTIFY: { target: '.connecting', actions: ['interrupt', 'keep', 'withdraw'] },
        },
        states: {
          deciding: {
            always: [
              { guard: 'isPaused', target: 'paused' },
              { guard: 'isStopped', target: 'stopped' },
              { target: 'connecting' },
            ],
          },
          stopped: {
            entry: ['breakOff', 'leave', news('stopped')],
            on: { IDENTIFY: {} },
          },
          paused: {
            entry: ['breakOff', 'leave', 'notePauseEnds', news('paused')],
            on: { IDENTIFY: {} },
            initial: 'waiting',
            states: { waiting: { after: { pauseEnd: [pauseOver, { target: 'waiting', reenter: true }] } } },
          },
          connecting: {
            entry: [news('connecting'), 'connect', 'keep'],
            on: { ...replies, READ: { actions: ['missJob', 'keep'] }, READ_NOW: { actions: 'forceJob' } },
            always: [
              { guard: ended('connected'), target: 'polling' },
              { guard: ended('failed'), target: 'failed' },
            ],
          },
          polling: {
            entry: news('polling'),
            initial: 'waiting',
            on: { READ: { actions: ['queueJob', 'keep'] }, READ_NOW: { actions: 'forceJob' } },
            states: {
              waiting: {
                on: { READ: { target: 'reading', actions: 'queueJob' } },
                always: { guard: 'hasJob', target: 'reading' },
              },
              reading: {
                entry: ['read', 'keep'],
                on: {
                  ...replies,
                  READ: {
                    guard: 'isForcedBegun',
                    target: 'reading',
                    reenter: true,
                    actions: ['queueJob', 'keep', 'putBack', 'withdraw'],
                  },
                },
                always: [
                  { guard: ended('lost'), target: '#analyzer.link.failed' },
                  {
                    guard: 'isNewlyFrozen',
                    target: 'waiting',
                    actions: { type: 'announce', params: { news: 'frozen', failure: null } },
                  },
                  { guard: ended('read'), target: 'waiting' },
                ],
              },
            },
          },
          failed: {
            entry: [
              'giveUp',
              'keep',
              'noteLoss',
              { type: 'announce', params: ({ context }) => ({ news: 'failed', failure: context.session.failure }) },
            ],
            initial: 'resting',
            on: {
              READ: { actions: ['missJob', 'keep'] },
              LINE: [{ guard: 'isLineUp', target: 'connecting' }, { actions: 'noteLine' }],
            },
            states: {
              resting: {
                on: {
                  READ_NOW: [
                    { guard: 'mayProbeByHand', target: 'probing', actions: 'forceJob' },
                    { actions: ['refuseForced', 'keep'] },
                  ],
                },
                after: { probeWait: 'probing' },
              },
              probing: {
                entry: 'probe',
                // the line that was opened for the probe itself says that it is up
                on: { ...replies, LINE: [replies.LINE, {}], READ_NOW: { actions: 'forceJob' } },
                always: [
                  { guard: ended('alive'), target: '#analyzer.link.connecting' },
                  { guard: ended('silent'), target: 'resting', actions: ['giveUp', 'keep'] },
                ],
              },
            },
          },
          /** Lector is being stopped: the reading in progress is finished, and what was read is kept. */
          draining: {
            on: { ...replies, PAUSE: {}, STOP: {}, START: {}, RESUME: {}, IDENTIFY: {}, DRAIN: {} },
            always: { guard: 'isQuiet', target: 'drained' },
            after: { drainLimit: 'drained' },
          },
          drained: { entry: ['cancel', 'keep', 'leave', 'sayDrained'], on: { '*': {} } },
        },
      },
      recorder: {
        initial: 'idle',
        on: { RECORD: { actions: 'queueWindow' } },
        states: {
          idle: { always: { guard: 'mayRecord', target: 'recording' } },
          recording: {
            invoke: {
              src: 'closeWindow',
              input: ({ context }) => ({ analyzerId: context.session.spec.analyzerId, window: context.windows[0]! }),
              onDone: { target: 'idle', actions: 'dropWindow' },
              onError: {
                target: 'retrying',
                actions: {
                  type: 'announce',
                  params: ({ event }) => ({ news: 'recordFailed', failure: toFailure(event.error) }),
                },
              },
            },
          },
          retrying: { after: { recordRetry: 'idle' } },
        },
      },
    },
  });
}
