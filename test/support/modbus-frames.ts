import { withCrc } from '../../drivers/modbus/crc.ts';

/** An RTU frame of these bytes with its CRC behind them. */
export const rtu = (...body: readonly number[]): Uint8Array => withCrc(Uint8Array.from(body));

const bytesOf = (words: readonly number[]): readonly number[] =>
  words.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]);

/** The answer of `unit` to FC3 or FC4 with these 16-bit words. */
export const wordsFrame = (unit: number, code: 3 | 4, words: readonly number[]): Uint8Array =>
  rtu(unit, code, words.length * 2, ...bytesOf(words));

export const exceptionFrame = (unit: number, code: number, exception: number): Uint8Array =>
  rtu(unit, code | 0x80, exception);

/** A Modbus TCP frame: the same body behind an MBAP header. */
export const mbap = (transaction: number, ...body: readonly number[]): Uint8Array =>
  Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, body.length >> 8, body.length & 0xff, ...body);

/** The body of {@link wordsFrame} without its CRC, for {@link mbap}. */
export const wordsBody = (unit: number, code: 3 | 4, words: readonly number[]): readonly number[] => [
  ...[unit, code, words.length * 2],
  ...bytesOf(words),
];

/** What an FC3 or FC4 request asks for. */
export const asked = (request: Uint8Array) => ({
  unit: request[0]!,
  code: request[1]!,
  address: (request[2]! << 8) | request[3]!,
  count: (request[4]! << 8) | request[5]!,
});

/** The frame with one bit turned. */
export const flipped = (frame: Uint8Array, byte: number, bit = 0): Uint8Array =>
  frame.map((value, index) => (index === byte ? value ^ (1 << bit) : value));
