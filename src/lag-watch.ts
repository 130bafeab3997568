import type { Clock, Log } from './domain/ports.ts';

const BEAT_MS = 1000;
/** Later than this, a beat tells that nothing could run in between. */
const STILL_MS = 1500;

export type LagWatch = {
  /** Longest that the process stood still since it began, ms. */
  worstMs(): number;
  stop(): void;
};

/** Notices when the process stood still (a blocked event loop, a stopped machine) and says for how long. */
export function watchLag(clock: Clock, log: Log): LagWatch {
  let worst = 0;
  let last = clock.mono() as number;
  let timer: unknown = null;
  const beat = () => {
    const now = clock.mono();
    const lagMs = Math.max(0, now - last - BEAT_MS);
    last = now;
    worst = Math.max(worst, lagMs);
    if (lagMs > STILL_MS)
      log.warn({ lagMs: Math.round(lagMs) }, `nothing could run for ${(lagMs / 1000).toFixed(1)} s`);
    timer = clock.setTimeout(beat, BEAT_MS);
  };
  timer = clock.setTimeout(beat, BEAT_MS);
  return { worstMs: () => worst, stop: () => clock.clearTimeout(timer) };
}
