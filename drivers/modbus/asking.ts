import { type ErrorCode, LectorError } from '../../src/domain/errors.ts';
import type { LinkObserver } from '../../src/domain/ports.ts';
import type { Answer, Ask, LineEventKind, ReadRegisters } from '../../src/domain/transaction.ts';
import type { EpochMs, UnitId } from '../../src/domain/units.ts';
import { exceptionError, isGatewaySilence } from './exceptions.ts';
import { decodeDeviceId, decodeServerId, deviceIdText, encodeDeviceId, encodeServerId } from './identity-codec.ts';
import type { RegisterCodec } from './register-codec.ts';
import { checkRange, isModbus, type ModbusTransaction, type Request, requestOf, wordsOf } from './requests.ts';
import type { UnitLedger, UnitState } from './unit-ledger.ts';

/** A checked answer frame (RTU form, with CRC), when its request was sent, and how long it took. */
export type Exchanged = { readonly frame: Uint8Array; readonly at: EpochMs; readonly tookMs: number };

/** One request on the wire: silence, bytes, whole checked answer. Notes in the ledger what stays owed. */
export type Wire = {
  readonly description: string;
  exchange(request: Request, timeoutMs: number): Promise<Exchanged>;
};

/** How often the parts of one identification are asked for. */
const PARTS_MAX = 4;

const EVENT_OF: Partial<Record<ErrorCode, LineEventKind>> = {
  LINE_TIMEOUT: 'timeout',
  LINE_NOISY: 'noisy',
  FRAME_CRC: 'crc',
  FRAME_TRUNCATED: 'truncated',
  FRAME_MALFORMED: 'malformed',
  DEVICE_REFUSED: 'exception',
  DEVICE_BUSY: 'busy',
};

const sameRead = (one: ReadRegisters, other: ModbusTransaction): boolean =>
  other.kind === 'registers' &&
  one.function === other.function &&
  one.address === other.address &&
  one.count === other.count;

/** Whether the unit itself answered, with an exception of its own. */
const isOwnException = (error: unknown): error is LectorError =>
  error instanceof LectorError && typeof error.facts.exception === 'number' && !isGatewaySilence(error.facts.exception);

/**
 * Runs asks over a wire, one at a time: a dirty unit first answers its reserved read, whatever came before it has then
 * passed. Every failed ask is one event of its kind. Rejects QUEUE_FULL when an ask is under way.
 */
export function createAsking(o: {
  readonly wire: Wire;
  readonly ledger: UnitLedger;
  readonly codec: () => RegisterCodec;
  readonly observer: LinkObserver;
}): (ask: Ask) => Promise<Answer> {
  const { wire, ledger, observer } = o;
  let asking = false;

  /** Exchanges that belong together: the first one's instant, the time of all. */
  const exchanges = (transaction: ModbusTransaction, timeoutMs: number, reserved: boolean) => {
    let at: EpochMs | null = null;
    let tookMs = 0;
    const exchange = async (bytes: Uint8Array): Promise<Uint8Array> => {
      const exchanged = await wire.exchange(requestOf(transaction, bytes, reserved), timeoutMs);
      at ??= exchanged.at;
      tookMs += exchanged.tookMs;
      return exchanged.frame;
    };
    return { exchange, times: () => ({ at: at!, tookMs }) };
  };

  const readText = async (transaction: ModbusTransaction, exchange: (bytes: Uint8Array) => Promise<Uint8Array>) => {
    const checked = async (bytes: Uint8Array) => {
      const frame = await exchange(bytes);
      if (frame[1]! & 0x80) throw exceptionError(frame[2]!, transaction, wordsOf(transaction));
      return frame;
    };
    if (transaction.kind === 'serverId') return decodeServerId(await checked(encodeServerId(transaction.unit)));
    const objects = new Map<number, string>();
    let next: number | null = 0;
    for (let part = 0; part < PARTS_MAX && next !== null; part += 1) {
      const object: number = next;
      const answer = decodeDeviceId(await checked(encodeDeviceId(transaction.unit, object)));
      for (const [id, text] of answer.objects) objects.set(id, text);
      next = answer.next !== null && answer.next > object ? answer.next : null;
    }
    return deviceIdText(objects);
  };

  const run = async (transaction: ModbusTransaction, timeoutMs: number, reserved: boolean): Promise<Answer> => {
    const { exchange, times } = exchanges(transaction, timeoutMs, reserved);
    if (transaction.kind !== 'registers') {
      const text = await readText(transaction, exchange);
      return { kind: 'text', text, ...times() };
    }
    checkRange(transaction);
    const words = await o.codec().read(transaction, exchange);
    return { kind: 'words', words, ...times() };
  };

  /** True when all that is older than the reserved read has passed. */
  const noteReserved = (state: UnitState, unit: UnitId): boolean => {
    const { heard } = state;
    if (!ledger.noteReserved(unit)) return false;
    if (heard) observer.onEvent?.({ kind: 'resync', unit });
    return true;
  };

  /**
   * Asks the reserved read until its answer is surely newer than everything else: once, and once more for each
   * earlier one whose answer was never seen. An exception carries no count, so the first one may be the late answer
   * to something older; from the second one on they count like words. A deaf unit may miss the first one.
   */
  const resync = async (reserved: ReadRegisters, timeoutMs: number, state: UnitState): Promise<void> => {
    let excused = false;
    for (;;) {
      try {
        await run(reserved, timeoutMs, true);
        if (noteReserved(state, reserved.unit)) return;
      } catch (error) {
        if (isOwnException(error)) {
          if (excused && noteReserved(state, reserved.unit)) return;
          excused = true;
        } else {
          const silent = error instanceof LectorError && error.code === 'LINE_TIMEOUT';
          if (!(silent && state.deaf)) throw error;
          state.deaf = false;
        }
      }
    }
  };

  /** What a failure leaves behind beside what the wire noted. */
  const noteFailure = (error: unknown, transaction: ModbusTransaction, state: UnitState): void => {
    const probing = transaction.kind !== 'registers';
    if (probing) state.deaf = true;
    if (probing || (error instanceof LectorError && error.code === 'DEVICE_REFUSED')) state.dirty = true;
  };

  const transact = async (transaction: ModbusTransaction, { reserved, timeoutMs }: Ask): Promise<Answer> => {
    if (reserved.kind !== 'registers' || reserved.unit !== transaction.unit) {
      const saw = `${reserved.kind} of unit ${reserved.unit}`;
      const message = `expected a reserved read of unit ${transaction.unit}, saw ${saw}`;
      throw new LectorError('PROFILE_INVALID', message, { unit: transaction.unit });
    }
    const state = ledger.of(transaction.unit);
    const isReserved = sameRead(reserved, transaction);
    if (state.dirty && !isReserved) await resync(reserved, timeoutMs, state);
    try {
      const answer = await run(transaction, timeoutMs, isReserved);
      if (isReserved && state.dirty) noteReserved(state, reserved.unit);
      else if (isReserved) ledger.noteReserved(reserved.unit);
      state.heard = true;
      return answer;
    } catch (error) {
      noteFailure(error, transaction, state);
      throw error;
    }
  };

  return async (ask) => {
    const { transaction } = ask;
    if (!isModbus(transaction)) {
      const saw = `the CVM command ${transaction.command}`;
      const message = `expected a Modbus request on ${wire.description}, saw ${saw}: correct <driver> of the analyzer`;
      throw new LectorError('PROFILE_INVALID', message, { unit: transaction.unit });
    }
    if (asking) throw new LectorError('QUEUE_FULL', `${wire.description} carries one request at a time`);
    asking = true;
    try {
      return await transact(transaction, ask);
    } catch (error) {
      const kind = error instanceof LectorError ? EVENT_OF[error.code] : undefined;
      if (kind) observer.onEvent?.({ kind, unit: transaction.unit, text: (error as LectorError).message });
      throw error;
    } finally {
      asking = false;
    }
  };
}
