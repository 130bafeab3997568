import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { wholeIn } from '../option-numbers.ts';

const NODE_MAX = 4_294_967_295;
const ANALYZER_MAX = 65_535;
const PORT_MAX = 65_535;

/** The id of a node as a word of the command line; throws USAGE. */
export const nodeWord = (word: string | undefined): number => whole(word, 'the id of a node', 0, NODE_MAX);
export const analyzerWord = (word: string | undefined): number => whole(word, 'the id of an analyzer', 1, ANALYZER_MAX);

export function whole(word: string | undefined, what: string, min: number, max: number): number {
  const value = wholeIn(word ?? '', min, max);
  if (value !== null) return value;
  throw new LectorError('USAGE', `expected ${what}, ${min} to ${max}; saw "${safe(word ?? '', 40)}"`);
}

/** A change that changes something. */
export function someOf<T extends object>(change: T, options: string): T {
  if (Object.keys(change).length > 0) return change;
  throw new LectorError('USAGE', `expected what to change: ${options}`);
}

/** `HOST:PORT` of a lector's control port; `none`: it is not reachable from here. */
export function lectorWord(text: string): { readonly host: string; readonly port: number } | null {
  if (text === 'none') return null;
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = wholeIn(port, 1, PORT_MAX);
  if (host !== undefined && number !== null) return { host, port: number };
  throw new LectorError(
    'USAGE',
    `expected --lector as HOST:PORT, such as 10.0.0.5:50007, or none; saw "${safe(text, 60)}"`,
  );
}
