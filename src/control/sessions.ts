import { toFailure } from '../domain/errors.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { safe } from '../domain/safe.ts';
import type { CommandName } from '../protocol/commands.ts';
import type { Dialect } from '../protocol/hello.ts';
import type { Operator } from '../protocol/operator.ts';
import type { RequestLine } from '../protocol/request-lines.ts';
import { createClassicAnswers, createClassicSession } from './classic-session.ts';
import { type Complaints, timesBefore } from './complaints.ts';
import { createGates } from './gate.ts';
import { createHub } from './hub.ts';
import { createJsonSession } from './json-session.ts';
import { createLane } from './lane.ts';
import { createLastRecords } from './last-records.ts';
import { createMinuteCount } from './minute-count.ts';
import type { Outlet } from './outlet.ts';
import type { Peer } from './peer.ts';
import { createPickled } from './pickled.ts';
import { commandOf, type Session } from './session.ts';
import { createSharedAnswers } from './shared-answers.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { Turns } from './turns.ts';

/** HISTORY and RECORDS at one time: each holds up everything for some ms of every pass of the event loop. */
const STORE_READS_MAX = 2;
/** Different changes that one address asks for and the log has, in a minute; all others together have a line. */
export const CHANGES_LOGGED_MAX = 60;

export type SessionsOptions = {
  readonly operator: Operator;
  readonly trust: readonly string[];
  readonly tokens: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly complaints: Complaints;
  readonly turns: Turns;
};

export type Sessions = {
  open(
    client: { readonly peer: Peer; readonly outlet: Outlet; readonly isClosed: () => boolean },
    dialect: Dialect,
  ): Session;
  /** A request met something broken: the log is told, once a minute. */
  reportBug(line: RequestLine, error: unknown): void;
};

/** Opens the sessions of all clients, over what they share. */
export function createSessions(o: SessionsOptions): Sessions {
  const { operator, clock, log, complaints, turns } = o;
  const openGate = createGates(o);
  const answers = createClassicAnswers(operator, createPickled());
  const shared = createSharedAnswers(clock);
  const lastRecords = createLastRecords(operator, clock, turns);
  const storeLane = createLane(STORE_READS_MAX, turns.nextPass);
  const logged = createMinuteCount(clock, CHANGES_LOGGED_MAX);

  function logBug(what: string, error: unknown): void {
    const { message, facts } = toFailure(error);
    complaints.about(`bug ${what}`, (unsaid) => log.error(facts, `${what}: ${message}${timesBefore(unsaid)}`));
  }
  const hub = createHub(operator, turns, (error) => logBug('an event could not be sent', error));

  const noteChange =
    ({ words }: Peer) =>
    (name: CommandName, argument: string, outcome: string): void => {
      shared.forget();
      const request = shownRequest(name, argument);
      const key = logged.isExhausted(words) ? `asked much ${words}` : `asked ${words} ${request}`;
      complaints.about(key, (unsaid) => {
        logged.count(words);
        log.info({ client: words, request }, `${words} asked ${request}${timesBefore(unsaid)}: ${outcome}`);
      });
    };

  return {
    open({ peer, outlet, isClosed }, dialect) {
      const gate = openGate(peer);
      const onChange = noteChange(peer);
      if (dialect === 'classic') return createClassicSession({ answers, gate, onChange });
      const subscriptions = createSubscriptions({ operator, hub, lastRecords, outlet, isClosed });
      return createJsonSession({ operator, gate, subscriptions, shared, storeLane, isClosed, onChange });
    },
    reportBug: (line, error) => logBug(`${safe(commandOf(line), 40)} could not be answered`, error),
  };
}

/** What a client sent, for the log. */
const shownRequest = (name: string, argument: string): string =>
  safe(argument === '' ? name : `${name}@${argument}`, 80);
