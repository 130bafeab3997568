import type { LinePace } from './meter.ts';
import type { Placed, RegisterMap, Span } from './register-map.ts';

/** Characters of a request for registers and of the frame around the words of its answer. */
const FRAME_CHARS = 13;
const CHARS_PER_REGISTER = 2;
/** On a line without a pace of its own fewer requests are better, then fewer registers. */
const TIE_PER_REQUEST_MS = 1e-3;
const TIE_PER_REGISTER_MS = 1e-6;

/** Registers read together, and the addresses that they span. */
export type Run = Span & { readonly ids: readonly string[] };

/** Time of one request for `count` registers with its answer and both silences, ms. */
export function registersMs(count: number, pace: LinePace): number {
  return (FRAME_CHARS + CHARS_PER_REGISTER * count) * pace.charMs + 2 * pace.silenceMs + pace.turnaroundMs;
}

/**
 * Parts the registers of one function into the requests that take the fewest milliseconds together: every way of
 * cutting the sorted list is weighed (dynamic programming), so a hole is read over exactly when that is cheaper than a
 * request more, (13 Tc + 2 t3.5 + turnaround) / (2 Tc) registers. A register is never cut.
 */
export function runsOf(registers: readonly Placed[], map: RegisterMap, pace: LinePace): readonly Run[] {
  const sorted = [...registers].sort((a, b) => a.start - b.start || a.end - b.end);
  const best: { readonly ms: number; readonly from: number }[] = [{ ms: 0, from: 0 }];
  for (let end = 1; end <= sorted.length; end += 1) best.push(cheapest(sorted, end, best, map, pace));
  const runs: Run[] = [];
  for (let end = sorted.length; end > 0; end = best[end]?.from ?? 0) {
    const part = sorted.slice(best[end]?.from ?? 0, end);
    const span = spanAround(part);
    if (span !== null) runs.unshift({ ...span, ids: part.map(({ id }) => id) });
  }
  return runs;
}

/** The cheapest way to read the first `end` registers: where its last request begins. */
function cheapest(
  sorted: readonly Placed[],
  end: number,
  best: readonly { readonly ms: number }[],
  map: RegisterMap,
  pace: LinePace,
): { readonly ms: number; readonly from: number } {
  let found = { ms: Number.POSITIVE_INFINITY, from: end - 1 };
  for (let from = end - 1; from >= 0; from -= 1) {
    const span = spanAround(sorted.slice(from, end));
    if (span === null) break;
    const count = span.end - span.start;
    if (from < end - 1 && (count > map.profile.limits.registersMax || !map.readable(span))) break;
    const own = registersMs(count, pace) + TIE_PER_REQUEST_MS + count * TIE_PER_REGISTER_MS;
    const ms = (best[from]?.ms ?? 0) + own;
    if (ms < found.ms) found = { ms, from };
  }
  return found;
}

function spanAround(registers: readonly Placed[]): Span | null {
  const [first] = registers;
  if (first === undefined) return null;
  return { function: first.function, start: first.start, end: Math.max(...registers.map(({ end }) => end)) };
}
