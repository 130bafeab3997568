import type { AlarmRule } from './alarm-rules.ts';
import type { AnalyzerConfig, DeviceConfig, Endpoint, Installation } from './installation.ts';
import type { Profile } from './profile.ts';
import { safe } from './safe.ts';
import type { VirtualConfig } from './virtual.ts';

/** One short text for each thing that differs, such as "address 3 -> 4"; empty: nothing does. */
type Differences = readonly string[];

type Shown = string | number | boolean | null;

/** "address 3 -> 4", or nothing where both are the same; `nothing` stands for what is not written. */
function changed(name: string, before: Shown, after: Shown, unit = '', nothing = 'none'): Differences {
  return before === after ? [] : [`${name} ${shown(before, unit, nothing)} -> ${shown(after, unit, nothing)}`];
}

function shown(value: Shown, unit: string, nothing = 'none'): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (value === null || value === '') return nothing;
  return unit === '' ? String(value) : `${value} ${unit}`;
}

const same = (before: unknown, after: unknown): boolean => JSON.stringify(before) === JSON.stringify(after);
const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
const listed = (codes: readonly string[]): string => codes.join(', ');

/** What differs in how a line is opened and kept; `enabled` apart. */
export function lineDifferences(before: DeviceConfig, after: DeviceConfig): Differences {
  return [
    ...endpointDifferences(before.endpoint, after.endpoint),
    ...changed('timeout', seconds(before.timeoutMs), seconds(after.timeoutMs), 's'),
    ...changed('gap', before.gapMs, after.gapMs, 'ms'),
    ...changed('retries', before.retries, after.retries),
    ...changed('idle', before.idleMs, after.idleMs, 'ms'),
    ...changed('connectDelay', before.connectDelayMs, after.connectDelayMs, 'ms'),
    ...changed('closeAfterPoll', before.closeAfterPoll, after.closeAfterPoll),
  ];
}

export const enabledDifferences = (before: DeviceConfig, after: DeviceConfig): Differences =>
  changed('enabled', before.enabled, after.enabled);

function endpointDifferences(before: Endpoint, after: Endpoint): Differences {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  // a port that was a file is not compared with one that is a number
  if (before.type !== after.type) {
    const { type, ...fields } = young;
    const told = Object.entries(fields).filter(([, value]) => value !== '');
    return [`type ${before.type} -> ${type}`, ...told.map(([name, value]) => `${name} ${shown(value ?? null, '')}`)];
  }
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])];
  return names.flatMap((name) => changed(name, old[name] ?? null, young[name] ?? null));
}

function fieldsOf(endpoint: Endpoint): Readonly<Record<string, Shown>> {
  if (endpoint.type !== 'simulated') return endpoint;
  const { faults, ...fields } = endpoint;
  const scripted = faults.map(
    ({ kind, analyzerId, fromMs, forMs }) =>
      `${kind} of analyzer ${analyzerId} for ${forMs / 1000} s from second ${fromMs / 1000} on`,
  );
  return { ...fields, faults: listed(scripted) };
}

/** What differs of an analyzer, by what has to be done about it. */
export type AnalyzerDifferences = {
  /** Nothing is interrupted. */
  readonly names: Differences;
  readonly reading: Differences;
  readonly recording: Differences;
  readonly exports: Differences;
  /** It has to be connected anew. */
  readonly connection: Differences;
  /** As those, and what it said before is not to be mixed with what it says now. */
  readonly meter: Differences;
};

export function analyzerDifferences(
  before: AnalyzerConfig,
  after: AnalyzerConfig,
  isProfileOther: boolean,
): AnalyzerDifferences {
  const differences = {
    // what nothing of reading and recording depends on
    names: [
      ...changed('name', before.name, after.name),
      ...changed('location', before.location, after.location),
      ...changed('tariff', before.tariff ?? 'none', after.tariff ?? 'none'),
    ],
    reading: [
      ...changed('tempslectura', seconds(before.readingMs), seconds(after.readingMs), 's'),
      ...(before.rapid && after.rapid
        ? changed('rapid', seconds(before.rapid.readingMs), seconds(after.rapid.readingMs), 's')
        : []),
    ],
    recording: changed('tempsgravacio', before.recordingMs / 60_000, after.recordingMs / 60_000, 'min'),
    exports: same(before.exports, after.exports) ? [] : [`exports ${exportsText(before)} -> ${exportsText(after)}`],
    connection: [
      ...changed('model', before.model, after.model),
      ...changed('consultes', listed(before.consultes), listed(after.consultes)),
      ...changed('rapid consultes', listed(before.rapid?.consultes ?? []), listed(after.rapid?.consultes ?? [])),
      ...changed('timeout', seconds(before.timeoutMs), seconds(after.timeoutMs), 's', 'not set'),
      ...changed('nominal', before.nominalV, after.nominalV, 'V'),
    ],
    meter: [
      // another place has another meter, as far as anybody knows
      ...changed('device', before.deviceId, after.deviceId),
      ...changed('address', before.address, after.address),
      ...changed('profile', before.profileId, after.profileId),
      ...(isProfileOther ? [`the file of its profile, ${after.profileId}`] : []),
      ...changed('ratio', before.ratio, after.ratio),
      ...changed('invert', before.invert, after.invert),
    ],
  };
  const isSilent = Object.values(differences).every((each) => each.length === 0);
  return isSilent ? { ...differences, names: textDifferences(before.params, after.params) } : differences;
}

/** Where nothing else differs, something may that is only shown. */
function textDifferences(before: AnalyzerConfig['params'], after: AnalyzerConfig['params']): Differences {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => changed(name, before[name] ?? null, after[name] ?? null));
}

/** Parts of a profile that say nothing of how a meter is read. */
const PROSE: readonly string[] = ['sources', 'notes', 'aliases', 'serial', 'vendor'] satisfies (keyof Profile)[];

/** Whether a profile that kept its id tells otherwise how a meter is read. */
export function isOtherProfile(before: Profile | undefined, after: Profile | undefined): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  const read = (profile: Profile) => Object.entries(profile).filter(([name]) => !PROSE.includes(name));
  return !same(read(before), read(after));
}

const exportsText = ({ exports }: AnalyzerConfig): string =>
  exports.length === 0 ? 'none' : listed(exports.map(({ type, target }) => `${type} ${safe(target)}`));

/** What differs of the node itself and takes effect at once. */
export function nodeDifferences({ node: before }: Installation, { node: after }: Installation): Differences {
  return [...changed('name', before.name, after.name), ...changed('location', before.location, after.location)];
}

/** Rules of alarms that are new, gone or say something else: `alarm "silent" changed`. */
export function alarmDifferences({ alarms: before }: Installation, { alarms: after }: Installation): Differences {
  const [old, young] = [byName(before), byName(after)];
  const names = [...new Set([...old.keys(), ...young.keys()])];
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), young.get(name)];
    if (was !== undefined && is !== undefined && same(was, is)) return [];
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    return [`alarm "${name}" ${change}`];
  });
}

/** What differs in a sum of analyzers. */
export const virtualDifferences = (before: VirtualConfig, after: VirtualConfig): Differences => [
  ...changed('name', before.name, after.name),
  ...changed('location', before.location, after.location),
  ...changed('of', before.of, after.of),
  ...changed('tariff', before.tariff ?? null, after.tariff ?? null),
];

const byName = (rules: readonly AlarmRule[]): ReadonlyMap<string, AlarmRule> =>
  new Map(rules.map((rule) => [rule.name, rule]));

/** What counts only at the next start, one sentence for each. */
export function startDifferences(before: Installation, after: Installation): readonly string[] {
  const general = (name: string, key: keyof Installation['general']) =>
    changed(name, before.general[key], after.general[key]);
  const texts = [
    ...changed('id of the node', before.node.id, after.node.id),
    ...changed('timezone', before.node.timezone, after.node.timezone),
    ...general('log_level', 'logLevel'),
    ...general('log_dir', 'logDir'),
    ...general('data_dir', 'dataDir'),
    ...general('auto_start', 'autoStart'),
    ...controlDifferences(before.control, after.control),
  ];
  return texts.map((text) => `${text}: from the next start of Lector on`);
}

type Control = Installation['control'];

function controlDifferences(before: Control, after: Control): Differences {
  const text = (value: Control[keyof Control]): Shown =>
    typeof value === 'object' && value !== null ? listed(value) : value;
  const keys = Object.keys(after) as (keyof Control)[];
  // as lector.ini writes them: allow_insecure
  const written = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return keys.flatMap((key) => changed(`[Control] ${written(key)}`, text(before[key]), text(after[key])));
}
