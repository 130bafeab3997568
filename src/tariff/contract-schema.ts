import { z } from 'zod';
import { CHARGE_KINDS } from './contract.ts';
import { dayOf } from './local-day.ts';
import { DAY_KINDS } from './period-table.ts';
import { minuteOf } from './periods.ts';
import { TERRITORIES } from './spain.ts';

const LIST_MAX = 500;
const NAME_MAX = 100;

const date = z.string('a date such as 2026-01-01').refine((text) => !Number.isNaN(dayOf(text)), {
  error: 'a date such as 2026-01-01',
});
const until = date.nullable().default(null);
const monthDay = z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a day of every year such as 12-25');
const time = z.string().refine((text) => !Number.isNaN(minuteOf(text)), { error: 'a time such as 08:00 or 24:00' });
const amount = z.number('a number').min(-1e9, 'a number that money can have').max(1e9, 'a number that money can have');
const positive = z.number('a number from 0 on').min(0, 'a number from 0 on').max(1e9, 'a number that can be');
const percent = z.number('a percentage from 0 to 100').min(0, 'from 0 to 100').max(100, 'from 0 to 100');
const text = (max: number) => z.string('a text').max(max, `at most ${max} characters`);
const list = <T extends z.ZodType>(item: T) => z.array(item, 'a list').max(LIST_MAX, `at most ${LIST_MAX}`).default([]);

/** `{ "from": "2026-01-01", "P1": 30, "P2": 30 }`: the date, and a number for each period. */
const byPeriod = z
  .object({ from: date })
  .catchall(positive)
  .transform(({ from, ...values }) => ({ from, values: values as Readonly<Record<string, number>> }));

/** In the order of their dates, each date once: what is in force is the last that has begun. */
function dated<T extends z.ZodType<{ readonly from: string }>>(item: T) {
  return list(item).refine(
    (all) => all.every((each, index) => index === 0 || each.from > (all[index - 1]?.from ?? '')),
    { error: 'entries in the order of their dates, each date once' },
  );
}

const rule = z.strictObject({
  period: text(20).min(1, 'the name of a period'),
  name: text(NAME_MAX).optional(),
  months: z.array(z.number().int().min(1).max(12), 'months from 1 to 12').optional(),
  dates: z.array(z.tuple([monthDay, monthDay])).optional(),
  days: z.array(z.enum(DAY_KINDS, `of ${DAY_KINDS.join(', ')}`)).optional(),
  hours: z.array(z.tuple([time, time], 'a pair of times such as ["08:00", "24:00"]')).optional(),
});
const table = z.strictObject({ from: date, until, rules: z.array(rule).min(1, 'at least one rule').max(LIST_MAX) });

const kp = z.record(z.string(), positive);
const perDays = z
  .number('a number of days')
  .int('whole days')
  .min(1, 'from 1 on')
  .max(366, 'up to 366')
  .exactOptional();
const excess = z.discriminatedUnion('rule', [
  z.strictObject({ from: date, rule: z.literal('maximeter'), perKw: z.record(z.string(), positive), perDays }),
  z.strictObject({ from: date, rule: z.literal('quarterHours'), perKw: positive, kp, perDays }),
]);
const band = z.strictObject({ from: z.number().min(0).max(1), below: z.number().min(0).max(2), perKvarh: positive });
const reactive = z.strictObject({
  from: date,
  free: z.number().min(0).max(10),
  periods: z.array(z.string()),
  bands: z.array(band),
});
const fee = z.strictObject({
  name: text(NAME_MAX).min(1, 'what the line is called'),
  ...{ from: date, until, per: z.enum(['day', 'kWh', 'bill'], 'day, kWh or bill'), amount },
  electricityTax: z.boolean().default(false),
  vat: z.union([z.boolean(), percent], 'true, false, or its own rate').default(true),
});
const discount = z.strictObject({
  name: text(NAME_MAX).min(1, 'what the line is called'),
  ...{ from: date, until, percent, of: z.enum(['energy', 'power', 'both'], 'energy, power or both') },
});

/** A contract as people write it; docs/COST.md describes each name. */
export const contractSchema = z.strictObject({
  name: text(NAME_MAX).min(1, 'what the contract is called'),
  about: text(1000).default(''),
  tariff: text(NAME_MAX).min(1, 'a tariff such as 3.0TD'),
  territory: z
    .enum(TERRITORIES, `one of ${TERRITORIES.join(', ')}`)
    .nullable()
    .default(null),
  timezone: text(60).refine(isZone, { error: 'a time zone such as Europe/Madrid' }).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'three letters such as EUR')
    .default('EUR'),
  periods: list(table),
  powerPeriods: list(table),
  holidays: z
    .strictObject({ add: list(z.union([date, monthDay], '2026-04-03 or 12-24')), remove: list(monthDay) })
    .default({ add: [], remove: [] }),
  contractedKw: dated(byPeriod),
  energyPrices: dated(byPeriod),
  hourlyPrices: text(1000).nullable().default(null),
  powerPrices: dated(byPeriod),
  powerYear: z.union([z.literal(365), z.literal('actual')], '365 or "actual"').default('actual'),
  excess: dated(excess),
  reactive: dated(reactive),
  surplus: dated(z.strictObject({ from: date, perKwh: positive })),
  fees: list(fee),
  discounts: list(discount),
  rental: dated(z.strictObject({ from: date, perDay: positive, vat: percent.exactOptional() })),
  co2: dated(z.strictObject({ from: date, gramsPerKwh: positive })),
  electricityTax: dated(z.strictObject({ from: date, percent, minimumPerKwh: positive.optional() })),
  vat: dated(z.strictObject({ from: date, percent })),
  none: list(z.enum(CHARGE_KINDS, `of ${CHARGE_KINDS.join(', ')}`)),
});

export type Written = z.output<typeof contractSchema>;

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
