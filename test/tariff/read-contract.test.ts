import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problemText } from '../../src/domain/problem.ts';
import { readContract } from '../../src/tariff/read-contract.ts';

const EXAMPLES = new URL('../../docs/examples/', import.meta.url);
const example = (name: string) => readFileSync(new URL(name, EXAMPLES), 'utf8');
const SPANISH = JSON.parse(example('3.0TD-baleares.json')) as Record<string, unknown>;

const said = (change: Record<string, unknown>) => {
  const parsed = readContract(JSON.stringify({ ...SPANISH, ...change }), 'x.json');
  return parsed.ok ? [] : parsed.problems.map(problemText);
};

it('examples of contracts, which the manual and messages name, are in the package', () => {
  const { files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(files).toContain('docs/examples/*.json');
});

describe('a contract in a file', () => {
  it.each(readdirSync(EXAMPLES))('%s is one', (name) => {
    const parsed = readContract(example(name), name);
    expect(parsed.ok ? [] : parsed.problems.map(problemText)).toEqual([]);
  });

  it('of Spain has the periods, the zone and the regulated prices of its territory', () => {
    const parsed = readContract(example('3.0TD-baleares.json'), 'x');
    if (!parsed.ok) throw new Error('it is not one');
    const { contract } = parsed.value;
    expect([contract.timezone, contract.currency, contract.powerYear]).toEqual(['Europe/Madrid', 'EUR', 'actual']);
    expect(contract.energyPeriods[0]?.rules.length).toBeGreaterThan(5);
    expect(contract.reactive[0]?.bands.map(({ perKvarh }) => perKvarh)).toEqual([0, 0.041554, 0.062332]);
    expect(contract.contractedKw[0]?.kw).toEqual({ P1: 30, P2: 30, P3: 30, P4: 30, P5: 30, P6: 35 });
  });

  it('of a 2.0TD is never charged for excess and reactive energy', () => {
    const kw = [{ from: '2025-01-01', P1: 4.6, P2: 4.6 }];
    const home = { ...SPANISH, tariff: '2.0TD', contractedKw: kw, powerPrices: [], energyPrices: [], excess: [] };
    const parsed = readContract(JSON.stringify(home), 'x');
    expect(parsed.ok && parsed.value.contract.none).toEqual(['excess', 'reactive']);
  });

  it('adds and removes holidays, of every year and of one', () => {
    const parsed = readContract(
      JSON.stringify({ ...SPANISH, holidays: { add: ['2026-04-03', '03-01'], remove: ['01-06'] } }),
      'x',
    );
    const { fixed, dates } = (parsed.ok && parsed.value.contract.holidays) || { fixed: [], dates: [] };
    expect([fixed.includes('03-01'), fixed.includes('01-06'), dates]).toEqual([true, false, ['2026-04-03']]);
  });

  it.each([
    [{ tariff: '3.0' }, 'x.json: tariff: expected one of 2.0TD, 3.0TD'],
    [{ territory: 'mallorca' }, 'x.json: territory: expected one of peninsula, baleares'],
    [{ territory: null }, 'x.json: expected a territory, or "periods" of its own, saw neither'],
    [
      { energyPrices: [{ from: '2026-01-01', P7: 1 }] },
      'x.json: energyPrices[0]: expected periods of the tariff (P1, P2',
    ],
    [
      { excess: [{ from: '2026-01-01', rule: 'maximeter', perKw: { P9: 1 } }] },
      'x.json: excess[0]: expected periods of the tariff (P1, P2',
    ],
    [
      { reactive: [{ from: '2026-01-01', free: 0.33, periods: ['Q1'], bands: [] }] },
      'x.json: reactive[0]: expected periods of the tariff (P1, P2',
    ],
    [{ energyPrices: [{ from: '2026-02-30', P1: 1 }] }, 'expected a date such as 2026-01-01, saw "2026-02-30"'],
    [{ contractedKw: [{ from: '2026-01-01', P1: '30' }] }, 'contractedKw[0].P1: expected a number from 0 on, saw "30"'],
    [{ vat: [{ from: '2026-01-01', percent: 210 }] }, 'vat[0].percent: expected from 0 to 100, saw 210'],
    [
      { electricityTax: [{ from: '2026-01-01', percent: 5, minimumPerKwh: -0.001 }] },
      'electricityTax[0].minimumPerKwh: expected a number from 0 on, saw -0.001',
    ],
    [{ vta: [] }, 'x.json: expected only names that a contract has, saw vta'],
    [
      {
        rental: [
          { from: '2026-02-01', perDay: 1 },
          { from: '2026-01-01', perDay: 1 },
        ],
      },
      'rental: expected entries in the order of their dates',
    ],
    [
      {
        territory: null,
        tariff: 'own',
        periods: [{ from: '2026-01-01', rules: [{ period: 'P1', hours: [['08:00', '20:00']] }] }],
      },
      'x.json: periods: expected a period for every hour, saw none on 2027-01-01 00:00',
    ],
  ])('with %j says so', (change, words) => {
    expect(said(change).join('\n')).toContain(words);
  });

  it.each(['[]', 'null', '7', '"3.0TD"'])('%s is no contract, and is told so in words', (text) => {
    const parsed = readContract(text, 'x.json');
    const expected = 'expected an object { ... } of the names of a contract';
    const words = `x.json: ${expected}, saw ${text}; begin with docs/examples`;
    expect(parsed.ok ? [] : parsed.problems.map(problemText)).toEqual([words]);
  });

  it('says once what its periods lack', () => {
    const periods = [{ from: '2026-01-01', rules: [{ period: 'P1', hours: [['08:00', '20:00']] }] }];
    expect(
      said({ territory: null, tariff: 'own', periods }).filter((each) => each.includes('every hour')),
    ).toHaveLength(1);
  });

  it('that is no JSON says where', () => {
    const parsed = readContract('{ "name": ', 'x.json');
    expect(parsed.ok ? [] : parsed.problems.map(problemText)[0]).toContain('x.json: expected JSON, saw');
  });

  it('never throws, whatever stands in it', () => {
    for (const text of [
      'null',
      '[]',
      '7',
      '{}',
      '{"periods":[{"rules":[{"hours":[["a","b"]]}]}]}',
      '{"vat":{"a":1}}',
    ]) {
      expect(readContract(text, 'x').ok).toBe(false);
    }
  });
});
