import { isWhole, withCrc } from '../modbus/crc.ts';

/** A request that came whole: its frame as sent, its unit, and function with data. */
export type ModbusAsked = { readonly frame: Uint8Array; readonly unit: number; readonly pdu: Uint8Array };

/** The meters' side of a Modbus line: what arrives, cut into the requests that it holds. */
export type ModbusSlave = {
  /** `silent`: the line was silent long enough before these bytes for a new frame to begin. */
  receive(bytes: Uint8Array, silent: boolean): readonly ModbusAsked[];
  /** The frame that carries the answer. */
  frame(asked: ModbusAsked, pdu: Uint8Array): Uint8Array;
};

const FRAME_MAX = 256;
/** Whole lengths of requests by function; all others end with the silence. */
const LENGTHS: Readonly<Record<number, number>> = {
  ...{ 1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 7: 4, 8: 8, 11: 4, 12: 4, 17: 4, 43: 7 },
};

/** The length of the request that begins in `buffer`; null: not known yet. */
function requestLength(buffer: Uint8Array): number | null {
  const fn = buffer[1];
  if (fn === undefined) return null;
  if (fn === 15 || fn === 16) return buffer[6] === undefined ? null : 9 + buffer[6];
  return LENGTHS[fn] ?? buffer.length;
}

/** RTU: a frame with a wrong CRC is dropped with all that came with it, as a meter does. */
export function createRtuSlave(): ModbusSlave {
  let buffer = new Uint8Array(0);
  return {
    receive(bytes, silent) {
      buffer = silent ? bytes.slice() : Uint8Array.of(...buffer, ...bytes);
      const found: ModbusAsked[] = [];
      for (let length = requestLength(buffer); length !== null && length <= buffer.length && length > 0; ) {
        if (!isWhole(buffer, 0, length)) {
          // an unknown function may still be on its way
          if (LENGTHS[buffer[1] ?? 0] !== undefined || buffer.length > FRAME_MAX) buffer = new Uint8Array(0);
          break;
        }
        const frame = buffer.slice(0, length);
        found.push({ frame, unit: frame[0]!, pdu: frame.subarray(1, -2) });
        buffer = buffer.slice(length);
        length = requestLength(buffer);
      }
      return found;
    },
    frame: (asked, pdu) => withCrc(Uint8Array.of(asked.unit, ...pdu)),
  };
}
