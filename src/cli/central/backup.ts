import { resolve } from 'node:path';
import { backupCentre } from '../../central/backup/backup.ts';
import type { Manifest } from '../../central/backup/manifest.ts';
import { restoreCentre } from '../../central/backup/restore.ts';
import { safe } from '../../domain/safe.ts';
import type { PlaceOptions } from './options.ts';
import { withCentre } from './place.ts';
import { counted, printDone } from './print.ts';

type Words = readonly string[];

/** `lector central backup FILE`: everything, of one instant, while the centre goes on. */
export function backup(options: PlaceOptions, [file = '']: Words): Promise<number> {
  return withCentre(options, async ({ database }) => {
    const { bytes, manifest, file: path } = await backupCentre(database.pool, resolve(file));
    const records = recordsIn(manifest);
    const words = `${safe(path)} holds ${counted(records, 'record')} as of ${manifest.at}, ${sizeText(bytes)}`;
    const secret = 'it holds who may deliver too: keep it where only you can read it';
    printDone(options, `${words}; ${secret}`, { file: path, bytes, at: manifest.at, records });
    return 0;
  });
}

/** `lector central restore FILE`: into a database that holds nothing yet. */
export function restore(options: PlaceOptions, [file = '']: Words): Promise<number> {
  return withCentre(
    options,
    async ({ database }) => {
      const manifest = await restoreCentre(database.pool, resolve(file));
      await database.migrate();
      const records = recordsIn(manifest);
      printDone(options, `${counted(records, 'record')} as of ${manifest.at} restored`, { at: manifest.at, records });
      return 0;
    },
    { migrates: false },
  );
}

/** Rows of the partitions of records. */
const recordsIn = ({ parts }: Manifest): number =>
  parts.reduce((sum, { partition, rows }) => sum + (partition?.of === 'records' ? rows : 0), 0);

const sizeText = (bytes: number): string =>
  bytes < 10_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.ceil(bytes / 1_000_000)} MB`;
