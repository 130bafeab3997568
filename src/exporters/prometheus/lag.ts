import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late timers were since the last look, seconds. */
export type Lag = { readonly mean: number; readonly p50: number; readonly p99: number; readonly max: number };

export type LagWatch = {
  /** null: nothing was measured since the last look. */
  take(): Lag | null;
  close(): void;
};

const RESOLUTION_MS = 20;
const NS = 1e9;

/** Watches the event loop from now on. */
export function watchLag(): LagWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    take() {
      if (delay.count === 0) return null;
      // what is measured is from one tick to the next
      const late = (ns: number) => Math.max(0, ns / NS - RESOLUTION_MS / 1000);
      const lag = {
        ...{ mean: late(delay.mean), p50: late(delay.percentile(50)) },
        ...{ p99: late(delay.percentile(99)), max: late(delay.max) },
      };
      delay.reset();
      return lag;
    },
    close: () => void delay.disable(),
  };
}
