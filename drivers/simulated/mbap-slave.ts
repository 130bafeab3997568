import type { ModbusAsked, ModbusSlave } from './rtu-slave.ts';

const HEADER = 7;
const PDU_MAX = 253;

/** Modbus TCP: frames come split and glued. A header that cannot be one makes all that came with it worthless. */
export function createMbapSlave(): ModbusSlave {
  let buffer = new Uint8Array(0);
  return {
    receive(bytes) {
      buffer = Uint8Array.of(...buffer, ...bytes);
      const found: ModbusAsked[] = [];
      while (buffer.length >= HEADER) {
        const protocol = (buffer[2]! << 8) | buffer[3]!;
        const length = (buffer[4]! << 8) | buffer[5]!;
        if (protocol !== 0 || length < 2 || length > PDU_MAX + 1) {
          buffer = new Uint8Array(0);
          break;
        }
        if (buffer.length < 6 + length) break;
        const frame = buffer.slice(0, 6 + length);
        found.push({ frame, unit: frame[6]!, pdu: frame.subarray(HEADER) });
        buffer = buffer.slice(6 + length);
      }
      return found;
    },
    frame({ frame, unit }, pdu) {
      const length = pdu.length + 1;
      return Uint8Array.of(frame[0]!, frame[1]!, 0, 0, length >> 8, length & 0xff, unit, ...pdu);
    },
  };
}
