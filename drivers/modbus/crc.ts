/** Reflected polynomial of CRC-16/MODBUS (Modbus over serial line V1.02, 2.5.1.2). */
const POLYNOMIAL = 0xa001;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC of `bytes[start, end)`; a frame carries it after these bytes, low byte first. Nothing is copied. */
export function crcOf(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let index = start; index < end; index += 1) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[index]!) & 0xff]!;
  return crc;
}

/** CRC-16/MODBUS of all the bytes, 0..0xFFFF: of the nine digits "123456789" it is 0x4B37. */
export function crc16(bytes: Uint8Array): number {
  return crcOf(bytes, 0, bytes.length);
}

/** Whether `bytes[start, end)` ends with the CRC of what stands before it. */
export function isWhole(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 4 || end > bytes.length) return false;
  const crc = crcOf(bytes, start, end - 2);
  return bytes[end - 2] === (crc & 0xff) && bytes[end - 1] === crc >>> 8;
}

/** The body with its CRC behind it: a whole RTU frame. */
export function withCrc(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(body.length + 2);
  frame.set(body);
  const crc = crc16(body);
  frame[body.length] = crc & 0xff;
  frame[body.length + 1] = crc >>> 8;
  return frame;
}
