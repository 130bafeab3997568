import type { EpochMs } from '../../src/domain/units.ts';
import type { SimulatedMeter } from './meter.ts';
import type { Counters } from './values.ts';

const SERVER_ID = 0xfa;
const RUNNING = 0xff;
const TEXT_MAX = 70;
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_VALUE = 3;

/** A PDU (function and data), and whether it holds energy counters. */
export type PduAnswer = { readonly pdu: Uint8Array; readonly counters: boolean };

/** What a meter answers to a request PDU. Nothing writes: every function but 3, 4, 17 and 43/14 is exception 01. */
export function answerPdu(meter: SimulatedMeter, request: Uint8Array, now: EpochMs, counters: Counters): PduAnswer {
  const fn = request[0] ?? 0;
  switch (fn) {
    case 3:
    case 4:
      return registersAnswer(meter, request, now, counters);
    case 17:
      return plain(serverIdAnswer(meter) ?? exceptionPdu(fn, ILLEGAL_FUNCTION));
    case 43:
      return plain(deviceIdAnswer(meter, request));
    default:
      return plain(exceptionPdu(fn, ILLEGAL_FUNCTION));
  }
}

export const exceptionPdu = (fn: number, exception: number): Uint8Array => Uint8Array.of(fn | 0x80, exception);

const plain = (pdu: Uint8Array): PduAnswer => ({ pdu, counters: false });
const latin1 = (text: string): readonly number[] =>
  Array.from(text.slice(0, TEXT_MAX), (character) => character.charCodeAt(0) & 0xff);

function registersAnswer(meter: SimulatedMeter, request: Uint8Array, now: EpochMs, counters: Counters): PduAnswer {
  const [fn = 0, addressHigh = 0, addressLow = 0, countHigh = 0, countLow = 0] = request;
  if (request.length !== 5) return plain(exceptionPdu(fn, ILLEGAL_VALUE));
  const answer = meter.registers(fn, (addressHigh << 8) | addressLow, (countHigh << 8) | countLow, now, counters);
  if ('exception' in answer) return plain(exceptionPdu(fn, answer.exception));
  const pdu = new Uint8Array(2 + 2 * answer.words.length);
  pdu.set([fn, 2 * answer.words.length]);
  for (const [n, word] of answer.words.entries()) pdu.set([word >> 8, word & 0xff], 2 + 2 * n);
  return { pdu, counters: answer.counters };
}

function serverIdAnswer(meter: SimulatedMeter): Uint8Array | null {
  const text = meter.serverId();
  if (text === null) return null;
  const bytes = latin1(text);
  return Uint8Array.of(17, bytes.length + 2, SERVER_ID, RUNNING, ...bytes);
}

/** Basic identification: all three objects (code 1), or one of them (code 4). */
function deviceIdAnswer(meter: SimulatedMeter, request: Uint8Array): Uint8Array {
  const [fn = 43, type = 0, code = 0, first = 0] = request;
  const texts = meter.deviceId();
  if (texts === null || type !== 14) return exceptionPdu(fn, ILLEGAL_FUNCTION);
  if (code !== 1 && code !== 4) return exceptionPdu(fn, ILLEGAL_VALUE);
  const ids = code === 4 ? [first].filter((id) => id < texts.length) : [0, 1, 2];
  if (ids.length === 0) return exceptionPdu(fn, 2);
  const objects = ids.flatMap((id) => {
    const bytes = latin1(texts[id] ?? '');
    return [id, bytes.length, ...bytes];
  });
  return Uint8Array.of(fn, 14, code, 0x01, 0, 0, ids.length, ...objects);
}
