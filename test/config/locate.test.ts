import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { locateConfig } from '../../src/config/locate.ts';
import { tempFolder } from './sample.ts';

function folderWith(...names: readonly string[]): string {
  const folder = tempFolder();
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

describe('where the configuration is looked up', () => {
  const folder = folderWith('config.xml', 'lector.ini');
  const env = { LECTOR_CONFIG: '/env/config.xml', LECTOR_INI: '/env/lector.ini' };

  it.each([
    {
      what: 'the options come first',
      options: { config: '/opt/c.xml', ini: '/opt/l.ini' },
      env,
      found: { configFile: '/opt/c.xml', iniFile: '/opt/l.ini' },
    },
    {
      what: 'then the environment',
      options: {},
      env,
      found: { configFile: '/env/config.xml', iniFile: '/env/lector.ini' },
    },
    {
      what: 'then the working folder',
      options: {},
      env: { LECTOR_CONFIG: '' },
      found: { configFile: join(folder, 'config.xml'), iniFile: join(folder, 'lector.ini') },
    },
    {
      what: 'each file by itself',
      options: { config: 'sub/c.xml' },
      env: {},
      found: { configFile: join(folder, 'sub/c.xml'), iniFile: join(folder, 'lector.ini') },
    },
  ])('$what', ({ options, env, found }) => {
    expect(locateConfig(options, env, folder)).toEqual(found);
  });

  it.skipIf(existsSync('/etc/lector'))('there may be no lector.ini', () => {
    expect(locateConfig({}, {}, folderWith('config.xml')).iniFile).toBeNull();
  });

  it.skipIf(existsSync('/etc/lector'))('without a config.xml it says where it looked', () => {
    const empty = tempFolder();
    mkdirSync(join(empty, 'x'));
    const shipped = fileURLToPath(new URL('../../config.xml', import.meta.url));
    expect(() => locateConfig({}, {}, empty)).toThrow(
      `expected config.xml in ${empty} or /etc/lector, saw none; go to the folder where it is, give --config FILE, ` +
        `or begin with a copy of the shipped one: ${shipped}`,
    );
  });
});
