import modbusSerial from 'modbus-serial';
import type { ReadRegisters } from '../../src/domain/transaction.ts';
import { exceptionError } from './exceptions.ts';
import { wordsOf } from './requests.ts';

/** Sends a whole RTU frame and resolves with the whole RTU frame that answers it. */
export type Exchange = (request: Uint8Array) => Promise<Uint8Array>;

/** FC3 and FC4: registers in, words out. One call at a time. */
export type RegisterCodec = { read(transaction: ReadRegisters, exchange: Exchange): Promise<readonly number[]> };

type Received = { readonly data: readonly number[] };
type Callback = (error: (Error & { readonly modbusCode?: number }) | null, received: Received) => void;

/** The part of the library that is used. What writes registers is not in it, so it cannot be called. */
type Library = {
  open(done: () => void): void;
  setTimeout(ms: number): void;
  writeFC3(unit: number, address: number, count: number, done: Callback): void;
  writeFC4(unit: number, address: number, count: number, done: Callback): void;
};
const ModbusRtu = modbusSerial.default as unknown as new (port: unknown) => Library;

/** Five bytes whose CRC is wrong: the only way to make the library settle a call whose answer will not come. */
const SETTLING = Buffer.from([0, 0, 0, 0, 0]);

/**
 * modbus-serial as the codec of one line. Its own ports and timers are not used: it writes into a port of ours, whose
 * answer is the checked frame of a link. Rejects with what `exchange` rejected with, or with DEVICE_REFUSED and
 * DEVICE_BUSY for exceptions.
 */
export function createRegisterCodec(): RegisterCodec {
  let exchange: Exchange = () => Promise.reject(new Error('no exchange'));
  let failed: { readonly cause: unknown } | null = null;
  let receive: (frame: Buffer) => void = () => undefined;
  const fail = (cause: unknown): void => {
    failed = { cause };
    receive(SETTLING);
  };
  const port = {
    isOpen: true as const,
    open: (done: (error: null) => void) => done(null),
    on: (event: string, listener: (frame: Buffer) => void) => {
      if (event === 'data') receive = listener;
    },
    once: () => undefined,
    removeListener: () => undefined,
    write: (bytes: Uint8Array) => {
      exchange(Uint8Array.from(bytes))
        .then((frame) => receive(Buffer.from(frame.buffer, frame.byteOffset, frame.length)))
        .catch(fail);
    },
  };
  const library = new ModbusRtu(port);
  library.setTimeout(0);
  library.open(() => undefined);

  return {
    read: (transaction, through) =>
      new Promise((resolve, reject) => {
        exchange = through;
        failed = null;
        const { unit, address, count } = transaction;
        const done: Callback = (error, received) => {
          if (failed) reject(failed.cause);
          else if (!error) resolve(received.data);
          else if (error.modbusCode === undefined) reject(error);
          else reject(exceptionError(error.modbusCode, transaction, wordsOf(transaction)));
        };
        if (transaction.function === 3) library.writeFC3(unit, address, count, done);
        else library.writeFC4(unit, address, count, done);
      }),
  };
}
