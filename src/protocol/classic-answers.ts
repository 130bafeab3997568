import { safe } from '../domain/safe.ts';
import { type CommandName, HELP_TEXT } from './commands.ts';
import { mayLoad } from './may-load.ts';
import type { Refusal } from './operator.ts';
import type { AnalyzerState, AnalyzerView } from './views.ts';

/** Answers that are always the same; each is ended by one CR when it is sent, as Latin-1. */
export const CLASSIC = {
  formatError: 'FORMAT_ERROR',
  unknownCommand: 'ERR',
  maxClients: 'MAX_CLIENTS',
  disconnected: 'DISCONNECTED!',
  notIdentified: 'INT_ERR',
  identifyFailed: 'IDENT ERROR',
  notAllowed: 'SRV_ERR 5:\tnot allowed',
} as const;

/** The answer to a command that was carried out and has no text or mapping of its own. */
export const CLASSIC_DONE = {
  QUIT: CLASSIC.disconnected,
  SHUTDOWN: CLASSIC.disconnected,
  START: 'START\tOK',
  STARTALL: 'STARTING',
  PAUSE: 'PAUSED',
  RESUME: 'RESUMED',
  RELOAD: 'RELOAD\tOK',
  FORCEREQ: 'FORCE REQUESTED',
  SETQUERY: 'NOT IMPLEMENTED',
  HELP: HELP_TEXT,
} as const satisfies Partial<Record<CommandName, string>>;

type Words = Partial<Record<Refusal['code'], string>>;

const every = (codes: readonly Refusal['code'][], words: string): Words =>
  Object.fromEntries(codes.map((code) => [code, words]));

const NOT_RUNNING = every(['NOT_STARTED', 'DISABLED'], 'IS STOPPED');

/** Refusals that the predecessor had words for; `PAUSED` of START: it runs, though it does not read. */
const REFUSED: Readonly<Record<string, Words>> = {
  START: { ALREADY_STARTED: 'ALLREADY START', PAUSED: 'ALLREADY START' },
  PAUSE: { ...NOT_RUNNING, PAUSED: CLASSIC_DONE.PAUSE },
  RESUME: { ...NOT_RUNNING, NOT_PAUSED: CLASSIC_DONE.RESUME },
  GETID: every(['NOT_READY', 'NO_SUCH_ANALYZER', 'BAD_ARGUMENT', 'DISABLED'], CLASSIC.notIdentified),
  IDENT: every(['IDENTIFY_FAILED', 'NOT_READY', 'NOT_STARTED', 'PAUSED', 'DISABLED', 'BUSY'], CLASSIC.identifyFailed),
  RELOAD: { CONFIG_INVALID: 'SRV_CONF_ERR' },
  SETQUERY: { NOT_IMPLEMENTED: CLASSIC_DONE.SETQUERY },
};

/** The answer to a command that was refused. */
export function refusedText(command: string, { code, message }: Refusal): string {
  if (code === 'NOT_ALLOWED') return CLASSIC.notAllowed;
  if (code === 'FORMAT_ERROR') return CLASSIC.formatError;
  if (code === 'UNKNOWN_COMMAND') return CLASSIC.unknownCommand;
  if (code === 'MAX_CLIENTS') return CLASSIC.maxClients;
  const words = Object.hasOwn(REFUSED, command) ? REFUSED[command] : undefined;
  return words?.[code] ?? srvErr(0, message);
}

/** A failure while serving: `SRV_ERR 0:\tno analyzer 9; there are 1, 2, 3`. */
export function srvErr(number: number, text: string): string {
  return `SRV_ERR ${number}:\t${ascii(text)}`;
}

/** STARTED: what the predecessor's clients take for running, whatever comes of it. */
const STATES = {
  connecting: 'STARTED',
  polling: 'STARTED',
  recording: 'STARTED',
  failed: 'STARTED',
  held: 'STARTED',
  paused: 'PAUSED',
  stopped: 'STOPPED',
  disabled: 'STOPPED',
} as const satisfies Record<AnalyzerState, string>;

/** `STARTED\tCOMM\t`, `STARTED\tNOCOMM\tno answer within 1000 ms`: one line of ASCII with two tabs. */
export function statusText({ state, comm, error }: Pick<AnalyzerView, 'state' | 'comm' | 'error'>): string {
  if (state === 'disabled') return 'STOPPED\tNOCOMM\tdisabled';
  return `${STATES[state]}\t${comm ? 'COMM\t' : `NOCOMM\t${error === null ? '' : ascii(error.message)}`}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * What a meter says it is, as Latin-1: control characters taken out, what Latin-1 has no character for as `?`, trailing
 * blanks kept. A text that the predecessor's clients could load as a pickle, which they try first, gets a blank in
 * front: no pickle begins with one.
 */
export function idText(identification: string): string {
  const text = identification.replace(CONTROLS, '').replace(/[^\x20-\xff]/gu, '?');
  return mayLoad(text) ? ` ${text}` : text;
}

/** Letters without their accents, anything else that is not printable ASCII as `?`; cut as texts for people are. */
function ascii(text: string): string {
  return safe(text.replace(/\s+/g, ' '))
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/gu, '?');
}
