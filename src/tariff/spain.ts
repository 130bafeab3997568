import { LectorError } from '../domain/errors.ts';
import type { Holidays, PeriodTable } from './period-table.ts';
import data from './spain.json' with { type: 'json' };

export const TERRITORIES = ['peninsula', 'baleares', 'canarias', 'ceuta', 'melilla'] as const;
export type Territory = (typeof TERRITORIES)[number];

export const SPANISH_TARIFFS = ['2.0TD', '3.0TD', '6.1TD', '6.2TD', '6.3TD', '6.4TD'] as const;
export type SpanishTariff = (typeof SPANISH_TARIFFS)[number];

type SpanishRules = {
  readonly tariffs: readonly string[];
  readonly territories: readonly string[];
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly energy: PeriodTable['rules'];
  /** null: those of energy. */
  readonly power: PeriodTable['rules'] | null;
};

const TABLES = data.tables as unknown as readonly SpanishRules[];

/** National holidays with a fixed date: what makes a day one of the last period. */
export const SPANISH_HOLIDAYS: Holidays = { fixed: data.holidays.fixed, dates: [] };

/** What the contracted power of a tariff must be, kW: in no period more than, in some period more than. */
export const SPANISH_POWER: Readonly<Record<string, { readonly most?: number; readonly beyond?: number }>> = {
  '2.0TD': { most: 15 },
  '3.0TD': { beyond: 15 },
};

/** IANA zone whose legal time the hours of the tariffs are of. */
export const zoneOfTerritory = (territory: Territory): string => data.territories[territory].timezone;

/** Period tables of a Spanish access tariff, from its first validity on; `of`: those of energy, or of power. */
export function spanishPeriods(
  tariff: SpanishTariff,
  territory: Territory,
  of: 'energy' | 'power',
): readonly PeriodTable[] {
  const found = TABLES.filter(
    ({ tariffs, territories }) => tariffs.includes(tariff) && territories.includes(territory),
  );
  if (found.length === 0) throw new LectorError('CONFIG_INVALID', `there are no periods of ${tariff} in ${territory}`);
  return found.map(({ energy, power, validFrom, validTo }) => ({
    rules: of === 'power' ? (power ?? energy) : energy,
    from: validFrom,
    until: validTo,
  }));
}
