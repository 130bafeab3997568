import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/domain/errors.ts';
import {
  adapterSuspected,
  heard,
  NO_SILENCE,
  noteFailure,
  type Silence,
  silenceReopened,
} from '../../src/domain/health.ts';
import { monoMs } from '../../src/domain/units.ts';

const lost = (silence: Silence, ...ids: readonly number[]) =>
  ids.reduce((each, id) => noteFailure(each, id, 'LINE_TIMEOUT'), silence);
const now = monoMs(1_000_000);

describe('F18 an adapter that never brings a byte', () => {
  it('is suspected when each of its analyzers lost three requests in a row', () => {
    const twice = lost(NO_SILENCE, 1, 2, 1, 2, 1);
    expect(adapterSuspected(twice, [1, 2], now)).toBe(false);
    expect(adapterSuspected(lost(twice, 2), [1, 2], now)).toBe(true);
  });

  it('is not suspected for one dead meter among others', () => {
    expect(adapterSuspected(lost(NO_SILENCE, 1, 1, 1, 1, 1), [1, 2], now)).toBe(false);
  });

  it('is suspected for the only meter of its line', () => {
    expect(adapterSuspected(lost(NO_SILENCE, 1, 1, 1), [1], now)).toBe(true);
  });

  it('is not suspected when nothing is read on it', () => {
    expect(adapterSuspected(lost(NO_SILENCE, 1, 1, 1), [], now)).toBe(false);
  });

  const heardCodes = ['FRAME_CRC', 'FRAME_TRUNCATED', 'FRAME_MALFORMED', 'DEVICE_REFUSED', 'DEVICE_BUSY', 'LINE_NOISY'];
  it.each(heardCodes as readonly ErrorCode[])('%s is something heard', (code) => {
    expect(noteFailure(lost(NO_SILENCE, 1, 1, 2), 1, code)).toEqual(NO_SILENCE);
  });

  it.each(['LINE_TIMEOUT', 'LINE_WRITE_BLOCKED'] as const)('%s is silence', (code) => {
    expect(noteFailure(NO_SILENCE, 1, code).missed).toEqual({ 1: 1 });
  });

  const neverSent = ['LINE_CLOSED', 'QUEUE_FULL', 'DEADLINE_PASSED', 'CANCELLED', 'MODEL_MISMATCH', 'STORE_FAILED'];
  it.each(neverSent as readonly ErrorCode[])('%s says nothing about the line', (code) => {
    const silence = lost(NO_SILENCE, 1);
    expect(noteFailure(silence, 1, code)).toBe(silence);
  });

  it('is opened anew at most once a minute, and counts from the start then', () => {
    const reopened = silenceReopened(now);
    expect(reopened.missed).toEqual({});
    const again = lost(reopened, 1, 1, 1);
    expect(adapterSuspected(again, [1], monoMs(now + 59_999))).toBe(false);
    expect(adapterSuspected(again, [1], monoMs(now + 60_000))).toBe(true);
  });

  it('stays remembered as reopened when something is heard', () => {
    expect(heard(lost(silenceReopened(now), 1))).toEqual({ missed: {}, reopenedAt: now });
    expect(heard(NO_SILENCE)).toBe(NO_SILENCE);
  });
});
