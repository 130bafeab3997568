import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cost } from '../../src/cli/cost.ts';
import { records } from '../../src/cli/records.ts';
import type { LectorRecord } from '../../src/domain/record.ts';
import { temporaryFolder } from '../store/samples.ts';
import { costPlant, quarterRecords } from './cost-plant.ts';

const SUMS = `<virtuals>
  <virtual id="100" name="Building" of="1 - 2" tariff="school"/>
  <virtual id="101" name="Both" of="2 + 1"/>
  <virtual id="102" name="None" of="3 + 1"/>
</virtuals>`;
/** Summer time begins on 29 March 2026 at 02:00: that day has 92 quarter hours. */
const SPAN = ['2026-03-28', '2026-03-30'] as const;
const HOUR = 3_600_000;
const NIGHT = Date.UTC(2026, 2, 28, 23);

/** What the counter went since the record before, however long ago that was. */
function counted(list: readonly LectorRecord[]): readonly LectorRecord[] {
  const at = (each: LectorRecord | undefined) => each?.variables.CEA?.values[0] ?? null;
  return list.map((each, index) => {
    const [before, now] = [at(list[index - 1]), at(each)];
    const delta = [before === null || now === null ? null : now - before];
    return { ...each, variables: { ...each.variables, CEA: { ...each.variables.CEA!, delta } } };
  });
}

let files = { config: '', ini: '' };
let [printed, said] = ['', ''];
const ends: (() => void)[] = [];

// of analyzer 2 two hours of the second day are missing, of analyzer 1 the hour after them
beforeAll(async () => {
  const folder = temporaryFolder((end) => ends.push(end));
  const lost = (from: number, hours: number) => (each: { readonly end: number }) =>
    each.end <= NIGHT + from * HOUR || each.end > NIGHT + (from + hours) * HOUR;
  const main = quarterRecords(1, SPAN, () => 6).filter(lost(12, 1));
  const shop = quarterRecords(2, SPAN, (end) => (end <= NIGHT ? 2 : 8)).filter(lost(10, 2));
  files = await costPlant(folder, [...counted(main), ...counted(shop)]);
  const xml = readFileSync(files.config, 'utf8').replace('</equips>', `</equips>${SUMS}`);
  const third = xml.replace('id="2"', 'id="3" address="9"').match(/<analitzador id="3"[\s\S]*?<\/analitzador>/)?.[0];
  writeFileSync(files.config, xml.replace('</equips>', `${third}</equips>`));
  return () => {
    for (const end of ends) end();
  };
});
beforeEach(() => {
  [printed, said] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const run = (options: Omit<Parameters<typeof records>[0], 'config' | 'ini'>) => records({ ...files, ...options });
const rows = () => printed.trimEnd().split('\n');

describe('lector records of a sum of analyzers', () => {
  it('has energy and mean power of each window, below zero too', async () => {
    expect(await run({ analyzer: ['100'], from: '2026-03-28', to: '2026-03-29 01:00' })).toBe(0);
    expect(rows()).toHaveLength(1 + 96 + 4);
    expect(rows()[0]).toBe('analyzer,start,end,end UTC,energy [kWh],exported [kWh],power [kW]');
    // (6 - 2) kW and (6 - 8) kW, a quarter of an hour each
    expect(rows()[10]).toBe('100,2026-03-28 02:15:00,2026-03-28 02:30:00,2026-03-28T01:30:00Z,1,,4');
    expect(rows()[100]).toBe('100,2026-03-29 00:45:00,2026-03-29 01:00:00,2026-03-29T00:00:00Z,-0.5,,-2');
    expect(said).toBe('');
  });

  it('has no power where not all have records; energy is what counters went on, which is said', async () => {
    expect(await run({ analyzer: ['building'], from: '2026-03-29', to: '2026-03-30' })).toBe(0);
    expect(rows()).toHaveLength(1 + 92);
    expect(rows()[40]).toBe('100,2026-03-29 10:45:00,2026-03-29 11:00:00,2026-03-29T09:00:00Z,-0.5,,-2');
    expect(rows()[41]).toBe('100,2026-03-29 11:00:00,2026-03-29 11:15:00,2026-03-29T09:15:00Z,-0.5,,');
    // two hours of one, then one of the other; the window after it is of both
    expect(rows().filter((row) => row.endsWith(',-0.5,,'))).toHaveLength(12);
    expect(said).toBe(
      'lector: Building: in 12 of 92 windows not all of 1 - 2 have records: their energy is what counters went on, ' +
        'divided by time, and their power is not known\n',
    );
  });

  it('leaves empty what is not known, and says how much', async () => {
    expect(await run({ analyzer: ['102'], from: '2026-03-29' })).toBe(0);
    expect(rows()[1]).toBe('102,2026-03-29 00:00:00,2026-03-29 00:15:00,2026-03-28T23:15:00Z,,,');
    // the hour without records is one window
    expect(said).toBe('lector: None: 89 of 89 windows are not known: not all of 3 + 1 have energy there\n');
  });

  it('is JSON, or has decimal commas', async () => {
    const span = { from: '2026-03-28 12:00', to: '2026-03-28 12:15' };
    expect(await run({ analyzer: ['101'], ...span, json: true })).toBe(0);
    expect(JSON.parse(printed)).toEqual([
      {
        ...{ analyzer: 101, name: 'Both', of: '2 + 1', energyKwh: 2, exportedKwh: null, powerKw: 8 },
        ...{ start: '2026-03-28T12:00:00.000+01:00', end: '2026-03-28T12:15:00.000+01:00' },
      },
    ]);
    printed = '';
    await run({ analyzer: ['100'], from: '2026-03-29 00:00', to: '2026-03-29 00:15', decimalComma: true });
    expect(rows()[1]).toBe('100;2026-03-29 00:00:00;2026-03-29 00:15:00;2026-03-28T23:15:00Z;-0,5;;-2');
  });

  it('is what lector cost bills, by the contract of the sum', async () => {
    const span = { from: '2026-03-28', to: '2026-03-29' };
    expect(await cost({ ...files, ...span, analyzer: 'building', lastYear: false })).toBe(0);
    expect(printed).toMatch(/^Building \(sum 100: 1 - 2\)/);
    // (6 - 2) kW for 24 hours of a Saturday, all of it P6 at 0.1
    expect(printed).toMatch(/^energy P6 .* 9\.60 /m);
  });

  it('several at once, from the first record on; of one without records that is said', async () => {
    expect(await run({ analyzer: ['100,102', 'Both'] })).toBe(0);
    expect(rows()).toHaveLength(1 + 2 * (96 + 92) + 96 + 89);
    printed = '';
    expect(await run({ analyzer: ['102'], to: '2026-03-28', json: true })).toBe(1);
    expect([printed, said.split('\n').at(-2)]).toEqual(['[]\n', 'lector: None: there are no records of 3 + 1 then']);
  });

  it('does not stand under one heading with analyzers', async () => {
    const message = '--analyzer: Building is a sum and has other columns: ask for "2" apart';
    await expect(run({ analyzer: ['100', '2'] })).rejects.toThrow(message);
  });
});
