import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSecrets } from '../../../src/central/rules/secrets.ts';

const dir = mkdtempSync(join(tmpdir(), 'lector-secrets-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ENV = { LECTOR_SECRET_HOOK_KEY: 'of the environment', LECTOR_SECRET_EMPTY: '' };

it('a secret is the first line of the file of its name, else what the environment says', async () => {
  writeFileSync(join(dir, 'hook-key'), 'of the file\nand a second line\n');
  expect(await createSecrets(dir, ENV)('hook-key')).toBe('of the file');
  expect(await createSecrets(null, ENV)('hook-key')).toBe('of the environment');
  rmSync(join(dir, 'hook-key'));
  expect(await createSecrets(dir, ENV)('hook-key')).toBe('of the environment');
});

it.each([
  ['none', /none is not known to this centre: write it into the file .*none, or set \$LECTOR_SECRET_NONE/],
  ['empty', /LECTOR_SECRET_EMPTY .* is not set/],
  ['blank', /blank of the secret blank is empty/],
])('that of %s is told in words', async (name, words) => {
  writeFileSync(join(dir, 'blank'), '\n');
  await expect(createSecrets(dir, ENV)(name)).rejects.toThrow(words);
});
