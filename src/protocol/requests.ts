import { FAULT_KINDS, type FaultKind } from '../domain/installation.ts';
import type { DeviceId } from '../domain/units.ts';
import { COMMANDS, type CommandName, isCommandName } from './commands.ts';
import { SUBSCRIPTIONS } from './events.ts';
import type { Answered, Refusal } from './operator.ts';

/** What SUBSCRIBE names, checked: `frames` goes with its device. */
export type Subscription = 'readings' | 'states' | 'records' | 'log' | 'all' | `frames:${DeviceId}`;

/**
 * A request of the JSON dialect with its arguments. `target` and `analyzer` are texts for `Operator.resolve`: an id,
 * a name, and where it may be a line `line:1`.
 */
export type Request =
  | { readonly command: BareCommand }
  | { readonly command: TargetCommand; readonly target: string }
  | { readonly command: 'PAUSE'; readonly target: string; readonly seconds: number | null }
  | { readonly command: 'RELOAD'; readonly planOnly: boolean }
  | { readonly command: 'AUTH'; readonly token: string }
  /** null: of every one. */
  | { readonly command: 'PARKED'; readonly exporter: string | null }
  | { readonly command: 'RETRY'; readonly exporter: string }
  | { readonly command: 'HISTORY'; readonly target: string; readonly variable: string; readonly seconds: number }
  | { readonly command: 'RECORDS'; readonly target: string; readonly count: number }
  | { readonly command: 'FAULT'; readonly target: string; readonly kind: FaultKind; readonly seconds: number }
  | { readonly command: 'SUBSCRIBE'; readonly what: readonly Subscription[] }
  /** null: everything. */
  | { readonly command: 'UNSUBSCRIBE'; readonly what: readonly Subscription[] | null };

/** Commands without an argument. */
export type BareCommand =
  | 'QUIT'
  | 'SHUTDOWN'
  | 'STARTALL'
  | 'GETCONF'
  | 'HELP'
  | 'VERSION'
  | 'LIST'
  | 'TREE'
  | 'ALARMS'
  | 'LINES'
  | 'OWED';

/** Commands about one analyzer; RESUME, STATUS and WHY also about a line. */
export type TargetCommand =
  | 'START'
  | 'STOP'
  | 'RESUME'
  | 'STATUS'
  | 'GETID'
  | 'GETVARS'
  | 'GETDEFS'
  | 'GETSTATUS'
  | 'FORCEREQ'
  | 'IDENT'
  | 'WHY';

/** 30 days. */
export const SECONDS_MAX = 2_592_000;
export const RECORDS_DEFAULT = 20;
export const RECORDS_MAX = 1000;
/** More subscriptions than an installation has lines. */
const SUBSCRIPTIONS_MAX = 300;

type Parse = (name: CommandName, argument: string) => Answered<Request>;

const done = <T>(data: T): Answered<T> => ({ ok: true, data });

function refused(code: Refusal['code'], message: string, hint: string): Answered<never> {
  return { ok: false, error: { code, message, hint } };
}

function form(name: CommandName): string {
  const { argument } = COMMANDS[name];
  return argument === '' ? `$${name};` : `$${name}@${argument};`.replace('@[', '[@');
}

/** `saw` is the client's own text: cut, for it comes back in the answer. */
function wrong(name: CommandName, expected: string, saw: string): Answered<never> {
  const shown = saw === '' ? 'nothing' : `"${saw.length > 60 ? `${saw.slice(0, 60)}…` : saw}"`;
  return refused('BAD_ARGUMENT', `${name}: expected ${expected}, saw ${shown}`, `write ${form(name)}`);
}

const bare =
  (command: BareCommand): Parse =>
  (name, argument) =>
    argument === '' ? done({ command }) : wrong(name, 'no argument', argument);

const about =
  (command: TargetCommand): Parse =>
  (name, argument) =>
    argument === '' ? wrong(name, 'whom', argument) : done({ command, target: argument });

/** A whole number from 1 to `max`; null: anything else. */
function wholeUpTo(text: string, max: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}

const SECONDS = `whole seconds from 1 to ${SECONDS_MAX} (30 days)`;

/** What follows the last colon and what precedes it; null: there is none. */
function atLastColon(text: string): readonly [string, string] | null {
  const at = text.lastIndexOf(':');
  return at < 0 ? null : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** The colon of `line:1` parts nothing; nor does one of a name, where no number follows it. */
const LINE = /^(?:line|device)\s*:\s*\d+$/i;
const NUMBER_LIKE = /^(?:[\d.+-]|$)/;

function pause(name: CommandName, argument: string): Answered<Request> {
  if (argument === '') return wrong(name, 'whom', argument);
  const parts = LINE.test(argument) ? null : atLastColon(argument);
  if (parts === null || !NUMBER_LIKE.test(parts[1])) return done({ command: 'PAUSE', target: argument, seconds: null });
  const [target, text] = parts;
  const seconds = wholeUpTo(text, SECONDS_MAX);
  if (target === '') return wrong(name, 'whom before the ":"', argument);
  return seconds === null ? wrong(name, SECONDS, text) : done({ command: 'PAUSE', target, seconds });
}

function reload(name: CommandName, argument: string): Answered<Request> {
  if (argument === '') return done({ command: 'RELOAD', planOnly: false });
  if (argument.toLowerCase() === 'plan') return done({ command: 'RELOAD', planOnly: true });
  return wrong(name, 'nothing or "plan"', argument);
}

function auth(name: CommandName, argument: string): Answered<Request> {
  // what was sent is not shown: it may be nearly right
  return argument === '' ? wrong(name, 'a token', '') : done({ command: 'AUTH', token: argument });
}

function parked(_: CommandName, argument: string): Answered<Request> {
  return done({ command: 'PARKED', exporter: argument === '' ? null : argument });
}

function retry(name: CommandName, argument: string): Answered<Request> {
  return argument === '' ? wrong(name, 'an exporter', argument) : done({ command: 'RETRY', exporter: argument });
}

/** From the right, for a name may hold a colon. */
function threeParts(argument: string): { first: string; second: string; seconds: string } | null {
  const last = atLastColon(argument);
  const middle = last === null ? null : atLastColon(last[0]);
  if (last === null || middle === null || middle[0] === '' || middle[1] === '') return null;
  return { first: middle[0], second: middle[1], seconds: last[1] };
}

function history(name: CommandName, argument: string): Answered<Request> {
  const parts = threeParts(argument);
  if (parts === null) return wrong(name, COMMANDS.HISTORY.argument, argument);
  const seconds = wholeUpTo(parts.seconds, SECONDS_MAX);
  if (seconds === null) return wrong(name, SECONDS, parts.seconds);
  return done({ command: 'HISTORY', target: parts.first, variable: parts.second, seconds });
}

function fault(name: CommandName, argument: string): Answered<Request> {
  const parts = threeParts(argument);
  if (parts === null) return wrong(name, COMMANDS.FAULT.argument, argument);
  const kind = FAULT_KINDS.find((each) => each === parts.second.toLowerCase());
  if (kind === undefined) return wrong(name, `one of ${FAULT_KINDS.join(' ')}`, parts.second);
  const seconds = wholeUpTo(parts.seconds, SECONDS_MAX);
  if (seconds === null) return wrong(name, SECONDS, parts.seconds);
  return done({ command: 'FAULT', target: parts.first, kind, seconds });
}

function records(name: CommandName, argument: string): Answered<Request> {
  if (argument === '') return wrong(name, 'whom', argument);
  const parts = atLastColon(argument);
  if (parts === null || !NUMBER_LIKE.test(parts[1])) {
    return done({ command: 'RECORDS', target: argument, count: RECORDS_DEFAULT });
  }
  const count = wholeUpTo(parts[1], RECORDS_MAX);
  if (parts[0] === '') return wrong(name, 'whom before the ":"', argument);
  if (count === null) return wrong(name, `a whole number from 1 to ${RECORDS_MAX}`, parts[1]);
  return done({ command: 'RECORDS', target: parts[0], count });
}

const WHAT = `of ${SUBSCRIPTIONS.map((kind) => (kind === 'frames' ? 'frames:LINE' : kind)).join(' ')}`;

function subscriptionOf(text: string): Subscription | null {
  const [kind = '', device, ...more] = text.trim().toLowerCase().split(':');
  if (kind === 'frames') {
    const id = more.length === 0 && device !== undefined ? wholeUpTo(device.trim(), 65_535) : null;
    return id === null ? null : `frames:${id}`;
  }
  if (device !== undefined) return null;
  return (SUBSCRIPTIONS.find((each) => each !== 'frames' && each === kind) as Subscription | undefined) ?? null;
}

function subscriptions(name: CommandName, argument: string): Answered<readonly Subscription[]> {
  const texts = argument.split(',');
  if (texts.length > SUBSCRIPTIONS_MAX) return wrong(name, `at most ${SUBSCRIPTIONS_MAX} ${WHAT}`, `${texts.length}`);
  const found = new Set<Subscription>();
  for (const text of texts) {
    const subscription = subscriptionOf(text);
    if (subscription === null) return wrong(name, `some ${WHAT}`, text.trim());
    found.add(subscription);
  }
  return done([...found]);
}

function subscribe(name: CommandName, argument: string): Answered<Request> {
  const what = subscriptions(name, argument);
  return what.ok ? done({ command: 'SUBSCRIBE', what: what.data }) : what;
}

function unsubscribe(name: CommandName, argument: string): Answered<Request> {
  if (argument === '') return done({ command: 'UNSUBSCRIBE', what: null });
  const what = subscriptions(name, argument);
  return what.ok ? done({ command: 'UNSUBSCRIBE', what: what.data }) : what;
}

const PARSERS: Readonly<Record<CommandName, Parse>> = {
  QUIT: bare('QUIT'),
  SHUTDOWN: bare('SHUTDOWN'),
  STARTALL: bare('STARTALL'),
  GETCONF: bare('GETCONF'),
  HELP: bare('HELP'),
  VERSION: bare('VERSION'),
  LIST: bare('LIST'),
  TREE: bare('TREE'),
  ALARMS: bare('ALARMS'),
  LINES: bare('LINES'),
  OWED: bare('OWED'),
  START: about('START'),
  STOP: about('STOP'),
  RESUME: about('RESUME'),
  STATUS: about('STATUS'),
  GETID: about('GETID'),
  GETVARS: about('GETVARS'),
  GETDEFS: about('GETDEFS'),
  GETSTATUS: about('GETSTATUS'),
  FORCEREQ: about('FORCEREQ'),
  IDENT: about('IDENT'),
  WHY: about('WHY'),
  SETQUERY: () => refused('NOT_IMPLEMENTED', 'SETQUERY was never written', 'change <peticions> and RELOAD'),
  PAUSE: pause,
  RELOAD: reload,
  AUTH: auth,
  PARKED: parked,
  RETRY: retry,
  HISTORY: history,
  RECORDS: records,
  FAULT: fault,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
};

/**
 * A request of the JSON dialect from its name (upper case) and what followed the `@`; blanks around arguments do not
 * count. UNKNOWN_COMMAND, BAD_ARGUMENT, NOT_IMPLEMENTED say what was expected. Never throws.
 */
export function parseRequest(name: string, argument: string): Answered<Request> {
  if (isCommandName(name)) return PARSERS[name](name, argument.trim());
  return refused('UNKNOWN_COMMAND', `there is no command ${name.slice(0, 40)}`, 'HELP lists them');
}

/** The device of `frames:1`; null: another subscription. */
export function framesDevice(subscription: Subscription): DeviceId | null {
  return subscription.startsWith('frames:') ? Number(subscription.slice('frames:'.length)) : null;
}
