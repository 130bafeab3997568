import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';

const LINKS_MAX = 40;

/**
 * Where a path leads once every symbolic link on it is followed, also where its end does not exist yet: a link that
 * dangles would be followed by whoever creates the file. null: links in a circle, or not to be looked at.
 */
export function realTarget(path: string, links = LINKS_MAX): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (links === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') return null;
  }
  const link = linkOf(path);
  if (link !== null) return realTarget(resolve(dirname(path), link), links - 1);
  const parent = dirname(path);
  if (parent === path) return path;
  const real = realTarget(parent, links);
  return real === null ? null : join(real, basename(path));
}

function linkOf(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

/** True when `path` is `folder` or lies in it; both real. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && !isAbsolute(way);
}

export type Target =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'outside'; readonly path: string }
  | { readonly kind: 'notFolder' }
  | { readonly kind: 'unreachable' };

/** A localFile target: a folder, there or not, under `base` unless `anywhere`. */
export function resolveTarget(target: string, base: string, anywhere: boolean): Target {
  const path = realTarget(resolve(base, target));
  if (path === null) return { kind: 'unreachable' };
  if (!anywhere && !isWithin(realTarget(base) ?? base, path)) return { kind: 'outside', path };
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isDirectory() ? { kind: 'notFolder' } : { kind: 'folder', path };
}
