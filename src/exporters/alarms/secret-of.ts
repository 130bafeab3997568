import type { SecretPlace } from '../../domain/alarm-rules.ts';
import { readSecret } from '../http/secret.ts';

/**
 * The secret of an action, read where it stands; null: it has none. `name`: of its options in the file.
 *
 * @throws LectorError EXPORT_FAILED in words, without the secret.
 */
export async function secretOf(place: SecretPlace | null, name: string): Promise<string | null> {
  if (place === null) return null;
  return readSecret(place.kind === 'file' ? { [`${name}_file`]: place.path } : { [`${name}_env`]: place.name }, name);
}
