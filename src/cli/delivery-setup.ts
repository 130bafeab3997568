import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import { type Destination, destinationsOf } from '../domain/destinations.ts';
import { LectorError } from '../domain/errors.ts';
import type { OffsetAt } from '../domain/grid.ts';
import type { Installation } from '../domain/installation.ts';
import { parseLocalTime } from '../domain/local-time.ts';
import type { Clock, Log } from '../domain/ports.ts';
import { safe } from '../domain/safe.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { ExporterContext } from '../exporters/ports.ts';
import { isoTime } from '../protocol/iso-time.ts';
import type { Voice } from '../reconcile/voice.ts';
import { openStoreReader, type StoreReader } from '../store/reader.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import type { ConfigOptions } from './options.ts';
import { packageVersion } from './package-version.ts';

/** Options of `lector reconcile`. */
export type DeliveryOptions = ConfigOptions & {
  /** Windows that end after it: a local date or time. */
  readonly from?: string;
  /** Windows that end at it or before; now unless given. */
  readonly to?: string;
  /** Id, type, or a part of an id that only one has. */
  readonly exporter?: string;
  /** Says what would be sent, and sends nothing. */
  readonly plan?: boolean;
};

/** What `lector reconcile` and `lector backfill` begin with. */
export type DeliverySetup = {
  readonly installation: Installation;
  readonly offsetAt: OffsetAt;
  readonly clock: Clock;
  readonly from: EpochMs | null;
  /** Before anything that can be here. */
  readonly start: EpochMs;
  readonly to: EpochMs;
  /** Those of the asked types that `--exporter` means, at least one. */
  readonly destinations: readonly Destination[];
  readonly contextOf: (destination: Destination) => ExporterContext;
  readonly voice: Voice;
};

/**
 * The configuration, the destinations meant, and the time asked for.
 *
 * @throws LectorError CONFIG_INVALID, USAGE in words.
 */
export async function deliverySetup(options: DeliveryOptions, types: readonly string[]): Promise<DeliverySetup> {
  const { installation } = await configurationOf(options);
  const offsetAt = zoneOffset(installation.node.timezone);
  const clock = systemClock();
  const from = timeOption('from', options.from, offsetAt);
  const to = timeOption('to', options.to, offsetAt) ?? clock.now();
  if (from !== null && from >= to) throw new LectorError('USAGE', '--from must be earlier than --to');
  const destinations = destinationsMeant(destinationsOf(installation.analyzers), options.exporter, types);
  const base = { installation, offsetAt, clock };
  return {
    ...base,
    from,
    start: epochMs(0),
    to,
    destinations,
    contextOf: (each) => contextOf(each, base),
    voice: terminalVoice(),
  };
}

function timeOption(name: string, text: string | undefined, offsetAt: OffsetAt): EpochMs | null {
  if (text === undefined) return null;
  const instant = parseLocalTime(text, offsetAt);
  if (instant !== null) return instant;
  const expected = `--${name}: expected a date or time such as 2026-11-25 or "2026-11-25 14:30"`;
  throw new LectorError('USAGE', `${expected}, saw "${safe(text, 40)}"`);
}

/** By id, by type, or by any part of an id that only one has; without a word all of these types. */
export function destinationsMeant(
  all: readonly Destination[],
  word: string | undefined,
  types: readonly string[],
): readonly Destination[] {
  const fitting = all.filter(({ config }) => types.includes(config.type));
  const names = (each: readonly Destination[]) => each.map(({ id }) => safe(id)).join(', ') || 'none';
  if (fitting.length === 0) {
    const expected = `a destination of type ${types.join(', ')} in config.xml`;
    throw new LectorError('USAGE', `expected ${expected}, saw ${names(all)}`);
  }
  if (word === undefined || word === '') return fitting;
  const exact = fitting.filter(({ id }) => id === word);
  const ofType = fitting.filter(({ config }) => config.type.toLowerCase() === word.toLowerCase());
  const part = fitting.filter(({ id }) => id.toLowerCase().includes(word.toLowerCase()));
  const found = exact.length > 0 ? exact : ofType.length > 0 ? ofType : part;
  if (found.length === 1 || (found === ofType && found.length > 0)) return found;
  const unfit = all.filter(({ id }) => id.toLowerCase().includes(word.toLowerCase()));
  if (found.length === 0 && unfit.length > 0) {
    const sends = `this command sends to ${types.join(', ')}`;
    throw new LectorError('USAGE', `--exporter ${safe(word, 80)}: ${sends}, and that is ${names(unfit)}`);
  }
  const saw = found.length === 0 ? `there is ${names(fitting)}` : `it is part of ${names(found)}`;
  throw new LectorError('USAGE', `--exporter ${safe(word, 80)}: expected one that there is; ${saw}`);
}

type Base = Pick<DeliverySetup, 'installation' | 'offsetAt' | 'clock'>;

function contextOf({ id, config, analyzers }: Destination, { installation, offsetAt, clock }: Base): ExporterContext {
  const { node, general } = installation;
  const instance = instanceIn(general.dataDir);
  const ids = analyzers.map((each) => each.id);
  return {
    ...{ id, config, clock, random: Math.random, log: QUIET, offsetAt, analyzerIds: () => ids },
    site: () => ({
      ...{ node: node.id, name: node.name, location: node.location, timezone: node.timezone },
      ...{ version: packageVersion(), instance, now: isoTime(clock.now(), offsetAt), analyzers: [] },
    }),
    identification: () => '',
    order: () => [],
    operator: () => {
      throw new LectorError('UNEXPECTED', 'a command has no server in it');
    },
    records: () => [],
    reachable: () => {},
  };
}

/** Who the server of this data folder is: a centre takes the command for the same. '' before its first start. */
function instanceIn(dataDir: string): string {
  try {
    const state = JSON.parse(readFileSync(join(dataDir, 'state.json'), 'utf8')) as { readonly instance?: unknown };
    return typeof state.instance === 'string' ? state.instance : '';
  } catch {
    return '';
  }
}

const QUIET: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Lines on stdout; progress on stderr where that is a terminal, each over the one before. */
function terminalVoice(): Voice {
  const isShown = process.stderr.isTTY === true;
  const WIPE = '\r\u001b[K';
  return {
    say: (line) => void process.stdout.write(`${isShown ? WIPE : ''}${safe(line, 1000)}\n`),
    progress(line) {
      if (isShown) process.stderr.write(`${WIPE}${safe(line, (process.stderr.columns ?? 80) - 2)}`);
    },
  };
}

/** Runs what needs the records of this data folder, and closes them. */
export async function withRecords<T>(
  { installation }: DeliverySetup,
  run: (reader: StoreReader) => Promise<T>,
): Promise<T> {
  const reader = openStoreReader({ dir: installation.general.dataDir });
  try {
    return await run(reader);
  } finally {
    await reader.close();
  }
}

/** `2026-11-25 14:30` of an instant in the node's zone. */
export const minuteText = (at: EpochMs, offsetAt: OffsetAt): string =>
  isoTime(at, offsetAt).slice(0, 16).replace('T', ' ');
