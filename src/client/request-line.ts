import { LectorError } from '../domain/errors.ts';
import { safe } from '../domain/safe.ts';

/** Longest line that a server takes, bytes. */
export const REQUEST_BYTES_MAX = 4096;

// what would end the request, or the line, where the caller did not mean it
const FORBIDDEN = /[;\p{Cc}]/u;

/** `$STATUS@1;` and its line end. Throws USAGE for what cannot be sent. */
export function requestLine(command: string, argument?: string): string {
  if (!/^[A-Za-z]+$/.test(command)) throw new LectorError('USAGE', `a command is a word, not "${safe(command, 40)}"`);
  if (argument !== undefined && FORBIDDEN.test(argument)) {
    const shown = command.toUpperCase() === 'AUTH' ? '' : `: "${safe(argument, 60)}"`;
    throw new LectorError('USAGE', `the argument of ${command} may not hold ";" or control characters${shown}`);
  }
  const line = `$${command}${argument === undefined || argument === '' ? '' : `@${argument}`};\r`;
  if (Buffer.byteLength(line) <= REQUEST_BYTES_MAX) return line;
  throw new LectorError('USAGE', `the argument of ${command} is too long: at most ${REQUEST_BYTES_MAX} bytes in all`);
}
