import type { BenchLine } from './bench.ts';

/** One request and its answer on a line, whole frames with their CRC. */
export type Exchange = { readonly requestBytes: number; readonly answerBytes: number };

export type WirePace = { readonly baud: number; readonly charBits: number; readonly turnaroundMs: number };

/** Above 19200 baud the silence is fixed (Modbus over serial line V1.02, 2.5.1.1). */
const FAST_BAUD = 19_200;
const FAST_SILENCE_MS = 1.75;
const SILENCE_CHARS = 3.5;

export const charMs = ({ baud, charBits }: WirePace): number => (charBits * 1000) / baud;

/** The silence that ends a frame and must come before the next one, ms. */
export function silenceMs(pace: WirePace): number {
  return pace.baud > FAST_BAUD ? FAST_SILENCE_MS : SILENCE_CHARS * charMs(pace);
}

/** The least time that these exchanges take: all their bytes, the meter's delay, a silence behind every frame. */
export function wireLimitMs(exchanges: readonly Exchange[], pace: WirePace): number {
  const bytes = exchanges.reduce((sum, { requestBytes, answerBytes }) => sum + requestBytes + answerBytes, 0);
  return bytes * charMs(pace) + exchanges.length * (2 * silenceMs(pace) + pace.turnaroundMs);
}

/** Frames of a read of `count` registers. */
export const readOf = (count: number): Exchange => ({ requestBytes: 8, answerBytes: 5 + 2 * count });

/** The value below which `share` (0..1) of them lie: the nearest rank. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))] ?? Number.NaN;
}

const HEADERS = ['bench', 'ours', 'control', 'ratio', 'unit', 'target', ''] as const;

/** Three digits, more where the number has them before its point; a dash for none. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))));
  return value.toFixed(digits);
}

function verdict(pass: boolean | null): string {
  if (pass === null) return '';
  return pass ? 'ok' : 'FAILS';
}

/**
 * The table that a person reads: a row for each line, its note below it.
 *
 *   bench            ours  control  ratio  unit      target     |
 *   B6 one by one    2150     4100  0.524  records/s >= 0.5 x   ok
 */
export function tableText(lines: readonly BenchLine[]): string {
  const rows = lines.map((line) => [
    line.name,
    figure(line.ours),
    figure(line.control),
    figure(line.ratio),
    line.unit,
    line.target,
    verdict(line.pass),
  ]);
  const widths = HEADERS.map((header, n) => Math.max(header.length, ...rows.map((row) => (row[n] ?? '').length)));
  const isNumber = (column: number) => column >= 1 && column <= 3;
  const text = (row: readonly string[]) =>
    row
      .map((cell, n) => (isNumber(n) ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd();
  const body = rows.flatMap((row, n) => {
    const note = lines[n]?.note;
    return note === undefined ? [text(row)] : [text(row), `    ${note}`];
  });
  return [text(HEADERS), ...body].join('\n');
}

/** The benches that were named, in their own order; all when none is. Throws a sentence when a name is unknown. */
export function chosen<T extends { readonly id: string }>(benches: readonly T[], names: readonly string[]): T[] {
  const known = benches.map(({ id }) => id);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no bench "${unknown.join('", "')}"; there are ${known.join(', ')}`);
  return benches.filter(({ id }) => names.length === 0 || names.includes(id));
}
