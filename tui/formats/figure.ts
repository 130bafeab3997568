/** Prefixes that a unit may carry, with their factors. */
const PREFIXES: readonly (readonly [string, number])[] = [
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
];
/** Units that people read with a prefix; all others stay as they are. */
const SCALED = /^([mkMG]?)(Wh|varh|VAh|W|var|VA|V|A)$/;
/** From so many on the next prefix is taken: 9,999 kWh is still read with ease. */
const ENERGY_MAX = 10_000;
const MAX = 1_000;

export type Scale = { readonly unit: string; readonly factor: number; readonly decimals: number };

/** What a value of `unit` is multiplied with to be in the unit without prefix: "kW" 1000. */
export function factorOf(unit: string): number {
  const prefix = SCALED.exec(unit)?.[1] ?? '';
  return PREFIXES.find(([each]) => each === prefix)?.[1] ?? 1;
}

const decimalsFor = (size: number): number => (size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);

/** How values of `unit` as great as `greatest` are shown: the prefix that suits them, four figures. */
export function scaleOf(unit: string, greatest: number): Scale {
  const size = Math.abs(greatest);
  const match = SCALED.exec(unit);
  if (!match || size === 0 || !Number.isFinite(size))
    return { unit: unitText(unit), factor: 1, decimals: fixed(unit, size) };
  const base = match[2] ?? unit;
  const from = PREFIXES.find(([prefix]) => prefix === match[1])?.[1] ?? 1;
  const limit = base.endsWith('h') ? ENERGY_MAX : MAX;
  const fits = PREFIXES.find(([prefix, factor]) => prefix !== 'm' && (size * from) / factor < limit) ?? ['G', 1e9];
  // a small current of a small meter reads as mA only where the meter says mA
  const [prefix, factor] = match[1] === 'm' && size * from < 1 ? (['m', 1e-3] as const) : fits;
  const scaled = (size * from) / factor;
  return { unit: `${prefix}${base}`, factor: from / factor, decimals: decimalsFor(scaled) };
}

/** A counter keeps its unit and as many digits as fit: it is compared with what the meter itself shows. */
export function counterScale(unit: string, greatest: number, columns: number): Scale {
  const digits = Math.trunc(Math.abs(greatest)).toString().length;
  return { unit: unitText(unit), factor: 1, decimals: Math.max(0, Math.min(1, columns - digits - 1)) };
}

/** Decimals where no prefix applies: a power factor has three, a share of harmonics one. */
function fixed(unit: string, size: number): number {
  if (unit === '1') return 3;
  if (unit === 'Hz') return 2;
  if (unit === '%') return 1;
  return Number.isInteger(size) ? 0 : decimalsFor(size);
}

/** "1" is no unit that a person writes. */
const unitText = (unit: string): string => (unit === '1' || unit === 'none' ? '' : unit);

/** A number with so many decimals; absent ones as `-`, and never a minus before zero. */
export function figure(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** The number in so many columns, with fewer decimals where it is long: a figure that is cut is a wrong one. */
export function figureIn(value: number | null | undefined, decimals: number, columns: number): string {
  const text = figure(value, decimals);
  if (text.length <= columns) return text;
  return decimals > 0 ? figureIn(value, decimals - 1, columns) : (value ?? 0).toExponential(0);
}

export const scaled = (value: number | null | undefined, scale: Scale, columns: number): string =>
  figureIn(typeof value === 'number' ? value * scale.factor : value, scale.decimals, columns);

/** "12", "12k": a count that stays narrow. */
export function count(value: number): string {
  if (value < 10_000) return String(value);
  return value < 1e6 ? `${Math.floor(value / 1_000)}k` : `${(value / 1e6).toFixed(1)}M`;
}

/** A share of 0..1 as "3%"; whatever is above 0 is at least 1%. */
export function percent(share: number | null): string {
  if (share === null) return '-';
  return `${share > 0 ? Math.max(1, Math.round(share * 100)) : 0}%`;
}
