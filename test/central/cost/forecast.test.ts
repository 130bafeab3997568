import { describe, expect, it } from 'vitest';
import { expectedRecords } from '../../../src/central/cost/forecast.ts';
import { billedVariables } from '../../../src/central/cost/usage-records.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { VIEWS } from '../history/sample-records.ts';
import { MADRID, PLAIN, QUARTER_MS, quarterHours, supply, winter } from './supply.ts';

const HOUR_MS = 3_600_000;
const isWeekend = (end: number) => [0, 6].includes(new Date(end - 1 + HOUR_MS).getUTCDay());
/** 2 kW on working days, 1 kW on others. */
const kwAt = (end: number) => (isWeekend(end) ? 1 : 2);

describe('what is to come', () => {
  const variables = billedVariables({ variables: VIEWS });
  const learnt = (from: string, to: number, kw = kwAt) => quarterHours(winter(from), to, kw);
  const options = (now: number, until: number) => ({
    ...{ variables, recordingMs: QUARTER_MS, offsetAt: MADRID, now: epochMs(now), until: epochMs(until) },
  });

  it('each hour is like that hour of the week before', () => {
    const [now, until] = [winter('2026-01-30'), winter('2026-02-02')];
    const records = expectedRecords(learnt('2026-01-02', now), options(now, until));
    expect(records).toHaveLength(3 * 96);
    for (const { end, variables: told } of records) {
      expect(told.PAT?.values[0]).toBeCloseTo(kwAt(end), 9);
      expect(told.CEA?.delta[0]).toBeCloseTo(kwAt(end) / 4, 9);
    }
  });

  it('an hour of the week that nobody saw is like that hour of other days', () => {
    const [now, until] = [winter('2026-01-30'), winter('2026-02-01')];
    // two working days were seen, and no Saturday
    const records = expectedRecords(learnt('2026-01-28', now), options(now, until));
    expect(records.at(-1)?.variables.PAT?.values[0]).toBeCloseTo(2, 9);
  });

  it('goes on where the last record ended; after hours without any it begins now, and no counter leaps', () => {
    const now = winter('2026-01-30');
    const until = now + HOUR_MS;
    const late = expectedRecords(learnt('2026-01-20', now - HOUR_MS), options(now, until));
    expect(late[0]?.start).toBe(now - HOUR_MS);
    const missing = expectedRecords(learnt('2026-01-20', now - 5 * HOUR_MS), options(now, until));
    expect(missing[0]?.start).toBe(now);
    expect(missing.map((each) => each.variables.CEA?.delta[0] === null)).toEqual([true, false, false, false]);
  });

  it('of nothing nothing is told', () => {
    const now = winter('2026-01-30');
    expect(expectedRecords(learnt('2025-11-01', winter('2025-12-01')), options(now, now + HOUR_MS))).toEqual([]);
  });
});

describe('the forecast of the API', () => {
  it('is the month that runs by its contract: what was measured, and what is to come', async () => {
    const up = await supply('2026-01-20T00:00:00+01:00');
    await up.store(quarterHours(winter('2025-12-20'), winter('2026-01-20'), kwAt));
    await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    await up.call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
    const { code, body } = await up.call('GET', '/api/v1/forecast?node=4&analyzer=1');
    // January 2026 has 22 working days and 9 others: 22 x 48 + 9 x 24 = 1272 kWh x 0.20 = 254.40, VAT 25.44
    expect({ code, body }).toMatchObject({
      code: 200,
      body: {
        ...{ from: '2026-01-01', to: '2026-02-01', total: '279.84', at: '2026-01-19T23:00:00.000Z' },
        // until the 20th: 13 working days and 6 others, 768 kWh x 0.20 = 153.60, VAT 15.36
        soFar: { total: '168.96' },
      },
    });
    expect(body.kwh).toBeCloseTo(1272, 6);
    expect(body.soFar.kwh).toBeCloseTo(768, 6);
  });

  it('without records of the last weeks it says so', async () => {
    const up = await supply('2026-01-20T00:00:00+01:00');
    await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    const { code, body } = await up.call('GET', '/api/v1/forecast?node=4&analyzer=1&contract=plain');
    expect({ code, detail: body.detail }).toMatchObject({ code: 404, detail: expect.stringContaining('four weeks') });
  });
});
