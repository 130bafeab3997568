import { describe, expect, it } from 'vitest';
import { crc16, isWhole, withCrc } from '../../../drivers/modbus/crc.ts';

describe('the CRC of a frame', () => {
  it.each([
    { bytes: [...'123456789'].map((character) => character.charCodeAt(0)), crc: 0x4b37 },
    { bytes: [0x01, 0x03, 0x00, 0x00, 0x00, 0x0a], crc: 0xcdc5 },
    { bytes: [0x02, 0x07], crc: 0x1241 },
    { bytes: [], crc: 0xffff },
  ])('of $bytes is $crc', ({ bytes, crc }) => {
    expect(crc16(Uint8Array.from(bytes))).toBe(crc);
  });

  it('stands behind the frame, low byte first, and every turned bit is seen', () => {
    const frame = withCrc(Uint8Array.of(1, 3, 2, 0x12, 0x34));
    expect(isWhole(frame, 0, frame.length)).toBe(true);
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const bent = frame.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(isWhole(bent, 0, bent.length)).toBe(false);
    }
  });

  it('does not make a whole frame of bytes that are not there', () => {
    expect(isWhole(withCrc(Uint8Array.of(1, 3)), 0, 5)).toBe(false);
    expect(isWhole(Uint8Array.of(0xff, 0xff), 0, 2)).toBe(false);
  });
});
