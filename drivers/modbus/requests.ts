import { LectorError } from '../../src/domain/errors.ts';
import type { ReadDeviceId, ReadRegisters, ReportServerId, Transaction } from '../../src/domain/transaction.ts';
import type { UnitId } from '../../src/domain/units.ts';

/** The functions that may go onto a line. All of them read; a link refuses to send any other. */
export const READING_FUNCTIONS = [3, 4, 17, 43] as const;
export type ReadingFunction = (typeof READING_FUNCTIONS)[number];

export type ModbusTransaction = ReadRegisters | ReportServerId | ReadDeviceId;

/** A request as its link sends it, with what tells its answer from every other one. */
export type Request = {
  readonly unit: UnitId;
  readonly function: ReadingFunction;
  /** Data bytes of the answer (twice the registers); null where only the answer tells (FC17, FC43). */
  readonly byteCount: number | null;
  /** It is the short read that nothing else of this unit equals: its answer proves that all older ones have passed. */
  readonly reserved: boolean;
  /** The whole RTU frame with its CRC. */
  readonly bytes: Uint8Array;
  /** What is asked, for people: "function 3, registers 4000-4009". */
  readonly words: string;
};

export const REGISTERS_MAX = 125;
const FUNCTION_OF = { serverId: 17, deviceId: 43 } as const;

/** Whether the link of this protocol can carry the transaction at all. */
export const isModbus = (transaction: Transaction): transaction is ModbusTransaction => transaction.kind !== 'cvm';

/** The transaction for people: "function 3, registers 4000-4009". */
export function wordsOf(transaction: ModbusTransaction): string {
  if (transaction.kind !== 'registers') return `function ${FUNCTION_OF[transaction.kind]}, identification`;
  const { address, count } = transaction;
  return `function ${transaction.function}, registers ${address}-${address + count - 1}`;
}

/** Gives the bytes of a request their meaning. Throws PROFILE_INVALID when they do anything but read. */
export function requestOf(transaction: ModbusTransaction, bytes: Uint8Array, reserved = false): Request {
  const sent = READING_FUNCTIONS.find((each) => each === bytes[1]);
  if (sent === undefined) {
    const known = READING_FUNCTIONS.join(', ');
    const message = `expected a function that reads (${known}), saw ${bytes[1]}: nothing was sent`;
    throw new LectorError('PROFILE_INVALID', message, { function: bytes[1] ?? -1, unit: transaction.unit });
  }
  const byteCount = transaction.kind === 'registers' ? transaction.count * 2 : null;
  return { unit: transaction.unit, function: sent, byteCount, reserved, bytes, words: wordsOf(transaction) };
}

/** Throws PROFILE_INVALID unless unit, address and count can be asked for: 1..125 registers within 0..65535. */
export function checkRange(transaction: ReadRegisters): void {
  const { unit, address, count } = transaction;
  const whole = [unit, address, count].every(Number.isInteger);
  if (whole && unit >= 0 && unit <= 255 && count >= 1 && count <= REGISTERS_MAX && address >= 0) {
    if (address + count <= 0x10000) return;
  }
  const expected = `1..${REGISTERS_MAX} registers within 0..65535 of unit 0..255`;
  const message = `expected ${expected}, saw ${count} at ${address} of unit ${unit}: correct the profile`;
  throw new LectorError('PROFILE_INVALID', message, { unit, address, count });
}
