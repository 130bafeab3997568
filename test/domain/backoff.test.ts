import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryWaitMs, probeWaitMs, reopenWaitMs } from '../../src/domain/backoff.ts';
import type { ErrorCode, Facts, Failure } from '../../src/domain/errors.ts';

const failure = (code: ErrorCode, facts: Facts = {}): Failure => ({ code, message: '', facts });
const never = () => 0;
const always = () => 1 - Number.EPSILON;
const attempts = [1, 2, 3, 4, 5, 6, 7, 1000] as const;

describe('wait before a port is opened again', () => {
  it('F14 is 1, 2, 4 ... 30 s for a serial port, without jitter', () => {
    expect(attempts.map((attempt) => reopenWaitMs('serial', attempt, null, always))).toEqual([
      ...[1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
    ]);
  });

  it('F32 is 1 ... 60 s for TCP, and up to a quarter more by chance', () => {
    const failed = failure('LINE_OPEN_FAILED', { errno: 'ECONNREFUSED' });
    expect(attempts.map((attempt) => reopenWaitMs('tcp', attempt, failed, never))).toEqual([
      ...[1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000],
    ]);
    expect([1, 1000].map((attempt) => reopenWaitMs('tcp', attempt, failed, always))).toEqual([1250, 75_000]);
  });

  it.each(['EACCES', 'EPERM'])('F16 is a minute from the first try on where we may not open it (%s)', (errno) => {
    expect(reopenWaitMs('serial', 1, failure('LINE_OPEN_FAILED', { errno }), never)).toBe(60_000);
  });
});

describe('wait before a meter is probed', () => {
  it('F01 grows from 2 s to 5 min', () => {
    expect([1, 2, 3, 8, 9, 10_000].map((attempt) => probeWaitMs(attempt, failure('LINE_TIMEOUT')))).toEqual([
      ...[2000, 4000, 8000, 256_000, 300_000, 300_000],
    ]);
  });

  it.each(['MODEL_MISMATCH', 'PROFILE_INVALID'] as const)('is 5 min at once after %s: a person must act', (code) => {
    expect(probeWaitMs(1, failure(code))).toBe(300_000);
  });
});

describe('wait before a delivery is tried again', () => {
  it('grows from 5 s to 5 min and a quarter more by chance', () => {
    expect([1, 2, 7, 50].map((attempt) => deliveryWaitMs(attempt, null, never))).toEqual([
      5000, 10_000, 300_000, 300_000,
    ]);
    expect(deliveryWaitMs(50, null, always)).toBe(375_000);
  });

  it.each([
    ['longer than ours', 120_000, 120_000],
    ['shorter than ours', 1000, 5000],
    ['beyond an hour', 86_400_000, 3_600_000],
    ['in the past', -5, 5000],
  ])('honours a Retry-After that is %s', (_, retryAfterMs, wait) => {
    expect(deliveryWaitMs(1, failure('EXPORT_FAILED', { retryAfterMs }), never)).toBe(wait);
  });

  it('does not stumble over a Retry-After that is no number', () => {
    expect(deliveryWaitMs(1, failure('EXPORT_FAILED', { retryAfterMs: 'soon' }), never)).toBe(5000);
  });
});

describe('every wait', () => {
  it('is a whole number of ms, at least a second, and never shorter than the one before it', () => {
    const attempt = fc.integer({ min: -5, max: 1_000_000 });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(attempt, chance, (each, random) => {
        for (const wait of [
          (n: number) => reopenWaitMs('serial', n, null, () => random),
          (n: number) => reopenWaitMs('tcp', n, null, () => random),
          (n: number) => probeWaitMs(n, null),
          (n: number) => deliveryWaitMs(n, null, () => random),
        ]) {
          expect(Number.isInteger(wait(each))).toBe(true);
          expect(wait(each)).toBeGreaterThanOrEqual(1000);
          expect(wait(each + 1)).toBeGreaterThanOrEqual(wait(each));
        }
      }),
    );
  });
});
