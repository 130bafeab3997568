import type { LogLevel } from '../domain/installation.ts';
import { LOG_LEVELS } from '../domain/installation.ts';
import { safe } from '../domain/safe.ts';
import type { LogHandle } from './create-log.ts';

/** A line of the log as it is shown elsewhere than in its file. */
export type TappedLine = { readonly at: number; readonly level: LogLevel; readonly text: string };

export type LogTap = LogHandle & {
  /** Hands over the lines that were written so far (the last {@link LINES_KEPT}), and then each as it comes. */
  listen(listener: (line: TappedLine) => void): void;
};

/** Lines from before somebody listens: those of the start. */
export const LINES_KEPT = 200;

/** The same log, whose lines at or above `level` are handed on as well: to the screen, over the control protocol. */
export function tapLog(log: LogHandle, level: LogLevel, now: () => number): LogTap {
  const least = LOG_LEVELS.indexOf(level);
  const kept: TappedLine[] = [];
  let listener: ((line: TappedLine) => void) | null = null;
  const tapped = (name: Exclude<keyof LogHandle, 'close'>, shown: LogLevel): LogHandle['info'] => {
    const isShown = LOG_LEVELS.indexOf(shown) >= least;
    return (facts, text) => {
      log[name](facts, text);
      if (!isShown) return;
      const line = { at: now(), level: shown, text: safe(text) };
      if (listener !== null) return listener(line);
      kept.push(line);
      if (kept.length > LINES_KEPT) kept.shift();
    };
  };
  return {
    debug: tapped('debug', 'debug'),
    info: tapped('info', 'info'),
    warn: tapped('warn', 'warning'),
    error: tapped('error', 'error'),
    critical: tapped('critical', 'critical'),
    close: log.close,
    listen(next) {
      listener = next;
      for (const line of kept.splice(0)) next(line);
    },
  };
}
