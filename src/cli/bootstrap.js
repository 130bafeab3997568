// Plain JavaScript: this runs before anything is installed, on whatever Node the machine has (18 and later).
import {
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of package.json, in a clone and in an installed package alike. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = ['src', 'machines', 'drivers', 'tui'];
const SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];
/** What is to be installed, and what is. */
const WANTED = 'package-lock.json';
const PRESENT = 'node_modules/.package-lock.json';
/** Data that the compiled code reads from beside itself. */
const ASSETS = ['drivers/profiles'];
const FINGERPRINT = '.fingerprint';
const ORPHAN_CHECK_MS = 300;
const END_MS = 500;

/**
 * Loaded when a process is started and not before: a command that starts none must be quick.
 * @returns {typeof import('node:child_process')}
 */
const childProcess = () => createRequire(import.meta.url)('node:child_process');

/**
 * Installs and builds what is missing or older than its sources, with one plain line for each on stderr.
 * @param {string} [root]
 */
export function prepare(root = ROOT) {
  // what was built from these sources with these packages needs no closer look
  if (!stale(root)) return;
  ensureInstalled(root);
  if (stale(root)) build(root);
}

/** @param {string} root */
export function ensureInstalled(root) {
  if (!installed(root)) install(root);
}

/**
 * True when node_modules holds exactly the versions of package-lock.json (packages for other platforms may lack).
 * @param {string} root
 */
export function installed(root) {
  const wanted = packagesOf(join(root, WANTED));
  const present = packagesOf(join(root, PRESENT));
  if (wanted === null || present === null) return false;
  for (const [name, entry] of Object.entries(wanted)) {
    const found = present[name];
    if (name !== '' && (found ? found.version !== entry.version : !entry.optional)) return false;
  }
  return Object.keys(present).every((name) => wanted[name] !== undefined);
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | null}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/**
 * Runs `npm ci` with the npm that runs us, under the machine's Node: the one in node_modules is about to be replaced.
 * @param {string} root
 */
function install(root) {
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty the folder of somebody else
    stop('node_modules is a link to a folder that holds other versions: remove the link, and try again.');
  }
  say('Installing what Lector needs (npm ci; only the first time and after an update) ...');
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const own = join(root, 'node_modules', '.bin');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== own);
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = {
    cwd: root,
    // stdout stays clean for what the command itself prints
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path.join(delimiter) },
    shell: !npm && process.platform === 'win32',
  };
  const done = npm
    ? childProcess().spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...flags], options)
    : childProcess().spawnSync('npm', flags, options);
  if (done.status !== 0)
    stop('npm ci failed; what it says above is the reason (no network? a proxy?). Then try again.');
}

/**
 * True when dist was not made from the sources and with the packages as they are now.
 * @param {string} root
 */
export function stale(root) {
  const file = join(root, 'dist', FINGERPRINT);
  return !existsSync(file) || readFileSync(file, 'utf8') !== fingerprint(root);
}

/**
 * Changes when any source, setting or list of packages is added, removed or touched.
 * @param {string} root
 */
export function fingerprint(root) {
  /** @type {string[]} */
  const lines = [];
  const add = (/** @type {string} */ path) => {
    const stats = statSync(join(root, path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    else if (stats) lines.push(`${path}:${stats.size}:${stats.mtimeMs}\n`);
  };
  for (const path of [...SETTINGS, WANTED, PRESENT, ...SOURCES]) add(path);
  return lines.join('');
}

/**
 * Compiles into a folder beside dist and swaps it in, so that a running Lector never sees half a build.
 * @param {string} root
 */
export function build(root) {
  say('Building Lector ...');
  const fresh = fingerprint(root);
  const out = join(root, `.build-${process.pid}`);
  const compiled = runTool(root, 'typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', out]);
  if (compiled !== 0) {
    rmSync(out, { recursive: true, force: true });
    stop('the sources do not compile; see above.');
  }
  const cli = join(out, 'src', 'cli');
  bundle(root, cli, 'ctl.js', { packages: 'external' });
  bundle(root, cli, 'top.js', SCREEN);
  // what the screen is made of is in its bundle
  rmSync(join(out, 'tui'), { recursive: true, force: true });
  for (const folder of ASSETS) {
    const json = (/** @type {string} */ path) => !path.endsWith('.ts');
    if (existsSync(join(root, folder)))
      cpSync(join(root, folder), join(out, folder), { recursive: true, filter: json });
  }
  writeFileSync(join(out, FINGERPRINT), fresh);
  const old = `${out}-old`;
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
  renameSync(out, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
}

/**
 * The screen with its packages: React is the quick one whatever the environment says, its tools for developers are not
 * loaded, and what packages of CommonJS require is found.
 * @type {import('esbuild').BuildOptions}
 */
const SCREEN = {
  external: ['react-devtools-core'],
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);" },
};

/**
 * Joins a compiled module with all that it loads, in its own folder: finding forty small files takes longer than a
 * command does. What it loads later stays a file of its own.
 * @param {string} root
 * @param {string} folder
 * @param {string} file
 * @param {import('esbuild').BuildOptions} options
 */
function bundle(root, folder, file, options) {
  // else its service would stay beside a Lector that runs for years
  process.env.ESBUILD_WORKER_THREADS = '0';
  /** @type {typeof import('esbuild')} */
  const esbuild = createRequire(join(root, 'package.json'))('esbuild');
  esbuild.buildSync({
    entryPoints: [join(folder, file)],
    outdir: folder,
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
    // a default of the environment that is known already
    logOverride: { 'assign-to-define': 'silent' },
    ...options,
  });
}

/**
 * Runs a tool of node_modules on the project's Node and waits for it.
 * @param {string} root
 * @param {string} script path under node_modules
 * @param {readonly string[]} args
 * @returns {number} its exit code
 */
export function runTool(root, script, args) {
  const path = join(root, 'node_modules', script);
  return childProcess().spawnSync(projectNode(root), [path, ...args], { cwd: root, stdio: 'inherit' }).status ?? 1;
}

/**
 * The Node that the project brings along as a devDependency, or the one that runs us where there is none.
 * @param {string} root
 */
export function projectNode(root) {
  const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(node) ? node : process.execPath;
}

/**
 * Runs a program on this terminal until it ends; resolves with its exit code. A terminal sends Ctrl+C to every process
 * in it, so it is passed on only where there is no terminal; SIGTERM and SIGHUP always are.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function runForeground(program, args, env = process.env) {
  const child = childProcess().spawn(program, args, { stdio: 'inherit', env });
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    if (signal !== 'SIGINT' || !onTerminal) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  // npm tells only its shell to end, and that ends without a word: an orphan takes it as meant for itself
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, ORPHAN_CHECK_MS);
  watch.unref();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1)));
  });
}

/**
 * Ends a finished command that goes on for a moment all the same. process.exit() waits for every thread, also for one
 * that hangs in the system (a port whose driver hangs, a pipe that nobody reads): then a kill from outside ends it.
 */
export function endSoon() {
  setTimeout(() => {
    if (process.platform !== 'win32') {
      const kill = `sleep 0.5; kill -9 ${process.pid}`;
      childProcess().spawn('/bin/sh', ['-c', kill], { detached: true, stdio: 'ignore' }).unref();
    }
    process.exit();
  }, END_MS).unref();
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * @param {string} text
 * @returns {never}
 */
function stop(text) {
  say(`lector: ${text}`);
  process.exit(1);
}
