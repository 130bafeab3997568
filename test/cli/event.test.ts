import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cost } from '../../src/cli/cost.ts';
import { addEvent, listEvents, removeEvent } from '../../src/cli/event.ts';
import { changeEvents } from '../../src/cli/event-file.ts';
import { EVENTS_FILE } from '../../src/entered-events.ts';
import { ownerWords } from '../../src/store/data-owner.ts';
import { lockFolder } from '../../src/store/folder-lock.ts';
import { temporaryFolder } from '../store/samples.ts';
import { costPlant, quarterRecords } from './cost-plant.ts';

const ends: (() => void)[] = [];
let folder = '';
let printed = '';
let files: { config: string; ini: string } = { config: '', ini: '' };

beforeAll(async () => {
  folder = temporaryFolder((end) => ends.push(end));
  files = await costPlant(
    folder,
    quarterRecords(1, ['2026-01-01', '2026-01-02'], () => 8),
  );
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

describe('lector event', () => {
  it.each([
    ['exchange', { at: '2026-01-05 08:00', new: '0' }, '--old: expected what the counter showed'],
    ['exchange', { at: '2026-01-05 08:00', old: '-1', new: '0' }, '--old: expected what the counter showed'],
    ['exchange', { at: '2026-01-05 08:00', old: '2000', new: '-5' }, '--new: expected what the counter showed'],
    ['exchange', { at: '2026-01-05 08:00', old: '1100', new: '0' }, /--old: expected at least 1192, .*CEA showed at/],
    [
      'exchange',
      { at: '2026-01-05 08:00', old: '1e9', new: '0' },
      /--old: expected a counter near .*, 1192; saw 1000000000/,
    ],
    ['exchange', { at: '2026-01-01 12:00', old: '1100', new: '0' }, /--new: expected a counter near .*; saw 0/],
    ['exchange', { at: 'noon', old: '1', new: '0' }, '--at: expected a time'],
    ['maintenance', { from: '2026-01-05 08:00', to: '2026-01-05 07:00' }, 'expected --to after --from'],
    ['note', {}, 'expected --text'],
    ['note', { text: 'x'.repeat(301) }, '--text: expected at most 300 characters, saw 301'],
    ['note', { at: '1960-01-01', text: 'old' }, '--at: expected a time from 1970 on, saw "1960-01-01"'],
    ['exchange', { at: '2026-01-05', old: '1', new: '0', counter: 'CEZ' }, /--counter: expected one of CEA, .*"CEZ"/],
    ['party', {}, 'expected one of exchange, maintenance, note'],
  ])('%s with %o is refused in words', async (kind, change, words) => {
    await expect(addEvent({ ...files, analyzer: '1', ...change }, [kind])).rejects.toThrow(words);
  });

  it('of an exchange is entered once, and after it the counter begins anew', async () => {
    const first = { ...files, analyzer: '1', at: '2026-01-05 08:00', old: '1192', new: '0' };
    await addEvent(first, ['exchange']);
    await expect(addEvent(first, ['exchange'])).rejects.toThrow('this exchange is event 1 already');
    expect(await addEvent({ ...first, at: '2026-01-06 08:00', old: '50' }, ['exchange'])).toBe(0);
  });

  it('of several commands at once loses nothing, and gives each its number', async () => {
    const adds = Array.from({ length: 12 }, (_, index) =>
      addEvent({ ...files, analyzer: '1', at: `2026-01-05 08:${10 + index}`, text: `note ${index}` }, ['note']),
    );
    await Promise.all(adds);
    await Promise.all([removeEvent(files, ['3']), addEvent({ ...files, analyzer: '1', text: 'last' }, ['note'])]);
    printed = '';
    await listEvents({ ...files, json: true });
    const events = JSON.parse(printed) as { id: number; text: string }[];
    expect(events.map(({ id }) => id).sort((a, b) => a - b)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(new Set(events.map(({ text }) => text)).size).toBe(12);
  });

  it('is entered beside a server, which holds the data folder', async () => {
    const lock = await lockFolder(join(folder, 'data'));
    try {
      expect(await addEvent({ ...files, analyzer: '1', text: 'while it runs' }, ['note'])).toBe(0);
    } finally {
      await lock.release();
    }
  });

  it.each([
    [{ uid: 7, name: 'lector' }, 8, 'belongs to lector, and this user may not write there; sudo -u lector does it'],
    [{ uid: 7, name: null }, 8, 'belongs to the user of number 7'],
    [{ uid: 7, name: 'lector' }, 7, null],
    [null, 7, null],
  ])('of a data folder of %o told by user %d says whose it is', (owner, own, words) => {
    const told = ownerWords('/data', 'write', owner, own);
    expect(told === null ? null : told.includes(words ?? 'nothing')).toBe(words === null ? null : true);
  });

  it('is not written where it could not be read again', async () => {
    await addEvent({ ...files, analyzer: '1', text: 'kept' }, ['note']);
    const data = join(folder, 'data');
    const broken = changeEvents(data, (all) => all.map((each) => ({ ...each, text: 'x'.repeat(301) })));
    await expect(broken).rejects.toThrow(/events\.0\.text.*nothing was changed/);
    printed = '';
    await listEvents(files);
    expect(printed).toContain('kept');
  });

  it('of a counter in small letters is of that counter', async () => {
    await addEvent({ ...files, analyzer: '1', at: '2026-01-05', old: '1192', new: '0', counter: 'cea' }, ['exchange']);
    printed = '';
    await listEvents({ ...files, json: true });
    expect(JSON.parse(printed)).toMatchObject([{ counter: 'CEA' }]);
  });

  it('without a data folder makes none, for the server does', async () => {
    await expect(changeEvents(join(folder, 'nowhere'), (all) => all)).rejects.toThrow('there is no data folder');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('says that its file is damaged, and the bill too', async () => {
    writeFileSync(join(folder, 'data', EVENTS_FILE), '{"version":2}');
    await expect(listEvents(files)).rejects.toThrow('events.json cannot be read');
    await expect(cost({ ...files, from: '2026-01-01', to: '2026-02-01', tariff: 'school' })).rejects.toThrow(
      'events.json cannot be read',
    );
  });
});
