import { continueConnecting, startConnecting } from '../domain/connect.ts';
import { decodeTexts } from '../domain/decode.ts';
import { type Failure, isRetryable, toFailure } from '../domain/errors.ts';
import type { Conversation, MeterSpec, Reply } from '../domain/meter.ts';
import type { Clock, Link } from '../domain/ports.ts';
import { continueReading, startReading } from '../domain/read.ts';
import type { Reading } from '../domain/reading.ts';
import { readingOf } from '../domain/reading-of.ts';
import type { Ask, ReadRegisters } from '../domain/transaction.ts';
import type { EpochMs } from '../domain/units.ts';

export type MeterRead =
  | {
      readonly kind: 'read';
      /** What the meter says it is. */
      readonly identification: string;
      readonly reading: Reading;
      /** Values that are texts (firmware, serial number), by register id. */
      readonly texts: ReadonlyMap<string, string>;
      /** Registers that were answered, whatever the answer says of them, by id. */
      readonly known: ReadonlySet<string>;
    }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Identifies a meter and reads it once, over a link that is open. Never rejects. */
export async function readMeter(o: {
  readonly link: Link;
  readonly spec: MeterSpec;
  readonly clock: Clock;
}): Promise<MeterRead> {
  const { link, spec, clock } = o;
  const run = <State, Result>(
    start: Conversation<State, Result>,
    go: (state: State, reply: Reply, now: EpochMs) => Conversation<State, Result>,
  ) => converse({ link, clock, start, go });
  const connected = await run(startConnecting(spec, null, clock.now()), continueConnecting);
  if (connected.kind === 'failed') return connected;
  const { meter } = connected;
  const nominal = clock.now();
  const result = await run(startReading(spec, meter, 'normal', nominal), continueReading);
  if (result.answered.length === 0 && result.failure !== null) return { kind: 'failed', failure: result.failure };
  const at = result.answered[0]?.answer.at ?? nominal;
  const reading = readingOf({ spec, nominal, at, grid: 'normal', result });
  const answered = [...meter.once, ...result.answered];
  const texts = decodeTexts(spec.profile, answered, meter.identity.base);
  const known = new Set(answered.flatMap(({ block }) => block.registers));
  return { kind: 'read', identification: meter.identity.text, reading, texts, known };
}

type Talk<State, Result> = {
  readonly link: Link;
  readonly clock: Clock;
  readonly start: Conversation<State, Result>;
  readonly go: (state: State, reply: Reply, now: EpochMs) => Conversation<State, Result>;
};

/** Asks what a conversation wants to know until it has ended. */
async function converse<State, Result>({ link, clock, start, go }: Talk<State, Result>): Promise<Result> {
  let turn = start;
  while (turn.kind === 'asking') turn = go(turn.state, await replyTo(link, turn.ask), clock.now());
  return turn.result;
}

async function replyTo(link: Link, ask: Ask): Promise<Reply> {
  try {
    return { kind: 'answered', answer: await link.transact(ask) };
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error, 'LINE_CLOSED') };
  }
}

export type RawRead =
  | { readonly kind: 'read'; readonly words: readonly number[] }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type RawRange = Omit<ReadRegisters, 'kind'>;

/** Words as they are, asked once more where that can help. Never rejects. */
export async function readRaw(link: Link, range: RawRange, timeoutMs: number): Promise<RawRead> {
  const transaction: ReadRegisters = { kind: 'registers', ...range };
  // what is sent after a silence must not be mistakable for the read itself
  const reserved: ReadRegisters = { ...transaction, count: range.count === 1 ? 2 : 1 };
  const ask = { transaction, timeoutMs, reserved };
  const first = await replyTo(link, ask);
  const last = first.kind === 'failed' && isRetryable(first.failure.code) ? await replyTo(link, ask) : first;
  if (last.kind === 'failed') return last;
  return { kind: 'read', words: last.answer.kind === 'words' ? last.answer.words : [] };
}
