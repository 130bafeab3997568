import { LectorError } from '../domain/errors.ts';
import { parseLocalTime } from '../domain/local-time.ts';
import { epochMs } from '../domain/units.ts';
import { isoTime } from '../protocol/iso-time.ts';
import type { PeriodRule } from '../tariff/period-table.ts';
import { createPeriods } from '../tariff/periods.ts';
import { SPANISH_HOLIDAYS, SPANISH_TARIFFS, spanishPeriods, TERRITORIES, zoneOfTerritory } from '../tariff/spain.ts';
import { zoneOffset } from '../zone.ts';
import type { CostPeriodOptions } from './options.ts';

/** `lector cost period [TIME]`: which period it is then (now unless told), and by which rule. Resolves with 0. */
export async function costPeriod(options: CostPeriodOptions, [word]: readonly string[]): Promise<number> {
  const tariff = SPANISH_TARIFFS.find((each) => each === options.tariff);
  if (tariff === undefined) throw wrong('tariff', SPANISH_TARIFFS, options.tariff);
  const territory = TERRITORIES.find((each) => each === options.territory);
  if (territory === undefined) throw wrong('territory', TERRITORIES, options.territory);
  const offsetAt = zoneOffset(zoneOfTerritory(territory));
  const at = word === undefined ? epochMs(Date.now()) : parseLocalTime(word, offsetAt);
  if (at === null) {
    const expected = 'a time such as 2026-01-15T09:59:59+01:00 or "2026-01-15 09:59"';
    throw new LectorError('USAGE', `expected ${expected}, saw "${word?.slice(0, 40)}"`);
  }
  const of = options.power === true ? 'power' : 'energy';
  const tables = spanishPeriods(tariff, territory, of);
  const { period, rule } = createPeriods({ tables, holidays: SPANISH_HOLIDAYS, offsetAt }).at(at);
  const local = isoTime(at, offsetAt).replace(/\.\d{3}/, '');
  const words = ruleText(rule);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ at: local, tariff, territory, of, period, rule })}\n`
      : `${period}: ${of} of ${tariff} in ${territory} at ${local}\n  ${words}\n`,
  );
  return 0;
}

const wrong = (name: string, known: readonly string[], saw: string) =>
  new LectorError('USAGE', `--${name}: expected one of ${known.join(', ')}, saw "${saw.slice(0, 40)}"`);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `high season, peak: Jun Jul Aug Sep; 10:00-15:00, 18:00-22:00`. */
function ruleText({ name, months, days, hours, dates }: PeriodRule): string {
  const parts = [
    ...(months ? [months.map((month) => MONTHS[month - 1]).join(' ')] : []),
    ...(dates ? [dates.map(([from, to]) => `${from} to ${to}`).join(', ')] : []),
    ...(days ? [days.join(' ')] : []),
    ...(hours ? [hours.map(([from, to]) => `${from}-${to}`).join(', ')] : []),
  ];
  return [...(name ? [name] : []), parts.join('; ')].filter((part) => part !== '').join(': ') || 'always';
}
