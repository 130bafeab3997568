import { createDemandMeter, type Demand, type DemandMeter } from './alarm-demand.ts';
import type { OffsetAt } from './grid.ts';
import type { AnalyzerConfig } from './installation.ts';
import { type PowerPlaces, powerIn } from './power-places.ts';
import type { Profile } from './profile.ts';
import { indexOf } from './profile-index.ts';
import type { Reading, Values } from './reading.ts';
import { type EpochMs, epochMs, type VariableCode } from './units.ts';
import { resolutionOf } from './value.ts';

/** A value that rules look at: one of a variable's, or (`index` null) whichever is greatest or least. */
export type Channel = {
  readonly code: VariableCode;
  readonly index: number | null;
  readonly worst: 'greatest' | 'least';
};

export const channelKey = ({ code, index, worst }: Channel): string => `${code} ${index ?? '*'} ${worst}`;

/** What a channel was in the last turn; where nothing was read in it, what it was at last. */
export type Seen = { readonly least: number; readonly greatest: number; readonly last: number };

/** How long something has been the same, by the readings that said so, ms. */
export type Still = {
  readonly stillMs: number;
  readonly readings: number;
  /** Energy that was measured meanwhile, kWh; null: there is no power to make it of. */
  readonly kwh: number | null;
};

/** What rules want to know of the readings of one analyzer. */
export type Wanted = {
  readonly channels: readonly Channel[];
  readonly demands: readonly number[];
  /** Variables of which is told how long they stand still. */
  readonly still: readonly VariableCode[];
};

/** Takes every reading of an analyzer for some additions, so that rules need to look only now and then. */
export type AlarmTracker = {
  reading(reading: Reading): void;
  /** Ends a turn: what channels were in it can be asked until the next one ends. */
  turn(): void;
  /** null: nothing was read of it lately. */
  seen(channel: Channel): Seen | null;
  demand(intervalMs: number): Demand | null;
  still(code: VariableCode): Still | null;
  /** Puts other wishes in place; what both have goes on. */
  want(wanted: Wanted): void;
};

export type TrackedMeter = {
  readonly config: Pick<AnalyzerConfig, 'readingMs' | 'rapid'>;
  readonly places: PowerPlaces;
  readonly offsetAt: OffsetAt;
};

type Stillness = { text: string; stillMs: number; readings: number; kwh: number };
type Slot = { readonly channel: Channel; running: Seen | null; shown: Seen | null; at: EpochMs };
/** A value that so many readings do not tell any more is not known. */
const STALE_READINGS = 3;

export function createAlarmTracker({ config, places, offsetAt }: TrackedMeter): AlarmTracker {
  let slots = new Map<string, Slot>();
  let demands: readonly DemandMeter[] = [];
  let still = new Map<VariableCode, Stillness>();
  const stepMs = { normal: config.readingMs, rapid: config.rapid?.readingMs ?? config.readingMs };
  const hasPower = places.power.length > 0;
  const staleMs = STALE_READINGS * Math.max(stepMs.normal, stepMs.rapid);
  let kw = 0;
  let newest = epochMs(0);

  return {
    reading({ values, grid, nominal, forced }) {
      if (forced === true) return;
      for (const slot of slots.values()) {
        const list = values[slot.channel.code];
        const value = list === undefined ? null : worstOf(list, slot.channel);
        if (value === null) continue;
        slot.running = widened(slot.running, value);
        slot.at = nominal;
      }
      newest = nominal;
      const power = hasPower && grid === places.grid ? powerIn({ values }, places.power) : null;
      if (power !== null) {
        kw = power;
        for (const meter of demands) meter.add(nominal, power, stepMs[grid]);
      }
      for (const [code, each] of still) {
        const list = values[code];
        if (list !== undefined) stay(each, list, stepMs[grid], kw);
      }
    },
    turn() {
      for (const slot of slots.values()) {
        slot.shown = slot.running ?? (slot.shown && only(slot.shown.last));
        slot.running = null;
      }
    },
    seen(channel) {
      const slot = slots.get(channelKey(channel));
      return slot === undefined || newest - slot.at > staleMs ? null : slot.shown;
    },
    demand: (intervalMs) => demands.find((meter) => meter.intervalMs === intervalMs)?.demand() ?? null,
    still(code) {
      const found = still.get(code);
      if (found === undefined || found.readings === 0) return null;
      return { stillMs: found.stillMs, readings: found.readings, kwh: hasPower ? found.kwh : null };
    },
    want(wanted) {
      slots = new Map(
        wanted.channels.map((channel) => {
          const key = channelKey(channel);
          return [key, slots.get(key) ?? { channel, running: null, shown: null, at: newest }];
        }),
      );
      const known = demands;
      demands = wanted.demands.map(
        (ms) => known.find((each) => each.intervalMs === ms) ?? createDemandMeter(ms, offsetAt),
      );
      still = new Map(
        wanted.still.map((code) => [code, still.get(code) ?? { text: '', stillMs: 0, readings: 0, kwh: 0 }]),
      );
    },
  };
}

function worstOf(list: Values, { index, worst }: Channel): number | null {
  if (index !== null) return list[index] ?? null;
  let found: number | null = null;
  for (const value of list) {
    if (value === null) continue;
    if (found === null || (worst === 'greatest' ? value > found : value < found)) found = value;
  }
  return found;
}

const only = (value: number): Seen => ({ least: value, greatest: value, last: value });

function widened(seen: Seen | null, value: number): Seen {
  if (seen === null) return only(value);
  return { least: Math.min(seen.least, value), greatest: Math.max(seen.greatest, value), last: value };
}

/** A reading without the values says nothing of whether they move. */
function stay(still: Stillness, list: Values, stepMs: number, kw: number): void {
  if (list.every((value) => value === null)) return;
  const text = list.join(' ');
  if (still.text !== text) {
    still.text = text;
    still.stillMs = 0;
    still.readings = 1;
    still.kwh = 0;
    return;
  }
  still.stillMs += stepMs;
  still.readings += 1;
  still.kwh += (Math.max(0, kw) * stepMs) / 3_600_000;
}

/** A counter may take so many steps to tell what was drawn, and so much may be lost to rounding. */
const STEPS = 4;
const LEAST_KWH = 1;
/** Where the meter tells only with its answer how large a step is: none is larger. */
const UNKNOWN_SCALE = 1000;

/**
 * Energy that cannot pass unseen by the counter of energy consumed, kWh: of a counter of 1 kWh, 4 kWh. null: no such
 * counter is read.
 */
export function unseenKwh({ energy }: PowerPlaces, profile: Profile, ratio: number): number | null {
  if (energy === null) return null;
  const { variable, register } = indexOf(profile);
  const counter = register.get(variable.get(energy.code)?.registers[energy.index] ?? '');
  if (counter === undefined) return null;
  const step = resolutionOf(counter, {}) * (counter.exponentRegister === null ? 1 : UNKNOWN_SCALE);
  return Math.max(LEAST_KWH, STEPS * step * Math.abs(ratio) * energy.factor);
}
