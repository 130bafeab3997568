import { describe, expect, it } from 'vitest';
import { LectorError } from '../../../src/domain/errors.ts';
import { AT_ONCE, createAlarmActions, RETRY_MS, WAITING_MAX } from '../../../src/exporters/alarms/actions.ts';
import { settleTurns } from '../../support/stepped-clock.ts';
import { type ActionOf, actionContext, alarmWire } from './samples.ts';

const COMMAND: ActionOf<'command'> = { kind: 'command', argv: ['/bin/tell', 'secret-argument'], folder: '/' };
const HOOK: ActionOf<'webhook'> = {
  ...{ kind: 'webhook', url: 'https://hooks.example/T0/secret-path', secret: null, token: null, caFile: null },
  timeoutMs: 1000,
};

/** Actions whose attempts are played by hand: each ends when it is told to. */
function played() {
  const context = { ...actionContext(), random: () => 0 };
  const begun: { readonly what: string; readonly end: (error?: Error) => void; readonly signal: AbortSignal }[] = [];
  const attempt = (
    action: { readonly kind: string },
    { event, subject, rule }: ReturnType<typeof alarmWire>,
    signal: AbortSignal,
  ) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    begun.push({
      what: `${action.kind} ${rule} ${event} ${subject}`,
      signal,
      end: (error) => (error ? reject(error) : resolve()),
    });
    return promise;
  };
  const actions = createAlarmActions(context, { webhook: attempt, mqtt: attempt, command: attempt });
  return {
    ...{ ...context, actions, begun },
    whats: () => begun.map(({ what }) => what),
    async end(index: number, error?: Error) {
      begun[index]?.end(error);
      await settleTurns();
    },
  };
}

const BUSY = new LectorError('EXPORT_FAILED', 'it is not available now');

describe('telling of alarms', () => {
  it('does one thing at a time for one alarm, in order, and others beside it', async () => {
    const { actions, whats, end } = played();
    actions.tell(alarmWire(), [COMMAND, HOOK]);
    actions.tell(alarmWire({ event: 'cleared' }), [COMMAND]);
    actions.tell(alarmWire({ subject: 'analyzer:4' }), [COMMAND]);
    expect(whats()).toEqual([
      'command silent raised analyzer:3',
      'webhook silent raised analyzer:3',
      'command silent raised analyzer:4',
    ]);
    await end(0);
    expect(whats().at(-1)).toBe('command silent cleared analyzer:3');
  });

  it('has few under way at once of each kind', async () => {
    const { actions, begun, end } = played();
    for (let id = 1; id <= 10; id += 1) actions.tell(alarmWire({ subject: `analyzer:${id}` }), [COMMAND]);
    actions.tell(alarmWire(), [HOOK]);
    expect(begun).toHaveLength(AT_ONCE + 1);
    await end(0);
    expect(begun).toHaveLength(AT_ONCE + 2);
  });

  it('says at once what does not work, then nothing until it does or is given up', async () => {
    const { actions, end, clock, log } = played();
    const said = () => log.lines.filter(({ level }) => level === 'warn').map(({ text }) => text);
    actions.tell(alarmWire(), [HOOK]);
    await end(0, BUSY);
    const told = 'webhook https://hooks.example was not told yet that alarm "silent" was raised';
    const next = 'it is tried again in 5 s, and then a few times more';
    expect(said()).toEqual([`${told} (${next}): it is not available now`]);
    await clock.advance(RETRY_MS[0] ?? 0);
    await end(1, BUSY);
    expect(said()).toHaveLength(1);
    await clock.advance(RETRY_MS[1] ?? 0);
    await end(2);
    actions.tell(alarmWire({ event: 'cleared' }), [HOOK]);
    await end(3, BUSY);
    expect(said()).toHaveLength(2);
  });

  it('tries again a few times with longer and longer waits, then says once that it gave up', async () => {
    const { actions, begun, end, clock, log, whats } = played();
    actions.tell(alarmWire(), [HOOK]);
    actions.tell(alarmWire({ event: 'cleared' }), [HOOK]);
    for (const [tries, wait] of RETRY_MS.entries()) {
      await end(tries, BUSY);
      await clock.advance(wait - 1);
      expect(begun).toHaveLength(tries + 1);
      await clock.advance(1);
      expect(begun).toHaveLength(tries + 2);
    }
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await end(RETRY_MS.length, BUSY);
    expect(log.lines.filter(({ level }) => level === 'error').map(({ level, text }) => [level, text])).toEqual([
      [
        'error',
        'webhook https://hooks.example was not told that alarm "silent" was raised (tried 5 times): ' +
          'it is not available now',
      ],
    ]);
    // what ended is told all the same
    expect(whats().at(-1)).toBe('webhook silent cleared analyzer:3');
    expect(JSON.stringify(log.lines)).not.toContain('secret-path');
  });

  it('gives up at once what is refused, and what is a bug', async () => {
    const { actions, end, log } = played();
    actions.tell(alarmWire(), [HOOK]);
    await end(0, new LectorError('EXPORT_REFUSED', 'it does not allow this'));
    actions.tell(alarmWire(), [COMMAND]);
    await end(1, new TypeError('x is no function'));
    expect(log.lines.map(({ text }) => text)).toEqual([
      expect.stringContaining('(tried once): it does not allow this'),
      expect.stringContaining('(tried once): unexpected: x is no function'),
    ]);
  });

  it('waits as long as it is asked to, up to its own longest wait', async () => {
    const { actions, end, clock, begun } = played();
    actions.tell(alarmWire(), [HOOK]);
    await end(0, new LectorError('EXPORT_FAILED', 'later', { retryAfterMs: 60_000 }));
    await clock.advance(59_999);
    expect(begun).toHaveLength(1);
    await clock.advance(1);
    expect(begun).toHaveLength(2);
    await end(1, new LectorError('EXPORT_FAILED', 'tomorrow', { retryAfterMs: 86_400_000 }));
    await clock.advance(600_000);
    expect(begun).toHaveLength(3);
  });

  it('keeps a bounded number of what waits: the oldest go, which is said once, and others are not hurt', async () => {
    const { actions, log, whats, end, begun } = played();
    for (let id = 0; id < WAITING_MAX + 50; id += 1) actions.tell(alarmWire({ subject: `analyzer:${id}` }), [COMMAND]);
    actions.tell(alarmWire({ rule: 'other' }), [HOOK]);
    expect(log.lines.map(({ text }) => text)).toEqual([
      'command /bin/tell does not keep up with alarms: the oldest are left out',
    ]);
    expect(whats().at(-1)).toBe('webhook other raised analyzer:3');
    for (let index = 0; index < begun.length; index += 1) await end(index);
    expect(begun).toHaveLength(WAITING_MAX + 1);
    // those under way were not dropped, and the newest came
    expect(whats()).toEqual(
      expect.arrayContaining([
        'command silent raised analyzer:0',
        `command silent raised analyzer:${WAITING_MAX + 49}`,
      ]),
    );
    expect(whats()).not.toContain('command silent raised analyzer:10');
  });

  it('ends: what is under way has a moment, what waits is given up, and no timer stays', async () => {
    const { actions, begun, end, clock } = played();
    actions.tell(alarmWire(), [HOOK]);
    await end(0, BUSY);
    actions.tell(alarmWire({ subject: 'analyzer:9' }), [HOOK]);
    const closed = actions.close();
    actions.tell(alarmWire({ subject: 'analyzer:8' }), [HOOK]);
    await clock.settle(closed, 2_000);
    expect([begun.length, begun[1]?.signal.aborted, clock.pending()]).toEqual([2, true, 0]);
  });
});
