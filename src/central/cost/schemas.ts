import { z } from 'zod';
import { isoTime } from '../../protocol/iso-time.ts';
import { CHARGE_KINDS } from '../../tariff/contract.ts';
import { dayOf } from '../../tariff/local-day.ts';
import { analyzerId, nodeId, sum, text } from '../api/schemas.ts';
import type { OpenedOf } from './besides.ts';
import type { Billed, WhatIf } from './billing.ts';
import type { ContractRow, UnreadableContract, VirtualRow } from './ports.ts';

export const date = z
  .string()
  .refine((text) => !Number.isNaN(dayOf(text)), 'expected a date such as 2026-01-01')
  .describe('A local date, 2026-01-01.');
/** A number in a question, which stands there as a text. */
export const queried = <T extends z.ZodType<number, number>>(id: T) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'expected a whole number')
    .transform(Number)
    .pipe(id);
export const contractName = z.string().min(1).max(100);

export const ORIGIN = z
  .enum(['site', 'centre'])
  .describe('site: its lector tells it, and takes it back; centre: it was entered here.');

/** What the tariff tells beside is told too. */
const LINE = z.looseObject({
  kind: z.enum(CHARGE_KINDS),
  name: z.string(),
  period: z.string().nullable(),
  from: date,
  to: date.describe('Exclusive.'),
  quantity: z.number().nullable(),
  unit: z.string(),
  price: z.number().nullable(),
  amount: z.string().nullable().describe('Two decimals; null: it cannot be told, as `missing` says.'),
  missing: z.string().nullable(),
  note: z.string().nullable(),
  coverage: z.number().nullable().describe('Share of its time that has data, 0..1; null: it depends on none.'),
  estimated: z.number().default(0).describe('Of its quantity, what is a guess for time without data.'),
});

export const BILL = z.looseObject({
  contract: z.string(),
  from: date,
  to: date,
  days: z.number(),
  currency: z.string(),
  lines: z.array(LINE),
  total: z.string().describe('The sum of the amounts that are known.'),
  missing: z.array(z.string()).describe('What is not known; empty: the bill is whole.'),
  kwh: z.number(),
  kwhEstimated: z.number().default(0).describe('Of kwh, what is a guess for time without data.'),
  coverage: z.number(),
  co2Kg: z.number().nullable().default(null),
  notes: z.array(z.string()).default([]).describe('What a person should know of all of it.'),
});

const BILLS = {
  bills: z.array(BILL).describe('One for each contract that it was charged by, one after the other.'),
  total: z.string().nullable().describe('null: the bills are in several currencies.'),
  currency: z.string().nullable(),
};
const WHAT_IF = z.object({
  ...BILLS,
  difference: z.string().nullable().describe('How much more the other contract costs.'),
});
export const BILLED = z.object({
  ...{ node: z.number(), analyzer: z.number(), name: z.string() },
  of: z.string().nullable().default(null).describe('Of a virtual meter, its analyzers: 1 - 5.'),
  ...{ from: date, to: date },
  ...BILLS,
  whatIf: WHAT_IF.nullable(),
});
export type BilledWire = z.output<typeof BILLED>;

/** What a line is made of: a day of it, a record, or another line. */
const PART = z.object({
  from: z.string(),
  to: z.string().describe('Exclusive.'),
  date: z.string(),
  name: z.string().nullable().describe('Of another line; null: it is a time.'),
  quantity: z.number().nullable(),
  price: z.number().nullable().describe('Of several prices their mean.'),
  cost: z.string().nullable().describe('Without taxes, not rounded; null: it has none by itself, or it is not known.'),
  hours: z.number().describe('0: it does not depend on data.'),
  coveredHours: z.number(),
  byPower: z.number().describe('Of its quantity, what is told by power alone.'),
  byTime: z.number().describe('Of its quantity, what is known in sum only, and was divided by time.'),
  estimated: z.number().describe('Of its quantity, what is a guess for time without data.'),
  note: z.string().nullable(),
});
const OPENED = z.object({
  line: LINE,
  period: z.string().nullable().describe('What of the line is opened; null: all of it.'),
  parts: z.array(PART),
});

/** Bills, and what was asked beside. Of each bill, in their order. */
export const BILLED_BESIDE = BILLED.extend({
  parts: z.array(z.array(BILL)).optional().describe('Asked with `by`: the bills of its days, weeks or months.'),
  opened: z
    .array(z.object({ timezone: z.string(), lines: z.array(OPENED) }))
    .optional()
    .describe('Asked with `open`: what lines are made of. Their sum is the line, but for its rounding.'),
  lastYear: z
    .array(BILL.nullable())
    .optional()
    .describe('Asked with `lastYear`: the same dates a year before, by the same contract; null: no data of then.'),
});
export type BilledBesideWire = z.output<typeof BILLED_BESIDE>;

/** As the answer has it: zod's lists may be changed. */
type Told = BilledWire['bills'];

export function billedBesideView({ parts, opened, lastYear, ...rest }: Billed): BilledBesideWire {
  return {
    ...billedView(rest),
    ...(parts !== undefined && { parts: parts as unknown as Told[] }),
    ...(lastYear !== undefined && { lastYear: lastYear as unknown as Told }),
    ...(opened !== undefined && { opened: opened.map(openedView) }),
  };
}

function openedView({ timezone, offsetAt, lines }: OpenedOf): NonNullable<BilledBesideWire['opened']>[number] {
  const told = lines.map(({ line, period, parts }) => ({
    ...{ line: line as z.output<typeof LINE>, period },
    parts: parts.map((part) => ({ ...part, from: isoTime(part.from, offsetAt), to: isoTime(part.to, offsetAt) })),
  }));
  return { timezone, lines: told };
}

export const billedView = ({ target, bills, whatIf, ...rest }: Billed): BilledWire => ({
  ...{ node: target.node, analyzer: target.id, name: target.name, of: target.of, ...rest },
  bills: bills as unknown as Told,
  whatIf: whatIf === null ? null : whatIfView(whatIf),
});
const whatIfView = ({ bills, ...rest }: WhatIf) => ({ ...rest, bills: bills as unknown as Told });

/** Costs are of a year, in the currency of the contract, without taxes. */
const PERIOD_ADVICE = z.object({
  period: z.string(),
  contractedKw: z.number().nullable(),
  advisedKw: z.number(),
  peakKw: z.number().describe('The greatest quarter hour; 0: there was none.'),
  costNow: z.number().nullable(),
  costThen: z.number(),
});
export const ADVISED = z.object({
  ...{ node: z.number(), analyzer: z.number(), name: z.string(), of: z.string().nullable() },
  ...{ from: date, to: date, contract: z.string(), currency: z.string() },
  periods: z.array(PERIOD_ADVICE),
  coverage: z.number().describe('Share of the quarter hours that are known, 0..1.'),
  days: z.number(),
  notes: z.array(z.string()),
});
export type AdvisedWire = z.output<typeof ADVISED>;

/** A contract as a file of `tariffs/` has it. */
export const CONTRACT_BODY = z.strictObject({
  contract: z.record(z.string(), z.unknown()).describe('As in a file of tariffs/; docs/OPERATING.md tells its names.'),
  hourlyPrices: z.string().nullable().default(null).describe('The text of the file that its `hourlyPrices` names.'),
});

export const CONTRACT = z.object({
  name: z.string(),
  title: z.string(),
  tariff: z.string(),
  timezone: z.string(),
  currency: z.string(),
  changedAt: z.string(),
});
/** One that cannot be read has its name, and why. */
const UNREADABLE = CONTRACT.pick({ name: true, changedAt: true }).extend({ unreadable: z.string() });
export const LISTED_CONTRACT = z.union([CONTRACT, UNREADABLE]);
export const WHOLE_CONTRACT = CONTRACT.extend(CONTRACT_BODY.shape);

export const contractView = ({ name, contract, changedAt }: ContractRow): z.output<typeof CONTRACT> => {
  const { name: title, tariff, timezone, currency } = contract;
  return { name, title, tariff, timezone, currency, changedAt: new Date(changedAt).toISOString() };
};

export const listedView = (row: ContractRow | UnreadableContract): z.output<typeof LISTED_CONTRACT> =>
  'contract' in row ? contractView(row) : { ...row, changedAt: new Date(row.changedAt).toISOString() };

export const ASSIGNMENT = z.strictObject({
  node: nodeId,
  analyzer: analyzerId.nullable().describe('Or a virtual meter; null: every one of the node without its own.'),
  from: date,
  contract: contractName,
});

/** What is read of the lists of analyzers and virtual meters, to find one by its name. */
const NAMED = z.array(z.object({ node: z.number(), id: z.number(), name: z.string() }));
export const NAMED_ANALYZERS = z.object({ analyzers: NAMED });
export const NAMED_VIRTUALS = z.object({ virtuals: NAMED });

export const VIRTUAL = z.object({
  node: nodeId,
  id: analyzerId,
  name: z.string(),
  location: z.string(),
  of: sum,
  origin: ORIGIN,
});
export const VIRTUAL_BODY = z.strictObject({ name: text.default(''), location: text.default(''), of: sum });

export const virtualView = ({ terms: _, ...row }: VirtualRow): z.output<typeof VIRTUAL> => row;
