import { join } from 'node:path';
import { openSample } from '../store/samples.ts';
import { quickAnalyzers } from '../support/quick-plant.ts';
import { type QuickProcess, startQuick } from '../support/quick-process.ts';
import { readingAt, recordFrom } from '../support/records.ts';

const MINUTE_MS = 60_000;
/** When the quick plant of these tests begins, before now; what it owes is older. */
const BEGAN_MS = 50 * MINUTE_MS;

export type QuickSite = {
  readonly dir: string;
  readonly exporterId: string;
  /** Begins, or goes on after it was ended. */
  start(): QuickProcess;
};

export type QuickSiteOptions = {
  readonly folder: string;
  readonly type: 'clientRest' | 'mqtt';
  readonly target: string;
  /** Records of each analyzer that are owed before it begins: of a night without network. */
  readonly owed: number;
  readonly onEnd: (end: () => unknown) => void;
};

/** A plant whose clock is quick, in a process of its own, that delivers what it records. */
export async function quickSite({ folder, type, target, owed, onEnd }: QuickSiteOptions): Promise<QuickSite> {
  const dir = join(folder, 'data');
  const exporterId = `${type}:${target}`;
  await owing(dir, exporterId, owed);
  // its seconds are short
  const options = type === 'clientRest' ? { timeout: '300' } : {};
  const exports = [{ type, target, path: null, options }];
  const folders = { dir, dades: join(folder, 'dades'), journal: join(folder, 'journal'), exports };
  let last: QuickProcess | null = null;
  return {
    ...{ dir, exporterId },
    start() {
      const began = Math.floor((Date.now() - BEGAN_MS) / MINUTE_MS) * MINUTE_MS;
      const process = startQuick({ ...folders, from: last?.latest() ?? began });
      onEnd(() => process.end('SIGKILL'));
      last = process;
      return process;
    },
  };
}

async function owing(dir: string, exporterId: string, count: number): Promise<void> {
  const { store } = await openSample({ dir });
  const analyzers = quickAnalyzers('');
  const last = Math.floor((Date.now() - BEGAN_MS) / MINUTE_MS - 10) * MINUTE_MS;
  const ids = analyzers.map(({ id }) => id);
  await store.outbox.register(exporterId, ids);
  const records = analyzers.flatMap((analyzer) =>
    Array.from({ length: count }, (_, n) => {
      const end = last - (count - n) * MINUTE_MS;
      const values = { TPF: [230.1 + n / 100, 231.2, null], PAT: [n + 0.5], CEA: [1000 + n] };
      return recordFrom(analyzer, end, [readingAt(end - 1000, values)]);
    }),
  );
  await Promise.all(records.map((record) => store.putRecord(record)));
  await store.close();
}
