import type { Clock, Link } from '../domain/ports.ts';
import type { Ask } from '../domain/transaction.ts';
import type { DeviceId, EpochMs, MonoMs, UnitId } from '../domain/units.ts';
import type { LineUse, LineWatch } from './ports.ts';

/** What is shown is of so many seconds. */
const SECONDS = 60;

type Meter = {
  /** ms under way and transactions begun, by second; `second` tells which one a slot is of. */
  readonly second: Float64Array;
  readonly busy: Float64Array;
  readonly begun: Float64Array;
  readonly since: MonoMs;
  total: number;
  current: { readonly ask: Ask; readonly at: MonoMs } | null;
  readonly ended: Map<UnitId, EpochMs>;
};

/** Measures lines for some additions a transaction: nothing is allocated but what tells who is asked. */
export function createLineWatch(clock: Pick<Clock, 'now' | 'mono'>): LineWatch {
  const meters = new Map<DeviceId, Meter>();
  const meterOf = (id: DeviceId): Meter => {
    const known = meters.get(id);
    if (known !== undefined) return known;
    const fresh = newMeter(clock.mono());
    meters.set(id, fresh);
    return fresh;
  };
  return {
    watch(deviceId, link) {
      const meter = meterOf(deviceId);
      return { ...link, transact: (ask) => measured(meter, link, ask, clock) };
    },
    of(deviceId) {
      const meter = meters.get(deviceId);
      return meter === undefined ? IDLE : shareOf(meter, clock.mono());
    },
    endedAt: (deviceId, unit) => meters.get(deviceId)?.ended.get(unit) ?? null,
  };
}

const IDLE: LineUse = { utilisation: 0, spanMs: 0, total: 0, perSecond: 0, asking: null };

const newMeter = (since: MonoMs): Meter => ({
  second: new Float64Array(SECONDS + 1).fill(-1),
  busy: new Float64Array(SECONDS + 1),
  begun: new Float64Array(SECONDS + 1),
  since,
  total: 0,
  current: null,
  ended: new Map(),
});

async function measured(meter: Meter, link: Link, ask: Ask, clock: Pick<Clock, 'now' | 'mono'>) {
  const current = { ask, at: clock.mono() };
  meter.current = current;
  meter.total += 1;
  meter.begun[slotOf(meter, current.at)]! += 1;
  try {
    return await link.transact(ask);
  } finally {
    if (meter.current === current) meter.current = null;
    addBusy(meter, current.at, clock.mono());
    meter.ended.set(ask.transaction.unit, clock.now());
  }
}

/** The slot of the second of an instant, emptied when it was of an earlier one. */
function slotOf(meter: Meter, at: number): number {
  const second = Math.floor(at / 1000);
  const slot = second % (SECONDS + 1);
  if (meter.second[slot] !== second) {
    meter.second[slot] = second;
    meter.busy[slot] = 0;
    meter.begun[slot] = 0;
  }
  return slot;
}

function addBusy(meter: Meter, from: number, to: number): void {
  // of a transaction that took longer than what is shown, the end counts
  let at = Math.max(from, to - SECONDS * 1000);
  while (at < to) {
    const next = Math.min(to, (Math.floor(at / 1000) + 1) * 1000);
    meter.busy[slotOf(meter, at)]! += next - at;
    at = next;
  }
}

function shareOf(meter: Meter, now: MonoMs): LineUse {
  const { current, total } = meter;
  const last = Math.floor(now / 1000);
  let busy = current === null ? 0 : Math.min(now - current.at, SECONDS * 1000);
  let begun = 0;
  for (let slot = 0; slot <= SECONDS; slot += 1) {
    const second = meter.second[slot]!;
    if (second <= last - SECONDS || second > last) continue;
    busy += meter.busy[slot]!;
    begun += meter.begun[slot]!;
  }
  // the second that runs is not over: what is looked at is a little less than a minute, and less in the first one
  const spanMs = Math.max(1, Math.min(now - (last - SECONDS + 1) * 1000, now - meter.since));
  return {
    utilisation: Math.min(1, busy / spanMs),
    spanMs,
    total,
    perSecond: begun / Math.max(1, spanMs / 1000),
    asking: current === null ? null : { ask: current.ask, ms: now - current.at },
  };
}
