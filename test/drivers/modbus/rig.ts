import { createRtuLink, type RtuLinkOptions } from '../../../drivers/modbus/rtu-link.ts';
import { createTcpLink } from '../../../drivers/modbus/tcp-link.ts';
import { LectorError } from '../../../src/domain/errors.ts';
import type { Link, LinkObserver } from '../../../src/domain/ports.ts';
import type { Answer, Ask, LineEvent, LineFrame, ReadRegisters, Transaction } from '../../../src/domain/transaction.ts';
import { type Answerer, createFakeLine, type FakeLine, type Piece } from '../../support/fake-line.ts';
import { asked, mbap, wordsBody, wordsFrame } from '../../support/modbus-frames.ts';
import { createSteppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

export const TIMEOUT_MS = 1000;
export const IDLE_MS = 15;
/** One register of a count that no block of these tests has. */
export const RESERVED = { address: 9000, count: 1 } as const;

/** What register `address` of `unit` holds, so that a value out of place is seen. */
export const wordOf = (unit: number, address: number): number => (unit * 8191 + address * 31) & 0xffff;
export const wordsAt = (unit: number, address: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => wordOf(unit, address + n));

export const at = (afterMs: number, bytes: Uint8Array): Piece => ({ afterMs, bytes });
export const answerTo = (request: Uint8Array): Uint8Array => {
  const { unit, code, address, count } = asked(request);
  return wordsFrame(unit, code as 3 | 4, wordsAt(unit, address, count));
};
export const isReserved = (request: Uint8Array): boolean => asked(request).address === RESERVED.address;
/** A meter that does as it should, 5 ms after each request. */
export const healthy: Answerer = (request) => [at(5, answerTo(request))];
/** A meter that is healthy for its reserved read and does as `faulty` says otherwise. */
export const faultyBlocks =
  (faulty: Answerer): Answerer =>
  (request, n) =>
    isReserved(request) ? healthy(request, n) : faulty(request, n);

export const read = (unit: number, address: number, count: number): ReadRegisters => ({
  ...{ kind: 'registers', function: 3, unit, address, count },
});
export const askOf = (transaction: Transaction, timeoutMs = TIMEOUT_MS): Ask => ({
  transaction,
  timeoutMs,
  reserved: read(transaction.unit, RESERVED.address, RESERVED.count),
});

export type Outcome = { readonly words?: readonly number[]; readonly text?: string; readonly code?: string } & {
  readonly facts?: LectorError['facts'];
  readonly message?: string;
  readonly answer?: Answer;
};

/** How an ask ended, as a plain value; anything but a LectorError fails the test. */
export async function outcomeOf(promise: Promise<Answer>): Promise<Outcome> {
  try {
    const answer = await promise;
    return answer.kind === 'words' ? { words: answer.words, answer } : { text: answer.text, answer };
  } catch (error) {
    if (!(error instanceof LectorError)) throw error;
    return { code: error.code, facts: error.facts, message: error.message };
  }
}

export type Rig = {
  readonly clock: SteppedClock;
  readonly line: FakeLine;
  readonly link: Link;
  readonly events: LineEvent[];
  readonly frames: LineFrame[];
  readonly lost: unknown[];
  /** Asks and lets time pass until it is answered. */
  ask(transaction: Transaction, timeoutMs?: number): Promise<Outcome>;
  read(unit: number, address: number, count: number): Promise<Outcome>;
  /** Kinds of the events so far, without those of the junk counter. */
  kinds(): readonly string[];
  count(kind: LineEvent['kind'], unit?: number): number;
};

function rigOf(make: (line: FakeLine, clock: SteppedClock, observer: LinkObserver) => Link): Rig {
  const clock = createSteppedClock();
  const line = createFakeLine({ clock });
  const events: LineEvent[] = [];
  const frames: LineFrame[] = [];
  const lost: unknown[] = [];
  const link = make(line, clock, {
    onEvent: (event) => events.push(event),
    onFrame: (frame) => frames.push(frame),
    onLost: (cause) => lost.push(cause),
  });
  const ask: Rig['ask'] = (transaction, timeoutMs) =>
    clock.settle(outcomeOf(link.transact(askOf(transaction, timeoutMs))));
  return {
    ...{ clock, line, link, events, frames, lost, ask },
    read: (unit, address, count) => ask(read(unit, address, count)),
    kinds: () => events.map(({ kind }) => kind),
    count: (kind, unit) =>
      events.filter((event) => event.kind === kind && (unit === undefined || event.unit === unit)).length,
  };
}

/** An open RTU link on a fake line whose units have all answered once, so that none has to be resynchronised. */
export async function rtuRig(o: Partial<RtuLinkOptions> & { readonly units?: readonly number[] } = {}): Promise<Rig> {
  const defaults = { baud: 19_200, gapMs: 0, idleMs: IDLE_MS };
  const rig = rigOf((line, clock, observer) => createRtuLink({ ...defaults, ...o, line, clock, observer }));
  await rig.link.open();
  rig.line.answer(healthy);
  for (const unit of o.units ?? [1]) await rig.read(unit, RESERVED.address, RESERVED.count);
  rig.events.length = 0;
  rig.frames.length = 0;
  return rig;
}

/** The answer to a Modbus TCP request with what the register map holds. */
export const tcpAnswerTo = (request: Uint8Array): Uint8Array => {
  const { unit, code, address, count } = asked(request.subarray(6));
  return mbap((request[0]! << 8) | request[1]!, ...wordsBody(unit, code as 3 | 4, wordsAt(unit, address, count)));
};

export async function tcpRig(gapMs = 0): Promise<Rig> {
  const rig = rigOf((line, clock, observer) => createTcpLink({ line, clock, gapMs, observer }));
  await rig.link.open();
  rig.line.answer((request) => [at(5, tcpAnswerTo(request))]);
  return rig;
}
