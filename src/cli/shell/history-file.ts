import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Lines that are kept. */
export const HISTORY_LINES_MAX = 1000;
/** Longer ones were pasted. */
const LINE_LENGTH_MAX = 2000;

/** What was typed, over sessions. Nothing here ever fails: without a file there is no history. */
export type HistoryFile = {
  /** Newest first, as node:readline wants it. */
  load(): string[];
  add(line: string): void;
};

/** `$XDG_STATE_HOME/lector/shell-history`, else under ~/.local/state; null: this user has no folder. */
export function historyPath(env: Readonly<Record<string, string | undefined>>): string | null {
  const state = env.XDG_STATE_HOME || (env.HOME ? join(env.HOME, '.local', 'state') : '');
  return state === '' ? null : join(state, 'lector', 'shell-history');
}

/** Whether a line may be remembered: one that may hold a token never is. */
export const isRemembered = (line: string): boolean =>
  line.trim() !== '' && line.length <= LINE_LENGTH_MAX && !/auth/i.test(line);

/** The file is its user's alone, and each line is added at once: shells side by side keep one another's. */
export function historyFile(path: string | null): HistoryFile {
  if (path === null) return { load: () => [], add: () => {} };
  return {
    load() {
      const lines = quietly(() => readFileSync(path, 'utf8').split('\n').filter(isRemembered), [] as string[]);
      const kept = lines.slice(-HISTORY_LINES_MAX);
      if (lines.length > 2 * HISTORY_LINES_MAX) {
        quietly(() => writeFileSync(path, `${kept.join('\n')}\n`, { mode: 0o600 }), undefined);
      }
      return kept.toReversed();
    },
    add(line) {
      if (!isRemembered(line)) return;
      quietly(() => {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        appendFileSync(path, `${line.replace(/\p{Cc}/gu, ' ')}\n`, { mode: 0o600 });
        chmodSync(path, 0o600);
      }, undefined);
    },
  };
}

function quietly<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
