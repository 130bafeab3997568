import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cost } from '../../src/cli/cost.ts';
import { costPeriod } from '../../src/cli/cost-period.ts';
import { csvRows } from '../../src/cli/cost-text.ts';
import type { LectorRecord, RecordedVariable } from '../../src/domain/record.ts';
import { epochMs } from '../../src/domain/units.ts';
import { openSample, temporaryFolder } from '../store/samples.ts';
import { plantXml, SIMULATED, writePlant } from '../support/lector-process.ts';
import { quarters, six } from '../tariff/contracts.ts';

const ends: (() => void)[] = [];
let folder = '';
let printed = '';

/** The contract of the worked bill of test/tariff/bill.test.ts, as a file. */
const SCHOOL = {
  ...{ name: 'school', tariff: '3.0TD', territory: 'baleares', powerYear: 365, none: ['reactive'] },
  contractedKw: [{ from: '2025-01-01', ...six(30) }],
  energyPrices: [{ from: '2025-01-01', ...six(0.2, 0.18, 0.16, 0.14, 0.12, 0.1) }],
  powerPrices: [{ from: '2025-01-01', ...six(36.5, 18.25, 7.3, 7.3, 3.65, 3.65) }],
  rental: [{ from: '2025-01-01', perDay: 0.05 }],
  electricityTax: [{ from: '2025-01-01', percent: 5.11269632 }],
  vat: [{ from: '2025-01-01', percent: 21 }],
};

const value = (aggregate: RecordedVariable['aggregate'], number: number, change: Partial<RecordedVariable> = {}) =>
  ({
    ...{ aggregate, values: [number], min: [number], max: [number], n: [15], expected: 15 },
    ...{ delta: [null], baseline: [null], at: null, flags: [] },
    ...change,
  }) satisfies RecordedVariable;

/** Quarter hours of 8 kW, as a PM710 records them. */
function january(): readonly LectorRecord[] {
  return quarters('2025-12-31', '2026-02-02', () => 8).map(({ start, end }, index): LectorRecord => {
    const counter = { delta: [2], at: end };
    return {
      ...{ nodeId: 1, analyzerId: 1, model: 'PM710', start, end, generation: 0, n: 15, expected: 15, ratio: null },
      variables: { PAT: value('mean', 8), CEA: value('counter', 1000 + 2 * index, counter) },
    };
  });
}

beforeAll(async () => {
  folder = temporaryFolder((end) => ends.push(end));
  const xml = plantXml(
    [{ id: 1, ...SIMULATED }],
    [
      { id: 1, device: 1, model: 'PM710' },
      { id: 2, device: 1 },
    ],
  );
  writePlant(folder, xml.replace('<analitzador id="1"', '<analitzador name="Main switchboard" id="1"'));
  mkdirSync(join(folder, 'tariffs'));
  writeFileSync(join(folder, 'tariffs', 'school.json'), JSON.stringify(SCHOOL));
  const dear = { ...SCHOOL, name: 'dear', energyPrices: [{ from: '2025-01-01', ...six(1) }] };
  writeFileSync(join(folder, 'tariffs', 'dear.json'), JSON.stringify(dear));
  writeFileSync(join(folder, 'tariffs', 'poor.json'), JSON.stringify({ ...SCHOOL, vat: [] }));
  const { store } = await openSample({ dir: join(folder, 'data'), recordsMaxMs: 1e15 });
  const all = january();
  for (let from = 0; from < all.length; from += 500) {
    await Promise.all(all.slice(from, from + 500).map((record) => store.putRecord(record)));
  }
  await store.close();
});
afterAll(() => {
  for (const end of ends.splice(0)) end();
});
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  return () => vi.restoreAllMocks();
});

const files = () => ({ config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') });
const JANUARY = { from: '2026-01-01', to: '2026-02-01', analyzer: '1', tariff: 'school' };

describe('a cell of CSV', () => {
  it.each([
    ['-1174.15', '-1174.15'],
    ['2026-01-01', '2026-01-01'],
    ['-2+3', "'-2+3"],
    ['=1+1', "'=1+1"],
    ['a, "b"', '"a, ""b"""'],
    [0.1 + 0.2, '0.3'],
    [1e-9, '0.000000001'],
    [null, ''],
  ])('%j is %s', (cell, text) => {
    expect(csvRows([[cell]])).toBe(`${text}\n`);
  });
});

describe('lector cost', () => {
  it('prints the bill that one works out by hand', async () => {
    expect(await cost({ ...files(), ...JANUARY })).toBe(0);
    expect(printed).toMatch(/^Main switchboard \(analyzer 1\)\nschool: 2026-01-01 to 2026-01-31, 31 days\n/);
    expect(printed).toMatch(/^energy P3 +1440\.000 +kWh +0\.16 +230\.40 +100 %$/m);
    expect(printed).toMatch(/^VAT +21 +% +of 970\.37 +203\.78$/m);
    expect(printed).toContain('- power: kW x price of a kW and year x 31 of 365 days');
    expect(printed).toMatch(/^total +1174\.15 +EUR$/m);
    expect(printed).toContain('5952.0 kWh, from data of 100 % of the time\n');
  });

  it('as JSON and CSV has the same lines and the same sum', async () => {
    expect(await cost({ ...files(), ...JANUARY, json: true })).toBe(0);
    const bill = JSON.parse(printed) as { total: string; lines: { amount: string }[] };
    expect(bill.total).toBe('1174.15');
    printed = '';
    expect(await cost({ ...files(), ...JANUARY, csv: true })).toBe(0);
    expect(printed.trimEnd().split('\n')).toHaveLength(bill.lines.length + 2);
    expect(printed).toContain('total,total,,2026-01-01,2026-02-01,,EUR,,1174.15,,,,\n');
  });

  it('says what another contract would have cost', async () => {
    expect(await cost({ ...files(), ...JANUARY, whatIf: 'dear' })).toBe(0);
    expect(printed).toMatch(/With dear in the place of school: \d+\.\d\d EUR more\n$/);
  });

  it('of days without data says what share of the time it knows, and never invents the rest', async () => {
    expect(await cost({ ...files(), ...JANUARY, from: '2026-01-30', to: '2026-02-05' })).toBe(0);
    expect(printed.replaceAll(/\n */g, ' ')).toContain(
      'of the time; what was used in the rest of it, 72.0 of its hours, is not in this bill',
    );
    expect(printed).toMatch(/576\.0 kWh, from data of 50 %/); // 30, 31 January and 1 February: 3 x 24 x 8
  });

  it('with a price that is not in the contract says which, and ends with 1', async () => {
    expect(await cost({ ...files(), ...JANUARY, tariff: 'poor' })).toBe(1);
    expect(printed).toContain('MISSING: the rate of VAT on 2026-01-01 is not in the contract');
    expect(printed).toMatch(/^VAT .* \?$/m);
  });

  it.each([
    [{ tariff: 'nothing' }, '--tariff: expected a file, or the name of one in'],
    [{ tariff: undefined }, 'expected a contract, saw none'],
    [{ analyzer: 'Kitchen' }, '--analyzer: no records of "Kitchen"; there are 1 Main switchboard'],
    [{ from: '2026-01-32' }, '--from: expected a date such as 2026-01-01, saw "2026-01-32"'],
    [{ to: '2026-01-01' }, 'expected --to after --from'],
  ])('refuses %o in words', async (change, words) => {
    const { tariff, ...rest } = { ...JANUARY, ...change };
    await expect(cost({ ...files(), ...rest, ...(tariff !== undefined && { tariff }) })).rejects.toThrow(words);
  });
});

describe('lector cost period', () => {
  it.each([
    ['2.0TD', 'baleares', false, '2026-01-15T09:59:59+01:00', 'P2: energy of 2.0TD in baleares'],
    ['2.0TD', 'ceuta', false, '2026-01-15 11:00', 'P1: energy of 2.0TD in ceuta'],
    ['2.0TD', 'peninsula', true, '2026-01-17 11:00', 'P2: power of 2.0TD in peninsula'],
    ['6.1TD', 'canarias', false, '2026-07-15 11:00', 'P1: energy of 6.1TD in canarias'],
  ])('of %s in %s (power: %s) at %s', async (tariff, territory, power, time, words) => {
    expect(await costPeriod({ tariff, territory, power }, [time])).toBe(0);
    expect(printed).toContain(words);
  });

  it.each([
    [{ tariff: '3.0', territory: 'baleares' }, '--tariff: expected one of 2.0TD'],
    [{ tariff: '3.0TD', territory: 'mallorca' }, '--territory: expected one of peninsula'],
  ])('refuses %o in words', async (options, words) => {
    await expect(costPeriod(options, [])).rejects.toThrow(words);
  });

  it('says the time that it cannot read', async () => {
    await expect(costPeriod({ tariff: '3.0TD', territory: 'baleares' }, ['noon'])).rejects.toThrow('saw "noon"');
  });
});

it('records of the test are the quarter hours that it speaks of', () => {
  expect(january()[0]?.end).toBe(epochMs(Date.parse('2025-12-30T23:15:00Z')));
});
