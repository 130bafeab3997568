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
import { createLastRecords } from './last-records.ts';
import type { Outlet } from './outlet.ts';
import type { Peer } from './peer.ts';
import { createPickled } from './pickled.ts';
import { commandOf, type Session } from './session.ts';
import { createSharedAnswers } from './shared-answers.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { Turns } from './turns.ts';

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
      complaints.about(`asked ${words} ${request}`, (unsaid) =>
        log.info({ client: words, request }, `${words} asked ${request}${timesBefore(unsaid)}: ${outcome}`),
      );
    };

  return {
    open({ peer, outlet, isClosed }, dialect) {
      const gate = openGate(peer);
      const onChange = noteChange(peer);
      if (dialect === 'classic') return createClassicSession({ answers, gate, onChange });
      const subscriptions = createSubscriptions({ operator, hub, lastRecords, outlet, isClosed });
      return createJsonSession({ operator, gate, subscriptions, shared, onChange });
    },
    reportBug: (line, error) => logBug(`${safe(commandOf(line), 40)} could not be answered`, error),
  };
}

/** What a client sent, for the log. */
const shownRequest = (name: string, argument: string): string =>
  safe(argument === '' ? name : `${name}@${argument}`, 80);
