import { readFileSync } from 'node:fs';
import { LectorError } from '../domain/errors.ts';

const FILE_BYTES_MAX = 64 * 1024;
const TOKEN_LENGTH_MAX = 1000;

/**
 * The tokens of `file`: one a line, blanks around it dropped, empty lines and lines that begin with # left out. Throws
 * CONFIG_INVALID where it cannot be read, has no token, or one that no client could send; no token is in the message.
 */
export function readTokens(file: string): readonly string[] {
  const lines = textOf(file).split('\n');
  const tokens = lines.flatMap((line, n) => {
    const token = line.trim();
    if (token === '' || token.startsWith('#')) return [];
    if (token.length > TOKEN_LENGTH_MAX || !/^[\x21-\x7e]+$/.test(token) || token.includes(';')) {
      const expected = `a token of 1 to ${TOKEN_LENGTH_MAX} ASCII characters without blanks and ";"`;
      throw invalid(file, `${file}:${n + 1}: expected ${expected}, saw ${token.length} characters`);
    }
    return [token];
  });
  if (tokens.length === 0) {
    throw invalid(
      file,
      `${file}: there is no token in it; write one a line, such as the output of: openssl rand -hex 24`,
    );
  }
  return tokens;
}

function textOf(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length <= FILE_BYTES_MAX) return bytes.toString('utf8').replace(/^\ufeff/, '');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw invalid(
      file,
      `cannot read token_file ${file}: ${text}; let this user read it, or leave token_file empty`,
      error,
    );
  }
  throw invalid(file, `${file}: expected a file of tokens, one a line, saw more than ${FILE_BYTES_MAX / 1024} KiB`);
}

function invalid(file: string, message: string, cause?: unknown): LectorError {
  return new LectorError('CONFIG_INVALID', message, { file }, cause);
}
