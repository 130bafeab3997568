import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LectorError } from '../domain/errors.ts';
import { problemText } from '../domain/problem.ts';
import type { Contract } from '../tariff/contract.ts';
import { readHourlyPrices } from '../tariff/hourly-prices.ts';
import { readContract } from '../tariff/read-contract.ts';
import { zoneOffset } from '../zone.ts';

/** Folder beside config.xml with the contracts of a site. */
export const TARIFFS_FOLDER = 'tariffs';
const FILE_BYTES_MAX = 5_000_000;

/**
 * The contract that `--tariff` names: a file, or the name of one in `tariffs/` beside config.xml; without a name the
 * only one there. Prices by the hour lie beside it. Throws USAGE where there is none, CONFIG_INVALID with everything
 * that is wrong with it.
 */
export function contractOf(name: string | undefined, configFile: string, cwd: string): Contract {
  const file = fileOf(name, join(dirname(configFile), TARIFFS_FOLDER), cwd);
  const parsed = readContract(textOf(file), basename(file));
  if (!parsed.ok) throw invalid(parsed.problems.map(problemText));
  const { contract, hourlyFile } = parsed.value;
  if (hourlyFile === null) return contract;
  const prices = join(dirname(file), hourlyFile);
  const isSouth = contract.territory === 'ceuta' || contract.territory === 'melilla';
  const hourly = readHourlyPrices(textOf(prices), {
    ...{ at: basename(prices), offsetAt: zoneOffset(contract.timezone) },
    column: isSouth ? 'CYM' : 'PCB',
  });
  if (!hourly.ok) throw invalid(hourly.problems.map(problemText));
  return { ...contract, hourlyPrices: hourly.value };
}

const invalid = (sentences: readonly string[]): LectorError =>
  new LectorError('CONFIG_INVALID', `the contract cannot be used:\n${sentences.join('\n')}`);

function fileOf(name: string | undefined, folder: string, cwd: string): string {
  if (name === undefined) {
    const todo = `give --tariff FILE (docs/examples has two), or put one called default.json into ${folder}`;
    const file = join(folder, 'default.json');
    if (existsSync(file)) return file;
    throw new LectorError('USAGE', `expected a contract, saw none; ${todo}`);
  }
  const tried = [resolve(cwd, name), join(folder, name), join(folder, `${name}.json`)];
  const file = tried.find((each) => existsSync(each));
  if (file !== undefined) return file;
  throw new LectorError('USAGE', `--tariff: expected a file, or the name of one in ${folder}, saw "${name}"`);
}

function textOf(file: string): string {
  try {
    const text = readFileSync(file);
    if (text.length > FILE_BYTES_MAX)
      throw new Error(`it has ${text.length} bytes, at most ${FILE_BYTES_MAX} are read`);
    return text.toString('utf8');
  } catch (error) {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    const words = isFolder ? 'it is a folder' : error instanceof Error ? error.message : String(error);
    throw new LectorError('CONFIG_INVALID', `cannot read ${file}: ${words}`);
  }
}
