import type { ExportConfig } from '../../domain/installation.ts';
import { secretInFile, secretInVariable } from '../../http/secret-file.ts';

type Options = ExportConfig['options'];

/**
 * The secret of a destination: the first line of `<name>_file`, else the variable that `<name>_env` names; null when
 * it has neither. Read each time, so that a new one counts without a restart.
 *
 * @throws LectorError EXPORT_FAILED in words, without the secret.
 */
export async function readSecret(options: Options, name: string): Promise<string | null> {
  const file = options[`${name}_file`];
  if (file !== undefined && file !== '') return secretInFile(file, `<${name}_file>`);
  const variable = options[`${name}_env`];
  if (variable === undefined || variable === '') return null;
  return secretInVariable(process.env[variable], variable, `<${name}_env>`);
}
