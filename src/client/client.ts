import { LectorError } from '../domain/errors.ts';
import { COMMANDS, isCommandName } from '../protocol/commands.ts';
import type { IsoTime } from '../protocol/views.ts';
import { askJson, type Done, IDENTIFY_TIMEOUT_MS } from './asking.ts';
import { type Comm, openComm, TIMEOUT_MS } from './comm.ts';
import { type ClientPorts, SYSTEM_PORTS } from './ports.ts';
import { openSubscription, type Subscription } from './subscription.ts';
import type { ClientEvent, ClientOptions, LectorClient } from './types.ts';

/**
 * A client of a running Lector, typed, one method per command. It connects with the first call and again whenever that
 * is needed; calls may be made without waiting for one another. Nothing keeps the process alive but calls under way and
 * subscriptions.
 *
 * Every method rejects with a LectorError: NO_SERVER (nobody listens: says where it looked), SERVER_SILENT (no answer
 * in time, or the connection was lost; a question is asked once more, but what changes something never is, and the
 * message says that it is not known whether it was done), COMMAND_REFUSED (`facts.code`, `facts.hint`, `facts.details`
 * are the server's), USAGE (an argument that cannot be sent), CANCELLED (the client was closed).
 *
 * ```ts
 * import { createClient } from 'lector/client';
 *
 * const client = createClient({ host: '127.0.0.1', port: 50007 });
 * const { analyzers } = await client.list();
 * for (const { id, name, state } of analyzers) console.log(id, name, state);
 * client.close();
 * ```
 */
export function createClient(o: ClientOptions = {}, ports: ClientPorts = SYSTEM_PORTS): LectorClient {
  const comm = openComm(o, ports);
  const open = new Set<Subscription>();
  let closed = false;
  let answeredAt: IsoTime | null = null;
  const subscribe = (what: readonly string[], signal: AbortSignal | undefined): Subscription => {
    const onAbort = () => subscription.end();
    const onEnd = () => {
      open.delete(subscription);
      signal?.removeEventListener('abort', onAbort);
    };
    const subscription = openSubscription({ client: o, what, ports, onEnd });
    open.add(subscription);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (closed || signal?.aborted) subscription.end();
    return subscription;
  };
  return {
    ...createCalls(comm, o.timeoutMs ?? TIMEOUT_MS, (at) => {
      answeredAt = at;
    }),
    get answeredAt() {
      return answeredAt;
    },
    subscribe: (what, { signal } = {}): AsyncIterable<ClientEvent> => ({
      [Symbol.asyncIterator]: () => subscribe(what, signal),
    }),
    close() {
      closed = true;
      comm.close();
      for (const each of [...open]) each.end();
    },
  };
}

type Calls = Omit<LectorClient, 'subscribe' | 'close' | 'answeredAt'>;

function createCalls(comm: Comm, timeoutMs: number, answered: (at: IsoTime | null) => void): Calls {
  // the server answers with the view that the protocol names for its command
  const call = async <T>(command: string, argument?: string, limitMs = timeoutMs): Promise<T> => {
    const { data, at } = await ask(comm, command, argument, limitMs);
    answered(at);
    return data as T;
  };
  return {
    version: () => call('VERSION'),
    list: () => call('LIST'),
    // its overloads tell apart whom it is about
    status: (ref: unknown) => call<never>('STATUS', String(ref)),
    identification: (ref) => call('GETID', String(ref)),
    vars: (ref) => call('GETVARS', String(ref)),
    defs: (ref) => call('GETDEFS', String(ref)),
    meterStatus: (ref) => call('GETSTATUS', String(ref)),
    conf: () => call('GETCONF'),
    history: (ref, code, seconds) => call('HISTORY', `${ref}:${code}:${seconds}`),
    records: (ref, count) => call('RECORDS', count === undefined ? String(ref) : `${ref}:${count}`),
    tree: () => call('TREE'),
    why: (ref) => call('WHY', String(ref)),
    owed: () => call('OWED'),
    parked: (exporter = '') => call('PARKED', exporter),
    alarms: () => call('ALARMS'),
    lines: () => call('LINES'),
    start: (ref) => call('START', String(ref)),
    startAll: () => call('STARTALL'),
    stop: (ref) => call('STOP', String(ref)),
    pause: (ref, seconds) => call('PAUSE', seconds === undefined ? String(ref) : `${ref}:${seconds}`),
    resume: (ref) => call('RESUME', String(ref)),
    readNow: (ref) => call('FORCEREQ', String(ref)),
    identify: (ref) => call('IDENT', String(ref), Math.max(timeoutMs, IDENTIFY_TIMEOUT_MS)),
    reload: ({ plan = false } = {}) => call('RELOAD', plan ? 'plan' : ''),
    retry: (exporter) => call('RETRY', exporter),
    shutdown: () => call('SHUTDOWN'),
    fault: (ref, kind, seconds) => call('FAULT', `${ref}:${kind}:${seconds}`),
    help: () => call('HELP'),
    ask: (command, argument) => call(command, argument),
  };
}

/** A question whose connection was lost is asked again; a change is not: nobody knows whether it was done. */
async function ask(comm: Comm, command: string, argument: string | undefined, timeoutMs: number): Promise<Done> {
  const changes = changesSomething(command, argument);
  try {
    return await askJson(comm, command, argument, timeoutMs);
  } catch (error) {
    if (!(error instanceof LectorError) || error.code !== 'SERVER_SILENT') throw error;
    if (!changes && error.facts.reason === 'lost') return askJson(comm, command, argument, timeoutMs);
    // whoever did not even greet was asked for nothing
    throw changes && error.facts.reason !== 'unwelcome' ? unknownOutcome(command, error) : error;
  }
}

function changesSomething(command: string, argument: string | undefined): boolean {
  const name = command.toUpperCase();
  if (name === 'RELOAD' && argument?.toLowerCase() === 'plan') return false;
  return !isCommandName(name) || COMMANDS[name].changes;
}

function unknownOutcome(command: string, error: LectorError): LectorError {
  const message = `${error.message}; it is not known whether ${command} was done`;
  return new LectorError('SERVER_SILENT', message, { ...error.facts, outcome: 'unknown' });
}
