import { type ErrorCode, LectorError } from '../../src/domain/errors.ts';
import { serialPace } from '../../src/domain/pace.ts';
import type { Clock, Line, Link, LinkObserver } from '../../src/domain/ports.ts';
import type { Answer, Ask, CvmCommand, LineEventKind } from '../../src/domain/transaction.ts';
import type { UnitId } from '../../src/domain/units.ts';
import { encodeCvmRequest } from './frames.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createStrayReport, type Units } from './strays.ts';
import { answered, forgetMs, formOf, isFresh, NEW_UNIT, nextRequest, reopened } from './unit-step.ts';
import { createWire, type Exchanged, type Wire } from './wire.ts';

/** A gateway keeps the silence of its own line. */
const TCP_PACE = { charMs: 0, silenceMs: 1 };
/** Requests that one ask may take: reserved, separator, and itself, with room. */
const REQUESTS_MAX = 6;

const EVENT_OF: Partial<Record<ErrorCode, LineEventKind>> = {
  LINE_TIMEOUT: 'timeout',
  LINE_NOISY: 'noisy',
  FRAME_CRC: 'crc',
  FRAME_TRUNCATED: 'truncated',
  FRAME_MALFORMED: 'malformed',
};

export type CvmLinkOptions = {
  readonly line: Line;
  readonly clock: Clock;
  /** null: CVM lines over TCP. */
  readonly baud: number | null;
  /** Bits of a character: 10 for 8N1, 11 with parity (the default, and the longer silence). */
  readonly charBits?: number;
  /** Pause in ms beside the silence of 3.5 characters. */
  readonly gapMs: number;
  /** Silence in ms after which an unfinished answer is given up. */
  readonly idleMs: number;
  readonly observer: LinkObserver;
};

type State = {
  readonly o: CvmLinkOptions;
  readonly units: Units;
  readonly wire: Wire;
  /** What arrives on the present opening; null: not open. */
  inbox: Inbox | null;
  asking: UnitId | null;
};

/**
 * The ASCII protocol of the CVMk over a line, as `Link` of domain/ports.ts says. An answer does not say what it
 * answers: see unit-step.ts for how it is surely the right one. After every opening and every failure a unit must
 * answer its reserved command (VER) before anything else is sent to it, and between two requests with answers of equal
 * length the reserved command is sent by the link itself.
 * Rejects LINE_TIMEOUT, LINE_NOISY, FRAME_CRC, FRAME_TRUNCATED, FRAME_MALFORMED (facts.quietMs: the unit's rest),
 * LINE_CLOSED, LINE_WRITE_BLOCKED, PROFILE_INVALID (what this link cannot ask), QUEUE_FULL (an ask is under way).
 * Source of the frames: CVMk manual M98117101-03 pages 41-59.
 */
export function createCvmLink(options: CvmLinkOptions): Link {
  const { line, clock, observer, baud, charBits, gapMs, idleMs } = options;
  const units: Units = new Map();
  const pace = baud === null ? TCP_PACE : serialPace(baud, charBits);
  const report = createStrayReport({ clock, units, observer });
  const wire = createWire({ line, clock, pace, gapMs, idleMs, units, report, observer });
  const state: State = { o: options, units, wire, inbox: null, asking: null };
  return { open: () => open(state), transact: (ask) => transact(state, ask), close: () => close(state) };
}

async function open(state: State): Promise<void> {
  if (state.inbox) await close(state);
  const { line, clock, observer } = state.o;
  await line.open();
  for (const [unit, step] of state.units) state.units.set(unit, reopened(step));
  const inbox: Inbox = createInbox({
    line,
    clock,
    onIdleBytes: () => state.wire.takeStrays(inbox),
    onLost(cause) {
      observer.onEvent?.({ kind: 'lost', unit: state.asking ?? 0, text: `${line.description} was lost` });
      observer.onLost?.(cause);
    },
  });
  state.inbox = inbox;
}

async function close(state: State): Promise<void> {
  state.inbox?.stop();
  state.inbox = null;
  await state.o.line.close();
}

/** Throws PROFILE_INVALID for what is not of this protocol. */
function checked(
  state: State,
  { transaction, reserved }: Ask,
): { readonly asked: CvmCommand; readonly first: CvmCommand } {
  const { unit } = transaction;
  if (transaction.kind !== 'cvm' || reserved.kind !== 'cvm' || reserved.unit !== unit) {
    const saw = `${transaction.kind} of unit ${unit} with ${reserved.kind} of unit ${reserved.unit} reserved`;
    const message = `expected CVM commands of one unit on ${state.o.line.description}, saw ${saw}`;
    throw new LectorError('PROFILE_INVALID', `${message}: correct <driver> of the analyzer`, { unit });
  }
  for (const each of [transaction, reserved]) encodeCvmRequest(unit, each.command);
  return { asked: transaction, first: reserved };
}

async function transact(state: State, ask: Ask): Promise<Answer> {
  const { line, observer } = state.o;
  const { asked, first } = checked(state, ask);
  const { inbox } = state;
  if (!inbox) throw new LectorError('LINE_CLOSED', `${line.description} is not open`);
  if (state.asking !== null) throw new LectorError('QUEUE_FULL', `${line.description} carries one request at a time`);
  state.asking = asked.unit;
  inbox.attend(true);
  try {
    const { data, at, tookMs } = await converse(state, inbox, asked, first, ask.timeoutMs);
    return { kind: 'text', text: data, at, tookMs };
  } catch (error) {
    const kind = error instanceof LectorError ? EVENT_OF[error.code] : undefined;
    if (kind) observer.onEvent?.({ kind, unit: asked.unit, text: (error as LectorError).message });
    throw error;
  } finally {
    state.asking = null;
    state.wire.takeStrays(inbox);
    inbox.attend(false);
  }
}

/** Sends what must go before, and then what was asked. */
async function converse(
  state: State,
  inbox: Inbox,
  asked: CvmCommand,
  reserved: CvmCommand,
  timeoutMs: number,
): Promise<Exchanged> {
  const forget = forgetMs(timeoutMs);
  for (let count = 0; count < REQUESTS_MAX; count += 1) {
    const step = state.units.get(asked.unit) ?? NEW_UNIT;
    const next = nextRequest(step, asked, reserved, state.o.clock.mono(), forget);
    if (next.kind === 'wait') throw indistinct(state, asked, next.ms);
    const exchanged = await exchange(state, inbox, next.kind === 'ask' ? asked : next.command, timeoutMs);
    if (next.kind === 'ask') return exchanged;
  }
  throw indistinct(state, asked, timeoutMs);
}

async function exchange(state: State, inbox: Inbox, command: CvmCommand, timeoutMs: number): Promise<Exchanged> {
  const { clock, observer } = state.o;
  const { unit } = command;
  const before = state.units.get(unit) ?? NEW_UNIT;
  const fresh = isFresh(before, formOf(command), clock.mono(), forgetMs(timeoutMs));
  const exchanged = await state.wire.exchange(inbox, command, timeoutMs);
  state.units.set(unit, answered(state.units.get(unit) ?? NEW_UNIT, command, fresh, clock.mono()));
  if (fresh && before.known.size > 0 && before.state !== 'in') observer.onEvent?.({ kind: 'resync', unit });
  return exchanged;
}

function indistinct(state: State, { unit, command }: CvmCommand, quietMs: number): LectorError {
  const which = `unit ${unit} on ${state.o.line.description} left so much unanswered that its answer to ${command}`;
  const message = `${which} could be an older one: it is asked again in ${Math.ceil(quietMs / 1000)} s`;
  return new LectorError('LINE_TIMEOUT', message, { unit, command, quietMs });
}
