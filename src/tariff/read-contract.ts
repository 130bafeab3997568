import type { z } from 'zod';
import type { Parsed, Problem } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import { CHARGE_KINDS, type ChargeKind, type Contract } from './contract.ts';
import { contractSchema, type Written } from './contract-schema.ts';
import type { Holidays, PeriodName, PeriodTable } from './period-table.ts';
import { uncovered } from './periods.ts';
import { SPANISH_HOLIDAYS, SPANISH_TARIFFS, type SpanishTariff, spanishPeriods, zoneOfTerritory } from './spain.ts';
import { SPANISH_REACTIVE } from './spain-prices.ts';

/** A contract as read, and the file with its prices by the hour, which is the caller's to read; null: by period. */
export type ReadContract = { readonly contract: Contract; readonly hourlyFile: string | null };

/** What a 2.0TD is never charged: its power is limited, and its reactive energy is not measured. */
const NONE_OF_20TD: readonly ChargeKind[] = ['excess', 'reactive'];

/**
 * Reads a contract (JSON) of `tariffs/`. `at`: what the file is called in sentences. Everything that is wrong is told
 * at once, each with its place in the file.
 */
export function readContract(text: string, at: string): Parsed<ReadContract> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const saw = error instanceof Error ? safe(error.message, 120) : 'something else';
    return { ok: false, problems: [problem(at, 'JSON', saw, 'correct it, or begin with docs/examples')] };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const saw = safe(JSON.stringify(json) ?? 'nothing', 60);
    return {
      ok: false,
      problems: [problem(at, 'an object { ... } of the names of a contract', saw, 'begin with docs/examples')],
    };
  }
  const parsed = contractSchema.safeParse(json, { reportInput: true });
  if (!parsed.success) {
    return { ok: false, problems: parsed.error.issues.map((issue) => problemOf(issue, at)) };
  }
  return contractOf(parsed.data, at);
}

function problem(at: string, expected: string, saw: string, todo = ''): Problem {
  return { severity: 'error', at, expected, saw, todo };
}

type Issue = z.core.$ZodIssue;

function problemOf(issue: Issue, file: string): Problem {
  const path = issue.path.map((part, index) =>
    typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
  );
  const at = path.length === 0 ? file : `${file}: ${safe(path.join(''), 100)}`;
  if (issue.code === 'unrecognized_keys') {
    return problem(at, 'only names that a contract has', safe(issue.keys.join(', '), 100), 'correct or remove it');
  }
  const saw = issue.input === undefined ? 'none' : safe(JSON.stringify(issue.input) ?? 'something else', 60);
  return problem(at, issue.message, saw);
}

function contractOf(written: Written, at: string): Parsed<ReadContract> {
  const problems: Problem[] = [];
  const holidays = holidaysOf(written);
  const tables = periodsOf(written, at, problems);
  const names = new Set([...tables.energy, ...tables.power].flatMap(({ rules }) => rules.map(({ period }) => period)));
  for (const list of ['contractedKw', 'energyPrices', 'powerPrices'] as const) {
    for (const [index, entry] of written[list].entries()) {
      checkPeriods(entry.values, names, `${at}: ${list}[${index}]`, problems);
    }
  }
  for (const [index, rule] of written.excess.entries()) {
    checkPeriods(rule.rule === 'maximeter' ? rule.perKw : rule.kp, names, `${at}: excess[${index}]`, problems);
  }
  for (const [index, { periods }] of written.reactive.entries()) {
    checkPeriods(Object.fromEntries(periods.map((name) => [name, 0])), names, `${at}: reactive[${index}]`, problems);
  }
  for (const table of new Set([...tables.energy, ...tables.power])) {
    const [first] = uncovered(table.rules, holidays, Number(table.from.slice(0, 4)) + 1, 1);
    if (first !== undefined) problems.push(problem(`${at}: periods`, 'a period for every hour', `none on ${first}`));
  }
  if (problems.length > 0) return { ok: false, problems };
  const isSpanish = written.territory !== null;
  const none = [...written.none, ...(written.tariff === '2.0TD' && isSpanish ? NONE_OF_20TD : [])];
  const reactive = written.reactive.length === 0 && isSpanish ? SPANISH_REACTIVE : written.reactive;
  const contract: Contract = {
    ...{ name: written.name, about: written.about, tariff: written.tariff, territory: written.territory },
    timezone: written.territory === null ? (written.timezone ?? 'UTC') : zoneOfTerritory(written.territory),
    ...{ currency: written.currency, energyPeriods: tables.energy, powerPeriods: tables.power, holidays },
    contractedKw: written.contractedKw.map(({ from, values }) => ({ from, kw: values })),
    energyPrices: written.energyPrices.map(({ from, values }) => ({ from, perKwh: values })),
    hourlyPrices: null,
    powerPrices: written.powerPrices.map(({ from, values }) => ({ from, perKwYear: values })),
    ...{ powerYear: written.powerYear, excess: written.excess, reactive, surplus: written.surplus },
    ...{ fees: written.fees, discounts: written.discounts, rental: written.rental, co2: written.co2 },
    ...{
      electricityTax: written.electricityTax,
      vat: written.vat,
      none: CHARGE_KINDS.filter((kind) => none.includes(kind)),
    },
  };
  return { ok: true, value: { contract, hourlyFile: written.hourlyPrices }, warnings: [] };
}

function holidaysOf({ territory, holidays }: Written): Holidays {
  const base = territory === null ? [] : SPANISH_HOLIDAYS.fixed;
  const isYearly = (date: string) => date.length === 5;
  return {
    fixed: [...base.filter((date) => !holidays.remove.includes(date)), ...holidays.add.filter(isYearly)],
    dates: holidays.add.filter((date) => !isYearly(date)),
  };
}

type Tables = { readonly energy: readonly PeriodTable[]; readonly power: readonly PeriodTable[] };

function periodsOf({ tariff, territory, periods, powerPeriods }: Written, at: string, problems: Problem[]): Tables {
  if (territory !== null && periods.length === 0) {
    const spanish = SPANISH_TARIFFS.find((each) => each === tariff) as SpanishTariff | undefined;
    if (spanish !== undefined) {
      const of = (what: 'energy' | 'power') => spanishPeriods(spanish, territory, what);
      return { energy: of('energy'), power: of('power') };
    }
    const known = SPANISH_TARIFFS.join(', ');
    problems.push(problem(`${at}: tariff`, `one of ${known}, or periods of its own`, safe(tariff, 40)));
  } else if (periods.length === 0) {
    const todo = 'write "territory": "peninsula" for a Spanish tariff';
    problems.push(problem(at, 'a territory, or "periods" of its own', 'neither', todo));
  }
  return { energy: periods, power: powerPeriods.length === 0 ? periods : powerPeriods };
}

function checkPeriods(values: object, names: ReadonlySet<PeriodName>, at: string, problems: Problem[]): void {
  for (const name of Object.keys(values).filter((each) => !names.has(each))) {
    problems.push(problem(at, `periods of the tariff (${[...names].sort().join(', ')})`, safe(name, 40)));
  }
}
