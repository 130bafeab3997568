import { statfs } from 'node:fs/promises';
import type { Clock, Log } from './domain/ports.ts';
import { createAlarmActions } from './exporters/alarms/actions.ts';
import type { AlarmPorts } from './live/alarm-ports.ts';

export type AlarmOptions = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly version: string;
  /** Whose disk is watched; '': none. */
  readonly dataDir: string;
};

/** What watching by rules does to the world: disk space, log and actions. `close`: before the program ends. */
export function startAlarms(o: AlarmOptions): AlarmPorts & { close(): Promise<void> } {
  const actions = createAlarmActions(o);
  return { log: o.log, tell: actions.tell, disk: () => spaceOf(o.dataDir), close: actions.close };
}

/** What is free for whoever runs the server; null where it cannot be told. */
async function spaceOf(folder: string): ReturnType<AlarmPorts['disk']> {
  if (folder === '') return null;
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return null;
  }
}
