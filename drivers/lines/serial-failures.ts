import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { LectorError } from '../../src/domain/errors.ts';
import { listSerialPorts } from './serial-ports.ts';

/**
 * What the library's texts mean: it gives no codes when a port cannot be opened, but the words of strerror() (Linux,
 * macOS) or its own (Windows).
 */
const ERRNO_OF_TEXT: readonly (readonly [RegExp, string])[] = [
  [/cannot lock port/i, 'EBUSY'],
  [/resource busy|temporarily unavailable|access denied/i, 'EBUSY'],
  [/no such file|file not found/i, 'ENOENT'],
  [/no such device/i, 'ENODEV'],
  [/permission denied|operation not permitted/i, 'EACCES'],
  [/inappropriate ioctl|is a directory/i, 'ENOTTY'],
  [/too many open files/i, 'EMFILE'],
  [/bad file descriptor/i, 'EBADF'],
  [/invalid argument|not supported|baud rate/i, 'EINVAL'],
  [/input\/output error/i, 'EIO'],
];

/** The system's name of an error ("ENOENT"), from its code where it has one, else from its words; "EUNKNOWN". */
export function errnoOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return code;
  const text = error instanceof Error ? error.message : String(error);
  return ERRNO_OF_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'EUNKNOWN';
}

/** What a person types; the user's name follows. */
const DIALOUT = 'sudo usermod -aG dialout';

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'USER';
  }
}

/**
 * Who holds the lock on a port, from /proc/locks: "minicom (process 812)". null when nobody does or nobody tells.
 * A line there is `1: FLOCK ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF`.
 */
async function holderOf(path: string): Promise<string | null> {
  const { ino } = await stat(path);
  const locks = await readFile('/proc/locks', 'utf8');
  const held = locks.split('\n').find((line) => line.includes(' FLOCK ') && line.includes(`:${ino} `));
  const pid = Number(held?.trim().split(/\s+/)[4]);
  if (!(pid > 0)) return null;
  if (pid === process.pid) return `this program (process ${pid})`;
  return `${await commandOf(pid)} (process ${pid})`;
}

/** What was started, such as "node lector serve": the kernel's own name of a Node program is only "MainThread". */
async function commandOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const words = text.split('\0').filter((word) => word !== '' && !word.startsWith('-'));
  return words.length === 0 ? 'a program' : words.slice(0, COMMAND_WORDS).map(shortWord).join(' ');
}

const COMMAND_WORDS = 3;
const WORD_MAX = 30;
const shortWord = (word: string): string => basename(word).slice(0, WORD_MAX);

async function missing(path: string): Promise<string> {
  const ports = await listSerialPorts();
  const known = ports.length === 0 ? 'this machine has none' : `this machine has ${ports.join(', ')}`;
  return `expected the serial port ${path}, which is not there: plug the adapter in, or correct the name; ${known}`;
}

async function busy(path: string): Promise<string> {
  const holder = await holderOf(path).catch(() => null);
  const who = holder ?? 'another program';
  return `serial port ${path} is in use by ${who}: end that program, or give Lector a port of its own`;
}

async function words(path: string, baud: number, errno: string, error: unknown): Promise<string> {
  const said = error instanceof Error ? error.message : String(error);
  switch (errno) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return missing(path);
    case 'EBUSY':
    case 'EAGAIN':
      return busy(path);
    case 'EACCES':
    case 'EPERM':
      return `no permission for ${path}: add the user to group dialout: ${DIALOUT} ${userName()}, then log in again`;
    case 'ENOTTY':
    case 'EISDIR':
      return `expected a serial port, saw ${path}, which is none: correct the name of the port`;
    case 'EINVAL':
      return `${path} refuses ${baud} baud or its other settings (${said}): correct <baud>, <bits>, <parity> or <stop>`;
    case 'EMFILE':
    case 'ENFILE':
      return `${path} cannot be opened: too many files are open on this machine; raise the limit (ulimit -n)`;
    case 'EIO':
      return `serial port ${path} is there but its driver fails (${said}): unplug the adapter and plug it in again`;
    default:
      return `serial port ${path} cannot be opened: ${said}`;
  }
}

/** LINE_OPEN_FAILED with the remedy; facts: port, errno (the system's name of the error). */
export async function openFailure(path: string, baud: number, error: unknown): Promise<LectorError> {
  const errno = errnoOf(error);
  return new LectorError('LINE_OPEN_FAILED', await words(path, baud, errno, error), { port: path, errno }, error);
}
