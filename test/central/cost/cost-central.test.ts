import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NewEvent } from '../../../src/central/cost/ports.ts';
import { parseRecordLine } from '../../../src/central/ingest/record-line.ts';
import type { CentralRecord } from '../../../src/central/ports.ts';
import { cost } from '../../../src/cli/cost.ts';
import { costAdvise } from '../../../src/cli/cost-advise.ts';
import { costAdviseCentral } from '../../../src/cli/cost-advise-central.ts';
import { type CostCentralOptions, costCentral } from '../../../src/cli/cost-central.ts';
import type { LectorRecord } from '../../../src/domain/record.ts';
import { epochMs } from '../../../src/domain/units.ts';
import { isoTime } from '../../../src/protocol/iso-time.ts';
import { recordWire } from '../../../src/protocol/record-wire.ts';
import { eventsText } from '../../../src/tariff/events.ts';
import { costPlant, quarterRecords, SCHOOL } from '../../cli/cost-plant.ts';
import { temporaryFolder } from '../../store/samples.ts';
import { DAY_NIGHT, MADRID, PLAIN, supply } from './supply.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0)) end();
});

async function printed(run: () => Promise<number>): Promise<{ readonly code: number; readonly out: string }> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    return { code: await run(), out };
  } finally {
    vi.restoreAllMocks();
  }
}

/** As it comes to a centre, as analyzer 1 of node 4. */
function delivered(record: LectorRecord): CentralRecord {
  const wire = { ...recordWire(record, (at) => isoTime(at, MADRID)), node: 4 };
  const parsed = parseRecordLine(JSON.stringify(wire));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** A winter week of a school, with a gap of a day in the middle. */
function records(): readonly LectorRecord[] {
  const kwAt = (end: number) => 5 + 20 * Math.sin(end / 7_000_000) ** 2;
  const all = quarterRecords(1, ['2026-01-05', '2026-01-20'], kwAt);
  return all.filter((_, index) => index < 500 || index > 596);
}

async function centre() {
  const up = await supply('2026-02-10T12:00:00+01:00');
  const central = await up.app.listen({ port: 0, host: '127.0.0.1' });
  return { ...up, central };
}

/** A sum of two analyzers with events, of the same records at a centre and at its site: `building`. */
async function building() {
  const { store, central, registry, meters, call } = await centre();
  const workshop = quarterRecords(2, ['2026-01-05', '2026-01-12'], (end) => 2 + Math.cos(end / 9_000_000));
  const before = [1, 2].flatMap((id) => quarterRecords(id, ['2025-01-05', '2025-01-12'], () => 12 / id));
  const all = [...before, ...records().filter(({ end }) => end < Date.parse('2026-01-12')), ...workshop];
  await registry.addAnalyzer(4, 2, { name: 'Workshop', model: 'PM710' });
  await store(all.map(delivered));
  const folder = temporaryFolder((end) => ends.push(end));
  const plant = await costPlant(folder, all);
  const xml = readFileSync(plant.config, 'utf8');
  const sum = '<virtuals><virtual id="100" name="Building" of="1 - 2" tariff="school"/></virtuals>';
  writeFileSync(plant.config, xml.replace('</equips>', `</equips>${sum}`));
  const time = (text: string) => epochMs(Date.parse(`${text}+01:00`));
  const base = { analyzerId: 1, text: 'boiler' };
  const events: readonly NewEvent[] = [
    { ...base, kind: 'maintenance', from: time('2026-01-07T08:00'), to: time('2026-01-07T12:07') },
    { ...base, analyzerId: 2, kind: 'exchange', at: time('2026-01-08T10:00'), old: 1_180, new: 1_150, counter: null },
    { ...base, kind: 'note', at: time('2026-01-09T00:00') },
    // not told of what is asked; a part of what guesses are made of
    { ...base, kind: 'note', at: time('2026-01-11T12:00'), text: 'later' },
  ];
  writeFileSync(join(folder, 'data', 'events.json'), eventsText(events.map((each, at) => ({ ...each, id: at + 1 }))));
  for (const each of events) await meters.addEvent(4, each);
  await meters.putVirtual({ node: 4, id: 100, name: 'Building', location: '', of: '1 - 2' });
  await call('PUT', '/api/v1/contracts/school', { contract: SCHOOL });
  await call('POST', '/api/v1/assignments', { node: 4, analyzer: 100, contract: 'school' });
  return { central, plant, folder };
}

describe('lector cost --central', () => {
  it('says what the API says, and what lector cost says of the same records, to the cent', async () => {
    const { store, central, contracts, call } = await centre();
    await store(records().map(delivered));
    const folder = temporaryFolder((end) => ends.push(end));
    const plant = await costPlant(folder, records());
    const span = { from: '2026-01-06', to: '2026-01-19' };
    const tariff = join(folder, 'tariffs', 'school.json');
    const local = await printed(() => cost({ ...plant, ...span, analyzer: '1', tariff, json: true, lastYear: false }));
    const { lastYear: _, ...own } = JSON.parse(local.out);
    const remote = await printed(() =>
      costCentral({ central, ...span, analyzer: '4-1', tariff, json: true, lastYear: false }),
    );
    expect(JSON.parse(remote.out).bills).toEqual([own]);
    await contracts.putContract('school', { json: JSON.stringify(SCHOOL), hourly: null });
    const asked = await call('GET', `/api/v1/bills?node=4&analyzer=1&from=${span.from}&to=${span.to}&contract=school`);
    expect(asked.body).toEqual(JSON.parse(remote.out));
    expect(own.lines.length).toBeGreaterThan(10);
  });

  it('of a sum with events it says what lector cost says of the same records, to the cent', async () => {
    const { central, plant } = await building();
    const asked = { from: '2026-01-06', to: '2026-01-11', analyzer: 'building', json: true };
    const both = async (estimate: boolean) => {
      const local = await printed(() => cost({ ...plant, ...asked, estimate, lastYear: false }));
      const remote = await printed(() => costCentral({ central, ...asked, estimate, lastYear: false }));
      const { lastYear: _, ...bill } = JSON.parse(local.out);
      return { own: bill, told: JSON.parse(remote.out) };
    };
    const guessed = await both(true);
    expect(guessed.told.bills).toEqual([guessed.own]);
    const { own, told } = await both(false);
    expect(told.bills).toEqual([own]);
    expect(told).toMatchObject({ node: 4, analyzer: 100, name: 'Building', of: '1 - 2' });
    expect(Number(guessed.own.total)).toBeGreaterThan(Number(own.total));
    const shown = await printed(() => costCentral({ central, ...asked, json: false }));
    expect(shown.out).toMatch(/^Building \(sum 4-100: 1 - 2\)\n/);
    expect(own.notes.join()).toContain('analyzer 1: 2026-01-07 08:00 to 2026-01-07 12:07 not billed: boiler');
    expect(Number(own.total)).toBeGreaterThan(100);
  });

  it('of a sum with events it prints the same text as lector cost, whatever is asked of it', async () => {
    const { central, plant, folder } = await building();
    const invoice = join(folder, 'invoice.csv');
    writeFileSync(invoice, 'energy P3;10,00\nVAT;20,00\ntotal;150,00\n');
    const whatIf = join(folder, 'dear.json');
    writeFileSync(whatIf, JSON.stringify({ ...SCHOOL, name: 'Dear', rental: [{ from: '2024-01-01', perDay: 5 }] }));
    const span = { from: '2026-01-06', to: '2026-01-11', analyzer: 'building' };
    const plain = (text: string) => text.replaceAll(/sum (4-)?100:/g, 'sum');
    const questions: readonly Partial<CostCentralOptions>[] = [
      ...[{}, { whatIf }, { lastYear: false }, { csv: true }, { estimate: true }],
      ...[{ by: 'day' }, { by: 'week', csv: true }, { by: 'month', estimate: true }, { by: 'period' }],
      ...[{ open: 'energy' }, { open: 'p3@2026-01-08' }, { open: 'P6', estimate: true, csv: true }],
      ...[
        { open: 'excess' },
        { open: 'VAT' },
        { open: 'power', csv: true },
        { invoice },
        { invoice: '100', csv: true },
      ],
    ];
    const texts: string[] = [];
    for (const question of questions) {
      const local = await printed(() => cost({ ...plant, ...span, ...question }));
      const remote = await printed(() => costCentral({ central, ...span, ...question }));
      expect({ question, code: remote.code, out: plain(remote.out) }).toEqual({
        ...{ question, code: local.code, out: plain(local.out) },
      });
      expect(local.out.length).toBeGreaterThan(50);
      texts.push(remote.out);
    }
    expect(texts[0]).toMatch(/^total .* EUR +\d+\.\d\d\*?$/m); // a year before
    expect(texts.join()).toContain('With Dear in the place of school');
  });

  it('prints the bill by the contract of the centre, and what another of there or of a file would cost', async () => {
    const { store, central, contracts } = await centre();
    await store(records().map(delivered));
    await contracts.putContract('plain', { json: JSON.stringify(PLAIN), hourly: null });
    await contracts.assign({ node: 4, analyzer: null, from: '1970-01-01', contract: 'plain' });
    const folder = temporaryFolder((end) => ends.push(end));
    const whatIf = join(folder, 'dear.json');
    writeFileSync(whatIf, JSON.stringify({ ...PLAIN, name: 'Dear', energyPrices: [{ from: '2020-01-01', all: 0.4 }] }));
    const span = { from: '2026-01-06', to: '2026-01-07' };
    const { code, out } = await printed(() => costCentral({ central, ...span, analyzer: 'main', whatIf }));
    expect(code).toBe(0);
    expect(out).toMatch(/^Main \(analyzer 4-1\)\nPlain: 2026-01-06 to 2026-01-06, 1 day\n/);
    expect(out).toMatch(/\nWith Dear in the place of Plain: \d+\.\d\d EUR more\n$/);
    rmSync(whatIf);
  });

  it('advises what lector cost advise does, and says why it cannot', async () => {
    const { central, plant, folder } = await building();
    const tariff = join(folder, 'power.json');
    const two = { from: '2020-01-01', P1: 30, P2: 20 };
    const excess = [{ from: '2020-01-01', rule: 'maximeter', perKw: { P1: 2, P2: 2 } }];
    writeFileSync(tariff, JSON.stringify({ ...DAY_NIGHT, contractedKw: [two], powerPrices: [two], excess, none: [] }));
    const asked = { from: '2026-01-06', to: '2026-01-11', analyzer: 'building' };
    const local = await printed(() => costAdvise({ ...plant, ...asked, tariff }));
    const remote = await printed(() => costAdviseCentral({ central, ...asked, tariff }));
    expect(remote).toEqual({ ...local, out: local.out.replace('sum 100:', 'sum 4-100:') });
    expect(local.out).toMatch(/^P2 +\d+\.\d\d +20 +\d/m);
    const json = await printed(() => costAdviseCentral({ central, ...asked, tariff, json: true }));
    expect(JSON.parse(json.out)).toMatchObject({ node: 4, analyzer: 100, contract: 'Day and night', days: 5 });
    const words = 'no advice: there are no data of P1, P2, P5 in that time';
    await expect(costAdviseCentral({ central, ...asked })).rejects.toThrow(words);
    await expect(costAdviseCentral({ central, ...asked, dades: 'x' })).rejects.toThrow('--dades');
    const { to: _, ...open } = asked;
    await expect(costAdviseCentral({ central, ...open, to: '2026-01-06' })).rejects.toThrow('expected to after from');
    const none = costAdviseCentral({ central, ...open, from: '2023-01-01', to: '2023-02-01', tariff });
    await expect(none).rejects.toThrow('no advice: there are no data of P1, P2 in that time');
  });

  it('where the contract changes it prints a bill of each, their sum, and an invoice beside all of it', async () => {
    const { store, central, contracts } = await centre();
    await store(records().map(delivered));
    await contracts.putContract('plain', { json: JSON.stringify(PLAIN), hourly: null });
    await contracts.putContract('night', { json: JSON.stringify(DAY_NIGHT), hourly: null });
    await contracts.assign({ node: 4, analyzer: null, from: '1970-01-01', contract: 'plain' });
    await contracts.assign({ node: 4, analyzer: null, from: '2026-01-08', contract: 'night' });
    const asked = { central, from: '2026-01-06', to: '2026-01-10', analyzer: '4-1' };
    const { out: all } = await printed(() => costCentral(asked));
    expect(all.match(/^(Plain|Day and night): .*$/gm)).toEqual([
      'Plain: 2026-01-06 to 2026-01-07, 2 days',
      'Day and night: 2026-01-08 to 2026-01-09, 2 days',
    ]);
    const [, total] = /^In all: (\d+\.\d\d) EUR$/m.exec(all) ?? [];
    const { out: compared } = await printed(() => costCentral({ ...asked, invoice: total ?? '' }));
    expect(compared).toContain('Plain, then Day and night: 2026-01-06 to 2026-01-09, 4 days');
    expect(compared).toContain('The totals agree to the cent');
    const { out: days } = await printed(() => costCentral({ ...asked, by: 'day' }));
    expect(days.match(/^2026-01-\d\d/gm)).toEqual(['2026-01-06', '2026-01-07', '2026-01-08', '2026-01-09']);
    expect(days).toMatch(new RegExp(`\nIn all: ${total} EUR\n$`));
    const { out: opened } = await printed(() => costCentral({ ...asked, open: 'P1' }));
    expect(opened.match(/^energy P1, 2026-01-08 to 2026-01-09$/gm)).toHaveLength(1);
  });

  it.each([
    [{ analyzer: 'kitchen' }, /expected --analyzer with one of 4-1 Main; saw "kitchen"/],
    [{ analyzer: '4-2' }, /no analyzer 2/],
    [{ tariff: 'none' }, /no contract none/],
    [{}, /has no contract/],
    [{ central: 'ftp://x' }, /expected an address such as/],
    [{ by: 'hour' }, /--by: expected one of day, week, month, period, saw "hour"/],
    [{ dades: 'dades' }, /--dades .* not .* of a centre; leave it out/],
    [{ invoice: 'none.csv' }, /--invoice: expected a total/],
    [{ from: '2026-13-01' }, /body.from: expected a date such as/],
  ])('%j is refused in words', async (change: Partial<CostCentralOptions>, words) => {
    const { central } = await centre();
    await expect(costCentral({ central, ...change })).rejects.toThrow(words);
  });

  it('a centre that is not there, or is none, is told', async () => {
    await expect(costCentral({ central: 'http://127.0.0.1:9' })).rejects.toMatchObject({ code: 'CENTRE_UNAVAILABLE' });
  });
});
