import { configDefaults, defineConfig } from 'vitest/config';
import { APART } from './test/support/apart.ts';

const ALL = 'test/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/support/shared-folder.ts'],
    setupFiles: ['test/support/ends.ts'],
    // Real ptys, child processes and lmdb share two cores: one worker a core keeps their timing honest.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'together', include: [ALL], exclude: [...configDefaults.exclude, ...APART], isolate: false },
      },
      {
        extends: true,
        test: { name: 'apart', include: [...APART] },
      },
    ],
  },
});
