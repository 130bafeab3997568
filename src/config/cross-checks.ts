import { existsSync, realpathSync } from 'node:fs';
import { exporterIdOf } from '../domain/destinations.ts';
import type { DeviceConfig } from '../domain/installation.ts';
import type { Profile } from '../domain/profile.ts';
import { NAMES, tag } from './names-ca.ts';
import type { AnalyzerDraft } from './read-analyzer.ts';
import type { DeviceDraft } from './read-device.ts';
import type { PlacedExport } from './read-export.ts';
import { listed, type Report } from './report.ts';

/** What can only be checked when all devices and analyzers are known. */
export function checkTogether(
  devices: readonly DeviceDraft[],
  analyzers: readonly AnalyzerDraft[],
  report: Report,
): void {
  const places = devices.map(({ device, at }) => ({ id: device.id, at: at('id') }));
  checkIds(NAMES.device, places, report);
  checkIds(
    NAMES.analyzer,
    analyzers.map(({ analyzer, at }) => ({ id: analyzer.id, at: at('id') })),
    report,
  );
  checkPorts(devices, report);
  checkDevicesExist(devices, analyzers, report);
  checkExports(
    analyzers.flatMap((draft) => draft.exports),
    report,
  );
  for (const draft of devices) {
    const own = analyzers.filter(({ analyzer }) => analyzer.deviceId === draft.device.id);
    if (draft.device.id === 0) continue;
    checkProtocols(draft.device, own, report);
    checkAddresses(draft.device, own, report);
    checkFaults(draft, own, report);
  }
}

const lineOf = (at: string): string => at.replace(/^.*?:(\d+):\d+$/, 'line $1');

function checkIds(name: string, places: readonly { readonly id: number; readonly at: string }[], report: Report): void {
  const first = new Map<number, string>();
  for (const { id, at } of places) {
    const before = first.get(id);
    // 0 stands for an id that could not be read and was reported
    if (before !== undefined && id !== 0) {
      report.error(
        at,
        `an id of its own for each <${name}>`,
        `id ${id}, as in ${lineOf(before)}`,
        'give it another id',
      );
    } else first.set(id, at);
  }
}

function checkPorts(devices: readonly DeviceDraft[], report: Report): void {
  const first = new Map<string, DeviceDraft>();
  for (const draft of devices) {
    const { endpoint, enabled } = draft.device;
    if (!enabled || endpoint.type !== 'serial' || endpoint.port === '') continue;
    const port = existsSync(endpoint.port) ? realpathSync(endpoint.port) : endpoint.port;
    const before = first.get(port);
    if (before === undefined) first.set(port, draft);
    else {
      const todo = 'put all analyzers of a line under one device';
      report.error(draft.at('port'), 'a port for one device only', `that of device ${before.device.id} too`, todo);
    }
  }
}

function checkDevicesExist(devices: readonly DeviceDraft[], analyzers: readonly AnalyzerDraft[], report: Report): void {
  const ids = devices.map(({ device }) => device.id).filter((id) => id !== 0);
  for (const { analyzer, at } of analyzers) {
    if (analyzer.deviceId === 0 || ids.includes(analyzer.deviceId)) continue;
    const expected = `device="..." of a ${tag('device')} that there is (${listed(ids.map(String), 'or')})`;
    report.error(at('device'), expected, `"${analyzer.deviceId}"`, 'correct it, or add the device');
  }
}

/** A destination is one, however many analyzers name it: its options must be the same everywhere. */
function checkExports(exports: readonly PlacedExport[], report: Report): void {
  const first = new Map<string, PlacedExport>();
  for (const placed of exports) {
    const { config, at } = placed;
    const id = exporterIdOf(config);
    const before = first.get(id);
    if (before === undefined) first.set(id, placed);
    else {
      const names = [...new Set([...Object.keys(before.config.options), ...Object.keys(config.options)])];
      const others = names.filter((name) => before.config.options[name] !== config.options[name]);
      if (others.length === 0) continue;
      const expected = `the options of this ${config.type} target as in ${lineOf(before.at)}`;
      report.error(at, expected, `another ${listed(others)}`, 'make them the same, or leave out one of the two');
    }
  }
}

/** What a device carries: `rtu` frames, `tcp` frames, or the bytes of either serial protocol. */
type Carries = 'rtu' | 'cvm' | 'tcp' | 'bytes';

function carries({ endpoint }: DeviceConfig): Carries {
  switch (endpoint.type) {
    case 'serial':
    case 'rtu-tcp':
      return 'bytes';
    case 'tcp':
      return 'tcp';
    case 'simulated':
      return endpoint.protocol;
  }
}

function checkProtocols(device: DeviceConfig, own: readonly AnalyzerDraft[], report: Report): void {
  const carried = carries(device);
  const first = own.find(({ profile }) => profile !== null);
  for (const { profile, at } of own) {
    if (profile === null) continue;
    const fits = carried === 'bytes' || (carried === 'cvm') === (profile.protocol === 'cvm');
    const saw = `${profile.model}, which speaks ${WORDS[profile.protocol]}`;
    if (!fits) {
      const todo = 'put it on a device that does';
      report.error(at('device'), `a meter that device ${device.id} can carry (${CARRIED[carried]})`, saw, todo);
    } else if (carried === 'bytes' && first?.profile && first.profile.protocol !== profile.protocol) {
      const other = `${WORDS[first.profile.protocol]}, see ${lineOf(first.at('id'))}`;
      const expected = `one protocol on device ${device.id} (${other})`;
      report.error(at('device'), expected, saw, 'give it a line of its own');
    }
  }
}

const WORDS: Readonly<Record<Profile['protocol'], string>> = { modbus: 'Modbus', cvm: 'the CVM ASCII protocol' };
const CARRIED: Readonly<Record<Carries, string>> = {
  rtu: 'Modbus RTU',
  tcp: 'Modbus TCP',
  cvm: 'the CVM ASCII protocol',
  bytes: 'any',
};

function addressRange(device: DeviceConfig, profile: Profile): readonly [number, number] {
  if (profile.protocol === 'cvm') return [1, 99];
  return carries(device) === 'tcp' ? [0, 255] : [1, 247];
}

function checkAddresses(device: DeviceConfig, own: readonly AnalyzerDraft[], report: Report): void {
  const first = new Map<number, AnalyzerDraft>();
  for (const draft of own) {
    const { analyzer, profile, at } = draft;
    if (analyzer.id === 0) continue;
    const [min, max] = profile === null ? [0, 255] : addressRange(device, profile);
    const saw = analyzer.address === analyzer.id ? `its id ${analyzer.id}` : `${analyzer.address}`;
    const before = first.get(analyzer.address);
    if (analyzer.address < min || analyzer.address > max) {
      const expected = `a bus address from ${min} to ${max}`;
      report.error(at('address'), expected, saw, 'write the address that is set on the meter as address="..."');
    } else if (before !== undefined && before.analyzer.id !== analyzer.id) {
      const expected = `an address of its own on device ${device.id}`;
      const whose = `${NAMES.analyzer} ${before.analyzer.id} has (${lineOf(before.at('id'))})`;
      const other = `address ${analyzer.address}, as ${whose}`;
      report.error(at('address'), expected, other, 'two meters with one address answer at once: change one');
    } else first.set(analyzer.address, draft);
  }
}

function checkFaults({ device, faultsAt }: DeviceDraft, own: readonly AnalyzerDraft[], report: Report): void {
  if (device.endpoint.type !== 'simulated') return;
  const ids = own.map(({ analyzer }) => analyzer.id);
  for (const [index, fault] of device.endpoint.faults.entries()) {
    if (fault.analyzerId === 0 || ids.includes(fault.analyzerId)) continue;
    const expected = `analyzer="..." of this device (${listed(ids.map(String), 'or')})`;
    report.error(faultsAt[index] ?? device.id.toString(), expected, `"${fault.analyzerId}"`, 'correct it');
  }
}
