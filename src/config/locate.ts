import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LectorError } from '../domain/errors.ts';

const SYSTEM_FOLDER = '/etc/lector';

export type Located = { readonly configFile: string; readonly iniFile: string | null };

/**
 * Where the configuration is: the options, LECTOR_CONFIG and LECTOR_INI, the working folder, /etc/lector; each file by
 * itself. What is named is not looked at here; lector.ini may be missing, then every default holds.
 *
 * @throws LectorError CONFIG_INVALID when there is no config.xml anywhere.
 */
export function locateConfig(
  options: { readonly config?: string; readonly ini?: string },
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Located {
  const configFile = find(options.config ?? env.LECTOR_CONFIG, 'config.xml', cwd);
  if (configFile !== null) return { configFile, iniFile: find(options.ini ?? env.LECTOR_INI, 'lector.ini', cwd) };
  throw new LectorError(
    'CONFIG_INVALID',
    `expected config.xml in ${cwd} or ${SYSTEM_FOLDER}, saw none; go to the folder where it is, give --config FILE, ` +
      `or begin with a copy of the shipped one${shipped()}`,
  );
}

/** Where the shipped configuration is: above this file, which lies at another depth in a clone than when built. */
function shipped(): string {
  const places = ['../../config.xml', '../../../config.xml'].map((way) => fileURLToPath(new URL(way, import.meta.url)));
  const file = places.find((each) => existsSync(each));
  return file === undefined ? '' : `: ${file}`;
}

function find(named: string | undefined, name: string, cwd: string): string | null {
  if (named !== undefined && named !== '') return resolve(cwd, named);
  const places = [join(cwd, name), join(SYSTEM_FOLDER, name)];
  return places.find((file) => existsSync(file)) ?? null;
}
