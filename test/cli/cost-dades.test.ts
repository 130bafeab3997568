import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cost } from '../../src/cli/cost.ts';
import { epochMs } from '../../src/domain/units.ts';
import { temporaryFolder } from '../store/samples.ts';
import { MADRID } from '../tariff/contracts.ts';

const ends: (() => void)[] = [];
const folder = temporaryFolder((end) => ends.push(end));
const own = join(folder, 'dades', '1');
let printed = '';

afterAll(() => {
  for (const end of ends.splice(0)) end();
});

const FLAT = {
  ...{ name: 'old school', about: 'invented', tariff: 'day and night', timezone: 'Europe/Madrid' },
  periods: [{ from: '2010-01-01', rules: [{ period: 'night', hours: [['22:00', '08:00']] }, { period: 'day' }] }],
  energyPrices: [{ from: '2010-01-01', day: 0.2, night: 0.1 }],
  none: ['power', 'excess', 'reactive', 'rental', 'electricityTax', 'vat'],
};

/**
 * Files as the predecessor wrote them: columns in any order, counters as their mean over the interval, times some
 * seconds late, a tab after each field. 4 kW from 10 to 12 May 2014, 1 kWh in each quarter hour.
 */
beforeEach(() => {
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  writeFileSync(join(folder, 'flat.json'), JSON.stringify(FLAT));
  const start = Date.parse('2014-05-09T22:00:00Z');
  const lines = Array.from({ length: 3 * 96 + 1 }, (_, quarter) => {
    const wall = new Date(start + quarter * 900_000 + MADRID(epochMs(start))).toISOString();
    const fields = [50_000 - 0.5 + quarter, 230.12, 229.8, 231, 4].map((value) => value.toFixed(2).padStart(9));
    const late = String((quarter * 7) % 50).padStart(2, '0');
    return { day: wall.slice(0, 10).replaceAll('-', ''), line: [`${wall.slice(11, 17)}${late}`, ...fields] };
  });
  for (const [day, all] of Map.groupBy(lines, (each) => each.day)) {
    const rows = [['HORA', 'CEA0', 'TPF0', 'TPF1', 'TPF2', 'PAT0'], ...all.map(({ line }) => line)];
    writeFileSync(join(own, `${day}.txt`), rows.map((row) => `${row.join('\t')}\t\n`).join(''));
  }
  writeFileSync(join(own, 'analitzador.dat'), 'Schneider Electric PM710 v1.2\tTue May 13 00:00:07 2014');
  printed = '';
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  return () => vi.restoreAllMocks();
});

const asked = { dades: join(folder, 'dades'), tariff: 'flat.json', from: '2014-05-10', to: '2014-05-13' };
const plain = () => printed.replaceAll(/\n +/g, ' ');

describe("lector cost of the predecessor's daily files, where there is no config.xml", () => {
  it('is what one works out by hand', async () => {
    expect(await cost(asked)).toBe(0);
    // 3 days of 14 hours by day and 10 at night, 4 kW: 168 kWh x 0.2 and 120 x 0.1
    expect(printed).toMatch(/^energy day +168\.000 +kWh +0\.2 +33\.60 +100 %$/m);
    expect(printed).toMatch(/^energy night +120\.000 +kWh +0\.1 +12\.00 +100 %$/m);
    expect(printed).toMatch(/^total +45\.60 +EUR$/m);
    expect(plain()).toContain('those of the predecessor hold its mean over the interval');
    expect(plain()).toMatch(/the times in daily files are taken as those of Europe\/Madrid/);
    expect(plain()).toContain('the contract says: invented');
  });

  it('has its quarter hours, though their times are some seconds late', async () => {
    const file = join(folder, 'peak.json');
    const change = {
      contractedKw: [{ from: '2010-01-01', day: 3, night: 9 }],
      excess: [{ from: '2010-01-01', rule: 'maximeter', perKw: { day: 2, night: 2 } }],
      none: FLAT.none.filter((kind) => kind !== 'excess'),
    };
    writeFileSync(file, JSON.stringify({ ...FLAT, ...change }));
    await cost({ ...asked, tariff: 'peak.json' });
    expect(printed).toMatch(/^excess of power day +1 +kW +2 +2\.00 +100 %$/m); // (4 - 3) x 2
  });

  it('without one of its days has the same sum, and says that it is not known when', async () => {
    rmSync(join(own, '20140511.txt'));
    expect(await cost(asked)).toBe(0);
    expect(printed).toMatch(/^288\.0 kWh, from data of 100 % of the time; of it 9\d\.\d kWh are known in sum/m);
  });

  it('without its last day says which share of the time it has, and has only that', async () => {
    for (const day of ['20140512.txt', '20140513.txt']) rmSync(join(own, day));
    expect(await cost(asked)).toBe(0);
    expect(plain()).toMatch(
      /\b191\.0 kWh, from data of 66\.3 % of the time; what was used in the rest of it, 24\.3 of/,
    );
  });

  it('reads a decimal comma, and says what it cannot read', async () => {
    const lines = ['HORA\tCEA0\tPAT0\t', '00:15:00\t 50000,50\t     4,00\t', '00:30:00\tfifty\t4\t'];
    const text = `${[...lines, '00:45:00\t 50002,50\t4,00\t'].join('\n')}\n`;
    writeFileSync(join(own, '20140510.txt'), text);
    await cost({ ...asked, to: '2014-05-11' });
    expect(printed).toMatch(/^\d+\.\d kWh, from data of 100 %/m);
    expect(plain()).toMatch(/there are lines that cannot be read: the first is \S*20140510\.txt:3/);
  });

  it.each([
    [{}, 'expected the model of analyzer 1, saw nothing that says it; --model PM710 tells it'],
    [{ model: 'PM9999' }, '--model: expected one of '],
    [{ model: 'DAS-8000' }, 'the meter of analyzer 1 tells neither active energy nor power'],
    [{ analyzer: '7' }, 'no records of "7"; there are 1'],
  ])('with %o and no analitzador.dat is refused in words', async (change, words) => {
    rmSync(join(own, 'analitzador.dat'));
    await expect(cost({ ...asked, ...change })).rejects.toThrow(words);
  });

  it('is of the meter that --model names', async () => {
    rmSync(join(own, 'analitzador.dat'));
    await cost({ ...asked, model: 'pm710' });
    expect(printed).toMatch(/^total +45\.60 +EUR$/m);
  });
});
