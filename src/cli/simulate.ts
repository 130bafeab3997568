import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSerialPorts } from '../../drivers/lines/serial-ports.ts';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { createSimulatedMeter } from '../../drivers/simulated/meter.ts';
import { serveSimulatedPty } from '../../drivers/simulated/pty.ts';
import { serveSimulatedTcp } from '../../drivers/simulated/tcp-server.ts';
import { systemClock } from '../clock.ts';
import { loadInstallation } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import type { Profile } from '../domain/profile.ts';
import { zoneOffset } from '../zone.ts';
import type { SimulateOptions } from './options.ts';
import { groupOfModels, groupsOfInstallation, parseFault, type SimulatedGroup } from './simulate-setup.ts';
import { type Place, placeText } from './simulate-text.ts';
import { onStopRequest } from './stop-signals.ts';

const HOST = '127.0.0.1';
const USUAL_MODEL = 'PM710@1';

/** Something that serves until it is closed; `ended` settles when it is gone by itself. */
type Serving = { readonly text: string; readonly ended: Promise<void> | null; close(): Promise<void> };

/**
 * `lector simulate`: serves meters on pseudo-terminals or TCP ports until Ctrl+C. Resolves with the exit code; rejects
 * USAGE, CONFIG_INVALID and LINE_OPEN_FAILED before anything is served.
 */
export async function simulate(options: SimulateOptions): Promise<number> {
  if (options.history !== undefined) {
    const { historyDays, simulateHistory } = await import('./simulate-history.ts');
    return simulateHistory(options, historyDays(options.history));
  }
  if (options.pty !== true && options.tcp === undefined) {
    const words = 'lector simulate needs --pty (as a serial port) or --tcp PORT (Modbus TCP), such as --tcp 5020';
    throw new LectorError('USAGE', words);
  }
  const stopped = new Promise<'stopped'>((resolve) => {
    const stop = onStopRequest(({ press }) => (press > 1 ? process.exit(130) : resolve('stopped')));
    process.once('exit', stop);
  });
  const serving = await serveAll(await groupsOf(options), options);
  process.stdout.write(`${serving.map((each) => each.text).join('\n')}\nCtrl+C ends it.\n`);
  const ends = serving.flatMap(({ ended }) => (ended === null ? [] : [ended.then(() => 'gone' as const)]));
  const how = await Promise.race([stopped, ...ends]);
  await closeAll(serving);
  if (how === 'stopped') return 0;
  throw new LectorError('LINE_CLOSED', 'the pseudo-terminal is gone: socat was ended by somebody else');
}

async function serveAll(groups: readonly SimulatedGroup[], options: SimulateOptions): Promise<readonly Serving[]> {
  const serving: Serving[] = [];
  try {
    for (const [n, group] of groups.entries()) {
      if (options.pty === true) serving.push(await servePty(group, groups.length > 1, options));
      if (options.tcp !== undefined && group.protocol === 'rtu') serving.push(await serveTcp(group, n, options));
    }
    if (serving.length > 0) return serving;
  } catch (error) {
    await closeAll(serving);
    throw error;
  }
  throw new LectorError('USAGE', 'meters of the CVM ASCII protocol do not speak Modbus TCP: use --pty');
}

const closeAll = (serving: readonly Serving[]) => Promise.all(serving.map((each) => each.close()));

async function servePty(group: SimulatedGroup, several: boolean, options: SimulateOptions): Promise<Serving> {
  const base = options.link ?? join(tmpdir(), `lector-meters-${process.pid}`);
  const link = several ? `${base}-${group.name}` : base;
  const { protocol, baud, meters, faults } = group;
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  const pty = await serveSimulatedPty({ link, protocol, baud, meters, faults, clock: systemClock(), ...seed });
  return { text: textOf(group, { kind: 'pty', path: link }), ended: pty.ended, close: pty.close };
}

async function serveTcp(group: SimulatedGroup, n: number, options: SimulateOptions): Promise<Serving> {
  const { host = HOST, tcp = 0 } = options;
  const { meters, faults } = group;
  const port = tcp === 0 ? 0 : tcp + n;
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  const server = await serveSimulatedTcp({ host, port, meters, faults, clock: systemClock(), ...seed });
  return { text: textOf(group, { kind: 'tcp', host, port: server.port }), ended: null, close: server.close };
}

const textOf = (group: SimulatedGroup, place: Place): string => placeText(group, place, systemClock().now());

/** What is served: the models that were named, else the meters of the configuration, else a PM710. */
async function groupsOf(options: SimulateOptions): Promise<readonly SimulatedGroup[]> {
  const { baud, seed } = options;
  const wanted = { faults: options.fault.map(parseFault), baud, seed };
  const located = options.model.length === 0 ? locate(options) : null;
  if (located === null) {
    const { profiles } = loadProfiles();
    const models = options.model.length === 0 ? [USUAL_MODEL] : options.model;
    const find = (model: string) => findProfile(profiles, model);
    const build = builder(Intl.DateTimeFormat().resolvedOptions().timeZone);
    const known = [...profiles.values()].map((profile) => profile.model);
    return [groupOfModels({ models, ...wanted }, find, build, known)];
  }
  const loaded = loadInstallation({ ...located, serialPorts: await listSerialPorts(), platform: process.platform });
  if (!loaded.ok) throw new LectorError('CONFIG_INVALID', loaded.problems.map(problemText).join('\n'));
  const { installation, profiles } = loaded.value;
  return groupsOfInstallation(installation, wanted, profiles, builder(installation.node.timezone));
}

/** Where the configuration is; null where there is none and none was asked for. */
function locate(options: SimulateOptions): ReturnType<typeof locateConfig> | null {
  try {
    return locateConfig(options, process.env, process.cwd());
  } catch (error) {
    if (options.config !== undefined) throw error;
    return null;
  }
}

function builder(timeZone: string) {
  const offsetAt = zoneOffset(timeZone);
  return (profile: Profile, analyzerId: number, seed: number) =>
    createSimulatedMeter({ profile, seed, analyzerId, offsetAt });
}
