import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findProfile, loadProfiles } from '../../../drivers/profiles/load.ts';
import { billedVariables } from '../../../src/central/cost/usage-records.ts';
import type { ReadUsage } from '../../../src/central/cost/usage-rows.ts';
import { toldBetween, usageFrom } from '../../../src/central/cost/usage-told.ts';
import type { AnalyzerRow } from '../../../src/central/ports.ts';
import { variablesOf } from '../../../src/cli/cost-source.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { variableView } from '../../../src/live/stored.ts';
import { type UsageRecord, usageOf } from '../../../src/tariff/usage.ts';
import { columnsOf, emptyColumns, listOf, placesOf } from '../../../src/tariff/usage-columns.ts';
import { VIEWS } from '../history/sample-records.ts';

const DAY = 86_400_000;
const FROM = Date.parse('2026-01-01T00:00:00Z');
const TO = FROM + 31 * DAY;
const day = (n: number) => FROM + n * DAY;
const POWER_ALONE = VIEWS.filter(({ aggregate }) => aggregate !== 'counter');

function told(end: number, shown: number | null): UsageRecord {
  const CEA = { values: [shown], delta: [null], at: null };
  return { start: epochMs(end - DAY / 4), end: epochMs(end), variables: shown === null ? {} : { CEA } };
}

/** What is read of records around a month, and how often somebody was asked. */
async function around(records: readonly UsageRecord[], views: readonly (typeof VIEWS)[number][] = VIEWS) {
  let asked = 0;
  const readUsage: ReadUsage = async ({ from, to }, places) => {
    asked += 1;
    return columnsOf(
      records.filter(({ end }) => end > from && end <= to),
      places,
    );
  };
  const analyzer = { node: 1, id: 1, recordingMs: null, variables: views } as unknown as AnalyzerRow;
  const { rows } = await toldBetween(analyzer, epochMs(FROM), epochMs(TO), { readUsage });
  return { ends: [...rows.end], asked, places: [...rows.columns.keys()] };
}

/** Some of them: from the last counter value before the month to the first one after it, in steps that double. */
function expected(records: readonly UsageRecord[]): readonly number[] {
  const isShown = ({ variables }: UsageRecord) => variables.CEA !== undefined;
  const reach = (distance: (end: number) => number) => {
    for (let [near, far, ms] = [0, 2, 2]; ms <= 4096; [near, ms] = [far, ms * 2], far += ms) {
      const piece = records.filter(({ end }) => distance(end) >= near * DAY && distance(end) < far * DAY);
      if (piece.some(isShown)) return piece;
      if (near === 0) firsts.push(...piece);
    }
    return [];
  };
  const firsts: UsageRecord[] = [];
  const before = reach((end) => (end <= FROM ? FROM - end : Number.NaN));
  const after = reach((end) => (end > TO ? end - TO - 1 : Number.NaN));
  const within = records.filter(({ end }) => end > FROM && end <= TO);
  return [...new Set([...firsts, ...before, ...within, ...after])].map(({ end }) => end).sort((a, b) => a - b);
}

describe('what was consumed', () => {
  it('is told in turns that others have theirs between', async () => {
    const analyzer = { recordingMs: DAY, variables: VIEWS } as unknown as AnalyzerRow;
    const rows = emptyColumns(200_000, listOf(placesOf(VIEWS)));
    for (let row = 0; row < rows.length; row += 1) rows.end[row] = day(row);
    for (const { values } of rows.columns.values()) values[0] = 1;
    let turns = 0;
    let isTold = false;
    const count = () => {
      turns += 1;
      if (!isTold) setImmediate(count);
    };
    setImmediate(count);
    const { imported } = await usageFrom({ rows, notes: [] }, analyzer);
    isTold = true;
    expect(imported).toMatchObject({ length: 200_000 });
    expect(turns).toBeGreaterThan(20);
  });
});

describe('a site that asks a meter for less than its profile knows', () => {
  it('costs the same at the centre, which knows what is asked, as where the profile is known', async () => {
    const { profiles } = loadProfiles([]);
    const profile = findProfile(profiles, 'CVM-C5')!;
    const known = profile.variables.map((each) => variableView({ profile }, each));
    const counted = (value: number) => ({ values: [value], delta: [1], at: null });
    const records = Array.from({ length: 130 }, (_, n): UsageRecord => {
      const PAT = { values: [4], delta: [null], at: null };
      const end = day(n / 4);
      return {
        ...{ start: epochMs(end - DAY / 4), end: epochMs(end) },
        variables: { CEA: counted(n), CER: counted(2 * n), C2A: counted(n / 3), PAT },
      };
    });
    for (const codes of [
      ['CEA', 'CER', 'PAT'],
      ['PAT', 'C2A', 'CER', 'CEA'],
    ]) {
      const variables = codes.map((code) => known.find((each) => each.code === code)!);
      const analyzer = { node: 1, id: 1, recordingMs: null, variables } as unknown as AnalyzerRow;
      const readUsage: ReadUsage = async (_, places) => columnsOf(records, places);
      const there = await toldBetween(analyzer, epochMs(FROM), epochMs(FROM + 20 * DAY), { readUsage });
      const { notes: _, unbilled: __, ...centre } = await usageFrom(there, analyzer);
      const here = usageOf(records, variablesOf(profile), null);
      expect(centre).toEqual(here);
      expect(here.reactive?.kwh[5]).toBe(1);
    }
  });
});

describe('what is read around the time of a bill', () => {
  it('is enough to tell what a counter showed before and after it, and no more', async () => {
    const records = fc.array(fc.tuple(fc.integer({ min: -900, max: 900 }), fc.option(fc.constant(5))), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(records, async (some) => {
        const ends = [...new Map(some.map(([n, shown]) => [day(n / 4) + 1, shown])).entries()];
        const all = ends.sort(([a], [b]) => a - b).map(([end, shown]) => told(end, shown));
        expect((await around(all)).ends).toEqual(expected(all));
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('is one question where the counter was shown in the days around it', async () => {
    const { asked, ends } = await around([told(day(-1), 1), told(day(5), 2), told(day(32), 3)]);
    expect([asked, ends]).toEqual([1, [day(-1), day(5), day(32)]]);
  });

  it('is read once more where what the site names first is not recorded', async () => {
    const CRL = { ...VIEWS[0]!, code: 'CRL', quantity: 'reactiveEnergyInductive', unit: 'kvarh', aggregate: 'counter' };
    const views = [
      { ...CRL, phases: ['total'] },
      { ...CRL, code: 'CER', phases: ['total'] },
    ] as typeof VIEWS;
    const CER = { values: [5], delta: [null], at: null };
    const records = [1, 5, 32].map((n) => ({ ...told(day(n), null), variables: { CER } }));
    const { asked, places } = await around(records, views);
    expect(asked).toBeGreaterThan(1);
    expect(places).toContain('CER 0');
  });

  it('is one question of all that there may be where nobody described the analyzer', async () => {
    const records = [-1, 5, 32].map((n) => ({
      ...told(day(n), null),
      variables: { CER: { values: [5], delta: [null], at: null } },
    }));
    expect((await around(records, [])).asked).toBe(1);
  });

  it('is one question where there is no counter at all', async () => {
    expect(billedVariables({ variables: POWER_ALONE }).map(({ code }) => code)).toEqual(['PAT', 'PRT']);
    expect((await around([told(day(5), null)], POWER_ALONE)).asked).toBe(1);
  });
});
