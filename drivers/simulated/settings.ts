import type { Profile, Register } from '../../src/domain/profile.ts';
import { chance } from './chance.ts';
import { rawRange } from './registers.ts';

const SERIAL_DIGITS = 9;

/**
 * What a register tells that is no measurement (firmware, serial number, ratios, ...), in its unit; a fixed value
 * for each meter. Texts are {@link settingText}.
 */
export function settingValue(profile: Profile, register: Register, seed: number): number {
  const signature = profile.signature?.register === register.id ? profile.signature.range : null;
  const inside = signature ?? (register.quantity === 'other' ? register.valid : null);
  if (inside !== null) return Math.round((inside[0] + inside[1]) / 2 / register.scale) * register.scale;
  const place = modelPlace(profile, register);
  if (place !== null) return place;
  const most = rawRange(register.source, register.encoding)?.[1] ?? 10 ** SERIAL_DIGITS;
  switch (register.quantity) {
    case 'firmware':
      return Math.min(most, 3120) * register.scale;
    case 'serialNumber':
      return Math.floor(Math.min(most, 10 ** SERIAL_DIGITS) * (0.1 + 0.8 * chance(seed, 77))) * register.scale;
    case 'ratio':
      return ratioValue(register);
    default:
      return 0;
  }
}

/** Lengths of the SunSpec meter models, without their two words of head; of others, the usual one. */
const MODEL_LENGTHS: Readonly<Record<number, number>> = {
  ...{ 201: 105, 202: 105, 203: 105, 204: 105 },
  ...{ 211: 124, 212: 124, 213: 124, 214: 124 },
};
/** Star-connected three-phase meters, integers and floats: what a school has. */
const MODELS_PREFERRED = [203, 213];

/** The SunSpec model that a profile with discovery is simulated as; null for other profiles. */
export function sunspecModel(profile: Profile): { readonly model: number; readonly length: number } | null {
  const models = profile.discovery?.models;
  if (models === undefined) return null;
  const model = MODELS_PREFERRED.find((each) => models.includes(each)) ?? models[0] ?? 0;
  return { model, length: MODEL_LENGTHS[model] ?? 105 };
}

/** Registers 0 and 1 of a discovered map hold the model and its length. */
function modelPlace(profile: Profile, { source }: Register): number | null {
  const found = sunspecModel(profile);
  if (found === null || source.kind !== 'modbus' || source.address > 1) return null;
  return source.address === 0 ? found.model : found.length;
}

/** A current transformer of 100 A / 5 A. */
function ratioValue(register: Register): number {
  if (register.unit === 'A') return /second/i.test(`${register.id} ${register.description}`) ? 5 : 100;
  return register.unit === 'V' ? 230 : 20;
}

/** The text of a register of type text. */
export function settingText(profile: Profile, register: Register, seed: number): string {
  if (register.quantity === 'firmware') return 'V3.120';
  if (register.quantity === 'serialNumber') return String(Math.floor(1e8 + 8e8 * chance(seed, 77)));
  return identityText(profile);
}

/** A text that says what the meter is, and satisfies what its profile looks for. */
export function identityText(profile: Profile): string {
  const name = `${profile.vendor} ${profile.model}`;
  const wanted = profile.identityContains;
  const fits = wanted.length === 0 || wanted.some((each) => name.toLowerCase().includes(each.toLowerCase()));
  return (fits ? name : `${profile.vendor} ${wanted[0]}`).replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
