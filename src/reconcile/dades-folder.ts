import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LectorError } from '../domain/errors.ts';

/** Of one analyzer and day, the files in their order: a new set of columns begins another. */
export type DadesFiles = { readonly day: string; readonly paths: readonly string[] };
export type DadesAnalyzer = {
  readonly id: number;
  /** The model by the first word of what the meter said it is; '' where it is not known. */
  readonly model: string;
  /** What the meter said it is, of `analitzador.dat`; '' where it is not known. */
  readonly identification: string;
  readonly days: readonly DadesFiles[];
};

const NAME = /^(\d{8})(?:-(\d{1,3}))?\.txt$/;
/** A day has at most some thousand lines: what is larger is no such file. */
export const FILE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * What lies in a folder of daily files, `<folder>/<analyzer>/YYYYMMDD.txt`, by analyzer and day.
 *
 * @throws LectorError USAGE in words where there is none.
 */
export async function findDades(folder: string): Promise<readonly DadesAnalyzer[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new LectorError('USAGE', `--dades: ${folder} cannot be read; name the folder of localFile`, {}, cause);
  });
  const ids = names.filter((name) => /^\d{1,5}$/.test(name)).map(Number);
  const found = await Promise.all(ids.sort((a, b) => a - b).map((id) => analyzerIn(folder, id)));
  const some = found.filter(({ days }) => days.length > 0);
  if (some.length > 0) return some;
  const expected = `${join(folder, 'ANALYZER', 'YYYYMMDD.txt')}`;
  throw new LectorError('USAGE', `--dades: expected files such as ${expected}, saw none; name the folder of localFile`);
}

async function analyzerIn(folder: string, id: number): Promise<DadesAnalyzer> {
  const own = join(folder, String(id));
  const names = await readdir(own).catch(() => [] as string[]);
  const files = names.flatMap((name) => {
    const [, day, number = '1'] = NAME.exec(name) ?? [];
    return day === undefined ? [] : [{ day, number: Number(number), path: join(own, name) }];
  });
  const days = Map.groupBy(
    files.sort((a, b) => a.day.localeCompare(b.day) || a.number - b.number),
    ({ day }) => day,
  );
  const identification = await identificationIn(own);
  return {
    ...{ id, identification, model: /^\w[\w-]*/.exec(identification)?.[0] ?? '' },
    days: [...days].map(([day, each]) => ({ day, paths: each.map(({ path }) => path) })),
  };
}

/** What stands before the tab; the rest is when that was written. */
async function identificationIn(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'analitzador.dat'), 'latin1').catch(() => '');
  return text.split('\t')[0]?.trim() ?? '';
}

/** The text of a daily file. Rejects in words when it cannot be one. */
export async function readDades(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) throw new LectorError('USAGE', `${path} has ${size} bytes: it is no daily file`);
  return readFile(path, 'latin1');
}
