import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint, stale } from '../../src/cli/bootstrap.js';
import { tempFolder } from '../config/sample.ts';

const FILES = [
  'package.json',
  'package-lock.json',
  'node_modules/.package-lock.json',
  'src/cli/main.ts',
  'tui/app.tsx',
];

/** A clone with a build of what is in it. */
function built(): string {
  const root = tempFolder();
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const file of FILES) write(file, file);
  write('dist/.fingerprint', fingerprint(root));
  return root;
}

describe('a build of a clone', () => {
  it('is used while nothing has changed', () => {
    expect(stale(built())).toBe(false);
  });

  it.each<[string, (root: string) => void]>([
    ['a source is changed', (root) => writeFileSync(join(root, 'src/cli/main.ts'), 'something else')],
    ['a source is saved again', (root) => utimesSync(join(root, 'src/cli/main.ts'), 1, 1)],
    ['a source is added', (root) => writeFileSync(join(root, 'src/cli/new.ts'), '')],
    ['a source is removed', (root) => rmSync(join(root, 'tui/app.tsx'))],
    ['other packages are wanted', (root) => writeFileSync(join(root, 'package-lock.json'), '{}')],
    ['other packages are installed', (root) => writeFileSync(join(root, FILES[2] ?? ''), '{}')],
    ['packages are gone', (root) => rmSync(join(root, 'node_modules'), { recursive: true })],
    ['there is none', (root) => rmSync(join(root, 'dist'), { recursive: true })],
  ])('is made anew when %s', (_title, change) => {
    const root = built();
    change(root);
    expect(stale(root)).toBe(true);
  });
});
