import { toFailure } from '../domain/errors.ts';
import type { AnalyzerId } from '../domain/units.ts';
import { COMMANDS, type CommandName, helpView, isCommandName } from '../protocol/commands.ts';
import { answerLine } from '../protocol/json-answers.ts';
import type { Answered, Operator, Refusal, Target } from '../protocol/operator.ts';
import { parseRequest, type Request } from '../protocol/requests.ts';
import type { Gate } from './gate.ts';
import type { Lane } from './lane.ts';
import { commandOf, createWrongLines, type LateReply, type Reply, type Session } from './session.ts';
import type { SharedAnswers } from './shared-answers.ts';
import { GONE, type Subscriptions } from './subscriptions.ts';

export const JSON_IDENTIFY_MS = 10_000;

export type JsonOptions = {
  readonly operator: Operator;
  readonly gate: Gate;
  readonly subscriptions: Subscriptions;
  readonly shared: SharedAnswers;
  /** What reads the store, which takes its time. */
  readonly storeLane: Lane;
  /** The client is gone. */
  readonly isClosed: () => boolean;
  /** A command that changes something was answered so. */
  readonly onChange: (name: CommandName, argument: string, outcome: string) => void;
};

/** What comes of a request; a text is the finished line. */
type Outcome = Answered<unknown> | Buffer | Promise<Answered<unknown> | (() => Answered<unknown>)>;

/** The dialect of today: each answer is one line of JSON. */
export function createJsonSession(o: JsonOptions): Session {
  const wrong = createWrongLines();
  const answer = createAnswers(o);
  const replyTo = (command: string, answered: Answered<unknown>, closes: boolean): Reply => ({
    text: answered.ok ? answerLine(command, answered, o.operator.now()) : answerLine(command, answered),
    closes,
  });

  function carryOut(name: string, argument: string): Reply | Promise<LateReply> {
    const refusal = isCommandName(name) ? o.gate.refuses(name) : null;
    const parsed = refusal === null ? parseRequest(name, argument) : refused(refusal);
    if (!parsed.ok)
      return replyTo(name, parsed, parsed.error.code === 'UNKNOWN_COMMAND' && wrong.isOneTooMany('command'));
    const request = parsed.data;
    if (request.command === 'AUTH') return authenticate(request.token);
    const outcome = answer(request);
    if (Buffer.isBuffer(outcome)) return { text: outcome, closes: false };
    if (!(outcome instanceof Promise)) return finished(request, argument, outcome);
    return outcome.then((made) => () => finished(request, argument, typeof made === 'function' ? made() : made));
  }

  function finished({ command }: Request, argument: string, answered: Answered<unknown>): Reply {
    if (COMMANDS[command].changes) o.onChange(command, argument, wordsOf(answered));
    return replyTo(command, answered, answered.ok && (command === 'QUIT' || command === 'SHUTDOWN'));
  }

  function authenticate(token: string): Reply {
    const { answered, isLastTry } = o.gate.authenticate(token);
    return replyTo('AUTH', answered.ok ? done({ access: o.gate.access }) : answered, isLastTry);
  }

  return {
    serve(line) {
      if (line.kind === 'command') return carryOut(line.name, line.argument);
      const hint = 'write $COMMAND@ARGUMENT; and a CR, HELP lists the commands';
      return replyTo('', refused({ code: 'FORMAT_ERROR', message: line.reason, hint }), wrong.isOneTooMany('form'));
    },
    broken(line, error) {
      const hint = 'the others go on; try again, and tell who looks after this server';
      return replyTo(commandOf(line), refused({ code: 'UNEXPECTED', message: toFailure(error).message, hint }), false);
    },
    farewell: null,
    get isListening() {
      return o.subscriptions.isActive;
    },
    end: () => void o.subscriptions.unsubscribe(null),
  };
}

const done = <T>(data: T): Answered<T> => ({ ok: true, data });
const refused = (error: Refusal): { readonly ok: false; readonly error: Refusal } => ({ ok: false, error });

function wordsOf(answered: Answered<unknown>): string {
  if (!answered.ok) return answered.error.message;
  const { data } = answered;
  return typeof data === 'object' && data !== null && 'words' in data ? String(data.words) : 'done';
}

function createAnswers(o: JsonOptions): (request: Request) => Outcome {
  const { operator, gate, subscriptions, shared } = o;
  const about = createAbout(o);
  const once = (name: CommandName, ask: () => unknown): Buffer =>
    shared.of(name, () => answerLine(name, done(ask()), operator.now()));

  return (request) => {
    if ('target' in request) return about(request);
    switch (request.command) {
      case 'QUIT':
        return done({ words: 'the connection is closed' });
      case 'HELP':
        return done(helpView());
      case 'VERSION':
        return done({ ...operator.version(), access: gate.access });
      case 'LIST':
        return once('LIST', () => operator.list());
      case 'TREE':
        return once('TREE', () => operator.tree());
      case 'ALARMS':
        return once('ALARMS', () => operator.alarms());
      case 'LINES':
        return once('LINES', () => operator.lines());
      case 'OWED':
        return once('OWED', () => operator.owed());
      case 'PARKED':
        return operator.parked(request.exporter);
      case 'RETRY':
        return operator.retry(request.exporter);
      case 'GETCONF':
        return once('GETCONF', () => operator.conf());
      case 'SUBSCRIBE':
        return subscriptions.subscribe(request.what);
      case 'UNSUBSCRIBE':
        return done(subscriptions.unsubscribe(request.what));
      case 'SHUTDOWN':
        return operator.shutdown();
      case 'STARTALL':
        return operator.startAll();
      case 'RELOAD':
        return operator.reload(request.planOnly);
      case 'AUTH':
        // answered before it comes here: it may close the connection
        return done({ access: gate.access });
    }
  };
}

type AboutRequest = Extract<Request, { readonly target: string }>;

/** Answers about somebody. */
function createAbout(o: JsonOptions): (request: AboutRequest) => Outcome {
  const { operator } = o;
  return (request) => {
    const found = operator.resolve(request.target);
    if (!found.ok) return found;
    const target = found.data;
    if (request.command === 'PAUSE') return operator.pause(target, request.seconds);
    if (request.command === 'RESUME') return operator.resume(target);
    if (request.command === 'WHY') return operator.why(target);
    if (target.kind === 'analyzer') return aboutAnalyzer(o, request, target.id);
    return request.command === 'STATUS' ? operator.device(target.id) : needsAnalyzer(request, target);
  };
}

/** Waits for its place; who left meanwhile needs no answer. */
function stored<T>({ storeLane, isClosed }: JsonOptions, ask: () => Promise<Answered<T>>): Promise<Answered<T>> {
  return storeLane(() => (isClosed() ? Promise.resolve(refused(GONE)) : ask()));
}

type AnalyzerRequest = Exclude<AboutRequest, { readonly command: 'PAUSE' }>;

function aboutAnalyzer(o: JsonOptions, request: AnalyzerRequest, id: AnalyzerId): Outcome {
  const { operator } = o;
  switch (request.command) {
    case 'START':
      return operator.start(id);
    case 'STOP':
      return operator.stop(id);
    case 'GETID':
      return operator.identification(id);
    case 'GETVARS':
      return operator.vars(id);
    case 'GETDEFS':
      return operator.defs(id);
    case 'GETSTATUS':
      return operator.meterStatus(id);
    case 'FORCEREQ':
      return operator.readNow(id);
    case 'IDENT':
      return operator.identify(id, JSON_IDENTIFY_MS);
    case 'HISTORY':
      return stored(o, () => operator.history(id, request.variable, request.seconds));
    case 'RECORDS':
      return stored(o, () => operator.records(id, request.count));
    case 'FAULT':
      return operator.fault(id, request.kind, request.seconds);
    case 'STATUS':
      return operator.analyzer(id);
    case 'WHY':
      return operator.why({ kind: 'analyzer', id });
    case 'RESUME':
      return operator.resume({ kind: 'analyzer', id });
  }
}

function needsAnalyzer({ command, target }: AboutRequest, { id }: Target): Answered<never> {
  const message = `${command} is about an analyzer, and ${target} is a line`;
  const hint = `name one of its analyzers: "lector ctl status line:${id}" lists them`;
  return refused({ code: 'BAD_ARGUMENT', message, hint });
}
