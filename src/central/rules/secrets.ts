import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import { secretInFile, secretInVariable } from '../../http/secret-file.ts';

/** What the name of a secret stands for. Rejects with EXPORT_FAILED in words, without the secret. */
export type SecretOf = (name: string) => Promise<string>;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Secrets of whoever serves: the first line of the file of that name in a folder, else the variable of the environment
 * `LECTOR_SECRET_` and the name in capitals. The database holds the names alone. Read each time, so that a new one
 * counts without a restart.
 */
export function createSecrets(folder: string | null, env: Env): SecretOf {
  return async (name) => {
    const file = folder === null ? null : join(folder, name);
    const option = `the secret ${safe(name)}`;
    if (file !== null && (await isThere(file))) return secretInFile(file, option);
    const variable = variableOf(name);
    if (env[variable] !== undefined) return secretInVariable(env[variable], variable, option);
    const place = file === null ? `lector central serve --secrets FOLDER, FOLDER/${name}` : `the file ${safe(file)}`;
    const words = `${option} is not known to this centre: write it into ${place}, or set $${variable} for it`;
    throw new LectorError('EXPORT_FAILED', words);
  };
}

/** `hook-key` is `LECTOR_SECRET_HOOK_KEY`. */
const variableOf = (name: string): string => `LECTOR_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
