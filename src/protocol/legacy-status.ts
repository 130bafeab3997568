import type { Profile } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { Values } from '../domain/reading.ts';
import type { EpochMs, VariableCode } from '../domain/units.ts';
import type { MeterStatusView } from './answers.ts';
import type { Py } from './pickle.ts';

/** What the meter said of itself, as the values of HMU, ERR, VSO and NSN that were read last. */
export type MeterFacts = Pick<MeterStatusView, 'HMU' | 'ERR' | 'ERR_MSG' | 'VSO' | 'NSN'>;

type Known = Readonly<Record<VariableCode, Values>>;

/** Hours and minutes of use, error bits and their words, version, serial number: null for what is not in `values`. */
export function meterFacts(profile: Profile, values: Known): MeterFacts {
  const errors = whole(values.ERR?.[0]);
  return {
    HMU: hoursAndMinutes(values.HMU),
    ERR: errors,
    ERR_MSG: errors === null ? null : errorWords(profile, errors),
    VSO: whole(values.VSO?.[0]),
    NSN: whole(values.NSN?.[0]),
  };
}

/**
 * GETSTATUS: `{"lastTime": 1400000000.0, "HMU": [1200, 35], "ERR": 0, "ERR_MSG": "NO_ERROR", "VSO": 12345, "NSN": 7}`.
 * `lastTime` in epoch seconds, 0.0 before the first reading; the other keys are absent until they are read. ERR_MSG is
 * a list of texts when there are errors.
 */
export function legacyStatus(profile: Profile, latest: { readonly at: EpochMs | null; readonly values: Known }): Py {
  const { HMU, ERR, ERR_MSG, VSO, NSN } = meterFacts(profile, latest.values);
  return {
    lastTime: latest.at === null ? 0 : latest.at / 1000,
    ...(HMU === null ? {} : { HMU: HMU.map(BigInt) }),
    ...(ERR === null ? {} : { ERR: BigInt(ERR) }),
    ...(ERR_MSG === null ? {} : { ERR_MSG: ERR_MSG.length === 0 ? 'NO_ERROR' : ERR_MSG }),
    ...(VSO === null ? {} : { VSO: BigInt(VSO) }),
    ...(NSN === null ? {} : { NSN: BigInt(NSN) }),
  };
}

function whole(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : Math.trunc(value);
}

/** A meter that counts hours with decimals gives one value. */
function hoursAndMinutes(values: Values | undefined): readonly [number, number] | null {
  const [hours, minutes] = values ?? [];
  const wholeHours = whole(hours);
  if (wholeHours === null) return null;
  if (values?.length === 1) return [wholeHours, Math.trunc(((hours ?? 0) - wholeHours) * 60)];
  const wholeMinutes = whole(minutes);
  return wholeMinutes === null ? null : [wholeHours, wholeMinutes];
}

/** Bits of the widest register that a number holds exactly. */
const BITS_MAX = 53;

/** A text for each bit that is set, as the profile names it. */
function errorWords(profile: Profile, errors: number): readonly string[] {
  const { variable, register } = indexOf(profile);
  const names = register.get(variable.get('ERR')?.registers[0] ?? '')?.bits ?? {};
  const bits = Array.from({ length: BITS_MAX }, (_, bit) => bit).filter(
    (bit) => Math.floor(errors / 2 ** bit) % 2 === 1,
  );
  return bits.map((bit) => names[String(bit)] ?? `bit ${bit}`);
}
