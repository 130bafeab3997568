import type { Parsed } from '../../domain/problem.ts';
import { zoneOffset } from '../../domain/zone-offset.ts';
import type { Contract } from '../../tariff/contract.ts';
import { readHourlyPrices } from '../../tariff/hourly-prices.ts';
import { readContract } from '../../tariff/read-contract.ts';
import type { WrittenContract } from './ports.ts';

/** The contract that somebody wrote; everything that is wrong with it is told. `at`: what it is called in sentences. */
export function readWritten({ json, hourly }: WrittenContract, at: string): Parsed<Contract> {
  const read = readContract(json, at);
  if (!read.ok) return read;
  const { contract, hourlyFile } = read.value;
  if (hourlyFile === null) return { ok: true, value: contract, warnings: read.warnings };
  if (hourly === null) {
    const todo = 'send them with it, as "hourlyPrices"';
    const saw = {
      severity: 'error',
      at: `${at}: hourlyPrices`,
      expected: 'the prices by the hour',
      saw: 'none',
    } as const;
    return { ok: false, problems: [{ ...saw, todo }] };
  }
  const isSouth = contract.territory === 'ceuta' || contract.territory === 'melilla';
  const prices = readHourlyPrices(hourly, {
    ...{ at: `${at}: prices by the hour`, offsetAt: zoneOffset(contract.timezone) },
    column: isSouth ? 'CYM' : 'PCB',
  });
  if (!prices.ok) return prices;
  return { ok: true, value: { ...contract, hourlyPrices: prices.value }, warnings: [] };
}
