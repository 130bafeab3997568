import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The environment variable that names a folder for what the tests of one run make once and share. */
export const SHARED_FOLDER = 'LECTOR_TEST_SHARED';

/** Called by vitest before the run, for each project. */
export function setup(): void {
  if (process.env[SHARED_FOLDER] !== undefined) return;
  const dir = mkdtempSync(join(tmpdir(), 'lector-shared-'));
  // PostgreSQL runs as another user where the tests run as root
  chmodSync(dir, 0o711);
  process.env[SHARED_FOLDER] = dir;
  // a process of the tests that ends after this one was told writes there what it has compiled
  process.once('exit', teardown);
  // the processes that tests start compile what the first of them has compiled no more
  process.env.NODE_COMPILE_CACHE ??= join(dir, 'compiled');
}

/** Called by vitest after it for each project, whatever came of it. */
export function teardown(): void {
  const dir = process.env[SHARED_FOLDER];
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
}
