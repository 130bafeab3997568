import type { Socket } from 'node:net';
import type { Clock } from '../domain/ports.ts';
import { type MonoMs, monoMs } from '../domain/units.ts';
import { type Dialect, dialectOf, HELLO_LENGTH, WELCOMES } from '../protocol/hello.ts';
import { createRequestLines, type RequestLine } from '../protocol/request-lines.ts';
import { overdue, type Waits } from './deadlines.ts';
import { createIntake, type Intake } from './intake.ts';
import type { Outflow } from './outflow.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Reply, Session } from './session.ts';
import type { Turns, Worker } from './turns.ts';

/** Bytes without the end of a line: then the connection is closed. That the line is too long was said long before. */
const UNENDED_BYTES_MAX = 64 * 1024;

export type Connection = {
  /** Closes it where somebody has waited too long for the client. */
  sweep(): void;
  /**
   * Sends what waits, and closes when the client does too; atOnce: when the system has it all, for nobody will be there
   * to close it later.
   */
  finish(how?: 'atOnce'): void;
  /** Closes at once. */
  destroy(): void;
};

export type ConnectionOptions = {
  readonly socket: Socket;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly outflow: Outflow;
  readonly silenceMs: number;
  /** The dialect was chosen: who serves it. */
  readonly open: (dialect: Dialect, outlet: Outlet, isClosed: () => boolean) => Session;
  /** The bytes of a `lagged` event. */
  readonly lagged: (missed: number) => Buffer;
  /** The first command was answered. */
  readonly onCommand: () => void;
  /** A request met something broken. */
  readonly onBug: (line: RequestLine, error: unknown) => void;
  readonly onClosed: () => void;
};

type Talk = { readonly session: Session; readonly intake: Intake; readonly outlet: Outlet };

/**
 * One client from its first byte to its last: it is read as fast as it is served, and served one request after the
 * other, in turns with all other clients. Nothing that it does throws.
 */
export function createConnection(o: ConnectionOptions): Connection {
  const { socket, clock, turns, outflow } = o;
  let phase: 'hello' | 'open' | 'ending' | 'closed' = 'hello';
  let hello = '';
  let talk: Talk | null = null;
  // a command that takes its time is being served
  let isBusy = false;
  // what it came to, to be answered in a turn: making the answer may take long
  let finishLate: (() => void) | null = null;
  let hasCommanded = false;
  // it will send no more, and may still read
  let hasEnded = false;
  let isHasty = false;
  let heardAt = clock.mono();
  let restSince: MonoMs | null = heardAt;
  let endingSince: MonoMs | null = null;
  const worker: Worker = { work };

  function onData(bytes: Buffer): void {
    heardAt = clock.mono();
    if (phase === 'hello') greet(bytes);
    else if (phase === 'open') take(bytes);
    // what comes after the end is read and dropped, so that the client can read what it was told last
  }

  function greet(bytes: Buffer): void {
    const missing = HELLO_LENGTH - hello.length;
    hello += bytes.toString('latin1', 0, missing);
    if (hello.length < HELLO_LENGTH) return;
    const dialect = dialectOf(hello);
    if (dialect === null) {
      destroy();
      return;
    }
    const encoding = dialect === 'classic' ? 'latin1' : 'utf8';
    const outlet = createOutlet({ socket, encoding, clock, outflow, lagged: o.lagged });
    const session = o.open(dialect, outlet, () => phase !== 'open');
    talk = { session, intake: createIntake(createRequestLines(dialect)), outlet };
    phase = 'open';
    restSince = null;
    outlet.answer(WELCOMES[dialect]);
    if (bytes.length > missing) take(bytes.subarray(missing));
  }

  function take(bytes: Buffer): void {
    talk?.intake.add(bytes);
    turns.ask(worker);
    readOrWait();
  }

  /** A client is not read while something of it waits: so no more than that waits of any. */
  function readOrWait(): void {
    const mustWait = phase === 'open' && talk !== null && !talk.intake.isEmpty;
    if (phase === 'closed' || mustWait === socket.isPaused()) return;
    if (mustWait) socket.pause();
    else socket.resume();
  }

  const isHeld = ({ outlet }: Talk): boolean => !outflow.allows(outlet.isSent);
  const mayServe = (now: Talk): boolean => phase === 'open' && !isBusy && !now.outlet.isFull && !isHeld(now);

  /** Serves one request. */
  function work(): boolean {
    if (talk === null || phase !== 'open') return false;
    if (finishLate !== null) {
      answerLate();
      return true;
    }
    if (isHeld(talk)) outflow.whenEased(worker);
    if (!mayServe(talk)) return false;
    const { intake } = talk;
    const line = intake.next();
    if (line !== null) serve(talk, line);
    else if (intake.unendedBytes > UNENDED_BYTES_MAX) sayFarewell(talk);
    if (!(intake.isEmpty && intake.isMidLine)) restSince = null;
    else if (restSince === null || line !== null) restSince = clock.mono();
    finishIfEnded();
    readOrWait();
    if (intake.isEmpty) return false;
    if (isHeld(talk)) outflow.whenEased(worker);
    return mayServe(talk);
  }

  function serve({ session }: Talk, line: RequestLine): void {
    const broken = (error: unknown): Reply => {
      o.onBug(line, error);
      return session.broken(line, error);
    };
    const attempt = <T>(make: () => T): T | Reply => {
      try {
        return make();
      } catch (error) {
        return broken(error);
      }
    };
    const inTurn = (make: () => Reply): void => {
      finishLate = () => answer(line, attempt(make));
      // what was promised is called also where the client is gone: it may hold something
      if (phase === 'open') turns.ask(worker);
      else answerLate();
    };
    const reply = attempt(() => session.serve(line));
    if (!(reply instanceof Promise)) {
      answer(line, reply);
      return;
    }
    isBusy = true;
    reply.then(inTurn, (error: unknown) => inTurn(() => broken(error)));
  }

  function answerLate(): void {
    const finishNow = finishLate;
    finishLate = null;
    isBusy = false;
    heardAt = clock.mono();
    finishNow?.();
    finishIfEnded();
  }

  function answer(line: RequestLine, { text, closes }: Reply): void {
    if (talk === null || phase !== 'open') return;
    talk.outlet.answer(text);
    if (!hasCommanded && line.kind === 'command') {
      hasCommanded = true;
      o.onCommand();
    }
    if (closes) finish();
  }

  function finishIfEnded(): void {
    if (hasEnded && !isBusy && talk?.intake.isEmpty !== false) finish();
  }

  function sayFarewell({ session, outlet }: Talk): void {
    if (session.farewell !== null) outlet.answer(session.farewell);
    finish();
  }

  function finish(how?: 'atOnce'): void {
    if (how === 'atOnce') isHasty = true;
    if (phase === 'ending') endWhenSent();
    if (phase === 'ending' || phase === 'closed') return;
    phase = 'ending';
    endingSince = clock.mono();
    talk?.session.end();
    talk?.outlet.flush();
    socket.resume();
    endWhenSent();
  }

  function endWhenSent(): void {
    if (phase !== 'ending' || talk?.outlet.isSent === false) return;
    if (isHasty) socket.destroySoon();
    else socket.end();
  }

  function destroy(): void {
    if (phase !== 'closed') phase = 'ending';
    socket.destroy();
  }

  function onDrain(): void {
    talk?.outlet.drained();
    endWhenSent();
    if (talk !== null && !talk.intake.isEmpty) turns.ask(worker);
  }

  function onClosed(): void {
    phase = 'closed';
    talk?.session.end();
    talk?.outlet.clear();
    if (finishLate !== null) answerLate();
    turns.leave(worker);
    outflow.forget(worker);
    o.onClosed();
  }

  function waits(): Waits {
    const outlet = talk?.outlet;
    const mayBeSilent = isBusy || talk === null || talk.session.isListening;
    // while too much waits for all, one that is not full keeps the others waiting too
    const isKeeping = outlet !== undefined && (outlet.isFull || (outflow.isOver && !outlet.isSent));
    const mayRest = phase === 'hello' || (phase === 'open' && talk?.intake.isEmpty === true);
    return {
      restSince: mayRest ? restSince : null,
      silentSince: phase !== 'open' || mayBeSilent ? null : heardAt,
      fullSince: isKeeping ? outlet.movedAt : null,
      endingSince: endingSince === null ? null : monoMs(Math.max(endingSince, outlet?.movedAt ?? 0)),
    };
  }

  function sweep(): void {
    const verdict = overdue(waits(), clock.mono(), o.silenceMs, outflow.isOver);
    if (verdict === 'drop') destroy();
    else if (verdict === 'farewell' && talk !== null) sayFarewell(talk);
    else if (verdict === 'farewell') destroy();
  }

  socket.on('data', onData);
  socket.on('end', () => {
    hasEnded = true;
    if (phase === 'hello') destroy();
    else finishIfEnded();
  });
  socket.on('drain', onDrain);
  // a client that went while it was answered; close follows
  socket.on('error', () => undefined);
  socket.on('close', onClosed);
  return { sweep, finish, destroy };
}
