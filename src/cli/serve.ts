import { join } from 'node:path';
import { listSerialPorts } from '../../drivers/lines/serial-ports.ts';
import { createApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import { type Loaded, loadInstallation } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import type { Store } from '../domain/store-port.ts';
import { watchLag } from '../lag-watch.ts';
import { createLog, type LogHandle } from '../log/create-log.ts';
import { openStateFile } from '../store/state-file.ts';
import { openStore } from '../store/store.ts';
import { localText, zoneOffset } from '../zone.ts';
import { endOnCrash } from './crash.ts';
import type { ServeOptions } from './options.ts';
import { onStopRequest } from './stop-signals.ts';

/** `lector serve`: reads and records in the foreground until it is told to stop. Resolves with the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const loaded = await load(options);
  const { general } = loaded.installation;
  const log = createLog({
    level: general.logLevel,
    dir: general.logDir,
    terminal: process.stdout.isTTY === true,
  });
  const calm = endOnCrash(log);
  try {
    return await run(loaded, log);
  } finally {
    await log.close();
    calm();
  }
}

async function load(options: ServeOptions): Promise<Loaded & { readonly warnings: readonly string[] }> {
  const located = locateConfig(options, process.env, process.cwd());
  const parsed = loadInstallation({
    ...located,
    serialPorts: await listSerialPorts(),
    platform: process.platform,
  });
  if (parsed.ok) return { ...parsed.value, warnings: parsed.warnings.map(problemText) };
  const sentences = parsed.problems.map(problemText).join('\n');
  throw new LectorError('CONFIG_INVALID', `the configuration cannot be used:\n${sentences}`);
}

async function run(loaded: Loaded & { readonly warnings: readonly string[] }, log: LogHandle): Promise<number> {
  const { installation } = loaded;
  const clock = systemClock();
  // from here on a stop is in order, whatever is half begun
  const stopping = stopRequest(log);
  const { dataDir } = installation.general;
  const store = await openStore({ dir: dataDir, clock, log });
  const state = await openStateFile(join(dataDir, 'state.json'), log);
  const app = createApp({ ...loaded, clock, random: Math.random, log, store, state });
  const lag = watchLag(clock, log);
  for (const warning of loaded.warnings) log.warn({}, warning);
  log.info({}, greeting(loaded));
  await app.start();
  await stopping.first;
  await app.stop();
  lag.stop();
  sayWhatIsOpen(store, loaded, log);
  await store.close();
  stopping.end();
  log.info({}, 'stopped');
  return 0;
}

function greeting({ installation }: Loaded): string {
  const { node, devices, analyzers, configFile } = installation;
  const enabled = devices.filter((device) => device.enabled).length;
  const name = node.name === '' ? `node ${node.id}` : node.name;
  return `Lector reads ${analyzers.length} analyzers on ${enabled} devices of ${name} (${configFile}); Ctrl+C stops it`;
}

/** The first wish to stop resolves `first`; a second one ends the process at once. */
function stopRequest(log: LogHandle): { readonly first: Promise<void>; end(): void } {
  let end = () => {};
  const first = new Promise<void>((resolve) => {
    end = onStopRequest(({ signal, press }) => {
      if (press === 1) {
        log.info({ signal }, 'asked to stop');
        resolve();
      } else process.exit(130);
    });
  });
  return { first, end };
}

/** A window that is still open is recorded at its end, or at the next start: says what it holds so far. */
function sayWhatIsOpen(store: Store, { installation }: Loaded, log: LogHandle): void {
  const offsetAt = zoneOffset(installation.node.timezone);
  for (const { id } of installation.analyzers) {
    const last = store.lastReading(id);
    const recorded = store.lastRecord(id)?.end ?? 0;
    if (last === null || last.nominal <= recorded) continue;
    const until = localText(last.nominal, offsetAt);
    log.info(
      { analyzer: id },
      `analyzer ${id} has readings until ${until} that are not recorded yet: kept for their window`,
    );
  }
}
