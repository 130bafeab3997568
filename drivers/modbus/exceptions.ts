import { LectorError } from '../../src/domain/errors.ts';
import type { ModbusTransaction } from './requests.ts';

type Meaning = { readonly code: 'DEVICE_REFUSED' | 'DEVICE_BUSY'; readonly words: string };

/** Exception codes (Modbus application protocol V1.1b3, section 7) and what a technician can do about them. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { code: 'DEVICE_REFUSED', words: 'illegal function: the meter does not know this kind of request' },
  2: { code: 'DEVICE_REFUSED', words: 'illegal data address: the meter has no such register, check the model' },
  3: { code: 'DEVICE_REFUSED', words: 'illegal data value: the meter refuses so many registers, check the model' },
  4: { code: 'DEVICE_BUSY', words: 'device failure: the meter reports an error of its own' },
  5: { code: 'DEVICE_BUSY', words: 'acknowledge: the meter needs more time' },
  6: { code: 'DEVICE_BUSY', words: 'device busy: it is asked again later' },
  7: { code: 'DEVICE_BUSY', words: 'negative acknowledge: the meter cannot do this now' },
  8: { code: 'DEVICE_BUSY', words: 'memory parity error in the meter' },
  10: { code: 'DEVICE_BUSY', words: 'gateway path unavailable: check the set-up of the gateway' },
  11: { code: 'DEVICE_BUSY', words: 'gateway target did not respond: check the meter behind the gateway' },
};
/** Taken for passing trouble: a meter must not lose registers for good over a number nobody can read. */
const UNKNOWN: Meaning = { code: 'DEVICE_BUSY', words: 'an exception that no standard knows' };

/** The error of an exception answer; facts: exception, function, address (-1: identification), unit. */
export function exceptionError(exception: number, asked: ModbusTransaction, request: string): LectorError {
  const { code, words } = MEANINGS[exception] ?? UNKNOWN;
  const facts = {
    exception,
    function: asked.kind === 'registers' ? asked.function : asked.kind === 'serverId' ? 17 : 43,
    address: asked.kind === 'registers' ? asked.address : -1,
    unit: asked.unit,
  };
  return new LectorError(code, `unit ${asked.unit} answered ${request} with exception ${exception}, ${words}`, facts);
}

/** Exceptions that a gateway makes for a meter that stays silent: the meter itself has not answered. */
export const isGatewaySilence = (exception: number): boolean => exception === 10 || exception === 11;
