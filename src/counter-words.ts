import type { LectorRecord, RecordedVariable } from './domain/record.ts';
import type { EpochMs } from './domain/units.ts';
import type { Said } from './words.ts';

/** Counters that one line of the log shows. */
const SHOWN_MAX = 5;

/** Counters of a record that were reset, or came over the end of their range: a line for each kind, mostly none. */
export function counterWords(
  name: string,
  record: LectorRecord,
  previous: LectorRecord | null,
  text: (at: EpochMs) => string,
): readonly Said[] {
  const where = `${name}, until ${text(record.end)}`;
  const reset = falls(record, previous, 'reset');
  const wrapped = falls(record, previous, 'wrap');
  const lost = 'the meter was reset or is another one: what was counted between the two values is not known';
  const lines: readonly (Said & { readonly is: boolean })[] = [
    { is: reset !== '', level: 'warn', text: `${where}: fell: ${reset}; ${lost}` },
    {
      ...{ is: wrapped !== '', level: 'info' },
      text: `${where}: came over the end of the range of the counter: ${wrapped}; it is counted on`,
    },
  ];
  return lines.filter(({ is }) => is);
}

/** "CEA from 123456.7 to 12, CER from ..."; empty: none. */
function falls({ variables }: LectorRecord, previous: LectorRecord | null, kind: 'reset' | 'wrap'): string {
  const found = Object.entries(variables).flatMap(([code, variable]) =>
    variable.flags.includes(kind) ? fallsOf(code, variable, previous?.variables[code], kind) : [],
  );
  const more = found.length > SHOWN_MAX ? ` and ${found.length - SHOWN_MAX} more` : '';
  return `${found.slice(0, SHOWN_MAX).join(', ')}${more}`;
}

/** The flags are those of the whole variable: which of its values fell, the two ends of the window tell. */
function fallsOf(
  code: string,
  { baseline, delta }: RecordedVariable,
  before: RecordedVariable | undefined,
  kind: 'reset' | 'wrap',
): readonly string[] {
  const fell = baseline.flatMap((to, index) => {
    const from = before?.baseline[index] ?? null;
    if (from === null || to === null || Math.abs(to) >= Math.abs(from)) return [];
    return (kind === 'reset') === (delta[index] === null) ? [`${code} from ${plain(from)} to ${plain(to)}`] : [];
  });
  // within the first window, or up again beyond where it was before it ended
  return fell.length > 0 ? fell : [`${code} to ${baseline.map((to) => (to === null ? '-' : plain(to))).join(' ')}`];
}

/** Without the noise of floating point. */
const plain = (value: number): string => String(Number(value.toPrecision(12)));
