import type { FaultKind } from '../../src/domain/installation.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../../src/domain/units.ts';
import { type Dice, damage, type FaultScript, type Piece } from './faults.ts';
import type { SimulatedMeter } from './meter.ts';
import type { Counters } from './values.ts';

export type PlantMeter = { readonly analyzerId: AnalyzerId; readonly unit: number; readonly meter: SimulatedMeter };

/** What a unit sends, in order. */
export type Sent = Piece & { readonly unit: number };

/** A meter in its place, with what it remembers of its own trouble. */
export type Resident = PlantMeter & { lastAskedMs: number; zero: boolean; slow: boolean };

/** What a request meets: the faults of this moment, the state of the counters, and whether it is answered at all. */
export type Meeting = {
  readonly kinds: readonly FaultKind[];
  readonly counters: Counters;
  readonly silent: boolean;
};

/** The answer after a late one, as a share of it: within a timeout, but after the late one has passed. */
const SLOW = 0.6;

export const residentOf = (meter: PlantMeter): Resident => ({
  ...meter,
  lastAskedMs: Number.NEGATIVE_INFINITY,
  zero: false,
  slow: false,
});

/** A request reaches a meter `elapsedMs` after the simulation's start at `started`. */
export function meet(resident: Resident, script: FaultScript, elapsedMs: number, started: EpochMs): Meeting {
  const { kinds, resetMs, rebooted } = script.ailment(resident.analyzerId, elapsedMs, resident.lastAskedMs);
  resident.lastAskedMs = elapsedMs;
  if (rebooted) resident.zero = true;
  const resetAt = resetMs === null ? null : epochMs(started + resetMs);
  return {
    kinds,
    counters: { resetAt, zero: resident.zero && !kinds.includes('reboot') },
    silent: kinds.includes('silence') || kinds.includes('reboot'),
  };
}

export type Frames = { readonly answer: Uint8Array; readonly request: Uint8Array };

/** What a good answer becomes on its way; `lateMs` is how late a late one is, `framed` as in {@link damage}. */
export function send(
  resident: Resident,
  { answer, request }: Frames,
  kinds: readonly FaultKind[],
  o: { readonly dice: Dice; readonly lateMs: number; readonly framed: boolean },
): readonly Sent[] {
  const late = kinds.includes('late') && !resident.slow;
  const delayMs = late ? o.lateMs : resident.slow ? SLOW * o.lateMs : 0;
  resident.slow = late;
  return damage(answer, request, kinds, o.dice, o.framed).map((piece) => ({
    ...piece,
    unit: resident.unit,
    delayMs: piece.withRequest ? 0 : delayMs,
  }));
}
