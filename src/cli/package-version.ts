import { readFileSync } from 'node:fs';

/** The version in the package.json above this file, which lies at another depth in a clone than when built. */
export function packageVersion(): string {
  for (const above of ['../../package.json', '../../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(above, import.meta.url), 'utf8')).version;
    } catch {}
  }
  return '(version unknown)';
}
