import type { LinePace } from './meter.ts';
import { registersMs } from './plan-runs.ts';
import { indexOf } from './profile-index.ts';
import type { Placed, RegisterMap } from './register-map.ts';

/** What it may cost to read a scale with its value: so many times what they cost apart, one now and one then. */
const WORTH = 2;

/**
 * A register with the addresses that are read for it: up to its scale register where one request can hold both, and
 * costs at most twice what one for each does. Scale and value are then of one answer, so that a scale that is changed
 * on the meter spoils nothing. Other scales are read when the meter is connected, and hourly.
 */
export function withScale(value: Placed, map: RegisterMap, pace: LinePace): Placed {
  const scaleId = indexOf(map.profile).register.get(value.id)?.exponentRegister;
  const scale = map.placed.get(scaleId ?? '');
  if (scale === undefined || scale.function !== value.function) return value;
  const start = Math.min(value.start, scale.start);
  const end = Math.max(value.end, scale.end);
  const apart = registersMs(value.end - value.start, pace) + registersMs(scale.end - scale.start, pace);
  const isOne = end - start <= map.profile.limits.registersMax && registersMs(end - start, pace) <= WORTH * apart;
  return isOne && map.readable({ function: value.function, start, end }) ? { ...value, start, end } : value;
}
