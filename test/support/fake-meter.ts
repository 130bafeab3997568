import type { Failure } from '../../src/domain/errors.ts';
import type { Conversation, Reply } from '../../src/domain/meter.ts';
import type { Ask, Transaction } from '../../src/domain/transaction.ts';
import { type EpochMs, epochMs } from '../../src/domain/units.ts';

export const START = epochMs(Date.UTC(2026, 4, 4, 8, 0, 0));

/** Meter for conversations: answers transactions as plain data, no bytes. */
export type FakeMeter = {
  /** Words by `function:address`; what is not there reads as 0. */
  readonly words?: Readonly<Record<string, number>>;
  /** Wire addresses that are refused with `exception`, alone or in a block. */
  readonly refuses?: readonly number[];
  readonly exception?: number;
  readonly serverId?: string;
  readonly deviceId?: string;
  readonly cvm?: Readonly<Record<string, string>>;
  /** First say: a failure or answer instead of the usual one; null: as usual. */
  readonly first?: (transaction: Transaction, count: number) => Reply | null;
};

export const failing = (code: Failure['code'], facts: Failure['facts'] = {}): Reply => ({
  kind: 'failed',
  failure: { code, message: `${code} of the test`, facts },
});

const silence = failing('LINE_TIMEOUT');

function text(value: string | undefined, at: EpochMs): Reply {
  return value === undefined ? silence : { kind: 'answered', answer: { kind: 'text', text: value, at, tookMs: 5 } };
}

function usual(meter: FakeMeter, transaction: Transaction, at: EpochMs): Reply {
  switch (transaction.kind) {
    case 'serverId':
      return text(meter.serverId, at);
    case 'deviceId':
      return text(meter.deviceId, at);
    case 'cvm':
      return text(meter.cvm?.[transaction.command], at);
    case 'registers': {
      const { function: fn, address, count } = transaction;
      const cells = Array.from({ length: count }, (_, n) => address + n);
      if (meter.refuses?.some((each) => cells.includes(each))) {
        return failing('DEVICE_REFUSED', { exception: meter.exception ?? 2, function: fn, address, unit: 7 });
      }
      const words = cells.map((each) => meter.words?.[`${fn}:${each}`] ?? 0);
      return { kind: 'answered', answer: { kind: 'words', words, at, tookMs: 5 } };
    }
  }
}

/** `3:100+5`, `RVI`, `serverId`: a transaction as tests name it. */
export function nameOf(transaction: Transaction): string {
  if (transaction.kind === 'registers') return `${transaction.function}:${transaction.address}+${transaction.count}`;
  return transaction.kind === 'cvm' ? transaction.command : transaction.kind;
}

/** Runs a conversation to its end, 10 ms a request; what was asked, by name, and the result. */
export function talk<State, Result>(
  begun: Conversation<State, Result>,
  go: (state: State, reply: Reply, now: EpochMs) => Conversation<State, Result>,
  meter: FakeMeter,
  start: EpochMs = START,
): { readonly asked: readonly string[]; readonly asks: readonly Ask[]; readonly result: Result } {
  const asks: Ask[] = [];
  let conversation = begun;
  while (conversation.kind === 'asking') {
    if (asks.length > 2000) throw new Error('the conversation does not end');
    const now = epochMs(start + 10 * asks.length);
    const { transaction } = conversation.ask;
    const reply = meter.first?.(transaction, asks.length) ?? usual(meter, transaction, now);
    asks.push(conversation.ask);
    // conversations are plain data: they survive being written down
    const state = JSON.parse(JSON.stringify(conversation.state)) as State;
    conversation = go(state, reply, epochMs(now + 10));
  }
  return { asked: asks.map(({ transaction }) => nameOf(transaction)), asks, result: conversation.result };
}
