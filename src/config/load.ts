import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { loadProfiles } from '../../drivers/profiles/load.ts';
import type { Installation } from '../domain/installation.ts';
import type { Parsed } from '../domain/problem.ts';
import type { Profile } from '../domain/profile.ts';
import type { Contract } from '../tariff/contract.ts';
import { checkTogether } from './cross-checks.ts';
import { childNamed, childrenNamed, readAttributes, reportUnknownName } from './fields.ts';
import { readGeneral } from './general.ts';
import { NAMES, tag } from './names-ca.ts';
import { readAlarms } from './read-alarms.ts';
import { readAnalyzer, readExports } from './read-analyzer.ts';
import { readDevice } from './read-device.ts';
import { type NamedTariff, readTariffs } from './read-tariffs.ts';
import { readVirtuals } from './read-virtuals.ts';
import { createReport, nearest, type Report, seen } from './report.ts';
import { optional, required, type Typed, text, whole } from './schema.ts';
import { readTextFile } from './text-file.ts';
import { parseXml, type XmlElement } from './xml-file.ts';

export type Loaded = {
  readonly installation: Installation;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Contracts that analyzers name, by name. */
  readonly contracts: ReadonlyMap<string, Contract>;
};

export type LoadOptions = {
  readonly configFile: string;
  readonly iniFile: string | null;
  /** Ports that the machine has now, for sentences. */
  readonly serialPorts: readonly string[];
  readonly platform: NodeJS.Platform;
  /** Folder with profiles of the user's own; `profiles/` beside config.xml unless given. */
  readonly profilesDir?: string;
};

/**
 * Reads lector.ini and config.xml, checked whole: either everything is right, with warnings, or all that is wrong, each
 * with its place. Reads files and touches nothing; never throws for what a file holds.
 */
export function loadInstallation(options: LoadOptions): Parsed<Loaded> {
  const { profiles, problems } = loadProfiles([options.profilesDir ?? join(dirname(options.configFile), 'profiles')]);
  const report = createReport();
  for (const { severity, at, expected, saw, todo } of problems) {
    (severity === 'error' ? report.error : report.warn)(at, expected, saw, todo);
  }
  const read = readInstallation(options, profiles, report);
  if (read === null || report.failed()) return { ok: false, problems: report.problems };
  return { ok: true, value: { ...read, profiles }, warnings: report.problems };
}

/** As {@link loadInstallation}, with the profiles at hand. null: config.xml could not be read at all. */
export function readInstallation(
  options: LoadOptions,
  profiles: ReadonlyMap<string, Profile>,
  report: Report,
): Pick<Loaded, 'installation' | 'contracts'> | null {
  const { configFile, iniFile } = options;
  const settings = readGeneral(iniFile, configFile, shown(iniFile ?? configFile), report);
  const content = readTextFile(configFile, shown(configFile), report);
  const root = content === null ? null : parseXml(content, shown(configFile), report);
  if (root === null || !isConfiguration(root, report)) return null;
  const { node, tariff } = readNode(root, report);
  const serial = { platform: options.platform, ports: options.serialPorts, check: true };
  const devices = section(root, NAMES.devices, NAMES.device, report).map((each) => readDevice(each, serial, report));
  const targets = { folder: dirname(configFile), anywhere: settings.general.absoluteTargets };
  const exportsOfAll = readExports(childNamed(root, NAMES.exports, report), targets, report);
  const analyzers = section(root, NAMES.analyzers, NAMES.analyzer, report).map((each) =>
    readAnalyzer(each, { profiles, targets, exportsOfAll, tariffOfAll: tariff.name }, report),
  );
  checkTogether(devices, analyzers, report);
  const sums = childNamed(root, NAMES.virtuals, report);
  const virtuals = readVirtuals(sums, { analyzers, tariffOfAll: tariff.name }, report);
  const there = { devices: devices.map(({ device }) => device), analyzers, folder: targets.folder };
  const alarms = readAlarms(childNamed(root, NAMES.alarms, report), there, report);
  const installation: Installation = {
    iniFile,
    configFile,
    ...settings,
    node,
    devices: there.devices,
    analyzers: analyzers.map(({ analyzer }) => analyzer),
    ...(virtuals.length > 0 && { virtuals: virtuals.map(({ virtual }) => virtual) }),
    alarms,
  };
  const own = analyzers.map((draft) => ({ name: draft.analyzer.tariff ?? '', at: draft.at('tariff') }));
  const ofSums = virtuals.map(({ virtual, at }) => ({ name: virtual.tariff ?? '', at: at('tariff') }));
  const named = [tariff, ...own, ...ofSums].filter(({ name }) => name !== '');
  return { installation, contracts: readTariffs(named, targets.folder, report) };
}

/** A path as a person in the working folder would write it. */
function shown(file: string): string {
  const way = relative(process.cwd(), file);
  return way === '' || way.startsWith('..') ? file : way;
}

function isConfiguration(root: XmlElement, report: Report): boolean {
  if (root.name !== NAMES.root) {
    report.error(root.at, `${tag('root')} around everything`, `<${root.name}>`, 'is this the right file?');
    return false;
  }
  const known = [NAMES.node, NAMES.devices, NAMES.analyzers, NAMES.virtuals, NAMES.exports, NAMES.alarms];
  for (const { name, at } of root.children) {
    const what = `element in ${tag('root')}`;
    if (!(known as readonly string[]).includes(name)) reportUnknownName({ what, name, at, known, report });
  }
  return true;
}

/** The `<item>` elements in `<list>`. */
function section(root: XmlElement, list: string, item: string, report: Report): readonly XmlElement[] {
  const element = childNamed(root, list, report);
  if (element === null)
    report.error(root.at, `<${list}> in ${tag('root')}`, 'none', `write the <${item}> elements in it`);
  const items = element === null ? [] : childrenNamed(element, item, report);
  if (element !== null && items.length === 0)
    report.warn(element.at, `<${item}> in <${list}>`, 'none', 'nothing is read');
  return items;
}

const timezone: Typed<string> = {
  schema: z.string().refine(isZone),
  expected: 'a time zone such as Europe/Madrid',
};

const NODE = {
  id: required(whole(0, 4_294_967_295), 0),
  name: optional(text(), ''),
  location: optional(text(), ''),
  timezone: optional(text(100), ''),
  tariff: optional(text(100), ''),
} as const;

type Node = { readonly node: Installation['node']; readonly tariff: NamedTariff };

function readNode(root: XmlElement, report: Report): Node {
  const element = childNamed(root, NAMES.node, report);
  if (element === null) {
    report.error(root.at, `${tag('node')} with an id in ${tag('root')}`, 'none', 'write <node id="1" name="..." />');
    const node = { id: 0, name: '', location: '', timezone: machineZone() };
    return { node, tariff: { name: '', at: root.at } };
  }
  const { values: all, at } = readAttributes(element, NODE, report);
  const { tariff: name, ...values } = all;
  const tariff = { name, at: at('tariff') };
  if (values.timezone === '') return { node: { ...values, timezone: machineZone() }, tariff };
  if (!timezone.schema.safeParse(values.timezone).success) {
    const near = nearest(values.timezone, Intl.supportedValuesOf('timeZone'));
    const todo = near === null ? 'leave it out for the zone of this machine' : `did you mean ${near}?`;
    report.error(at('timezone'), `timezone="...": ${timezone.expected}`, seen(values.timezone), todo);
  }
  return { node: values, tariff };
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function machineZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return isZone(timeZone) ? timeZone : 'UTC';
}
