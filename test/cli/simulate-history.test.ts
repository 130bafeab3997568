import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { historyDays, simulateHistory } from '../../src/cli/simulate-history.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openStoreReader } from '../../src/store/reader.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { plantXml, SIMULATED, writePlant } from '../support/lector-process.ts';

const ends: (() => void)[] = [];
let folder = '';
let printed = '';

beforeEach(() => {
  folder = temporaryFolder((end) => ends.push(end));
  writePlant(
    folder,
    plantXml(
      [{ id: 1, ...SIMULATED }],
      [
        { id: 1, device: 1 },
        { id: 2, device: 1, model: 'PM710' },
      ],
    ),
  );
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) end();
});
const options = () => ({ config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') });

describe('lector simulate --history', () => {
  it('writes quarter hours without a hole, until now, with counters that go on', async () => {
    expect(await simulateHistory(options(), 2)).toBe(0);
    expect(printed).toContain('analyzer 2 (PM710): 192 records of 2 days');
    const reader = openStoreReader({ dir: join(folder, 'data') });
    for (const id of [1, 2]) {
      const records = reader.records(id, epochMs(0), epochMs(Date.now()));
      expect(records).toHaveLength(192);
      expect(records.every(({ start }, n) => n === 0 || start === records[n - 1]?.end)).toBe(true);
      expect(records.every(({ n, expected }) => n === 3 && expected === 3)).toBe(true);
      const deltas = records.slice(1).map(({ variables }) => variables.CEA?.delta[0] ?? Number.NaN);
      expect(deltas.every((delta) => delta >= 0)).toBe(true);
      const [first, last] = [records[0], records.at(-1)].map(
        (record) => record?.variables.CEA?.values[0] ?? Number.NaN,
      );
      expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBeCloseTo((last ?? 0) - (first ?? 0), 6);
      expect(Date.now() - (records.at(-1)?.end ?? 0)).toBeLessThan(900_000 + 60_000);
    }
    await reader.close();
  });

  it('touches no store that has records already', async () => {
    await simulateHistory(options(), 1);
    await expect(simulateHistory(options(), 1)).rejects.toThrow('every simulated analyzer has records already');
  });

  it('waits for no server: it says which one has the folder', async () => {
    const { store } = await openSample({ dir: join(folder, 'data') });
    await expect(simulateHistory(options(), 1)).rejects.toThrow(`in use by process ${process.pid}`);
    await store.close();
  });

  it.each(['', '0d', '401d', '30', '-1d', '1.5d'])('%j is no number of days', (text) => {
    expect(() => historyDays(text)).toThrow('--history: expected days from 1d to 400d');
  });
  it('takes 400d', () => expect(historyDays('400d')).toBe(400));
});
