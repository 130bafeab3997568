import type { EpochMs } from './units.ts';

/** Who paused an analyzer: somebody it alone, or its whole line. */
export type PausedBy = 'analyzer' | 'line';

/** Whether an analyzer is read. */
export type Mode = {
  readonly mode: 'running' | 'paused' | 'stopped';
  /** When a pause ends by itself; null: by hand, or it is not paused. */
  readonly pausedUntil: EpochMs | null;
  /** null: it is not paused. */
  readonly pausedBy: PausedBy | null;
};

/** What an operator may change of it. */
export type ModeCommand =
  | { readonly type: 'START' | 'STOP' }
  | { readonly type: 'PAUSE'; readonly until: EpochMs | null; readonly by?: PausedBy }
  | { readonly type: 'RESUME'; readonly by?: 'line' };

const MODE_COMMANDS: readonly string[] = ['START', 'STOP', 'PAUSE', 'RESUME'] satisfies ModeCommand['type'][];

export const isModeCommand = (event: { readonly type: string }): event is ModeCommand =>
  MODE_COMMANDS.includes(event.type);

export const RUNNING: Mode = { mode: 'running', pausedUntil: null, pausedBy: null };
export const STOPPED: Mode = { mode: 'stopped', pausedUntil: null, pausedBy: null };

/**
 * The mode after a command; the same object where it changes nothing. One that is stopped only starts; one that is
 * paused alone is neither paused nor resumed with its line.
 */
export function modeAfter(before: Mode, command: ModeCommand): Mode {
  const { mode, pausedBy } = before;
  switch (command.type) {
    case 'START':
      return mode === 'stopped' ? RUNNING : before;
    case 'STOP':
      return mode === 'stopped' ? before : STOPPED;
    case 'PAUSE': {
      const by = command.by ?? 'analyzer';
      const isIgnored = mode === 'stopped' || (pausedBy === 'analyzer' && by === 'line');
      return isIgnored ? before : { mode: 'paused', pausedUntil: command.until, pausedBy: by };
    }
    case 'RESUME':
      return mode === 'paused' && (command.by === undefined || pausedBy === 'line') ? RUNNING : before;
  }
}
