import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { WrittenContract } from '../../central/cost/ports.ts';
import { LectorError } from '../../domain/errors.ts';
import { safe } from '../../domain/safe.ts';

const FILE_BYTES_MAX = 5_000_000;

/** A file of `tariffs/` with the prices by the hour that it names, as it is; whether it is right is not looked at. */
export function writtenContract(file: string): WrittenContract {
  const json = textOf(file);
  const prices = pricesOf(json);
  return { json, hourly: prices === null ? null : textOf(join(dirname(file), prices)) };
}

/** `tariffs/school.json` is called school. */
export const nameOfFile = (file: string): string => basename(file, extname(file));

function pricesOf(json: string): string | null {
  try {
    const { hourlyPrices } = JSON.parse(json) as { readonly hourlyPrices?: unknown };
    return typeof hourlyPrices === 'string' ? hourlyPrices : null;
  } catch {
    // what is wrong with it is told when it is read as a contract
    return null;
  }
}

function textOf(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX) throw new Error(`it has ${size} bytes, at most ${FILE_BYTES_MAX} are read`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new LectorError('USAGE', `${safe(file)} cannot be read: ${safe(words)}`, {}, error);
  }
}
