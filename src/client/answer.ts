import { LectorError } from '../domain/errors.ts';
import type { Refusal } from '../protocol/operator.ts';
import type { IsoTime } from '../protocol/views.ts';

type AnswerLine =
  | { readonly ok: true; readonly command: string; readonly at?: unknown; readonly data: unknown }
  | { readonly ok: false; readonly command: string; readonly error: Refusal };

/** What an answer's line says of the command that was asked. */
export type Answer =
  /** `at`: the server's clock then; null: it does not tell. */
  | { readonly kind: 'done'; readonly data: unknown; readonly at: IsoTime | null }
  | { readonly kind: 'refused'; readonly error: LectorError }
  /** It answers something else: nothing more can be trusted on its connection. */
  | { readonly kind: 'crossed'; readonly error: LectorError };

/** Reads a line of the JSON dialect: the server's refusal becomes a COMMAND_REFUSED that carries its code and hint. */
export function readAnswer(command: string, line: string): Answer {
  const answer = parsed(line);
  const own = answer?.command === command.toUpperCase();
  if (answer?.ok === true && own) return { kind: 'done', data: answer.data, at: timeIn(answer.at) };
  if (answer?.ok === false) return { kind: own ? 'refused' : 'crossed', error: refusal(answer.error) };
  const message = `the server answered ${command} with something else; nothing more is asked on this connection`;
  return { kind: 'crossed', error: new LectorError('SERVER_SILENT', message, { reason: 'crossed' }) };
}

const timeIn = (at: unknown): IsoTime | null => (typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : null);

function refusal({ code, message, hint, details = [] }: Refusal): LectorError {
  const facts = { code, hint: hint ?? '', ...(details.length === 0 ? {} : { details: details.join('\n') }) };
  return new LectorError('COMMAND_REFUSED', message, facts);
}

function parsed(line: string): AnswerLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return isAnswer(value) ? value : null;
  } catch {
    return null;
  }
}

function isAnswer(value: unknown): value is AnswerLine {
  if (typeof value !== 'object' || value === null || !('command' in value)) return false;
  if ('ok' in value && value.ok === true) return 'data' in value;
  return 'error' in value && typeof value.error === 'object' && value.error !== null && 'message' in value.error;
}
