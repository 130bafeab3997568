import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import type { Report } from './report.ts';

const OTHERS_MAY_READ = 0o004;

/** As of a file: it is asked for again when it is needed. */
export function checkVariable(variable: string, name: string, at: string, report: Report): void {
  if ((process.env[variable]?.trim() ?? '') !== '') return;
  const todo = 'set it where lector serve is started; until then nothing is sent';
  report.warn(at, `an environment variable that is set in <${name}>`, `${variable}, which is not set here`, todo);
}

/** A file that is not there yet is no reason not to read meters: it is told, and asked for when it is needed. */
export function checkFile(file: string, name: string, isSecret: boolean, at: string, report: Report): void {
  const mode = modeOf(file);
  if (mode === null) {
    const todo = 'write the file, or let the user who runs lector read it; until then nothing is sent';
    report.warn(at, `a file that can be read in <${name}>`, file, todo);
  } else if (isSecret && process.platform !== 'win32' && (mode & OTHERS_MAY_READ) !== 0) {
    report.warn(
      at,
      `a file that only its owner can read in <${name}>`,
      `${file}, which anybody can`,
      `chmod 600 ${file}`,
    );
  }
  const wrong = mode === null ? null : wrongContent(file, PEM_FILES.includes(name));
  if (wrong === null) return;
  report.warn(at, wrong.expected, `${file}, ${wrong.saw}`, 'correct it; until then nothing is sent');
}

/** A program that is named with its folder; a bare name is looked for when it is started. */
export function checkProgram(file: string, at: string, report: Report): void {
  try {
    accessSync(file, constants.X_OK);
    if (statSync(file).isFile()) return;
  } catch {
    // told below
  }
  const todo = 'correct it, or let the user who runs lector run it';
  report.warn(at, 'a program that can be run in <command>', file, todo);
}

const PEM_FILES: readonly string[] = ['ca_file', 'cert_file', 'key_file'];
/** Longest files that a secret and a certificate are looked for in. */
const [SECRET_BYTES_MAX, PEM_BYTES_MAX] = [4096, 1_000_000];

/** What is wrong with what it holds; null: nothing, or nobody knows. Only plain files are looked into. */
function wrongContent(file: string, isPem: boolean): { readonly expected: string; readonly saw: string } | null {
  const expected = isPem ? 'a file with PEM (-----BEGIN ...)' : 'a file with the secret on its first line';
  const most = isPem ? PEM_BYTES_MAX : SECRET_BYTES_MAX;
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return null;
    if (stats.size > most) return { expected, saw: `which has more than ${most} bytes` };
    const text = readFileSync(file, 'latin1');
    if (isPem) return text.includes('-----BEGIN ') ? null : { expected, saw: 'which holds none' };
    const [line = ''] = text.split('\n');
    return line.trim() === '' ? { expected, saw: 'whose first line is empty' } : null;
  } catch {
    return null;
  }
}

function modeOf(file: string): number | null {
  try {
    accessSync(file, constants.R_OK);
    const stats = statSync(file);
    return stats.isDirectory() ? null : stats.mode;
  } catch {
    return null;
  }
}
