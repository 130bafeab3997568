import { relative, resolve } from 'node:path';
import { epochMs } from '../domain/units.ts';
import { backupStore, restoreStore } from '../store/backup.ts';
import { localText, zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import type { ConfigOptions, RestoreOptions } from './options.ts';

/** `lector backup FOLDER`: the data folder as it is now, also while a server writes it. Resolves with 0. */
export async function backup(options: ConfigOptions, [folder = '']: readonly string[]): Promise<number> {
  const { general } = (await configurationOf(options)).installation;
  const { files } = await backupStore(general.dataDir, resolve(folder), new Date());
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const what = files.map(({ path }) => path).join(', ');
  process.stdout.write(
    `${shown(general.dataDir)} is backed up in ${shown(resolve(folder))}: ${what}, ${sizeText(bytes)}\n`,
  );
  process.stdout.write('lector.ini, config.xml, profiles and dades are files of yours: copy them too\n');
  return 0;
}

/** `lector restore FOLDER`: a backup in the place of the data folder, while no server runs. Resolves with 0. */
export async function restore(options: RestoreOptions, [folder = '']: readonly string[]): Promise<number> {
  const { general, node } = (await configurationOf(options)).installation;
  const o = { replace: options.replace === true, now: new Date() };
  const { manifest, aside } = await restoreStore(resolve(folder), general.dataDir, o);
  const made = localText(epochMs(Date.parse(manifest.made)), zoneOffset(node.timezone));
  process.stdout.write(`${shown(general.dataDir)} is as it was on ${made}; lector serve goes on from there\n`);
  if (aside.length > 0) process.stdout.write(`what was there is kept beside it: ${aside.join(', ')}\n`);
  return 0;
}

/** A path as a person in the working folder would write it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

const sizeText = (bytes: number): string =>
  bytes < 10_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.ceil(bytes / 1_000_000)} MB`;
