import { LectorError } from '../domain/errors.ts';
import { instantOfWall } from '../domain/local-time.ts';
import type { Profile } from '../domain/profile.ts';
import { indexOf } from '../domain/profile-index.ts';
import type { LectorRecord } from '../domain/record.ts';
import { type AnalyzerId, type EpochMs, epochMs } from '../domain/units.ts';
import { openStoreReader, type StoreReader } from '../store/reader.ts';
import { type Bill, bill } from '../tariff/bill.ts';
import type { Contract } from '../tariff/contract.ts';
import { DAY_MS, dateOf, dayOf } from '../tariff/local-day.ts';
import { type MeteredVariable, usageOf } from '../tariff/usage.ts';
import { zoneOffset } from '../zone.ts';
import { configurationOf } from './configuration.ts';
import { contractOf } from './cost-contract.ts';
import { billCsv, billText } from './cost-text.ts';
import type { CostOptions } from './options.ts';

/** Records are read in pieces of so much time. */
const PIECE_MS = 31 * DAY_MS;
/** What a counter went before the first record and after the last belongs to both sides: records around are read too. */
const AROUND_MS = 2 * DAY_MS;

/**
 * `lector cost`: what an analyzer's energy costs from a local date to another, which is exclusive, by the contract of
 * `--tariff`, from the records of the store. Resolves with 1 when something of the bill is missing.
 */
export async function cost(options: CostOptions): Promise<number> {
  const { installation, profiles } = await configurationOf(options);
  const contract = contractOf(options.tariff, installation.configFile, process.cwd());
  const other =
    options.whatIf === undefined ? null : contractOf(options.whatIf, installation.configFile, process.cwd());
  const offsetAt = zoneOffset(contract.timezone);
  const span = spanOf(options, epochMs(Date.now()), offsetAt(epochMs(Date.now())));
  const reader = openStoreReader({ dir: installation.general.dataDir });
  try {
    const analyzer = analyzerOf(options.analyzer, installation.analyzers, reader);
    const config = installation.analyzers.find(({ id }) => id === analyzer) ?? null;
    const instant = (date: string, aroundMs: number) =>
      epochMs(instantOfWall(dayOf(date) * DAY_MS, offsetAt) + aroundMs);
    const records = recordsOf(reader, analyzer, instant(span.from, -AROUND_MS), instant(span.to, AROUND_MS));
    const profile = profiles.get(config?.profileId ?? '') ?? null;
    const usage = usageOf(records, variablesOf(profile), config?.recordingMs ?? null);
    const priced = (by: Contract) => bill({ contract: by, usage, ...span, offsetAt: zoneOffset(by.timezone) });
    const bills = [contract, ...(other === null ? [] : [other])].map(priced);
    const name =
      config === null || config.name === '' ? `analyzer ${analyzer}` : `${config.name} (analyzer ${analyzer})`;
    process.stdout.write(printed(options, name, bills));
    return bills.some(({ missing }) => missing.length > 0) ? 1 : 0;
  } finally {
    await reader.close();
  }
}

function printed(options: CostOptions, name: string, bills: readonly Bill[]): string {
  const [first, second] = bills;
  if (options.json === true) return `${JSON.stringify(second === undefined ? first : { bills }, null, 2)}\n`;
  if (options.csv === true) return bills.map(billCsv).join('\n');
  const texts = bills.map((each) => billText(name, each));
  if (first === undefined || second === undefined) return texts.join('\n');
  const difference = (Number(second.total) - Number(first.total)).toFixed(2);
  const words =
    Number(difference) > 0 ? `${difference} ${second.currency} more` : `${-Number(difference)} ${second.currency} less`;
  return `${texts.join('\n')}\nWith ${second.contract} in the place of ${first.contract}: ${words}\n`;
}

/** The month that runs, unless told. */
function spanOf(
  { from, to }: CostOptions,
  now: EpochMs,
  offset: number,
): { readonly from: string; readonly to: string } {
  const today = dateOf(Math.floor((now + offset) / DAY_MS));
  const first = from ?? `${today.slice(0, 8)}01`;
  const last = to ?? dateOf(dayOf(today) + 1);
  for (const [name, date] of [
    ['from', first],
    ['to', last],
  ] as const) {
    if (Number.isNaN(dayOf(date))) {
      throw new LectorError('USAGE', `--${name}: expected a date such as 2026-01-01, saw "${date.slice(0, 40)}"`);
    }
  }
  if (first < last) return { from: first, to: last };
  throw new LectorError('USAGE', `expected --to after --from (it is not billed itself), saw ${first} and ${last}`);
}

type Named = { readonly id: AnalyzerId; readonly name: string };

function analyzerOf(word: string | undefined, analyzers: readonly Named[], reader: StoreReader): AnalyzerId {
  const there = reader.analyzers();
  const [only, second] = there;
  if (word === undefined && only !== undefined && second === undefined) return only;
  const known = analyzers.map(({ id, name }) => (name === '' ? `${id}` : `${id} ${name}`)).join(', ');
  if (word === undefined) throw new LectorError('USAGE', `expected --analyzer with one of ${known}`);
  const named = analyzers.find(({ name }) => name.toLowerCase() === word.toLowerCase());
  const id = named?.id ?? (/^\d{1,9}$/.test(word) ? Number(word) : Number.NaN);
  if (there.includes(id)) return id;
  throw new LectorError('USAGE', `--analyzer: no records of "${word.slice(0, 60)}"; there are ${known}`);
}

/** By end; where the clock was put back the last record of an end counts. */
function recordsOf(reader: StoreReader, id: AnalyzerId, after: EpochMs, until: EpochMs): readonly LectorRecord[] {
  const found = new Map<EpochMs, LectorRecord>();
  for (let from: number = after; from < until; from += PIECE_MS) {
    const to = epochMs(Math.min(from + PIECE_MS, until));
    for (const record of reader.records(id, epochMs(from), to)) found.set(record.end, record);
  }
  return [...found.values()];
}

function variablesOf(profile: Profile | null): readonly MeteredVariable[] {
  if (profile === null) return [];
  const { register } = indexOf(profile);
  return profile.variables.map(({ code, quantity, unit, aggregate, registers }) => {
    return { code, quantity, unit, aggregate, phases: registers.map((id) => register.get(id)?.phase ?? 'none') };
  });
}
