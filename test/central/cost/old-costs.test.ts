import { describe, expect, it } from 'vitest';
import { DAY_NIGHT, PLAIN, QUARTER_MS, quarterHours, supply, winter } from './supply.ts';

const NOW = '2026-02-10T12:00:00+01:00';

async function nights() {
  const up = await supply(NOW);
  // 0.5 kW at night, 1 kW by day
  const kwAt = (end: number) => (new Date(end - 1 + 3_600_000).getUTCHours() < 8 ? 0.5 : 1);
  await up.store(quarterHours(winter('2026-01-01'), winter('2026-01-03'), kwAt));
  await up.contracts.putContract('night', { json: JSON.stringify(DAY_NIGHT), hourly: null });
  await up.contracts.assign({ node: 4, analyzer: null, from: '1970-01-01', contract: 'night' });
  return up;
}

describe("the predecessor's costs", () => {
  it('each day, both included, with each period: texts of two decimals, hours as Python prints them', async () => {
    const { call } = await nights();
    const { code, text } = await call('GET', '/costs/4-1/01-01-2026/02-01-2026/');
    // 16 h x 1 kW x 0.30 = 4.80; 8 h x 0.5 kW x 0.10 = 0.40
    const periods =
      '"P1": {"import": "4.80", "consum": "16.00", "horesTarifa": 16.0}, ' +
      '"P2": {"import": "0.40", "consum": "4.00", "horesTarifa": 8.0}';
    const totals = '"consumTotal": "20.00", "costTotal": "5.20"';
    const lines = ['01-01-2026', '02-01-2026'].map((date) => `{"data": "${date}", ${periods}, ${totals}}`);
    expect({ code, text }).toEqual({ code: 200, text: `{"ResultSet": {"Linies": [${lines.join(', ')}]}}` });
  });

  it('the share of time with data stands beside each amount where that is asked for', async () => {
    const up = await nights();
    const { body } = await up.call('GET', '/costs/4-1/02-01-2026/03-01-2026?cobertura=1');
    expect(body.ResultSet.Linies).toMatchObject([
      { P1: { cobertura: 1 } },
      { P1: { import: '0.00', cobertura: 0 }, costTotal: '0.00' },
    ]);
  });

  it('a day of 23 hours has 7 at night, and one of 25 hours has 9', async () => {
    const { call } = await nights();
    const hours = async (day: string) => {
      const { body } = await call('GET', `/costs/4-1/${day}/${day}`);
      return body.ResultSet.Linies[0].P2.horesTarifa;
    };
    expect(await hours('29-03-2026')).toBe(7);
    expect(await hours('25-10-2026')).toBe(9);
  });

  it('a price that is missing is no price of nothing', async () => {
    const { call, contracts } = await nights();
    const json = JSON.stringify({ ...DAY_NIGHT, energyPrices: [{ from: '2020-01-01', P1: 0.3 }] });
    await contracts.putContract('night', { json, hourly: null });
    const { body } = await call('GET', '/costs/4-1/01-01-2026/01-01-2026');
    expect(body.ResultSet.Linies).toMatchObject([
      { P1: { import: '4.80' }, P2: { import: null, consum: '4.00' }, consumTotal: '20.00', costTotal: null },
    ]);
  });

  it('prices by the hour are one period', async () => {
    const { call, contracts } = await nights();
    const json = JSON.stringify({ ...PLAIN, hourlyPrices: 'prices.csv' });
    const hours = Array.from({ length: 24 }, (_, hour) => {
      return `${new Date(winter('2026-01-01') + hour * 4 * QUARTER_MS).toISOString()},${hour < 8 ? 0.1 : 0.3}`;
    });
    await contracts.putContract('night', { json, hourly: hours.join('\n') });
    const { body } = await call('GET', '/costs/4-1/01-01-2026/01-01-2026');
    expect(body.ResultSet.Linies).toEqual([
      {
        ...{ data: '01-01-2026', consumTotal: '20.00', costTotal: '5.20' },
        P1: { import: '5.20', consum: '20.00', horesTarifa: 24 },
      },
    ]);
    // the day before them is charged by its period, 0.2, under the same name
    await contracts.putContract('night', { json, hourly: `${new Date(winter('2026-01-02')).toISOString()},0.1` });
    const { body: before } = await call('GET', '/costs/4-1/01-01-2026/01-01-2026');
    expect(before.ResultSet.Linies).toMatchObject([{ P1: { import: '4.00', consum: '20.00' }, costTotal: '4.00' }]);
  });

  it.each([
    ['/costs/4-1/02-01-2026/01-01-2026', 400, /expected to after from/],
    ['/costs/4-1/2026-01-01/2026-01-02', 400, /dd-mm-YYYY/],
    ['/costs/4/01-01-2026/01-01-2026', 400, /<node>-<analyzer>/],
    ['/costs/4-2/01-01-2026/01-01-2026', 404, /no analyzer 2/],
    ['/costs/4-1/01-01-2020/01-01-2026', 400, /at most 400 days/],
  ])('%s is refused', async (url, code, words) => {
    const { call } = await nights();
    const answer = await call('GET', url);
    expect(answer.code).toBe(code);
    expect(answer.body.detail).toMatch(words);
  });
});
