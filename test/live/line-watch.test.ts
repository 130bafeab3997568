import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/domain/ports.ts';
import type { Answer, Ask } from '../../src/domain/transaction.ts';
import { createLineWatch } from '../../src/live/line-watch.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const ASK = { transaction: { kind: 'registers', unit: 7, function: 3, address: 0, count: 2 } } as Ask;

/** A link whose transactions take so long; a negative time fails. */
function bench() {
  const clock = createSteppedClock();
  const watch = createLineWatch(clock);
  let tookMs = 100;
  const link: Link = {
    open: async () => {},
    close: async () => {},
    transact: () =>
      new Promise<Answer>((resolve, reject) => {
        const answer = { kind: 'words', words: [], at: clock.now(), tookMs } as const;
        clock.setTimeout(() => (tookMs < 0 ? reject(new Error('timeout')) : resolve(answer)), Math.abs(tookMs));
      }),
  };
  const watched = watch.watch(1, link);
  const ask = async (ms: number) => {
    tookMs = ms;
    await clock.settle(watched.transact(ASK)).catch(() => {});
  };
  return { clock, watch, watched, ask, use: () => watch.of(1) };
}

describe('how busy a line is', () => {
  it('is nothing before anything was asked, and of a line that is not there', () => {
    const { use, watch } = bench();
    const idle = { utilisation: 0, spanMs: 0, total: 0, perSecond: 0, asking: null };
    expect(use()).toEqual({ ...idle, spanMs: 1 });
    expect(watch.of(9)).toEqual(idle);
    expect(watch.endedAt(1, 7)).toBeNull();
  });

  it('is the share of the last minute in which something was asked', async () => {
    const { clock, ask, use, watch } = bench();
    for (let second = 0; second < 120; second += 1) {
      await ask(250);
      await clock.advance(750);
    }
    expect(use().utilisation).toBeCloseTo(0.25, 1);
    expect(use().perSecond).toBeCloseTo(1, 1);
    expect(use().total).toBe(120);
    expect(watch.endedAt(1, 7)).toBe(clock.now() - 750);
    await clock.advance(61_000);
    expect(use()).toMatchObject({ utilisation: 0, perSecond: 0, total: 120 });
  });

  it('in its first seconds is of these alone', async () => {
    const { clock, ask, use } = bench();
    await ask(1000);
    await clock.advance(1000);
    expect(use().utilisation).toBeCloseTo(0.5, 2);
  });

  it('who is asked, and for how long, while it lasts; one that fails ends too', async () => {
    const { clock, watched, use, ask } = bench();
    await ask(-10);
    expect(use()).toMatchObject({ asking: null, total: 1 });
    const asked = watched.transact(ASK).catch(() => {});
    await clock.advance(4);
    expect(use().asking).toEqual({ ask: ASK, ms: 4 });
    expect(use().utilisation).toBeGreaterThan(0.9);
    await clock.settle(asked);
    expect(use().asking).toBeNull();
  });

  it('one that hung for long fills the minute and no more', async () => {
    const { ask, use } = bench();
    await ask(300_000);
    expect(use().utilisation).toBeGreaterThan(0.98);
    expect(use().utilisation).toBeLessThanOrEqual(1);
  });
});
