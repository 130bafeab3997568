import { describe, expect, it } from 'vitest';
import type { Failure } from '../src/domain/errors.ts';
import { FLAPS_MIN, newSession, noteLoss, type Session } from '../src/domain/session.ts';
import { type EpochMs, epochMs } from '../src/domain/units.ts';
import { createFlapping } from '../src/flapping.ts';
import { profileOf, registerAt, specOf } from './support/profile.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 4, 4, 8);
const failure: Failure = { code: 'LINE_TIMEOUT', message: 'unit 7 did not answer', facts: {} };

function flapper() {
  const flapping = createFlapping();
  let session: Session = newSession(specOf(profileOf([registerAt('a', 1)])), null);
  const lost = (at: number) => {
    session = noteLoss({ ...session, end: 'lost' }, epochMs(at));
    return flapping.note(1, 'it', { news: 'failed', failure }, session.losses);
  };
  const read = () => flapping.note(1, 'it', { news: 'polling', failure: null }, session.losses);
  const passed = (at: number) => flapping.passed(1, 'it', epochMs(at));
  return { flapping, lost, read, passed, losses: (): readonly EpochMs[] => session.losses };
}

/** Lost and read again every so often; what was said, with when. */
function flaps(bench: ReturnType<typeof flapper>, from: number, times: number, everyMs: number) {
  return Array.from({ length: times }, (_, n) => {
    const at = from + n * everyMs;
    return [bench.lost(at), bench.read()].flatMap((said) => (typeof said === 'string' ? [] : [said.text]));
  }).flat();
}

describe('a meter that fails and answers again and again', () => {
  it('is not one that only cannot be connected: it never answered in between', () => {
    const session = newSession(specOf(profileOf([registerAt('a', 1)])), null);
    expect(noteLoss({ ...session, end: 'failed' }, epochMs(START)).losses).toEqual([]);
    expect(noteLoss({ ...session, end: 'lost' }, epochMs(START)).losses).toEqual([START]);
  });

  it('is told of as usual until it does so six times within an hour, then once', () => {
    const bench = flapper();
    for (let n = 1; n < FLAPS_MIN; n += 1) {
      expect([bench.lost(START + n * MINUTE), bench.read()]).toEqual(['usual', 'usual']);
    }
    expect(bench.lost(START + 6 * MINUTE)).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/^it fails and answers again and again, 6 times within 5 min \(now: unit 7 did not/),
      failure,
    });
    expect([bench.read(), bench.lost(START + 7 * MINUTE), bench.read()]).toEqual(['quiet', 'quiet', 'quiet']);
    expect(bench.losses()).toHaveLength(FLAPS_MIN);
  });

  it('is summed up once an hour as long as it goes on', () => {
    const texts = flaps(flapper(), START, 6 + 3 * 360, 10_000);
    expect(texts.slice(1)).toEqual(
      Array(3).fill('it failed 360 more times within an hour and answered again: unit 7 did not answer'),
    );
  });

  it('is not one that is lost every quarter of an hour', () => {
    expect(flaps(flapper(), START, 40, 15 * MINUTE)).toEqual([]);
  });

  it.each([
    { isRead: true, text: 'it was read for an hour without a break' },
    { isRead: false, text: 'it did not answer any more for an hour' },
  ])('is over after an hour in which nothing changed: $text', ({ isRead, text }) => {
    const bench = flapper();
    flaps(bench, START, 6, MINUTE);
    bench.lost(START + 6 * MINUTE);
    if (isRead) bench.read();
    expect(bench.passed(START + 60 * MINUTE)).toBeNull();
    expect(bench.passed(START + 66 * MINUTE)?.text).toBe(text);
    expect(bench.passed(START + 67 * MINUTE)).toBeNull();
    expect([bench.lost(START + 2 * HOUR), bench.read()]).toEqual(['usual', 'usual']);
  });

  it('is as any other again when a person pauses it, or it is gone', () => {
    const bench = flapper();
    flaps(bench, START, 7, MINUTE);
    expect(bench.flapping.note(1, 'it', { news: 'paused', failure: null }, bench.losses())).toBe('usual');
    expect(bench.read()).toBe('usual');
    flaps(bench, START + 10 * MINUTE, 7, MINUTE);
    bench.flapping.prune(new Set([2]));
    expect(bench.read()).toBe('usual');
  });

  it('after the clock was put back it is summed up at once, and not when it comes there again', () => {
    const bench = flapper();
    flaps(bench, START, 7, MINUTE);
    expect(bench.lost(START - 24 * HOUR)).toMatchObject({ level: 'warn' });
  });
});
