import { setTimeout as pause } from 'node:timers/promises';
import type { CentralRecord, Ingest } from '../../../src/central/ports.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { centralRecord, MAY, variable } from '../../support/central-records.ts';

/** Sites that deliver at the same time, by the number of their analyzer. */
export const WRITERS: readonly number[] = [1, 2, 3, 4, 5, 6];
const SECOND_MS = 1_000;
const RETRY_MS = 20;

/** The `n`th record of a writer; its value says which it is. A thousand lie in each of several months. */
export function numbered(writer: number, n: number): CentralRecord {
  const end = epochMs(MAY + (n % 3) * 31 * 86_400_000 + n * SECOND_MS);
  return centralRecord({ analyzer: writer, end, variables: { TPF: variable('mean', [writer * 1e6 + n]) } });
}

/**
 * Sends record after record as a site does: one to four at once, told when they are stored (`ack WRITER LAST`), sent
 * again until they are. `rejected` is told once for each time that it begins.
 */
export async function sendFor(
  ingest: Ingest,
  writer: number,
  from: number,
  tell: (line: string) => unknown,
  goesOn: () => boolean = () => true,
): Promise<void> {
  let isRejected = false;
  for (let n = from; goesOn(); ) {
    const count = 1 + (n % 4);
    const records = Array.from({ length: count }, (_, i) => numbered(writer, n + i));
    try {
      const verdicts = await ingest.put(records, true);
      const stored = verdicts.findIndex(({ status }) => status !== 'stored' && status !== 'duplicate');
      if (stored >= 0) throw new Error(`${verdicts[stored]?.status} ${verdicts[stored]?.reason}`);
      n += count;
      isRejected = false;
      tell(`ack ${writer} ${n - 1}`);
    } catch (error) {
      if (!isRejected) tell(`rejected ${writer} ${error instanceof Error ? error.message : error}`);
      isRejected = true;
      await pause(RETRY_MS);
    }
  }
}

/** The last record of each writer that was told stored. */
export function lastOf(lines: readonly string[], before: readonly number[]): readonly number[] {
  const last = [...before];
  for (const line of lines) {
    const [, writer, n] = /^ack (\d+) (\d+)$/.exec(line) ?? [];
    const at = WRITERS.indexOf(Number(writer));
    if (at >= 0) last[at] = Math.max(last[at] ?? 0, Number(n));
  }
  return last;
}
