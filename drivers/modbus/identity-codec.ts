import { LectorError } from '../../src/domain/errors.ts';
import type { UnitId } from '../../src/domain/units.ts';
import { withCrc } from './crc.ts';

const MEI_DEVICE_ID = 14;
const BASIC = 1;
/** Vendor, product code and revision: the objects of the basic identification. */
const BASIC_OBJECTS = [0, 1, 2] as const;
const MORE_FOLLOWS = 0xff;

/** Part of a device identification, and the object to go on with (null: that was all). */
export type DeviceIdPart = { readonly objects: ReadonlyMap<number, string>; readonly next: number | null };

const toText = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
/** Makers pad with NUL and blanks. */
const trimmed = (text: string): string => text.replaceAll('\0', ' ').replace(/\s+/g, ' ').trim();

/** FC17, report server id: a whole frame. */
export const encodeServerId = (unit: UnitId): Uint8Array => withCrc(Uint8Array.of(unit, 17));

/** FC43/14, basic device identification from `object` on: a whole frame. */
export const encodeDeviceId = (unit: UnitId, object: number): Uint8Array =>
  withCrc(Uint8Array.of(unit, 43, MEI_DEVICE_ID, BASIC, object));

/** The text of a checked FC17 answer: what stands after the id and the run status, by byte count (Latin-1). */
export function decodeServerId(frame: Uint8Array): string {
  const byteCount = frame[2] ?? 0;
  return trimmed(toText(frame.subarray(5, 3 + byteCount)));
}

/**
 * The objects of a checked FC43/14 answer. The number of objects in the frame is not trusted, some meters give the
 * total there. Throws FRAME_MALFORMED when an object is longer than the frame.
 */
export function decodeDeviceId(frame: Uint8Array): DeviceIdPart {
  const objects = new Map<number, string>();
  const end = frame.length - 2;
  let start = 8;
  while (start < end) {
    const length = frame[start + 1] ?? 0;
    if (start + 2 + length > end) {
      const object = `object ${frame[start]} does not fit its frame of ${frame.length} bytes`;
      const message = `unit ${frame[0]} gave an identification whose ${object}: read its name by registers instead`;
      throw new LectorError('FRAME_MALFORMED', message, { unit: frame[0] ?? -1, object: frame[start] ?? -1 });
    }
    objects.set(frame[start]!, toText(frame.subarray(start + 2, start + 2 + length)));
    start += 2 + length;
  }
  return { objects, next: frame[5] === MORE_FOLLOWS ? (frame[6] ?? null) : null };
}

/** Vendor, product and revision joined by blanks. */
export function deviceIdText(objects: ReadonlyMap<number, string>): string {
  return trimmed(BASIC_OBJECTS.map((object) => objects.get(object) ?? '').join(' '));
}
