import { describe, expect, it } from 'vitest';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { oldRecord, VIEWS } from '../history/sample-records.ts';
import { DAY_NIGHT, PLAIN, QUARTER_MS, quarterHours, supply, winter } from './supply.ts';

const NOW = '2026-02-10T12:00:00+01:00';
const JANUARY = 'node=4&analyzer=1&from=2026-01-01&to=2026-02-01';

/** January at 2 kW all the time: 31 x 48 kWh = 1488 kWh, a third of which at night. */
async function january() {
  const up = await supply(NOW);
  await up.store(quarterHours(winter('2026-01-01'), winter('2026-02-01'), () => 2));
  await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
  await up.call('PUT', '/api/v1/contracts/night', { contract: DAY_NIGHT });
  await up.call('POST', '/api/v1/assignments', { node: 4, contract: 'plain' });
  return up;
}

const powerAlone = ({ variables: { CEA: _, ...others }, ...about }: CentralRecord): CentralRecord => ({
  ...about,
  variables: others,
});

describe('bills by the API', () => {
  it('a month by the contract of its site, and what another would cost', async () => {
    const { call } = await january();
    const { code, body } = await call('GET', `/api/v1/bills?${JANUARY}&whatIf=night`);
    // 1488 kWh x 0.20 = 297.60; VAT 29.76
    expect({ code, body }).toMatchObject({
      code: 200,
      body: {
        ...{ node: 4, analyzer: 1, name: 'Main', from: '2026-01-01', to: '2026-02-01' },
        ...{ total: '327.36', currency: 'EUR' },
        bills: [{ contract: 'Plain', days: 31, coverage: 1, missing: [] }],
      },
    });
    expect(body.bills[0].kwh).toBeCloseTo(1488, 6);
    // 992 kWh x 0.30 + 496 kWh x 0.10 = 347.20; VAT 34.72; 54.56 more
    expect(body.whatIf).toMatchObject({ total: '381.92', difference: '54.56', bills: [{ contract: 'Day and night' }] });
  });

  it('where the contract changes there is a bill for each, and the total is their sum', async () => {
    const { call } = await january();
    await call('POST', '/api/v1/assignments', { node: 4, analyzer: 1, from: '2026-01-16', contract: 'night' });
    const { body } = await call('GET', `/api/v1/bills?${JANUARY}`);
    // 15 x 48 x 0.20 = 144.00, VAT 14.40; 16 x (32 x 0.30 + 16 x 0.10) = 179.20, VAT 17.92
    expect(body.bills.map(({ from, total }: { from: string; total: string }) => [from, total])).toEqual([
      ['2026-01-01', '158.40'],
      ['2026-01-16', '197.12'],
    ]);
    expect(body.total).toBe('355.52');
    const { body: more } = await call('GET', `/api/v1/bills?${JANUARY}&by=week&open=P1&lastYear=true`);
    // Thursday to Sunday; each week of its own contract
    expect(more.parts.map((each: { from: string }[]) => each.map(({ from }) => from))).toEqual([
      ['2026-01-01', '2026-01-05', '2026-01-12'],
      ['2026-01-16', '2026-01-19', '2026-01-26'],
    ]);
    expect(more.parts[0][0]).toMatchObject({ total: '42.24' }); // 4 x 48 x 0.20 x 1.10
    expect(
      more.opened.map(({ lines }: { lines: { parts: unknown[] }[] }) => lines.map(({ parts }) => parts.length)),
    ).toEqual([[], [16]]);
    expect(more.opened[1].lines[0].parts[0]).toMatchObject({
      ...{ from: '2026-01-16T00:00:00.000+01:00', to: '2026-01-17T00:00:00.000+01:00', date: '2026-01-16' },
      ...{ price: 0.3, cost: '9.6000', hours: 16, coveredHours: 16 },
    });
    expect(more).toMatchObject({ total: '355.52', lastYear: [null, null] });
  });

  it('a contract may come with the question, and is not kept', async () => {
    const { call } = await january();
    const contract = { contract: { ...PLAIN, energyPrices: [{ from: '2020-01-01', all: 0.1 }] } };
    const dates = { from: '2026-01-01', to: '2026-02-01' };
    const asked = await call('POST', '/api/v1/bills', { node: 4, analyzer: 1, ...dates, contract, whatIf: 'plain' });
    expect(asked.body).toMatchObject({ total: '163.68', whatIf: { difference: '163.68' } });
    const wrong = await call('POST', '/api/v1/bills', { node: 4, analyzer: 1, contract: { contract: { name: 'x' } } });
    expect(wrong).toMatchObject({ code: 400, body: { detail: expect.stringContaining('contract: tariff') } });
  });

  it('a day without records is told, not silently left out', async () => {
    const up = await supply(NOW);
    const all = quarterHours(winter('2026-01-01'), winter('2026-02-01'), () => 2).map(powerAlone);
    await up.store(all.filter(({ end }) => end <= winter('2026-01-10') || end > winter('2026-01-11')));
    await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    const { body } = await up.call('GET', `/api/v1/bills?${JANUARY}&contract=plain`);
    expect(body.bills[0].coverage).toBeCloseTo(30 / 31, 6);
    expect(body.bills[0].kwh).toBeCloseTo(1440, 6);
    const guessed = await up.call('GET', `/api/v1/bills?${JANUARY}&contract=plain&estimate=true`);
    expect(guessed.body.bills[0].kwh).toBeCloseTo(1488, 6);
    expect(guessed.body.bills[0].kwhEstimated).toBeCloseTo(48, 6);
  });

  it('unless told it is the month that runs, today included', async () => {
    const { call } = await january();
    const { body } = await call('GET', '/api/v1/bills?node=4&analyzer=1');
    expect(body).toMatchObject({ from: '2026-02-01', to: '2026-02-11' });
  });

  it.each([
    ['node=4&analyzer=2', 404, /no analyzer 2/],
    ['node=4&analyzer=1&contract=none', 404, /no contract none/],
    ['node=4&analyzer=1&from=2026-02-01&to=2026-02-01', 400, /expected to after from/],
    ['node=4&analyzer=1&from=1990-01-01&to=2026-02-01', 400, /at most 1100 days/],
    ['node=4&analyzer=1&from=2026-13-01', 400, /a date such as/],
    [`${JANUARY}&by=hour`, 400, /query.by/],
    [`${JANUARY}&open=P9`, 400, /^open: expected a line of the bill \(energy all, VAT\), .*; saw "P9"$/],
    [`${JANUARY}&open=energy@2026-02-01`, 400, /^open: expected a day from 2026-01-01 to before 2026-02-01/],
    [`${JANUARY}&open=vat@2026-01-02`, 400, /^open: vat is of the whole bill; leave the day out/],
    [`${JANUARY}&lastYear=yes`, 400, /query.lastYear/],
    ['node=4&analyzer=1&from=2019-01-01&to=2019-02-01', 409, /period/],
    ['node=4&analyzer=1&form=2026-01-01', 400, /form/],
  ])('%s is refused', async (query, code, words) => {
    const { call } = await january();
    const answer = await call('GET', `/api/v1/bills?${query}`);
    expect(answer.code).toBe(code);
    expect(answer.body.detail).toMatch(words);
  });

  it('an analyzer that nothing is charged by is told how it gets a contract', async () => {
    const { call } = await supply(NOW);
    const { code, body } = await call('GET', '/api/v1/bills?node=4&analyzer=1');
    expect({ code, detail: body.detail }).toMatchObject({
      code: 404,
      detail: expect.stringContaining('lector central contract assign NAME 4 1'),
    });
  });

  it('an old lector tells mean counters: the differences of these are its energy', async () => {
    const up = await supply(NOW);
    const [first, last] = [winter('2025-12-31'), winter('2026-01-03')];
    const records = Array.from({ length: (last - first) / QUARTER_MS }, (_, index) => {
      const end = first + (index + 1) * QUARTER_MS;
      const about = oldRecord(end, { CEA: [1_000 + index * 0.5] });
      const CEA = about.variables.CEA;
      return { ...about, variables: CEA === undefined ? {} : { CEA: { ...CEA, aggregate: 'counter' as const } } };
    });
    await up.store(records);
    await up.call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    const days = 'node=4&analyzer=1&from=2026-01-01&to=2026-01-02';
    const { body } = await up.call('GET', `/api/v1/bills?${days}&contract=plain`);
    // 48 kWh x 0.20 = 9.60; VAT 0.96
    const notes = [expect.stringContaining('known to half an interval')];
    expect(body).toMatchObject({ total: '10.56', bills: [{ coverage: 1, notes }] });
  });

  it('by a contract that is read once, for years of prices by the hour take long, until it is another', async () => {
    const { call, contracts, database } = await supply('2026-02-01T12:00:00+01:00');
    const put = (cent: string) =>
      call('PUT', '/api/v1/contracts/hourly', {
        contract: { ...PLAIN, energyPrices: undefined, hourlyPrices: 'prices.csv' },
        hourlyPrices: `time,price\n2026-01-01T00:00:00+01:00,0.${cent}\n2026-01-01T01:00:00+01:00,0.30`,
      });
    const read = async () => (await contracts.contract('hourly'))?.contract;
    await put('10');
    const first = await read();
    expect(first?.hourlyPrices).toBeDefined();
    expect(await read()).toBe(first);
    expect((await contracts.contracts())[0]).toMatchObject({ contract: first });
    await put('20');
    expect(await read()).not.toEqual(first);
    // one that cannot be read is named, and hides no other
    await call('PUT', '/api/v1/contracts/plain', { contract: PLAIN });
    await database.pool.query("UPDATE contracts SET written = '{' WHERE name = 'hourly'");
    expect((await call('GET', '/api/v1/contracts')).body.contracts).toMatchObject([
      { name: 'hourly', unreadable: expect.stringContaining('the contract hourly cannot be used: ') },
      { name: 'plain', title: 'Plain' },
    ]);
  });

  it('of probes of temperatures there is none, nor a forecast of it', async () => {
    const up = await january();
    const probes = VIEWS.map((view) => ({ ...view, quantity: 'analog' }));
    await up.database.pool.query('UPDATE analyzers SET variables = $1', [JSON.stringify(probes)]);
    for (const url of [`/api/v1/bills?${JANUARY}&contract=plain`, '/api/v1/forecast?node=4&analyzer=1']) {
      const { code, body } = await up.call('GET', url);
      expect([code, body.detail]).toEqual([409, expect.stringContaining('tells neither active energy nor power')]);
    }
  });
});
