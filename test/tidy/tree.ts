import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of package.json. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type SourceFile = { readonly path: string; readonly text: string };

/** Every file below these folders of the project whose name ends in one of `endings`, with '/' in its path. */
export function filesIn(folders: readonly string[], endings: readonly string[] = ['.ts', '.tsx', '.js']): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path: path.slice(ROOT.length).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

/** The folders of the project that hold code which ships; those that exist. */
export const CODE = ['src', 'machines', 'drivers', 'tui'].filter((folder) =>
  readdirSync(ROOT, { withFileTypes: true }).some((entry) => entry.isDirectory() && entry.name === folder),
);
