import type { AnalyzerContext } from '../../machines/analyzer-setup.ts';
import type { DeviceContext } from '../../machines/device-setup.ts';
import type { Failure } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';
import type { AnalyzerId, EpochMs } from '../domain/units.ts';
import type { ErrorView, IsoTime } from '../protocol/views.ts';
import type { Raised } from './alarm-watch.ts';
import type { AnalyzerTrack, DeviceTrack, Ledger } from './ledger.ts';
import type { LiveOptions } from './ports.ts';

/** What views are made from. */
export type Scene = {
  readonly o: LiveOptions;
  readonly ledger: Ledger;
  /** An instant in the node's zone. */
  readonly iso: (at: EpochMs) => IsoTime;
};

/** With the alarms that rules raised. */
export type WatchedScene = Scene & { readonly raised: () => readonly Raised[] };

export const isoOrNull = (iso: Scene['iso'], at: EpochMs | null): IsoTime | null => (at === null ? null : iso(at));

/** When something is tried next; null also once that has passed: it is being tried. */
export const aheadOrNull = ({ iso, o }: Scene, at: EpochMs | null): IsoTime | null =>
  at === null || at < o.clock.now() ? null : iso(at);

/** A failure as it is shown: what a device or the network said in it cannot move a cursor. */
export function errorView(failure: Pick<Failure, 'code' | 'message'> | null): ErrorView | null {
  return failure === null ? null : { code: failure.code, message: safe(failure.message) };
}

/** What an analyzer's actor knows; null while there is none. */
export function analyzerContext({ o }: Scene, { name }: AnalyzerTrack): AnalyzerContext | null {
  return (o.actor(name)?.context ?? null) as AnalyzerContext | null;
}

export function deviceContext({ o }: Scene, { name }: DeviceTrack): DeviceContext | null {
  return (o.actor(name)?.context ?? null) as DeviceContext | null;
}

/** `analyzer 3 (PM710 "Pump room")`. */
export function labelOf({ o }: Scene, { config }: Pick<AnalyzerTrack, 'config'>): string {
  return `analyzer ${config.id} (${safe(o.words.nameOf(config))})`;
}

/** `device 1 (/dev/ttyUSB0, 19200 8E1)`. */
export function placeLabel({ o }: Scene, { config }: Pick<DeviceTrack, 'config'>): string {
  return `device ${config.id} (${safe(o.words.placeOf(config))})`;
}

/** The analyzers of a line, in the order of the file. */
export function analyzersOf({ ledger }: Scene, { analyzerIds }: DeviceTrack): readonly AnalyzerTrack[] {
  return analyzerIds.flatMap((id: AnalyzerId) => ledger.analyzers.get(id) ?? []);
}

export function isHeld({ o }: Scene, { name }: { readonly name: string }): Failure | null {
  return o.root().held[name] ?? null;
}
