import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Report } from './report.ts';
import { seen } from './report.ts';

/** No configuration needs more; what is larger is not read at all. */
export const FILE_BYTES_MAX = 1024 * 1024;

const LATIN: Readonly<Record<string, string>> = {
  'iso-8859-1': 'windows-1252',
  'latin-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
  'latin-9': 'iso-8859-15',
};
const UTF8 = ['utf-8', 'utf8', 'us-ascii', 'ascii'];
// what XML 1.0 allows below the blank is tab, line feed and carriage return
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/**
 * The text of a configuration file of at most 1 MiB, or null with the reason in the report. UTF-8 with or without byte
 * order mark; Latin-1 where the file declares it or where it is no UTF-8. Line ends stay as they are.
 */
export function readTextFile(file: string, shown: string, report: Report): string | null {
  const bytes = readBytes(file, shown, report);
  return bytes === null ? null : decodeText(bytes, shown, report);
}

function readBytes(file: string, shown: string, report: Report): Uint8Array | null {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) {
      report.error(shown, 'a file', stats.isDirectory() ? 'a folder' : 'something else', 'name the file itself');
      return null;
    }
    const bytes = stats.size > FILE_BYTES_MAX ? null : readUpTo(file, FILE_BYTES_MAX + 1);
    if (bytes !== null && bytes.length <= FILE_BYTES_MAX) return bytes;
    report.error(shown, 'at most 1 MiB', `${stats.size} bytes`, 'this is another file, or a damaged one');
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    report.error(shown, 'a file that can be read', WORDS[code] ?? `the error ${code}`, REMEDIES[code] ?? '');
    return null;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
};
const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'check the path, or write the file',
  EACCES: 'let the user who runs lector read it (ls -l shows who may)',
};

/** Reads until the end or `max` bytes: the size that a file claims need not be true. */
function readUpTo(file: string, max: number): Uint8Array {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(max);
    let length = 0;
    for (;;) {
      const count = readSync(handle, buffer, length, max - length, null);
      length += count;
      if (count === 0 || length === max) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(handle);
  }
}

/** As {@link readTextFile}, of bytes. */
export function decodeText(bytes: Uint8Array, shown: string, report: Report): string | null {
  const [first, second, third] = bytes;
  if (isUtf16(bytes)) {
    report.error(shown, 'UTF-8 or Latin-1', 'UTF-16', 'save it as UTF-8 (in Notepad: Save as, Encoding, UTF-8)');
    return null;
  }
  const marked = first === 0xef && second === 0xbb && third === 0xbf;
  const body = marked ? bytes.subarray(3) : bytes;
  const text = marked ? decodeUtf8(body, shown, report) : decodeDeclared(body, shown, report);
  return text === null ? null : withoutControls(text, shown, report);
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  // without a mark: every other byte of "<?" or "[G" is 0
  return bytes.length >= 4 && (first === 0) !== (second === 0) && (bytes[2] === 0) !== (bytes[3] === 0);
}

function decodeDeclared(bytes: Uint8Array, shown: string, report: Report): string | null {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/i.exec(head)?.[1]?.toLowerCase() ?? 'utf-8';
  const latin = LATIN[declared];
  if (latin !== undefined && Object.hasOwn(LATIN, declared)) return new TextDecoder(latin).decode(bytes);
  if (UTF8.includes(declared)) return decodeUtf8(bytes, shown, report);
  report.error(`${shown}:1:1`, 'encoding UTF-8 or ISO-8859-1', seen(declared), 'save it as UTF-8 and declare that');
  return null;
}

function decodeUtf8(bytes: Uint8Array, shown: string, report: Report): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('windows-1252').decode(bytes);
    const good = new TextDecoder('utf-8').decode(bytes).indexOf('\ufffd');
    const where = `${shown}:${text.slice(0, Math.max(0, good)).split(/\r\n|\r|\n/).length}`;
    report.warn(where, 'UTF-8', 'other bytes, read as Latin-1', 'save the file as UTF-8, or declare ISO-8859-1');
    return text;
  }
}

function withoutControls(text: string, shown: string, report: Report): string | null {
  const found = CONTROL.exec(text);
  if (found === null) return text;
  const line = text.slice(0, found.index).split(/\r\n|\r|\n/).length;
  const code = `0x${found[0].charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  report.error(`${shown}:${line}`, 'text', `the control character ${code}`, 'remove it; the file may be damaged');
  return null;
}
