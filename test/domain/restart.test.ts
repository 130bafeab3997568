import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRestart, RESTART_WINDOW_MS, RESTARTS_MAX } from '../../src/domain/restart.ts';
import { type MonoMs, monoMs } from '../../src/domain/units.ts';

const cases = [
  { past: [], now: 0, kind: 'restart', recent: [0] },
  { past: [1000, 2000], now: 3000, kind: 'restart', recent: [1000, 2000, 3000] },
  { past: [1000, 2000, 3000], now: 4000, kind: 'hold', recent: [1000, 2000, 3000, 4000] },
  { past: [1000, 2000, 3000], now: 61_000, kind: 'restart', recent: [2000, 3000, 61_000] },
  { past: [1000, 2000, 3000], now: 60_999, kind: 'hold', recent: [1000, 2000, 3000, 60_999] },
] as const;

describe('F55 a crashed actor', () => {
  it.each(cases)('after crashes at $past, crashing at $now: $kind', ({ past, now, kind, recent }) => {
    expect(decideRestart(past.map(monoMs), monoMs(now))).toEqual({ kind, recent });
  });

  it('is restarted at most three times in any minute, and remembers no more than it needs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 }), (waits) => {
        let now = 0;
        let recent: readonly MonoMs[] = [];
        const restarts: number[] = [];
        for (const wait of waits) {
          now += wait;
          const verdict = decideRestart(recent, monoMs(now));
          recent = verdict.recent;
          if (verdict.kind === 'restart') restarts.push(now);
          expect(restarts.filter((each) => each > now - RESTART_WINDOW_MS).length).toBeLessThanOrEqual(RESTARTS_MAX);
          expect(recent.every((each) => each > now - RESTART_WINDOW_MS)).toBe(true);
        }
      }),
    );
  });

  it('keeps to other budgets too', () => {
    expect(decideRestart([monoMs(1)], monoMs(2), 1, 10).kind).toBe('hold');
    expect(decideRestart([monoMs(1)], monoMs(12), 1, 10).kind).toBe('restart');
  });
});
