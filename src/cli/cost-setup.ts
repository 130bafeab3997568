import { join } from 'node:path';
import { findProfile, loadProfiles } from '../../drivers/profiles/load.ts';
import { systemClock } from '../clock.ts';
import { locateConfig } from '../config/locate.ts';
import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import type { Installation } from '../domain/installation.ts';
import { instantOfWall } from '../domain/local-time.ts';
import type { Profile } from '../domain/profile.ts';
import { safe } from '../domain/safe.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BillOptions } from '../tariff/bill.ts';
import type { Usage } from '../tariff/charges/context.ts';
import type { Contract } from '../tariff/contract.ts';
import { spanOfEstimates } from '../tariff/estimates.ts';
import { DAY_MS, dateOf, dayOf, SPAN_DAYS_MAX } from '../tariff/local-day.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import { contractOf } from './cost-contract.ts';
import { type CostSource, type Describe, dadesSource, storeSource } from './cost-source.ts';
import { type CostTarget, targetOf, usageOfTarget } from './cost-target.ts';
import { readEvents } from './event-file.ts';
import type { CostOptions } from './options.ts';

/** Other analyzers that a bill names. */
const OTHERS_MAX = 8;

/** Local dates, `to` exclusive. */
export type DateSpan = { readonly from: string; readonly to: string };

/** What `lector cost` and `lector cost advise` begin with. */
export type CostSetup = {
  readonly contract: Contract;
  /** That of `--what-if`; null: none is asked for. */
  readonly other: Contract | null;
  readonly span: DateSpan;
  readonly target: CostTarget;
  /** What was used in a span, by the calendar of the contract. */
  usage(span: DateSpan): Promise<Usage>;
  /** What a bill of a span is made of. */
  billOptions(by: Contract, usage: Usage, span: DateSpan): BillOptions;
  close(): Promise<void>;
};

/** What there is to know of a place; of daily files that lie anywhere, nothing but the meters that Lector knows. */
type Site = {
  readonly analyzers: Installation['analyzers'];
  readonly virtuals: Installation['virtuals'];
  readonly profiles: ReadonlyMap<string, Profile>;
  /** null: there is none. */
  readonly dataDir: string | null;
  /** null: that of the contract. */
  readonly timezone: string | null;
  readonly configFile: string;
};

async function siteOf(options: CostOptions): Promise<Site> {
  if (options.dades !== undefined && !hasConfiguration(options)) {
    const { profiles } = loadProfiles([join(process.cwd(), 'profiles')]);
    const configFile = join(process.cwd(), 'config.xml');
    return { analyzers: [], virtuals: [], profiles, dataDir: null, timezone: null, configFile };
  }
  const { installation, profiles } = await configurationOf(options);
  const { analyzers, virtuals, general, node, configFile } = installation;
  return { analyzers, virtuals, profiles, dataDir: general.dataDir, timezone: node.timezone, configFile };
}

function hasConfiguration(options: CostOptions): boolean {
  try {
    locateConfig(options, process.env, process.cwd());
    return true;
  } catch {
    return false;
  }
}

/** Words of a model at most. */
const MODEL_WORDS = 3;

/** That of which some words of `text` are the model, the more of them the better: `Schneider Electric PM710`. */
function profileIn(profiles: Site['profiles'], text: string): Profile | null {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const places = [...words.keys()];
  const some = Array.from({ length: MODEL_WORDS }, (_, less) => MODEL_WORDS - less).flatMap((count) =>
    places.map((place) => words.slice(place, place + count).join(' ')),
  );
  return some.map((each) => findProfile(profiles, each)).find((found) => found !== null) ?? null;
}

/** Which meter records are of: as told, as config.xml says, or by the model that they name. */
function describeBy({ model: told }: CostOptions, { analyzers, profiles }: Site): Describe {
  const named = told === undefined ? null : findProfile(profiles, told);
  if (told !== undefined && named === null) {
    const known = [...new Set([...profiles.values()].map(({ model }) => model))].join(', ');
    throw new LectorError('USAGE', `--model: expected one of ${known}; saw "${safe(told, 40)}"`);
  }
  return (id, model) => {
    const config = analyzers.find((each) => each.id === id);
    const configured = profiles.get(config?.profileId ?? '') ?? null;
    return {
      profile: named ?? configured ?? profileIn(profiles, model),
      recordingMs: config?.recordingMs ?? null,
    };
  };
}

/** Configuration, contracts, span and records. Rejects USAGE, CONFIG_INVALID, STORE_FAILED in words. */
export async function costSetup(
  options: CostOptions,
  unlessTold: (today: string) => DateSpan = monthThatRuns,
): Promise<CostSetup> {
  const site = await siteOf(options);
  const { analyzers, configFile, dataDir } = site;
  const describe = describeBy(options, site);
  const zone = site.timezone ?? contractOf(options.tariff, configFile, process.cwd()).timezone;
  const nodeOffset = zoneOffset(zone);
  const source: CostSource =
    options.dades === undefined && dataDir !== null
      ? storeSource(dataDir, describe)
      : await dadesSource(options.dades ?? '', describe, zone);
  try {
    const asked = askedFor(options, site, source);
    const target = targetOf(asked.word, analyzers, source.analyzers, site.virtuals);
    // a sum without a contract of its own has that of its first analyzer
    const configured = analyzers.find(({ id }) => id === target.terms[0]?.id)?.tariff;
    const contract = contractOf(options.tariff ?? target.tariff ?? configured, configFile, process.cwd());
    const other = options.whatIf === undefined ? null : contractOf(options.whatIf, configFile, process.cwd());
    const offsetAt = zoneOffset(contract.timezone);
    const now = systemClock().now();
    const events: readonly CostEvent[] = dataDir === null ? [] : readEvents(dataDir);
    const instant = (date: string) => epochMs(instantOfWall(dayOf(date) * DAY_MS, offsetAt));
    return {
      ...{ contract, other, target, span: spanOf(options, dateOf(dayIn(now, offsetAt(now))), unlessTold) },
      async usage(of) {
        const { from, to } = options.estimate === true ? spanOfEstimates(of) : of;
        const told = { from: instant(of.from), to: instant(of.to) };
        const used = await usageOfTarget(source, target, {
          ...{ from: instant(from), to: instant(to), told, events },
          ...{ offsetAt: nodeOffset, zone, billedBy: [offsetAt] },
        });
        return { ...used, notes: [...asked.notes, ...(used.notes ?? [])] };
      },
      billOptions: (by, usage, span) => ({
        ...{
          contract: by,
          usage,
          ...span,
          offsetAt: zoneOffset(by.timezone),
          estimate: options.estimate === true,
          now,
        },
      }),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

type Asked = { readonly word: string | undefined; readonly notes: readonly string[] };

/** What `--analyzer` says; else the first that config.xml has and there are records of, which is told. */
function askedFor({ analyzer: word }: CostOptions, { analyzers, virtuals = [] }: Site, source: CostSource): Asked {
  const all = source.analyzers.map((id) => ({ id, name: analyzers.find((each) => each.id === id)?.name ?? '' }));
  const first = analyzers.find(({ id }) => source.analyzers.includes(id))?.id ?? all[0]?.id;
  if (word !== undefined || first === undefined || all.length < 2) return { word, notes: [] };
  const more = [...all.filter(({ id }) => id !== first), ...virtuals];
  const others = more.slice(0, OTHERS_MAX);
  const list = others.map(({ id, name }) => (name === '' ? `${id}` : `${id} (${safe(name, 40)})`)).join(', ');
  const rest = more.length > others.length ? ', ...' : '';
  const note = `of the first analyzer, for --analyzer was not given; it takes also ${list}${rest}`;
  return { word: String(first), notes: [note] };
}

const dayIn = (now: EpochMs, offset: number): number => Math.floor((now + offset) / DAY_MS);

function monthThatRuns(today: string): DateSpan {
  return { from: `${today.slice(0, 8)}01`, to: dateOf(dayOf(today) + 1) };
}

function spanOf({ from, to }: CostOptions, today: string, unlessTold: (today: string) => DateSpan): DateSpan {
  const usual = unlessTold(today);
  const span = { from: from ?? usual.from, to: to ?? usual.to };
  for (const name of ['from', 'to'] as const) {
    if (!Number.isNaN(dayOf(span[name]))) continue;
    throw new LectorError('USAGE', `--${name}: expected a date such as 2026-01-01, saw "${safe(span[name], 40)}"`);
  }
  if (span.from >= span.to) {
    const saw = `saw ${span.from} and ${span.to}`;
    throw new LectorError('USAGE', `expected --to after --from (it is not billed itself), ${saw}`);
  }
  const days = dayOf(span.to) - dayOf(span.from);
  if (days <= SPAN_DAYS_MAX) return span;
  throw new LectorError('USAGE', `expected at most ${SPAN_DAYS_MAX} days at once, saw ${days}, to ${span.to}`);
}
