import { describe, expect, it } from 'vitest';
import { createDice } from '../../drivers/simulated/faults.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { analyzerConfig } from '../support/installation.ts';
import { createRuns, type Runs } from '../support/runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const JUMPS = process.env.LECTOR_TEST_CRASH === '1' ? 1000 : 100;

const analyzers = [
  analyzerConfig({ id: 1, readingMs: 20_000, recordingMs: MINUTE }),
  analyzerConfig({ id: 2, readingMs: MINUTE, recordingMs: 15 * MINUTE, consultes: ['CEA'] }),
  analyzerConfig({ id: 3, readingMs: 2 * MINUTE, recordingMs: 1440 * MINUTE, consultes: ['CEA'] }),
];

/** Everything that was kept, in the order in which it was. */
type Kept = { readonly reading: Reading } | { readonly record: LectorRecord };

function journalOf(runs: Runs): readonly Kept[] {
  const journal: Kept[] = [];
  const { putReading, putRecord } = runs.store;
  runs.store.putReading = (reading) => {
    journal.push({ reading });
    return putReading(reading);
  };
  runs.store.putRecord = async (record) => {
    journal.push({ record });
    expect(await putRecord(record)).toBe('written');
    return 'written';
  };
  return journal;
}

/** What a record must be made of: the last good reading of each instant since its window was recorded before. */
function expectMadeOfItsOwn(journal: readonly Kept[], analyzerId: number): void {
  const own = journal.filter((kept) => ('record' in kept ? kept.record : kept.reading).analyzerId === analyzerId);
  for (const [index, kept] of own.entries()) {
    if (!('record' in kept)) continue;
    const { start, end, generation, n } = kept.record;
    expect(end).toBeGreaterThan(start);
    const earlier = own.slice(0, index);
    const before = earlier.findLastIndex((each) => 'record' in each && each.record.end === end);
    const beforeRecord = earlier[before] as { readonly record: LectorRecord } | undefined;
    expect(generation).toBe(beforeRecord === undefined ? 0 : beforeRecord.record.generation + 1);
    const fresh = earlier.slice(before + 1).flatMap((each) => ('reading' in each ? [each.reading] : []));
    const last = new Map(
      fresh.filter(({ nominal }) => nominal > start && nominal <= end).map((each) => [each.nominal, each]),
    );
    const good = [...last.values()].filter(({ values }) => Object.keys(values).length > 0);
    expect(`${new Date(end).toISOString()}.${generation}: ${n}`).toBe(
      `${new Date(end).toISOString()}.${generation}: ${good.length}`,
    );
  }
}

function expectEnergyAddsUp(journal: readonly Kept[], analyzerId: number): void {
  const records = journal.flatMap((kept) =>
    'record' in kept && kept.record.analyzerId === analyzerId ? [kept.record] : [],
  );
  const values = records.flatMap(({ variables }) => variables.CEA?.values[0] ?? []);
  const deltas = records.flatMap(({ variables }) => variables.CEA?.delta[0] ?? []);
  expect(deltas.filter((delta) => delta < 0)).toEqual([]);
  expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBeCloseTo((values.at(-1) ?? 0) - (values[0] ?? 0), 4);
}

async function jump(runs: Runs, dice: () => number, night: number): Promise<void> {
  const now = runs.clock.now();
  const kind = dice();
  const far = now + (2 * dice() - 1) * 2 * DAY;
  const near = now + (2 * dice() - 1) * 3 * MINUTE;
  const toNight = night + (2 * dice() - 1) * 2 * HOUR;
  // it stays about the night, as a clock that is put right again and again
  const target = kind < 0.4 ? far : kind < 0.7 ? near : toNight;
  runs.clock.setWall(epochMs(Math.abs(target - night) > 3 * DAY ? toNight : target));
  await runs.clock.advance(Math.floor(dice() ** 3 * 25 * MINUTE));
  const also = dice();
  if (also < 0.1) {
    await runs.stop();
    if (dice() < 0.5) runs.clock.setWall(epochMs(runs.clock.now() + (2 * dice() - 1) * HOUR));
    await runs.start();
  } else if (also < 0.2) {
    runs.kill();
    await runs.start();
  } else if (also < 0.3) {
    const until = dice() < 0.5 ? null : epochMs(runs.clock.now() + 5 * MINUTE);
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'PAUSE', until } });
  } else if (also < 0.5) {
    runs.now().app.root.send({ type: 'COMMAND', analyzerId: 1, command: { type: 'RESUME' } });
  }
}

describe('a wall clock that nobody can trust', () => {
  it.each([
    ['spring', '2026-03-29T01:00:00Z', 1],
    ['autumn', '2026-10-25T01:00:00Z', 2],
  ])(
    'D10 F49 F50 F51 half of %i random jumps about the night in %s: nothing doubled, lost, or negative'.replace(
      '%i random',
      `${JUMPS} random`,
    ),
    async (_, at, seed) => {
      const night = Date.parse(at);
      const runs = await createRuns({ analyzers, at, timezone: 'Europe/Rome', lines: [{ id: 1, protocol: 'rtu' }] });
      const journal = journalOf(runs);
      const dice = createDice(seed);
      for (let jumps = 0; jumps < JUMPS / 2; jumps += 1) await jump(runs, dice, night);
      await runs.clock.advance(30 * MINUTE);
      await runs.stop();
      const { written } = runs.store;
      expect(new Set(written.map(({ analyzerId, end, generation }) => `${analyzerId}/${end}/${generation}`)).size).toBe(
        written.length,
      );
      expect(written.length).toBeGreaterThan(JUMPS);
      for (const { id } of analyzers) {
        expectMadeOfItsOwn(journal, id);
        expectEnergyAddsUp(journal, id);
        expect(runs.gaps(id).filter(({ from, to }) => from >= to)).toEqual([]);
      }
    },
    600_000,
  );
});
