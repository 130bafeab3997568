import { systemClock } from '../clock.ts';
import type { CostEvent } from '../domain/cost-event.ts';
import { LectorError } from '../domain/errors.ts';
import { instantOfWall } from '../domain/local-time.ts';
import { safe } from '../domain/safe.ts';
import { type EpochMs, epochMs } from '../domain/units.ts';
import type { BillOptions } from '../tariff/bill.ts';
import type { Usage } from '../tariff/charges/context.ts';
import type { Contract } from '../tariff/contract.ts';
import { spanOfEstimates } from '../tariff/estimates.ts';
import { DAY_MS, dateOf, dayOf } from '../tariff/local-day.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import { contractOf } from './cost-contract.ts';
import { type CostSource, type Describe, dadesSource, storeSource } from './cost-source.ts';
import { type CostTarget, targetOf, usageOfTarget } from './cost-target.ts';
import { readEvents } from './event-file.ts';
import type { CostOptions } from './options.ts';

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

/** Configuration, contracts, span and records. Rejects USAGE, CONFIG_INVALID, STORE_FAILED in words. */
export async function costSetup(
  options: CostOptions,
  unlessTold: (today: string) => DateSpan = monthThatRuns,
): Promise<CostSetup> {
  const { installation, profiles } = await configurationOf(options);
  const { analyzers, general, node, configFile } = installation;
  const describe: Describe = (id, model) => {
    const config = analyzers.find((each) => each.id === id);
    const named = [...profiles.values()].find((each) => each.model.toLowerCase() === model.toLowerCase());
    return {
      profile: profiles.get(config?.profileId ?? '') ?? named ?? null,
      recordingMs: config?.recordingMs ?? null,
    };
  };
  const nodeOffset = zoneOffset(node.timezone);
  const source: CostSource =
    options.dades === undefined
      ? storeSource(general.dataDir, describe)
      : await dadesSource(options.dades, describe, nodeOffset);
  try {
    const target = targetOf(options.analyzer, analyzers, source.analyzers);
    // what is said of the first analyzer of a sum is said of the sum
    const configured = analyzers.find(({ id }) => id === target.terms[0]?.id)?.tariff;
    const contract = contractOf(options.tariff ?? configured, configFile, process.cwd());
    const other = options.whatIf === undefined ? null : contractOf(options.whatIf, configFile, process.cwd());
    const offsetAt = zoneOffset(contract.timezone);
    const now = systemClock().now();
    const events: readonly CostEvent[] = readEvents(general.dataDir);
    const instant = (date: string) => epochMs(instantOfWall(dayOf(date) * DAY_MS, offsetAt));
    return {
      ...{ contract, other, target, span: spanOf(options, dateOf(dayIn(now, offsetAt(now))), unlessTold) },
      async usage(of) {
        const { from, to } = options.estimate === true ? spanOfEstimates(of) : of;
        const told = { from: instant(of.from), to: instant(of.to) };
        return usageOfTarget(source, target, {
          ...{ from: instant(from), to: instant(to), told, events, offsetAt: nodeOffset },
        });
      },
      billOptions: (by, usage, span) => ({
        ...{ contract: by, usage, ...span, offsetAt: zoneOffset(by.timezone), estimate: options.estimate === true },
      }),
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
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
  if (span.from < span.to) return span;
  throw new LectorError(
    'USAGE',
    `expected --to after --from (it is not billed itself), saw ${span.from} and ${span.to}`,
  );
}

/** The same dates a year before; 28 February of a year without a 29th. */
export function yearBefore({ from, to }: DateSpan): DateSpan {
  const before = (date: string) => {
    const moved = `${String(Number(date.slice(0, 4)) - 1).padStart(4, '0')}${date.slice(4)}`;
    return Number.isNaN(dayOf(moved)) ? `${moved.slice(0, 8)}28` : moved;
  };
  return { from: before(from), to: before(to) };
}
