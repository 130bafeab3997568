import type { AlarmAction } from '../../domain/alarm-rules.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { AlarmWire } from '../../protocol/alarm-wire.ts';

export type ActionContext = {
  readonly clock: Clock;
  /** 0..1. */
  readonly random: () => number;
  readonly log: Log;
  readonly version: string;
};

/**
 * Does an action once. Rejects EXPORT_FAILED when it may be tried again, EXPORT_REFUSED when that is of no use, in
 * words that name where it went, without secrets. `signal`: the program ends, nobody waits any longer.
 */
export type Attempt<Kind extends AlarmAction['kind'] = AlarmAction['kind']> = (
  action: AlarmAction & { readonly kind: Kind },
  wire: AlarmWire,
  signal: AbortSignal,
) => Promise<void>;
