import type { LaggedEvent, PlantEvent } from './events.ts';
import type { Answered } from './operator.ts';
import { plain } from './plain.ts';
import type { IsoTime } from './views.ts';

/** Answers that carry the predecessor's mappings, which JSON has no words for. */
const WITH_MAPPINGS: ReadonlySet<string> = new Set(['GETDEFS', 'GETCONF']);

// JSON.stringify leaves these as they are; outside of texts none of them occurs
const RAW = /[\u007f-\u009f\u2028\u2029]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line: control characters and half surrogates escaped, NaN and Infinity null, numbers unrounded. */
function line(value: unknown): string {
  return `${JSON.stringify(value).replace(RAW, escaped)}\r\n`;
}

/**
 * The answer to a command, ended by CR LF. `command` is the name as it was asked; empty for a line that had none. `at`
 * is when what is answered was so, by the server's clock; a refusal has none.
 * Never throws: what JSON cannot hold is answered UNEXPECTED.
 */
export function answerLine(command: string, answered: Answered<unknown>, at?: IsoTime): string {
  if (!answered.ok) return line({ ok: false, command, error: answered.error });
  try {
    const data = WITH_MAPPINGS.has(command) ? plain(answered.data) : answered.data;
    return line({ ok: true, command, at, data });
  } catch (error) {
    const message = `the answer cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    const hint = 'this is a bug of Lector, details in the log';
    return line({ ok: false, command, error: { code: 'UNEXPECTED', message, hint } });
  }
}

/** A pushed event, ended by CR LF: made once, sent to every subscriber. */
export function eventLine(event: PlantEvent | LaggedEvent): string {
  return line({ event: event.event, data: event.data });
}
