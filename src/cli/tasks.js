// The npm scripts: plain JavaScript, because the first of them runs before anything is installed.
import { join } from 'node:path';
import { build, ensureInstalled, prepare, projectNode, ROOT, runForeground, runTool } from './bootstrap.js';

const BIOME = '@biomejs/biome/bin/biome';
const TSC = 'typescript/bin/tsc';
const VITEST = 'vitest/vitest.mjs';
const node = () => projectNode(ROOT);

/** @type {Record<string, (args: string[]) => number | void | Promise<number>>} */
const TASKS = {
  // on a terminal the screen, unless --no-top says otherwise
  start: (args) => runForeground(node(), [join(ROOT, 'src', 'cli', 'bin.js'), 'serve', '--top', ...args]),
  build: () => build(ROOT),
  lint,
  test: async (args) => lint() || (await vitest(args)),
  // only the loops of the durability tests, with their long counts
  'test:crash': (args) => vitest(['--testNamePattern', '\\bD\\d+ ', ...args], { LECTOR_TEST_CRASH: '1' }),
  bench: (args) => runForeground(node(), [join(ROOT, 'test', 'bench', 'index.ts'), ...args]),
};

const [name = '', ...args] = process.argv.slice(2);
const task = TASKS[name];
if (!task) throw new Error(`unknown task "${name}": ${Object.keys(TASKS).join(', ')}`);
process.chdir(ROOT);
if (name === 'build' || name === 'lint') ensureInstalled(ROOT);
else prepare();
process.exitCode = (await task(args)) ?? 0;

function lint() {
  process.stdout.write('Checking format and style (biome) ...\n');
  const style = runTool(ROOT, BIOME, ['check', '--error-on-warnings']);
  if (style !== 0) return style;
  process.stdout.write('Checking types (tsc) ...\n');
  return runTool(ROOT, TSC, ['-p', 'tsconfig.json']);
}

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function vitest(args, env = {}) {
  process.stdout.write('Running the tests (vitest) ...\n');
  return runForeground(node(), [join(ROOT, 'node_modules', VITEST), 'run', ...args], { ...process.env, ...env });
}
