import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backfill } from '../../src/cli/backfill.ts';
import { reconcile } from '../../src/cli/reconcile.ts';
import { systemClock } from '../../src/clock.ts';
import type { OwedRecord } from '../../src/domain/store-port.ts';
import { openStore } from '../../src/store/store.ts';
import { analyzer, plant, simulated } from '../config/sample.ts';
import { oldCentre, ourCentre, page } from '../exporters/client-rest/fake-centres.ts';
import { quarters } from '../exporters/http/context.ts';
import { type Answer, listen, type Seen } from '../exporters/http/fake-server.ts';
import { createLogLines } from '../support/log-lines.ts';

let folder = '';
let said: string[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lector-reconcile-')));
  said = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const files = () => ({ config: join(folder, 'config.xml'), ini: join(folder, 'lector.ini') });
const text = () => said.join('');

/** A data folder with these records, whose analyzers 1 and 2 export to `exports`. */
async function site(exports: string, records: readonly OwedRecord[]) {
  const analyzers = [1, 2].map((id) => analyzer({ attributes: `id="${id}" device="1"`, exports })).join('\n');
  const node = '<node id="4" name="School" timezone="Europe/Madrid"/>';
  writeFileSync(files().ini, '[General]\n');
  writeFileSync(files().config, plant({ devices: simulated(), analyzers, node }));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'state.json'), '{"version":1,"paused":{},"identities":{},"instance":"the-one"}');
  const store = await openStore({ dir: join(folder, 'data'), clock: systemClock(), log: createLogLines() });
  await Promise.all(records.map(({ record }) => store.putRecord(record)));
  await store.close();
}

const clientRest = (url: string) => `<dataexport type="clientRest" target="${url}/ws/v2"/>`;
const withoutApi =
  (answer: (seen: Seen) => Answer) =>
  (seen: Seen): Answer =>
    seen.path.startsWith('/api/') ? page(404) : answer(seen);

describe('lector reconcile', () => {
  it('sends only what our centre is missing, and says first what that is', async () => {
    const centre = ourCentre();
    const server = await listen(centre.answer);
    await site(clientRest(server.url), [...quarters(200, 1), ...quarters(150, 2)]);
    expect(await reconcile({ ...files(), plan: true })).toBe(0);
    expect(centre.stored.size).toBe(0);
    expect(text()).toContain('350 records would be sent; without --plan they are');
    expect(await reconcile({ ...files() })).toBe(0);
    expect(text()).toContain('350 records were sent\n');
    expect(centre.stored.size).toBe(350);
    const keys = [...centre.stored.keys()];
    for (const key of keys.filter((_, index) => index % 10 === 0)) centre.stored.delete(key);
    expect(await reconcile({ ...files() })).toBe(0);
    expect(text()).toContain('35 records were sent, 315 were there already\n');
    expect(centre.stored.size).toBe(350);
    expect(await reconcile({ ...files() })).toBe(0);
    expect(text()).toContain('nothing is missing there\n');
    expect([...centre.stored.values()].every(({ times }) => times === 1)).toBe(true);
    expect(
      server.seen.every(({ path, headers }) => path.endsWith('about') || headers['lector-instance'] === 'the-one'),
    ).toBe(true);
  });

  it('sends nothing that the centre would not keep', async () => {
    const records = quarters(20, 1);
    const centre = ourCentre(() => null, records[12]!.record.end);
    const server = await listen(centre.answer);
    await site(clientRest(server.url), records);
    expect(await reconcile({ ...files() })).toBe(0);
    expect(centre.stored.size).toBe(8);
    expect(await reconcile({ ...files(), plan: true })).toBe(0);
    expect(text()).toContain('nothing is missing there\n');
  });

  it('sends the whole record where the centre has a reading of an old lector only', async () => {
    const records = quarters(4, 1);
    const centre = ourCentre();
    const server = await listen(centre.answer);
    await site(clientRest(server.url), records);
    const key = `1:${records[2]!.record.end}:0`;
    centre.stored.set(key, { text: 'DATA_HORA=', times: 1 });
    expect(await reconcile({ ...files() })).toBe(0);
    expect(text()).toContain('4 records were sent\n');
    expect(JSON.parse(centre.stored.get(key)?.text ?? '').n).toBe(records[2]!.record.n);
  });

  it('looks only at the time that was asked for', async () => {
    const centre = ourCentre();
    const server = await listen(centre.answer);
    await site(clientRest(server.url), quarters(200, 1));
    const range = { from: '2026-05-04 10:00', to: '2026-05-04 12:00' };
    expect(await reconcile({ ...files(), ...range })).toBe(0);
    expect([...centre.stored.keys()].map((key) => Number(key.split(':')[1])).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 8 }, (_, index) => Date.parse('2026-05-04T08:15:00Z') + index * 900_000),
    );
  });

  it('says of a centre that refuses some what it refuses, and that not all is well', async () => {
    const centre = ourCentre(({ analyzer: id }) => (id === 2 ? 'refused' : null));
    const server = await listen(centre.answer);
    await site(clientRest(server.url), [...quarters(5, 1), ...quarters(3, 2)]);
    expect(await reconcile({ ...files() })).toBe(1);
    expect(text()).toContain('5 records were sent, 3 were refused\n  it is refused\n');
  });

  it('sends an old centre nothing, and says what does', async () => {
    const server = await listen(withoutApi(oldCentre([1, 2]).answer));
    await site(clientRest(server.url), quarters(5));
    expect(await reconcile({ ...files() })).toBe(1);
    expect(text()).toMatch(/is no centre of Lector: .* lector backfill --exporter .* sends it everything/);
    expect(server.seen).toHaveLength(1);
  });

  it('a centre that is not there is said to be not there, in a sentence', async () => {
    await site(clientRest('http://127.0.0.1:1'), quarters(5));
    expect(await reconcile({ ...files() })).toBe(1);
    expect(text()).toMatch(/nothing listens there/);
  });

  it('without a centre in the configuration it is a wrong command', async () => {
    await site('', quarters(1));
    await expect(reconcile({ ...files() })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('lector backfill', () => {
  it('sends everything to an old centre, and twice is as good as once', async () => {
    const centre = oldCentre([1, 2]);
    const server = await listen(withoutApi(centre.answer));
    await site(clientRest(server.url), [...quarters(20, 1), ...quarters(20, 2)]);
    expect(await backfill({ ...files() })).toBe(0);
    expect(await backfill({ ...files() })).toBe(0);
    expect(centre.stored.size).toBe(40);
    expect(text()).toContain('40 records were sent\n');
  });

  it('sends a webhook everything of the time that was asked for', async () => {
    const server = await listen(() => ({ status: 200 }));
    await site(`<dataexport type="http" target="${server.url}/hook" batch="50"/>`, quarters(120, 1));
    expect(await backfill({ ...files(), exporter: 'http', from: '2026-05-04' })).toBe(0);
    const wires = server.seen.flatMap(({ body }) => JSON.parse(body) as { readonly end: string }[]);
    expect(wires).toHaveLength(56);
    // nobody asked it what it holds
    expect(text()).toContain('analyzer 1: 56 of 56 records to send\n');
    expect(text()).not.toContain('missing');
    expect(wires[0]?.end).toBe('2026-05-04T00:15:00.000+02:00');
  });

  it('asks which one where there are several', async () => {
    await site(
      '<dataexport type="http" target="http://a.example"/><dataexport type="http" target="http://b.example"/>',
      [],
    );
    await expect(backfill({ ...files() })).rejects.toThrow('--exporter with one of http:http://a.example, http:');
    await expect(backfill({ ...files(), exporter: 'example' })).rejects.toThrow('it is part of');
    await expect(backfill({ ...files(), exporter: 'nowhere' })).rejects.toThrow('expected one that there is');
  });

  it('says of a destination that it does not serve which ones it does', async () => {
    await site('<dataexport type="http" target="http://a"/><dataexport type="mqtt" target="mqtt://b"/>', []);
    const words = 'this command sends to clientRest, influx, http, and that is mqtt:mqtt://b';
    await expect(backfill({ ...files(), exporter: 'mqtt' })).rejects.toThrow(`--exporter mqtt: ${words}`);
  });

  const dades = () => {
    const lines = (from: number) =>
      Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00:00\t   ${from + hour}.00\t`);
    for (const id of [1, 2, 9]) {
      mkdirSync(join(folder, 'dades', String(id)), { recursive: true });
      writeFileSync(join(folder, 'dades', String(id), '20130103.txt'), ['HORA\tTPF0\t', ...lines(200), ''].join('\n'));
      writeFileSync(join(folder, 'dades', String(id), '20130104.txt'), ['HORA\tTPF0\t', ...lines(100), ''].join('\n'));
      writeFileSync(
        join(folder, 'dades', String(id), 'analitzador.dat'),
        'PM710 Power Meter\tThu May  1 12:15:00 2014',
      );
    }
    return join(folder, 'dades');
  };

  it('sends years of daily files by the predecessor’s call, and only what is missing of them', async () => {
    const centre = ourCentre();
    const server = await listen(centre.answer);
    // as the centre itself advises: without the path of the old calls
    await site(`<dataexport type="clientRest" target="${server.url}"/>`, [...quarters(1, 1), ...quarters(1, 2)]);
    await reconcile({ ...files() });
    expect(await backfill({ ...files(), dades: dades(), plan: true })).toBe(0);
    expect(text()).toContain('144 lines would be sent');
    expect(centre.stored.size).toBe(2);
    expect(await backfill({ ...files(), dades: dades() })).toBe(1);
    expect(text()).toContain('96 lines were sent, 24 could not be sent\n');
    expect(text()).toContain('lector central analyzer add 4 9 --model PM710');
    expect(centre.stored.size).toBe(98);
    const form = new URLSearchParams(centre.stored.get(`1:${Date.parse('2013-01-03T12:00:00Z')}:0`)?.text);
    expect(Object.fromEntries(form)).toEqual({
      DATA_HORA: '03/01/2013 13:00:00',
      DATA_HORA_UTC: '2013-01-03T12:00:00Z',
      LECTURA: '{"TPF":[213]}',
      MODEL: 'PM710',
    });
    const before = server.seen.length;
    await backfill({ ...files(), dades: dades(), to: '2013-01-04' });
    expect(text()).toContain('0 lines were sent, 50 were there already');
    expect(server.seen.slice(before).filter(({ path }) => path.includes('/save/4/1/'))).toHaveLength(0);
  });

  it('says where the first line is that could not be read', async () => {
    const server = await listen(ourCentre().answer);
    await site(clientRest(server.url), []);
    const torn = join(dades(), '2', '20130104.txt');
    writeFileSync(torn, 'HORA\tTPF0\t\n00:15:00\t   230.00\t\n25:99:00\t   230.00\t\n00:45:00\t   23');
    await backfill({ ...files(), dades: dirname(dirname(torn)), plan: true });
    expect(text()).toContain(`; 2 lines of the files could not be read and stay out, the first at ${torn}:3\n`);
  });

  it('a folder without daily files is a wrong command', async () => {
    await site(clientRest('http://127.0.0.1:1'), []);
    await expect(backfill({ ...files(), dades: folder })).rejects.toThrow('YYYYMMDD.txt, saw none');
    await expect(backfill({ ...files(), dades: '/no/such' })).rejects.toThrow('cannot be read');
  });
});
