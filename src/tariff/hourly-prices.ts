import type { OffsetAt } from '../domain/grid.ts';
import { instantOfWall, isAbsoluteTime, parseLocalTime, secondOfWall } from '../domain/local-time.ts';
import type { Parsed, Problem } from '../domain/problem.ts';
import { safe } from '../domain/safe.ts';
import type { EpochMs } from '../domain/units.ts';
import type { PriceSpan } from './contract.ts';
import { type Cell, cellsOf } from './csv-cells.ts';
import { DAY_MS, dayOf } from './local-day.ts';

const HOUR_MS = 3_600_000;
const PROBLEMS_MAX = 10;

export type HourlyOptions = {
  /** What the file is called in sentences. */
  readonly at: string;
  /** Of the zone of its local times. */
  readonly offsetAt: OffsetAt;
  /** Column of a PVPC file: PCB (peninsula, Balearics, Canaries) or CYM (Ceuta, Melilla). */
  readonly column?: 'PCB' | 'CYM';
};

/**
 * Prices by the hour, per kWh: CSV lines `time,price` (a heading is left out; a decimal comma where cells are parted by
 * semicolons, or quoted), JSON `[{ "from": time, "perKwh": price }]`, or the PVPC archive of ESIOS (EUR/MWh, days of
 * 23 and 25 hours by their order). Each price counts until the next, an hour at most. Ascending, each time once.
 */
export function readHourlyPrices(text: string, o: HourlyOptions): Parsed<readonly PriceSpan[]> {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart();
  const rows = /^[[{]/.test(trimmed) ? jsonRows(trimmed, o) : csvRows(trimmed, o);
  if (!rows.ok) return rows;
  const sorted = rows.value.toSorted((a, b) => a.from - b.from).filter(isOther);
  const twice = sorted.find(({ from }, index) => from === sorted[index - 1]?.from);
  if (twice !== undefined) {
    const time = new Date(twice.from).toISOString();
    return { ok: false, problems: [wrong(o.at, 'one price of each time', `two of ${time}`)] };
  }
  const spans = sorted.map(({ from, perKwh }, index) => {
    return { from, to: Math.min(from + HOUR_MS, sorted[index + 1]?.from ?? Number.POSITIVE_INFINITY), perKwh };
  });
  if (spans.length > 0) return { ok: true, value: spans, warnings: [] };
  return { ok: false, problems: [wrong(o.at, 'prices by the hour', 'none')] };
}

type Row = { readonly from: number; readonly perKwh: number };

/** The same line once more says nothing. */
const isOther = ({ from, perKwh }: Row, index: number, all: readonly Row[]): boolean =>
  from !== all[index - 1]?.from || perKwh !== all[index - 1]?.perKwh;

const wrong = (at: string, expected: string, saw: string): Problem => {
  return { severity: 'error', at, expected, saw: safe(saw, 80), todo: 'correct that line' };
};

function rowsOf(found: readonly (Row | Problem)[]): Parsed<readonly Row[]> {
  const problems = found.filter((each): each is Problem => 'severity' in each);
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
  return { ok: true, value: found as readonly Row[], warnings: [] };
}

const ROW = 'a time and a price, such as 2026-01-01T00:00+01:00,0.1234 (with a decimal comma: time;0,1234)';
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function csvRows(text: string, { at, offsetAt }: HourlyOptions): Parsed<readonly Row[]> {
  const instantOf = instants(offsetAt);
  const lines = text.split(/\r?\n/);
  const found = lines.flatMap((line, index): readonly (Row | Problem)[] => {
    if (line.trim() === '') return [];
    const delimiter = line.includes(';') ? ';' : ',';
    const cells = cellsOf(line, delimiter);
    const [time, price] = cells ?? [];
    const from = time === undefined ? null : instantOf(time.text);
    const perKwh = price === undefined ? null : priceOf(price, delimiter);
    if (from !== null && perKwh !== null && cells?.length === 2) return [{ from, perKwh }];
    // a heading has no time
    return index === 0 && from === null ? [] : [wrong(`${at}:${index + 1}`, ROW, line)];
  });
  return rowsOf(found);
}

/** A comma is decimal where it can be nothing else. */
function priceOf({ text, isQuoted }: Cell, delimiter: ',' | ';'): number | null {
  const plain = delimiter === ';' || isQuoted ? text.replace(',', '.') : text;
  return NUMBER.test(plain) ? Number(plain) : null;
}

/** Reads times: a local one that was there before is the second of its name. */
function instants(offsetAt: OffsetAt): (text: string) => EpochMs | null {
  const seen = new Set<EpochMs>();
  return (text) => {
    const first = parseLocalTime(text, offsetAt);
    if (first === null || isAbsoluteTime(text)) return first;
    const at = seen.has(first) ? secondOfWall(first, offsetAt) : first;
    seen.add(first);
    return at;
  };
}

function jsonRows(text: string, o: HourlyOptions): Parsed<readonly Row[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [wrong(o.at, 'JSON', error instanceof Error ? error.message : 'something else')] };
  }
  const archive = (json as { readonly PVPC?: unknown } | null)?.PVPC;
  if (Array.isArray(archive)) return rowsOf(pvpcRows(archive, o));
  if (!Array.isArray(json))
    return { ok: false, problems: [wrong(o.at, 'a list of { from, perKwh }', 'another thing')] };
  const instantOf = instants(o.offsetAt);
  return rowsOf(
    json.map((each: { readonly from?: unknown; readonly perKwh?: unknown } | null, index) => {
      const from = typeof each?.from === 'string' ? instantOf(each.from) : null;
      const perKwh = each?.perKwh;
      const isGood = from !== null && typeof perKwh === 'number' && Number.isFinite(perKwh);
      return isGood
        ? { from, perKwh }
        : wrong(`${o.at}: [${index}]`, '{ "from": time, "perKwh": price }', JSON.stringify(each));
    }),
  );
}

type PvpcRow = {
  readonly Dia?: unknown;
  readonly Hora?: unknown;
  readonly PCB?: unknown;
  readonly CYM?: unknown;
} | null;

/**
 * Hours of a day in their order: that day may have 23 or 25 of them, and their names do not tell which. A day that is
 * not whole is refused, for nobody knows which of its hours are missing.
 */
function pvpcRows(rows: readonly PvpcRow[], o: HourlyOptions): readonly (Row | Problem)[] {
  const days = Map.groupBy(rows.entries(), ([, row]) => String(row?.Dia));
  return [...days].flatMap(([day, all]) => pvpcDay(day, all, o));
}

function pvpcDay(
  name: string,
  rows: readonly (readonly [number, PvpcRow])[],
  { at, offsetAt, column = 'PCB' }: HourlyOptions,
): readonly (Row | Problem)[] {
  const [, day, month, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(name) ?? [];
  const number = dayOf(`${year}-${month}-${day}`);
  const priced = rows.map(([index, row]): Problem | number => {
    const price = String(row?.[column] ?? '').replace(',', '.');
    if (!Number.isNaN(number) && NUMBER.test(price)) return Number(price) / 1000;
    return wrong(`${at}: PVPC[${index}]`, `Dia and ${column}`, JSON.stringify(row));
  });
  const bad = priced.filter((each) => typeof each !== 'number');
  if (bad.length > 0) return bad;
  const [start, end] = [number, number + 1].map((each) => instantOfWall(each * DAY_MS, offsetAt));
  const hours = ((end ?? 0) - (start ?? 0)) / HOUR_MS;
  const first = rows[0]?.[1]?.Hora;
  if (rows.length !== hours || (typeof first === 'string' && !first.startsWith('00'))) {
    const saw = `${rows.length}${typeof first === 'string' ? `, from ${first} on` : ''}`;
    return [wrong(`${at}: PVPC`, `${hours} hours of ${name}, from 00-01 on`, saw)];
  }
  return priced.map((perKwh, hour) => ({ from: (start ?? 0) + hour * HOUR_MS, perKwh: Number(perKwh) }));
}
