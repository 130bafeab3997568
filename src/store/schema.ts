import { LectorError } from '../domain/errors.ts';
import { decodeJson, encodeJson } from './codec.ts';
import type { Environment, Writes } from './environment.ts';
import { SCHEMA_KEY, SCHEMA_VERSION } from './keys.ts';

/** Changes that bring a store of version n to n + 1, by n. Each is one commit together with the new version. */
const UPGRADES: Readonly<Record<number, (environment: Environment, writes: Writes) => void>> = {};

/** Brings the store to our version, or refuses one of a later Lector in words (STORE_FAILED). */
export async function settleSchema(environment: Environment, path: string): Promise<void> {
  const found = decodeJson<number>(environment.get('root', SCHEMA_KEY));
  if (found === SCHEMA_VERSION) return;
  if (found !== null && found > SCHEMA_VERSION) {
    throw new LectorError(
      'STORE_FAILED',
      `the store in ${path} was written by a later Lector (version ${found} of the store, this one knows up to ` +
        `${SCHEMA_VERSION}); install that Lector again, or choose another data_dir`,
      { version: found, known: SCHEMA_VERSION },
    );
  }
  for (let from = found ?? SCHEMA_VERSION - 1; from < SCHEMA_VERSION; from += 1) {
    await environment.commit((writes) => {
      // a new store has nothing to change
      if (found !== null) UPGRADES[from]?.(environment, writes);
      writes.put('root', SCHEMA_KEY, encodeJson(from + 1));
    });
  }
}
