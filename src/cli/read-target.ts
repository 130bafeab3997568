import { findProfile } from '../../drivers/profiles/load.ts';
import { didYouMean, listed, nearest } from '../config/report.ts';
import { LectorError } from '../domain/errors.ts';
import type { AnalyzerConfig, DeviceConfig, Endpoint } from '../domain/installation.ts';
import type { MeterSpec } from '../domain/meter.ts';
import { meterSpec } from '../domain/meter-spec.ts';
import type { Profile } from '../domain/profile.ts';
import type { ReadOptions } from './options.ts';

const usage = (message: string): LectorError => new LectorError('USAGE', message);

/** The model that is asked for, or null where only raw words are. Throws USAGE in words. */
export function chosenProfile(options: ReadOptions, profiles: ReadonlyMap<string, Profile>): Profile | null {
  const { model, raw } = options;
  if (model === undefined) {
    if (raw !== undefined) return null;
    throw usage('say which meter it is with --model NAME, such as --model PM710, or read words with --raw 4000:10');
  }
  const profile = findProfile(profiles, model);
  const all = [...profiles.values()];
  if (profile === null) {
    const names = all.flatMap((each) => [each.model, ...each.aliases]);
    const known = [...new Set(all.map((each) => each.model))].sort();
    throw usage(`there is no profile for "${model}": ${didYouMean(model, names, `there are ${listed(known)}`)}`);
  }
  if (raw === undefined || profile.protocol === 'modbus') return profile;
  throw usage(`--raw reads Modbus registers, and a ${profile.model} speaks the CVM ASCII protocol: leave --raw out`);
}

/** The endpoint that the options name as a device of its own. Throws USAGE in words. */
export function deviceOf(options: ReadOptions, profile: Profile | null): DeviceConfig {
  const timeoutMs = Math.round(options.timeout * 1000);
  const endpoint = endpointOf(options, profile);
  if (endpoint.type === 'tcp' && profile?.protocol === 'cvm') {
    throw usage(
      `a ${profile.model} does not speak Modbus TCP; behind a gateway that passes bytes through add --rtu-tcp`,
    );
  }
  return {
    id: 1,
    enabled: true,
    endpoint,
    timeoutMs,
    gapMs: 25,
    retries: 1,
    idleMs: 50,
    connectDelayMs: 0,
    closeAfterPoll: false,
    texts: {},
  };
}

function endpointOf(options: ReadOptions, profile: Profile | null): Endpoint {
  const { port, host, tcpPort } = options;
  if ((port === undefined) === (host === undefined)) {
    throw usage('say where the meter is: either --port /dev/ttyUSB0 or --host 192.168.1.20');
  }
  if (host !== undefined) return { type: options.rtuTcp ? 'rtu-tcp' : 'tcp', host, port: tcpPort };
  const usual = profile?.serial ?? { baud: 9600, parity: 'N', bits: 8, stop: 1 };
  return {
    type: 'serial',
    port: port ?? '',
    baud: options.baud ?? usual.baud,
    parity: options.parity ?? usual.parity,
    bits: options.bits ?? usual.bits,
    stop: options.stop ?? usual.stop,
  };
}

/** Codes as the profile writes them, in the order asked for; all of them where none is named. Throws USAGE. */
export function chosenCodes(profile: Profile, wanted: readonly string[]): readonly string[] {
  const known = profile.variables.map(({ code }) => code);
  if (wanted.length === 0) return known;
  return wanted.map((name) => {
    // RVM and RVm are two things: only a name that is one of them in no other case is taken in any
    const alike = known.filter((code) => code.toUpperCase() === name.toUpperCase());
    const found = known.find((code) => code === name) ?? (alike.length === 1 ? alike[0] : undefined);
    if (found !== undefined) return found;
    const near = nearest(name, known);
    throw usage(
      `a ${profile.model} has no ${name}: ${near === null ? `it has ${listed(known)}` : `did you mean ${near}?`}`,
    );
  });
}

/** All that is needed to talk to the one meter. */
export function specOf(
  options: ReadOptions,
  device: DeviceConfig,
  profile: Profile,
  codes: readonly string[],
): MeterSpec {
  const analyzer: AnalyzerConfig = {
    id: 1,
    name: '',
    location: '',
    deviceId: device.id,
    address: options.address,
    model: profile.model,
    profileId: profile.id,
    driver: profile.driver,
    dataDriver: profile.dataDriver,
    readingMs: 1000,
    recordingMs: 60_000,
    consultes: codes,
    rapid: null,
    timeoutMs: Math.max(device.timeoutMs, profile.limits.timeoutMs ?? 0),
    nominalV: null,
    ratio: 1,
    invert: false,
    exports: [],
    params: {},
  };
  return meterSpec(analyzer, device, profile);
}
