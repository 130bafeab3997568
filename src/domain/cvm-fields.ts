import type { RegisterSource } from './profile.ts';

/** Data characters of RAL: 30 values of 8 hex digits and two flags of 2. */
export const CVM_RAL_LENGTH = 244;

/** Where RAL's two unit flags begin, after 30 values of 8 hex digits. */
const RAL_FLAGS_AT = 240;
const RAL_FLAG_DIGITS = 2;

/** A fixed-width field as an integer; null when it is blank or not a number ("    -1234", "000000230"). */
export function parseCvmInteger(field: string): number | null {
  if (!/^ *[+-]?\d+$/.test(field)) return null;
  return Number(field.trim()) + 0; // -0 + 0 is 0
}

/** The data as fields of `digits` characters each; a part of a field at the end is null. */
export function splitCvmFields(data: string, digits: number): readonly (number | null)[] {
  const count = Math.ceil(data.length / digits);
  return Array.from({ length: count }, (_, index) => {
    const field = data.slice(index * digits, (index + 1) * digits);
    return field.length === digits ? parseCvmInteger(field) : null;
  });
}

/**
 * Power factor of a raw 0..200: 0..100 is inductive, raw / 100; 101..200 capacitive, (raw - 200) / 100, so negative is
 * capacitive. null outside. Source: CVMk manual page 45.
 */
export function decodeCircutorPf(raw: number): number | null {
  if (!Number.isInteger(raw) || raw < 0 || raw > 200) return null;
  return raw <= 100 ? raw / 100 : (raw - 200) / 100 + 0;
}

/** Units of RAI (mA or A) and of RPI, RLI, RCI (W or kW), from the answer to RAL; null when it is not one. */
export function parseRalUnits(
  data: string,
): { readonly currentInAmperes: boolean; readonly powerInKilowatts: boolean } | null {
  const flags = /^[0-9A-Fa-f]{240}0([01])0([01])$/.exec(data);
  return flags === null ? null : { currentInAmperes: flags[1] === '1', powerInKilowatts: flags[2] === '1' };
}

/**
 * The raw number of one register in the data of an answer; null when it is missing or malformed. Of RAL only the unit
 * flags are decoded (digits 2, field 0 current, field 1 power; raw 0 or 1): how its hex values are signed is not
 * documented.
 */
export function decodeCvmField(data: string, source: Extract<RegisterSource, { kind: 'cvm' }>): number | null {
  const { command, field, digits } = source;
  if (command === 'RAL') {
    if (digits !== RAL_FLAG_DIGITS || data.length !== CVM_RAL_LENGTH) return null;
    const units = parseRalUnits(data);
    if (units === null || RAL_FLAGS_AT + field * digits >= data.length) return null;
    return Number(field === 0 ? units.currentInAmperes : units.powerInKilowatts);
  }
  const text = data.slice(field * digits, (field + 1) * digits);
  return text.length === digits ? parseCvmInteger(text) : null;
}
