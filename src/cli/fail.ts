import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { LectorError } from '../domain/errors.ts';
import { safe, withoutSecrets } from '../domain/safe.ts';

/** Longest sentence that an error may print. */
const MESSAGE_MAX = 4000;

/**
 * Tells a person what went wrong, on stderr: one sentence for a {@link LectorError}; for anything else also where the
 * details were put. No stack trace, unless LECTOR_DEBUG=1. Returns the exit code: 2 for a wrong command line, else 1.
 */
export function reportError(error: unknown): 1 | 2 {
  const ours = error instanceof LectorError;
  const message = error instanceof Error ? error.message : String(error);
  const details = ours ? '' : ` (unexpected; details in ${writeDetails(error)})`;
  process.stderr.write(`lector: ${lines(message)}${details}\n`);
  if (process.env.LECTOR_DEBUG === '1') process.stderr.write(`${inspect(error)}\n`);
  return ours && error.code === 'USAGE' ? 2 : 1;
}

/** Problems of a file come several to a message, one a line: line ends stay, everything else is made safe. */
function lines(message: string): string {
  return message
    .split('\n')
    .map((line) => safe(line, MESSAGE_MAX))
    .join('\n');
}

function writeDetails(error: unknown): string {
  const file = join(tmpdir(), `lector-error-${process.pid}.txt`);
  try {
    // of a URL of the command line nothing is told: a password in it need not stand where it should
    const asked = process.argv.map((each) => each.replace(/(\w:\/\/).*$/s, '$1***')).join(' ');
    const text = `${new Date().toISOString()} ${asked}\n${withoutSecrets(inspect(error))}\n`;
    // others may write in that folder: nothing that they put there is followed or kept
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    return file;
  } catch {
    return 'LECTOR_DEBUG=1';
  }
}
