import { safe } from '../domain/safe.ts';
import type { Owed } from '../domain/store-port.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { DeliveryState, DeliveryView } from '../protocol/views.ts';
import type { DeliveryTrack } from './ledger.ts';
import { aheadOrNull, errorView, isHeld, isoOrNull, type Scene } from './scene.ts';

const MINUTE_MS = 60_000;
const NOTHING: Owed = { count: 0, oldestEnd: null, parked: 0 };

const STATES: Readonly<Record<string, DeliveryState>> = {
  idle: 'idle',
  sending: 'sending',
  holding: 'backingOff',
  backingOff: 'backingOff',
  parked: 'parked',
};

/** Told by the last receipt, it would stay `sending` for ever: who owes nothing is idle. */
export function deliveryState(
  scene: Scene,
  track: DeliveryTrack,
  owed = owedOf(scene, track.config.id),
): DeliveryState {
  if (isHeld(scene, track) !== null) return 'held';
  const state = STATES[actorState(scene, track)] ?? 'idle';
  return state === 'sending' && owed.count === 0 ? 'idle' : state;
}

function actorState({ o }: Scene, { name }: DeliveryTrack): string {
  const value = o.actor(name)?.value;
  return typeof value === 'string' ? value : '';
}

/** What one exporter owes, and how it fares. */
export function deliveryView(scene: Scene, track: DeliveryTrack): DeliveryView {
  const { config, failure, nextTry } = track;
  const owed = owedOf(scene, config.id);
  const state = deliveryState(scene, track, owed);
  const isFailing = state === 'backingOff' || state === 'parked' || (state === 'sending' && failure !== null);
  // a delivery that fails as a whole says so; else whom it keeps apart
  const isWhole = isFailing && actorState(scene, track) !== 'holding' && failure !== null;
  const apart = isWhole || state === 'held' ? null : scene.o.holding(config.id);
  const aheadOf = (forMs: number) => isoOrNull(scene.iso, epochMs(scene.o.clock.now() + forMs));
  return {
    exporter: config.id,
    type: config.type,
    // a URL is shown without user and password
    target: safe(config.target),
    analyzers: config.analyzerIds,
    state,
    since: isoOrNull(
      scene.iso,
      apart !== null && track.apartSince ? track.apartSince : deliverySince(scene, track, state),
    ),
    owed: owed.count,
    oldest: isoOrNull(scene.iso, owed.oldestEnd),
    parked: owed.parked,
    perMinute: lastMinute(track, scene.o.clock.mono()),
    error: errorView(state === 'held' ? isHeld(scene, track) : isWhole ? failure : (apart?.failure ?? null)),
    nextTry: isWhole && state !== 'sending' ? aheadOrNull(scene, nextTry) : apart && aheadOf(apart.forMs),
  };
}

/** The outbox does not know an exporter before it is registered. */
export function owedOf({ o }: Scene, exporterId: string): Owed {
  try {
    return o.store.outbox.owed(exporterId);
  } catch {
    return NOTHING;
  }
}

/** Since when it is so; one of which nothing was heard is as it was from the start on. */
export function deliverySince({ o, ledger }: Scene, track: DeliveryTrack, state: DeliveryState): EpochMs | null {
  if (state === 'held') return ledger.heldAt.get(track.name) ?? null;
  return track.since ?? o.startedAt;
}

function lastMinute({ receipts }: DeliveryTrack, now: number): number {
  const young = receipts.filter(({ at }) => at > now - MINUTE_MS);
  if (young.length < receipts.length) receipts.splice(0, receipts.length, ...young);
  return young.reduce((sum, { count }) => sum + count, 0);
}
