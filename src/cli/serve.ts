import { join } from 'node:path';
import { listSerialPorts } from '../../drivers/lines/serial-ports.ts';
import { createApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import { type Loaded, loadInstallation } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import { createControl } from '../control/control.ts';
import { readTokens } from '../control/tokens.ts';
import { LectorError } from '../domain/errors.ts';
import type { Installation } from '../domain/installation.ts';
import { type Problem, problemText } from '../domain/problem.ts';
import type { Store } from '../domain/store-port.ts';
import { epochMs } from '../domain/units.ts';
import { watchLag } from '../lag-watch.ts';
import { linesUse } from '../line-use.ts';
import { createLog, type LogHandle } from '../log/create-log.ts';
import { tapLog } from '../log/tap.ts';
import type { Outside } from '../observation.ts';
import { openStateFile } from '../store/state-file.ts';
import { openStore } from '../store/store.ts';
import { localText, zoneOffset } from '../zone.ts';
import { verdictText } from './check-text.ts';
import { endOnCrash } from './crash.ts';
import type { ServeOptions } from './options.ts';
import { packageVersion } from './package-version.ts';
import { onStopRequest } from './stop-signals.ts';

/** `lector serve`: reads and records in the foreground until it is told to stop. Resolves with the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const loaded = await load(options);
  const { general, node } = loaded.installation;
  const offsetAt = zoneOffset(node.timezone);
  const log = createLog({
    level: general.logLevel,
    dir: general.logDir,
    terminal: process.stdout.isTTY === true,
    timeText: (at) => localText(epochMs(at.getTime()), offsetAt),
  });
  const calm = endOnCrash(log);
  try {
    return await run(loaded, log);
  } finally {
    await log.close();
    calm();
  }
}

type LoadedFiles = Loaded & { readonly warnings: readonly string[] };

async function load(options: ServeOptions): Promise<LoadedFiles> {
  const located = locateConfig(options, process.env, process.cwd());
  const parsed = await readFiles(located);
  if (parsed.ok) return { ...parsed.value, warnings: parsed.warnings.map(warningText) };
  const sentences = parsed.problems.map(problemText).join('\n');
  throw new LectorError('CONFIG_INVALID', `the configuration cannot be used:\n${sentences}`);
}

/** The two files as they are now. */
const readFiles = async (located: ReturnType<typeof locateConfig>) =>
  loadInstallation({ ...located, serialPorts: await listSerialPorts(), platform: process.platform });

/** The line of the log says by its level that it is a warning. */
const warningText = (problem: Problem): string => problemText({ ...problem, severity: 'error' });

async function run(loaded: LoadedFiles, handle: LogHandle): Promise<number> {
  const { installation } = loaded;
  const { general, control: settings } = installation;
  const clock = systemClock();
  const log = tapLog(handle, general.logLevel, clock.now);
  const tokens = settings.tokenFile === null ? [] : readTokens(settings.tokenFile);
  // from here on a stop is in order, whatever is half begun
  const stopping = stopRequest(log);
  const { dataDir } = general;
  const store = await openStore({ dir: dataDir, clock, log });
  const state = await openStateFile(join(dataDir, 'state.json'), log);
  const outside: Outside = {
    version: packageVersion(),
    runtime: `node ${process.versions.node}`,
    pid: process.pid,
    readFiles: () => readFiles(installation),
    shutdown: () => stopping.ask('asked to stop over the control port'),
  };
  const app = createApp({ ...loaded, clock, random: Math.random, log, store, state, outside });
  log.listen(({ level, text }) => app.logged(level, text));
  const control = createControl({ settings, tokens, operator: app.operator, clock, log });
  const lag = watchLag(clock, log);
  for (const warning of loaded.warnings) log.warn({}, warning);
  sayWhatDoesNotFit(loaded, log);
  log.info({}, greeting(loaded));
  await control.start();
  await app.start();
  await stopping.first;
  await app.stop();
  await control.stop();
  lag.stop();
  try {
    sayWhatIsOpen(store, app.fleet().installation, log);
  } catch (error) {
    log.warn({ error }, 'what the store holds cannot be read');
  }
  await store.close();
  stopping.end();
  log.info({}, 'stopped');
  return 0;
}

function greeting({ installation }: Loaded): string {
  const { node, configFile, general } = installation;
  const devices = installation.devices.filter((device) => device.enabled);
  const analyzers = installation.analyzers.filter((each) => devices.some(({ id }) => id === each.deviceId));
  const name = node.name === '' ? `node ${node.id}` : node.name;
  const what = `${counted(analyzers.length, 'analyzer')} on ${counted(devices.length, 'device')} of ${name}`;
  const folders = new Set(analyzers.flatMap((each) => each.exports.flatMap(({ path }) => path ?? [])));
  const where = [...folders, general.dataDir].join(', ');
  return `Lector reads ${what} (${configFile}) and keeps records in ${where}; Ctrl+C stops it`;
}

/** Reading goes on all the same; which readings come late is then for the schedule to say. */
function sayWhatDoesNotFit({ installation, profiles }: Loaded, log: LogHandle): void {
  for (const { id, verdict, load, remedy } of linesUse(installation, profiles)) {
    if (verdict === 'doesNotFit') log.warn({ device: id, load }, `device ${id} ${verdictText(verdict, load, remedy)}`);
  }
}

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** The first wish to stop resolves `first`; a second signal ends the process at once. */
function stopRequest(log: LogHandle): StopRequest {
  const wish = Promise.withResolvers<void>();
  const end = onStopRequest(({ signal, press }) => {
    if (press === 1) {
      log.info({ signal }, 'asked to stop');
      wish.resolve();
      // an exit in order would wait for a driver or a pipe that hangs
    } else process.kill(process.pid, 'SIGKILL');
  });
  const ask = (words: string) => {
    log.info({}, words);
    wish.resolve();
  };
  return { first: wish.promise, ask, end };
}

type StopRequest = {
  readonly first: Promise<void>;
  /** By other means than a signal. */
  ask(words: string): void;
  end(): void;
};

/** A window that is still open is recorded at its end, or at the next start: says what it holds so far. */
function sayWhatIsOpen(store: Store, installation: Installation, log: LogHandle): void {
  const open = installation.analyzers.flatMap(({ id }) => {
    const last = store.lastReading(id);
    return last !== null && last.nominal > (store.lastRecord(id)?.end ?? 0) ? [{ id, until: last.nominal }] : [];
  });
  if (open.length === 0) return;
  const until = epochMs(Math.max(...open.map((each) => each.until)));
  const whose = open.length === 1 ? `analyzer ${open[0]?.id}` : `${open.length} analyzers`;
  log.info(
    { until, analyzers: open.map(({ id }) => id) },
    `the open window has readings until ${localText(until, zoneOffset(installation.node.timezone))}, of ${whose}: ` +
      'they are kept, and recorded once after the next start',
  );
}
