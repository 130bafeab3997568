import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import {
  createRowSum,
  MANIFEST_NAME,
  type Manifest,
  parseManifest,
  partOf,
  type RowSum,
  SUM_NAME,
  sameSum,
  sha256Of,
} from './manifest.ts';
import { tarPieces } from './tar.ts';

/** More than the manifest of a thousand years takes. */
const MANIFEST_MAX = 32 * 1024 * 1024;

export function refuse(words: string, cause?: unknown): LectorError {
  return new LectorError('CENTRE_REFUSED', words, {}, cause);
}

/** Reads a backup whole and checks every row against the manifest. Rejects CENTRE_REFUSED in words. */
export async function verifyBackup(file: string): Promise<Manifest> {
  try {
    return await verify(file);
  } catch (error) {
    throw refuse(`${file} is not restored, for it is not a whole backup: ${reasonOf(error)}`, error);
  }
}

async function verify(file: string): Promise<Manifest> {
  const sums = new Map<string, RowSum>();
  const texts = new Map([
    [MANIFEST_NAME, ''],
    [SUM_NAME, ''],
  ]);
  for await (const { name, bytes } of tarPieces(unpacked(file))) {
    const part = partOf(name);
    const text = texts.get(name);
    if (part !== null) sumOf(sums, part).add(bytes);
    else if (text !== undefined && text.length < MANIFEST_MAX) texts.set(name, text + bytes.toString('latin1'));
    else throw new Error(`it holds ${safe(name, 100)}, which no backup has`);
  }
  const text = texts.get(MANIFEST_NAME) ?? '';
  if (text === '') throw new Error('it has no manifest');
  if (texts.get(SUM_NAME) !== `${sha256Of(text)}  ${MANIFEST_NAME}\n`) throw new Error('its manifest was altered');
  const manifest = parseManifest(text);
  check(manifest, sums);
  return manifest;
}

function check({ parts }: Manifest, sums: ReadonlyMap<string, RowSum>): void {
  const known = new Set(parts.map(({ name }) => name));
  const strange = [...sums.keys()].find((name) => !known.has(name));
  if (strange !== undefined) throw new Error(`its manifest does not know the table ${strange}`);
  for (const part of parts) {
    const seen = (sums.get(part.name) ?? createRowSum()).end();
    if (sameSum(seen, part)) continue;
    throw new Error(`the rows of ${part.name} are not those that were written (${seen.rows} of ${part.rows} rows)`);
  }
}

function sumOf(sums: Map<string, RowSum>, part: string): RowSum {
  const sum = sums.get(part) ?? createRowSum();
  sums.set(part, sum);
  return sum;
}

/** The bytes of a file that is packed; what cannot be read ends them with its error. */
export async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } finally {
    source.destroy();
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
  Z_BUF_ERROR: 'it ends too early',
  Z_DATA_ERROR: 'it was altered or damaged, or it is no backup',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (error instanceof Error && error.name === 'ZodError') return 'its manifest is none that Lector wrote';
  return WORDS[code ?? ''] ?? safe(message ?? String(error));
}
