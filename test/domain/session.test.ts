import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Reply } from '../../src/domain/meter.ts';
import type { ReadJob } from '../../src/domain/read-job.ts';
import {
  beginConnecting,
  beginProbing,
  beginReading,
  breakOff,
  giveUp,
  newSession,
  noteCause,
  type Session,
  type SessionStep,
  takeReply,
} from '../../src/domain/session.ts';
import { addJob, isReadingDueBy, missJob } from '../../src/domain/session-jobs.ts';
import { epochMs, monoMs } from '../../src/domain/units.ts';
import { knownAs } from '../support/connecting.ts';
import { profileOf, registerAt, specOf } from '../support/profile.ts';

const at = { now: epochMs(Date.UTC(2026, 4, 4, 8)), mono: monoMs(5000) };
const spec = specOf(profileOf([100, 101].map((address) => registerAt(`r${address}`, address))));
const failed = (code: ErrorCode): Reply => ({ kind: 'failed', failure: { code, message: code, facts: {} } });

/** Answers what the step asks, with words of 7. */
function answered(step: SessionStep): SessionStep {
  const transaction = step.request?.ask.transaction;
  const words = transaction?.kind === 'registers' ? Array(transaction.count).fill(7) : [];
  return takeReply(step.session, { kind: 'answered', answer: { kind: 'words', words, at: at.now, tookMs: 5 } }, at);
}

function connected(): Session {
  let step = beginConnecting(newSession(spec, null), at);
  while (step.session.end === 'asking') step = answered(step);
  return step.session;
}

const job = (seconds: number, grid: ReadJob['grid'] = 'normal'): ReadJob => ({
  ...{ nominal: epochMs(at.now + 1000 * seconds), grid, deadline: monoMs(at.mono + 1000 * seconds) },
});
const windowUntil = (end: number) => ({ start: at.now, end: epochMs(end) });
const begun = (session: Session, ...jobs: readonly ReadJob[]) =>
  beginReading(
    jobs.reduce((each, next) => addJob(each, next).session, session),
    at,
  );

describe('a session', () => {
  it('forgets what was learnt of another model', () => {
    expect(newSession(spec, knownAs({ profileId: 'other' })).identity).toBeNull();
    expect(newSession(spec, knownAs()).identity).toMatchObject({ text: 'T1 meter' });
  });

  it('prints as JSON at every step', () => {
    let step = begun(connected(), job(10));
    for (let n = 0; n < 5; n += 1) {
      expect(JSON.parse(JSON.stringify(step.session))).toEqual(step.session);
      if (step.request) step = answered(step);
    }
  });

  it('numbers its requests, never one twice', () => {
    const first = beginConnecting(newSession(spec, null), at);
    const second = beginConnecting(breakOff(first.session).session, at);
    expect(second.request!.requestId).toBeGreaterThan(first.request!.requestId);
  });

  it('gives one reading for each job, whatever happens to it', () => {
    let step = addJob(connected(), job(10));
    const nominals: number[] = [];
    const take = (next: SessionStep) => {
      nominals.push(...next.readings.map(({ nominal }) => (nominal - at.now) / 1000));
      step = next;
    };
    take(addJob(step.session, job(20)));
    take(addJob(step.session, job(20, 'rapid')));
    take(beginReading(step.session, at));
    take(addJob(step.session, job(30)));
    take(takeReply(step.session, failed('LINE_CLOSED'), at));
    take(giveUp(step.session));
    take(missJob(step.session, job(40)));
    expect(nominals.sort()).toEqual([10, 20, 20, 30, 40]);
    expect(step.session.tally).toEqual({ good: 0, failed: 5 });
  });

  it('counts its losses until it is read whole: a probe or an identification is not enough', () => {
    const lost = (session: Session) => {
      const once = takeReply(begun(session, job(10)).session, failed('LINE_CLOSED'), at);
      expect(once.session.end).toBe('lost');
      return giveUp(once.session).session;
    };
    const first = lost(connected());
    expect(first.attempt).toBe(1);
    const alive = answered(beginProbing(first, at)).session;
    expect(alive.end).toBe('alive');
    let step = beginConnecting(alive, at);
    while (step.session.end === 'asking') step = answered(step);
    expect([step.session.end, step.session.attempt]).toEqual(['connected', 1]);
    expect(lost(step.session).attempt).toBe(2);
    const read = answered(begun(step.session, job(20)));
    expect([read.session.end, read.session.attempt, read.session.lastGoodAt]).toEqual(['read', 0, at.now]);
  });

  it.each([
    'LINE_TIMEOUT',
    'FRAME_CRC',
    'LINE_CLOSED',
    'QUEUE_FULL',
  ] as const)('a probe ended by %s finds silence', (code) => {
    const step = takeReply(beginProbing(giveUp(connected()).session, at).session, failed(code), at);
    expect(step.session).toMatchObject({ end: 'silent', failure: { code } });
  });

  it.each([
    { exception: 6, end: 'alive' },
    { exception: 10, end: 'silent' },
    { exception: 11, end: 'silent' },
  ])('F37 exception $exception to a probe: $end, for a gateway is not the meter', ({ exception, end }) => {
    const failure = { code: 'DEVICE_BUSY', message: '', facts: { exception } } as const;
    const probing = beginProbing(giveUp(connected()).session, at).session;
    expect(takeReply(probing, { kind: 'failed', failure }, at).session.end).toBe(end);
  });

  it('says why it is not read: the line, when that is down', () => {
    const silent = giveUp(takeReply(begun(connected(), job(10)).session, failed('LINE_CLOSED'), at).session).session;
    const down = noteCause(silent, { code: 'LINE_OPEN_FAILED', message: 'unplugged', facts: {} }).session;
    expect(missJob(down, job(20)).readings).toMatchObject([{ failure: { message: 'unplugged' } }]);
    expect(noteCause(down, null).session.failure).toMatchObject({ message: 'unplugged' });
  });

  it('knows whether a reading of a window is still to come', () => {
    const step = begun(connected(), job(10), job(20, 'rapid'));
    for (const [seconds, expected] of [
      [9, false],
      [10, true],
      [20, true],
    ] as const) {
      expect(isReadingDueBy(step.session, windowUntil(at.now + 1000 * seconds))).toBe(expected);
    }
    const next = answered(step).session;
    expect(isReadingDueBy(next, windowUntil(at.now + 15_000))).toBe(false);
    expect(isReadingDueBy(next, windowUntil(at.now + 20_000))).toBe(true);
  });

  it('F49 no reading of after the wall clock was put back holds up a window of before', () => {
    const step = begun(connected(), { ...job(10), pass: 1 }, { ...job(20), pass: 1 });
    const window = windowUntil(at.now + 60_000);
    expect(isReadingDueBy(step.session, window)).toBe(false);
    expect(isReadingDueBy(step.session, { ...window, pass: 1 })).toBe(true);
    expect(isReadingDueBy(step.session, { ...window, pass: 2 })).toBe(true);
  });

  it('is not troubled by a reply that nobody waits for', () => {
    const idle = connected();
    expect(takeReply(idle, failed('LINE_TIMEOUT'), at)).toMatchObject({ session: idle, request: null, readings: [] });
  });
});
