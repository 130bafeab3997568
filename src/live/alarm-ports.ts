import type { AlarmAction } from '../domain/alarm-rules.ts';
import type { Log } from '../domain/ports.ts';
import type { AlarmWire } from '../protocol/alarm-wire.ts';

/** What watching needs of the world. */
export type AlarmPorts = {
  readonly log: Log;
  /** Does what a rule asks for. Returns at once and never throws: what it tells may take as long as it takes. */
  readonly tell: (wire: AlarmWire, actions: readonly AlarmAction[]) => void;
  /** Space of the disk of the data folder; null: it cannot be told. Never rejects. */
  readonly disk: () => Promise<{ readonly freeBytes: number; readonly totalBytes: number } | null>;
};
