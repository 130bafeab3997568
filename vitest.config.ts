import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { APART } from './test/support/apart.ts';

const ALL = 'test/**/*.test.ts';
/** Files that take far longer than their size tells, by which they would be begun last, and then be waited for alone. */
const LONG = /test\/simulation\//;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((each) => !isLong(each))];
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/shared-folder.ts'],
    setupFiles: ['test/support/ends.ts'],
    // Real ptys, child processes and lmdb share two cores: one worker a core keeps their timing honest.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        test: { name: 'together', include: [ALL], exclude: [...configDefaults.exclude, ...APART], isolate: false },
      },
      { extends: true, test: { name: 'apart', include: [...APART] } },
    ],
  },
});
