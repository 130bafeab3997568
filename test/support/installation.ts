import { loadProfiles } from '../../drivers/profiles/load.ts';
import type { AnalyzerConfig, DeviceConfig, Endpoint, Installation } from '../../src/domain/installation.ts';

export const { profiles: PROFILES } = loadProfiles();

/** A device as its defaults make it: a simulated RTU line at 19200 baud. */
export function deviceConfig(change: Partial<DeviceConfig> = {}): DeviceConfig {
  return {
    id: 1,
    enabled: true,
    endpoint: simulated('rtu'),
    timeoutMs: 1000,
    gapMs: 25,
    retries: 1,
    idleMs: 15,
    connectDelayMs: 0,
    closeAfterPoll: false,
    texts: {},
    ...change,
  };
}

export function simulated(protocol: 'rtu' | 'cvm' | 'tcp', baud = 19_200): Endpoint {
  return { type: 'simulated', protocol, baud, seed: 7, faults: [] };
}

/** An analyzer: a PM710 read each second and recorded each minute, unless told. */
export function analyzerConfig(change: Partial<AnalyzerConfig> = {}): AnalyzerConfig {
  const id = change.id ?? 1;
  const model = change.model ?? 'PM710';
  const profile = [...PROFILES.values()].find((each) => each.model === model);
  if (!profile) throw new Error(`no profile of ${model}`);
  return {
    id,
    name: '',
    location: '',
    deviceId: 1,
    address: id,
    model,
    profileId: profile.id,
    driver: profile.driver,
    dataDriver: profile.dataDriver,
    readingMs: 1000,
    recordingMs: 60_000,
    consultes: ['TPF', 'PAT', 'CEA'],
    rapid: null,
    timeoutMs: null,
    nominalV: null,
    ratio: 1,
    invert: false,
    exports: [],
    params: {},
    ...change,
  };
}

export function installationOf(
  devices: readonly DeviceConfig[],
  analyzers: readonly AnalyzerConfig[],
  timezone = 'Europe/Madrid',
): Installation {
  return {
    iniFile: null,
    configFile: '/nowhere/config.xml',
    general: { logLevel: 'info', autoStart: true, logDir: '', dataDir: '', absoluteTargets: false },
    control: { host: '127.0.0.1', port: 0, socket: '', tokenFile: null, trust: [], allowInsecure: false },
    node: { id: 4, name: 'School', location: '', timezone },
    devices,
    analyzers,
    alarms: [],
  };
}
