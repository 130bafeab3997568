import type { AnalyzerConfig, DeviceConfig, ExportConfig, Installation } from '../domain/installation.ts';
import type { Values } from '../domain/reading.ts';
import { safe } from '../domain/safe.ts';
import type { EpochMs, VariableCode } from '../domain/units.ts';
import type { Py } from './pickle.ts';

export { legacyDefs } from './legacy-defs.ts';
export { legacyStatus } from './legacy-status.ts';
export { mayLoad as isPickle } from './may-load.ts';

/** The last values of an analyzer, those of both grids together. */
export type Latest = { readonly at: EpochMs; readonly values: Readonly<Record<VariableCode, Values>> };

/**
 * GETVARS: `{"lastRead": "dd/mm/YYYY HH:MM:SS", "values": {"TPF": [230.1, nan, 231.0]}}`, every value a float; before
 * the first reading (null) `{"lastRead": "", "values": {}}`. `localText` prints an instant in the node's zone.
 */
export function legacyVars(latest: Latest | null, localText: (at: EpochMs) => string): Py {
  if (latest === null) return { lastRead: '', values: {} };
  const values = Object.entries(latest.values).map(
    ([code, list]) => [code, list.map((value) => value ?? Number.NaN)] as const,
  );
  return { lastRead: localText(latest.at), values: new Map<string, Py>(values) };
}

/**
 * GETCONF: `devices` by text id, those that are disabled left out, and `equips` by int id. Every value is a text. What
 * the predecessor did not know is there under further keys, only where the file says something else than nothing.
 */
export function legacyConf(installation: Installation): Py {
  const enabled = installation.devices.filter((device) => device.enabled);
  return {
    devices: new Map(enabled.map((device) => [String(device.id), deviceConf(device)])),
    equips: new Map(installation.analyzers.map((analyzer) => [BigInt(analyzer.id), equipConf(analyzer)])),
  };
}

function deviceConf({ endpoint, texts }: DeviceConfig): Py {
  return { type: endpoint.type, config: textsOf(texts) };
}

function equipConf(analyzer: AnalyzerConfig): Py {
  const { deviceId, driver, dataDriver, params, consultes, exports } = analyzer;
  const config = { device: String(deviceId), driver, dataDriver, params: textsOf(params), ...added(analyzer) };
  return { config, requests: consultes, dataexport: exportsConf(exports) };
}

/** Attributes and elements that are new, by their names in the file. */
function added({ id, name, location, address, rapid }: AnalyzerConfig): Readonly<Record<string, Py>> {
  return {
    ...(name === '' ? {} : { name }),
    ...(location === '' ? {} : { location }),
    ...(address === id ? {} : { address: String(address) }),
    ...(rapid === null ? {} : { rapid: { tempslectura: String(rapid.readingMs / 1000), requests: rapid.consultes } }),
  };
}

/** By type; a second one of a type is `localFile-2`. URLs are shown without user and password. */
function exportsConf(exports: readonly ExportConfig[]): Py {
  const targets = new Map<string, Py>();
  for (const { type, target } of exports) {
    let key = type;
    for (let next = 2; targets.has(key); next++) key = `${type}-${next}`;
    targets.set(key, shown(target));
  }
  return targets;
}

const TARGET_MAX = 2000;
const shown = (target: string): string => safe(target, TARGET_MAX);

const textsOf = (texts: Readonly<Record<string, string>>): Py => new Map(Object.entries(texts));
