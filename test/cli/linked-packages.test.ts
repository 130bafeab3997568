import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const BOOTSTRAP = fileURLToPath(new URL('../../src/cli/bootstrap.js', import.meta.url));
let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('packages behind a link are those of somebody else: nothing is installed over them', () => {
  folder = mkdtempSync(join(tmpdir(), 'lector-linked-'));
  const [clone, theirs] = [join(folder, 'clone'), join(folder, 'theirs')];
  for (const each of [clone, theirs]) mkdirSync(each);
  writeFileSync(join(theirs, 'kept'), '');
  writeFileSync(join(clone, 'package-lock.json'), '{ "packages": { "node_modules/x": { "version": "1.0.0" } } }');
  symlinkSync(theirs, join(clone, 'node_modules'));
  const [from, root] = [BOOTSTRAP, clone].map((path) => JSON.stringify(path));
  const program = `import { ensureInstalled } from ${from}; ensureInstalled(${root});`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(stderr).toContain('node_modules is a link to a folder that holds other versions');
  expect(status).not.toBe(0);
  expect(readdirSync(theirs)).toEqual(['kept']);
});
