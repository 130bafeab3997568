import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { zoneOffset } from '../domain/zone-offset.ts';
import type { Contract } from '../tariff/contract.ts';
import { readHourlyPrices } from '../tariff/hourly-prices.ts';
import { readContract } from '../tariff/read-contract.ts';
import { listed, nearest, type Report, seen } from './report.ts';
import { readTextFile } from './text-file.ts';

/** Folder beside config.xml with the contracts of a site. */
export const TARIFFS_FOLDER = 'tariffs';
const NAME = /^[\p{L}\p{N} ._-]{1,80}$/u;

/** Where the file names a contract. */
export type NamedTariff = { readonly name: string; readonly at: string };

/**
 * The contracts that the configuration names, each from `tariffs/<name>.json` in `folder`. What is wrong with one is
 * a warning with its place in that file: without a contract no cost is told, and meters are read all the same.
 */
export function readTariffs(
  named: readonly NamedTariff[],
  folder: string,
  report: Report,
): ReadonlyMap<string, Contract> {
  const contracts = new Map<string, Contract>();
  const lenient: Report = { ...report, error: report.warn };
  const first = new Map(named.toReversed().map((each) => [each.name, each]));
  for (const { name, at } of first.values()) {
    const contract = readTariff({ name, at }, join(folder, TARIFFS_FOLDER), lenient);
    if (contract !== null) contracts.set(name, contract);
  }
  return contracts;
}

function readTariff({ name, at }: NamedTariff, folder: string, report: Report): Contract | null {
  const expected = `the name of a contract in ${TARIFFS_FOLDER}/ beside config.xml`;
  if (!NAME.test(name)) {
    report.error(at, expected, seen(name), `write tariff="school" for ${TARIFFS_FOLDER}/school.json`);
    return null;
  }
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    const there = namesIn(folder);
    const near = nearest(name, there);
    const todo =
      near === null ? `there ${there.length === 0 ? 'is none' : `are ${listed(there)}`}` : `did you mean ${near}?`;
    report.error(at, expected, seen(name), todo);
    return null;
  }
  const shown = `${TARIFFS_FOLDER}/${name}.json`;
  const text = readTextFile(file, shown, report);
  const parsed = text === null ? null : readContract(text, shown);
  if (parsed === null) return null;
  if (!parsed.ok) {
    for (const problem of parsed.problems) report.error(problem.at, problem.expected, problem.saw, problem.todo);
    return null;
  }
  const { contract, hourlyFile } = parsed.value;
  return hourlyFile === null ? contract : withHours(contract, { folder, hourlyFile }, report);
}

type Hours = { readonly folder: string; readonly hourlyFile: string };

function withHours(contract: Contract, { folder, hourlyFile }: Hours, report: Report): Contract | null {
  const shown = `${TARIFFS_FOLDER}/${hourlyFile}`;
  const text = readTextFile(join(folder, hourlyFile), shown, report);
  if (text === null) return null;
  const { territory, timezone } = contract;
  const column = territory === 'ceuta' || territory === 'melilla' ? 'CYM' : 'PCB';
  const hours = readHourlyPrices(text, { at: shown, offsetAt: zoneOffset(timezone), column });
  if (hours.ok) return { ...contract, hourlyPrices: hours.value };
  for (const { at, expected, saw, todo } of hours.problems) report.error(at, expected, saw, todo);
  return null;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []));
  } catch {
    return [];
  }
}
