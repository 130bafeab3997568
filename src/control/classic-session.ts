import { toFailure } from '../domain/errors.ts';
import type { AnalyzerId } from '../domain/units.ts';
import { CLASSIC, CLASSIC_DONE, idText, refusedText, srvErr, statusText } from '../protocol/classic-answers.ts';
import { COMMANDS, type CommandName, isClassicCommand } from '../protocol/commands.ts';
import type { Answered, Operator } from '../protocol/operator.ts';
import type { Py } from '../protocol/pickle.ts';
import type { RequestLine } from '../protocol/request-lines.ts';
import type { Gate } from './gate.ts';
import { createWrongLines, type LateReply, type Reply, type Session } from './session.ts';

/** Old clients wait 2 s for an answer. */
export const CLASSIC_IDENTIFY_MS = 1_800;

export type ClassicOptions = {
  readonly answers: Table;
  readonly gate: Gate;
  /** A command that changes something was answered so. */
  readonly onChange: (name: CommandName, argument: string, outcome: string) => void;
};

const line = (text: string): string => `${text}\r`;
const reply = (text: string): Reply => ({ text: line(text), closes: false });
const GOODBYE: Reply = { text: line(CLASSIC.disconnected), closes: true };

/** The predecessor's dialect: every answer is one line of Latin-1, byte for byte as its clients know it. */
export function createClassicSession({ answers, gate, onChange }: ClassicOptions): Session {
  const wrong = createWrongLines();

  function carryOut(name: CommandName, argument: string): Reply | Promise<LateReply> {
    const refusal = gate.refuses(name);
    if (refusal !== null) return reply(refusedText(name, refusal));
    if (name === 'QUIT') return GOODBYE;
    const answer = answers[name]?.(argument) ?? CLASSIC.unknownCommand;
    if (typeof answer === 'string') return finished(name, argument, answer);
    return answer.then((text) => () => finished(name, argument, text));
  }

  function finished(name: CommandName, argument: string, text: string): Reply {
    if (COMMANDS[name].changes) onChange(name, argument, text);
    return { text: line(text), closes: name === 'SHUTDOWN' && text === CLASSIC.disconnected };
  }

  return {
    serve(request) {
      if (request.kind === 'malformed') return wrong.isOneTooMany('form') ? GOODBYE : reply(CLASSIC.formatError);
      if (isClassicCommand(request.name)) return carryOut(request.name, request.argument);
      return wrong.isOneTooMany('command') ? GOODBYE : reply(CLASSIC.unknownCommand);
    },
    broken: (_request: RequestLine, error: unknown) => reply(srvErr(0, toFailure(error).message)),
    farewell: line(CLASSIC.disconnected),
    isListening: false,
    end: () => undefined,
  };
}

type Answer = string | Promise<string>;
type Table = Partial<Record<CommandName, (argument: string) => Answer>>;

/** What answers each command, QUIT apart. One for all clients. */
export function createClassicAnswers(operator: Operator, pickled: (value: Py) => string): Table {
  /** Asks about the analyzer that an argument names. */
  const about =
    <T>(name: CommandName, ask: (id: AnalyzerId) => Answered<T>, text: (data: T) => string) =>
    (argument: string): string => {
      const id = analyzerOf(operator, argument);
      return textOf(name, id.ok ? ask(id.data) : id, text);
    };
  const analyzer = (id: AnalyzerId) => ({ kind: 'analyzer', id }) as const;

  return {
    START: about(
      'START',
      (id) => operator.start(id),
      () => CLASSIC_DONE.START,
    ),
    STARTALL: () => textOf('STARTALL', operator.startAll(), () => CLASSIC_DONE.STARTALL),
    PAUSE: about(
      'PAUSE',
      (id) => operator.pause(analyzer(id), null),
      () => CLASSIC_DONE.PAUSE,
    ),
    RESUME: about(
      'RESUME',
      (id) => operator.resume(analyzer(id)),
      () => CLASSIC_DONE.RESUME,
    ),
    STATUS: about('STATUS', (id) => operator.analyzer(id), statusText),
    GETID: about('GETID', (id) => operator.identification(id), textOfId),
    FORCEREQ: about(
      'FORCEREQ',
      (id) => operator.readNow(id),
      () => CLASSIC_DONE.FORCEREQ,
    ),
    GETVARS: about('GETVARS', (id) => operator.legacy.vars(id), pickled),
    GETDEFS: about('GETDEFS', (id) => operator.legacy.defs(id), pickled),
    GETSTATUS: about('GETSTATUS', (id) => operator.legacy.status(id), pickled),
    GETCONF: () => pickled(operator.legacy.conf()),
    IDENT: (argument) => identify(operator, argument),
    RELOAD: () => operator.reload(false).then((answered) => textOf('RELOAD', answered, () => CLASSIC_DONE.RELOAD)),
    SHUTDOWN: () => textOf('SHUTDOWN', operator.shutdown(), () => CLASSIC_DONE.SHUTDOWN),
    HELP: () => CLASSIC_DONE.HELP,
    SETQUERY: () => CLASSIC_DONE.SETQUERY,
  };
}

const textOf = <T>(name: CommandName, answered: Answered<T>, text: (data: T) => string): string =>
  answered.ok ? text(answered.data) : refusedText(name, answered.error);

const textOfId = ({ identification }: { readonly identification: string }): string => idText(identification);

function identify(operator: Operator, argument: string): Answer {
  const id = analyzerOf(operator, argument);
  if (!id.ok) return refusedText('IDENT', id.error);
  return operator.identify(id.data, CLASSIC_IDENTIFY_MS).then((answered) => textOf('IDENT', answered, textOfId));
}

/** Here an argument is an id and nothing else: the name of an analyzer is none. */
function analyzerOf(operator: Operator, argument: string): Answered<AnalyzerId> {
  const isId = /^\d+$/.test(argument);
  const found = operator.resolve(isId ? argument.replace(/^0+(?=\d)/, '') : argument);
  if (!found.ok) return found;
  if (isId && found.data.kind === 'analyzer') return { ok: true, data: found.data.id };
  const message = `no analyzer ${argument}; expected the number of one`;
  return { ok: false, error: { code: 'NO_SUCH_ANALYZER', message, hint: '' } };
}
