import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cost } from '../../src/cli/cost.ts';
import { costAdvise } from '../../src/cli/cost-advise.ts';
import { addEvent, listEvents, removeEvent } from '../../src/cli/event.ts';
import { columnsOf, headerOf, lineOf } from '../../src/domain/dades.ts';
import { EVENTS_FILE } from '../../src/entered-events.ts';
import { temporaryFolder } from '../store/samples.ts';
import { MADRID } from '../tariff/contracts.ts';
import { costPlant, quarterRecords } from './cost-plant.ts';

const ends: (() => void)[] = [];
let folder = '';
let printed = '';
let files: { config: string; ini: string } = { config: '', ini: '' };

/** Analyzer 1: 8 kW in January 2026, without 11 to 15 January, and 6 kW a year before. Analyzer 2: 2 kW. */
beforeAll(async () => {
  folder = temporaryFolder((end) => ends.push(end));
  const at = (text: string) => Date.parse(text);
  const main = quarterRecords(1, ['2025-12-30', '2026-02-03'], () => 8);
  const gap = main.filter(({ end }) => end > at('2026-01-10T23:00:00Z') && end <= at('2026-01-15T23:00:00Z'));
  const after = main.find(({ end }) => end > at('2026-01-15T23:00:00Z'));
  const known = main.filter((each) => !gap.includes(each) && each !== after);
  // what the counter went meanwhile is not known: another meter
  const reset = quarterRecords(1, ['2026-01-16', '2026-01-17'], () => 8).slice(0, 1);
  const old = quarterRecords(1, ['2024-12-30', '2025-02-02'], () => 6);
  files = await costPlant(folder, [
    ...old,
    ...known,
    ...reset,
    ...quarterRecords(2, ['2025-12-30', '2026-02-03'], () => 2),
  ]);
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
  return () => {
    vi.restoreAllMocks();
    rmSync(join(folder, 'data', EVENTS_FILE), { force: true });
  };
});

const january = () => ({ ...files, from: '2026-01-01', to: '2026-02-01', analyzer: '1', tariff: 'school' });

describe('lector cost', () => {
  it('leaves out what was not measured, and guesses it only when that is asked for', async () => {
    await cost(january());
    expect(printed).toMatch(/^4992\.0 kWh, from data of 83\.8 % of the time; what was used in the rest/m); // 26 x 192
    printed = '';
    await cost({ ...january(), estimate: true });
    expect(printed).toContain('5952.0 kWh, from data of 83.8 % of the time; 960.0 kWh of it are ESTIMATED');
    expect(printed).toMatch(/^energy P3 .* ~1440\.000 +kWh/m);
  });

  it('guesses days without any data by the weeks around them', async () => {
    const days = { ...january(), from: '2026-01-12', to: '2026-01-15' };
    await cost({ ...days, estimate: true });
    // 3 days of 8 kW, none of which was measured
    expect(printed).toMatch(/^576\.0 kWh, from data of 0 % of the time; 576\.0 kWh of it are ESTIMATED/m);
    printed = '';
    await cost(days);
    expect(printed).toMatch(/^what was used is not known: there are no data of that time/m);
  });

  it('is of the first analyzer of config.xml unless told, and says so', async () => {
    const { analyzer: _, ...rest } = january();
    await cost({ ...rest, lastYear: false });
    expect(printed).toMatch(/^Main switchboard \(analyzer 1\)\n/);
    expect(printed).toContain('- of the first analyzer, for --analyzer was not given; it takes also 2\n');
  });

  it('has the year before beside each figure', async () => {
    await cost(january());
    // 6 kW on 22 working days less two holidays of January 2025: P3 21 x 9 x 6 = 1134 kWh x 0.16
    expect(printed).toMatch(/^energy P3 .* 181\.44$/m);
    // 8 kW in the place of 6, in the hours that there are
    const words = 'a year before (2025-01-01 to 2025-01-31): 4464.0 kWh, now, in an hour with data, 33.3 % more';
    expect(printed.replaceAll(/\n */g, ' ')).toContain(words);
    printed = '';
    await cost({ ...january(), lastYear: false });
    expect(printed).not.toContain('a year before');
  });

  it('marks figures of a year before of which some is not known', async () => {
    await cost({ ...january(), from: '2026-01-20', to: '2026-02-05' });
    // the records of then end on 1 February
    expect(printed).toMatch(/^energy P3 .* \d+\.\d\d\*$/m);
    expect(printed).toMatch(/^VAT .* \d+\.\d\d\*$/m);
    expect(printed).toMatch(/^power P1 .* \d+\.\d\d$/m);
    expect(printed.replaceAll(/\n */g, ' ')).toContain('; * is of what is known of then');
  });

  it('by day has a row for each, and says what days do not have', async () => {
    await cost({ ...january(), by: 'day', to: '2026-01-13' });
    expect(printed).toMatch(/^2026-01-02 +192\.0 .* 100 %$/m);
    expect(printed).toMatch(/^2026-01-12 +\? .* 0 %$/m);
    expect(printed.replaceAll(/\n +/g, ' ')).toMatch(
      /^The bill of all of it is \d+\.\d\d EUR.* is rounded by itself\.$/m,
    );
    expect(Math.max(...printed.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('by period is the same total', async () => {
    await cost({ ...january(), json: true });
    const { total } = JSON.parse(printed) as { total: string };
    printed = '';
    await cost({ ...january(), by: 'period' });
    expect(printed).toMatch(new RegExp(`^total .* ${total}$`, 'm'));
  });

  it('opens a period to its days, and a day to its records', async () => {
    await cost({ ...january(), open: 'P3' });
    expect(printed).toMatch(/^2026-01-02 +9\.00 +72\.000 +0\.16 +11\.5200 +100 % +counter$/m);
    expect(printed).toMatch(/^2026-01-13 +9\.00 +0\.16 +0 % +no data$/m);
    printed = '';
    await cost({ ...january(), open: 'P3@2026-01-02' });
    expect(printed).toMatch(/^2026-01-02 10:00:00 +10:15:00 +2\.000 +0\.16 +0\.3200 +100 % +counter$/m);
  });

  it('opens any other line, and says what the bill made of its parts', async () => {
    await cost({ ...january(), open: 'vat' });
    expect(printed).toMatch(/^rent of the meter +1\.55$/m);
    expect(printed).toMatch(/^In the bill \d+\.\d\d EUR: 21 % of the sum; rounded to the cent\.$/m);
    printed = '';
    await cost({ ...january(), open: 'P6@2026-01-13', estimate: true });
    expect(printed).toMatch(/^2026-01-13 00:00:00 +08:00:00 +~64\.000 +0\.1 +6\.4000 +0 % +ESTIMATED$/m);
    printed = '';
    await cost({ ...january(), open: 'P3@2026-01-02', csv: true });
    expect(printed.split('\n')[1]).toBe(
      'energy P3,2026-01-02T10:00:00.000+01:00,2026-01-02T10:15:00.000+01:00,,2,kWh,0.16,0.3200,1,counter',
    );
  });

  it('compares with an invoice', async () => {
    await cost({ ...january(), analyzer: '2', invoice: '500' });
    expect(printed).toMatch(/^total +500\.00 +\d+\.\d\d +-?\d+\.\d\d$/m);
    const file = join(folder, 'invoice.csv');
    writeFileSync(file, 'energy P3;57,60\ntotal;500');
    printed = '';
    await cost({ ...january(), analyzer: '2', invoice: file });
    expect(printed).toMatch(/^energy P3 +57\.60 +57\.60 +0\.00$/m); // 2 kW x 180 h x 0.16
  });

  it('reads an invoice that a spreadsheet saved as Latin-1', async () => {
    const file = join(folder, 'factura.csv');
    writeFileSync(file, Buffer.from('Término de energía P3;57,60\r\nTotal factura;500,00\r\n', 'latin1'));
    await cost({ ...january(), analyzer: '2', invoice: file });
    expect(printed).toMatch(/^Término de energía P3 +57\.60 +57\.60 +0\.00$/m);
  });

  it.each<[string, (file: string) => void, string]>([
    ['a folder', (file) => mkdirSync(file), 'expected a file, saw a folder'],
    ['a file of 2 MB', (file) => writeFileSync(file, 'x'.repeat(2_000_000)), 'expected at most 1 MiB, saw 2000000'],
    ['UTF-16', (file) => writeFileSync(file, '\uFEFFtotal;500', 'utf16le'), 'expected UTF-8 or Latin-1, saw UTF-16'],
  ])('an invoice that is %s is refused in words', async (_what, make, words) => {
    const file = join(folder, 'wrong.csv');
    make(file);
    await expect(cost({ ...january(), analyzer: '2', invoice: file })).rejects.toThrow(words);
    rmSync(file, { recursive: true });
  });

  it('of a sum of analyzers is of what is known of both', async () => {
    await cost({ ...january(), analyzer: '1 - 2' });
    expect(printed).toMatch(/^1 - 2\nschool: 2026-01-01 to/);
    expect(printed).toMatch(/^3744\.0 kWh, from data of 83\.8 %/m); // 26 x 24 x 6
    expect(printed).toContain('of analyzer 1 - analyzer 2');
  });

  it('reads daily files as they are', async () => {
    const dades = join(folder, 'dades', '1');
    mkdirSync(dades, { recursive: true });
    const days = Map.groupBy(
      quarterRecords(1, ['2026-02-10', '2026-02-13'], () => 4),
      ({ end }) => new Date(end + MADRID(end)).toISOString().slice(0, 10).replaceAll('-', ''),
    );
    for (const [day, records] of days) {
      const columns = columnsOf(records[0]!, []);
      const lines = records.map((record) => lineOf(record, columns, MADRID));
      writeFileSync(join(dades, `${day}.txt`), [headerOf(columns), ...lines, ''].join('\n'));
    }
    await cost({ ...january(), from: '2026-02-11', to: '2026-02-12', dades: join(folder, 'dades') });
    expect(printed).toContain('96.0 kWh, from data of 100 % of the time');
    expect(printed).toContain('from daily files: they do not say when a counter was read');
  });

  it.each([
    [{ by: 'year' }, '--by: expected one of day, week, month, period, saw "year"'],
    [{ to: '2206-02-01' }, 'expected at most 1100 days at once, saw 65774, to 2206-02-01'],
    [{ open: 'P9' }, '--open: expected a line of the bill (power P1'],
    [{ open: 'P3@2026-03-01' }, '--open: expected a day from 2026-01-01'],
    [{ open: 'vat@2026-01-05' }, '--open: vat is of the whole bill'],
    [{ invoice: 'nothing.csv' }, '--invoice: expected a total such as 1174.15, or a file'],
    [{ analyzer: '1 - 1' }, '--analyzer: expected a sum as ids of analyzers, each once, such as "1 - 5"'],
    [{ analyzer: '1 -' }, '--analyzer: expected a sum as ids'],
    [{ analyzer: 'kitchen + sports hall' }, '--analyzer: expected a sum as ids'],
    [{ tariff: '.' }, 'it is a folder'],
    [{ analyzer: '1 - 7' }, '--analyzer: no records of analyzer 7'],
    [{ dades: '/dev/null/none' }, '--dades: /dev/null/none cannot be read'],
  ])('refuses %o in words', async (change, words) => {
    await expect(cost({ ...january(), ...change })).rejects.toThrow(words);
  });
});

describe('lector cost advise', () => {
  it('wants data of all periods', async () => {
    await expect(costAdvise(january())).rejects.toThrow('no advice: there are no data of P1, P2, P5');
  });
});

describe('lector event', () => {
  it('add, list and remove what changes bills', async () => {
    const of = { ...files, analyzer: 'Main switchboard' };
    const times = { from: '2026-01-05 08:00', to: '2026-01-05 20:00', text: 'boiler test' };
    expect(await addEvent({ ...of, ...times }, ['maintenance'])).toBe(0);
    for (const by of ['day', 'period']) {
      printed = '';
      await cost({ ...january(), by });
      expect(printed).toMatch(/^- 2026-01-05 \S+ to 2026-01-05 \S+ not billed: boiler test$/m);
    }
    await addEvent({ ...of, at: '2026-01-03 10:00', old: '1848,5', new: '1840' }, ['exchange']);
    printed = '';
    await listEvents(files);
    expect(printed).toBe(
      '2  analyzer 1  2026-01-03 10:00 meter exchanged, the old one at 1848.5, the new one at 1840\n' +
        '1  analyzer 1  2026-01-05 08:00 to 2026-01-05 20:00 not billed: boiler test\n',
    );
    await removeEvent(files, ['2']);
    printed = '';
    await cost({ ...january(), lastYear: false });
    expect(printed).toMatch(/^4896\.0 kWh/m); // 12 hours of 8 kW less
    expect(printed).toContain('2026-01-05 08:00 to 2026-01-05 20:00 not billed: boiler test');
  });
});
