import { describe, expect, it } from 'vitest';
import type { RefusalCode } from '../../src/protocol/operator.ts';
import { startControl } from './running-control.ts';
import { AT, deviceView, readingView } from './views.ts';

describe('the JSON dialect', () => {
  it.each([
    ['VERSION', { version: '1.0.0', protocol: 1, access: 'full' }],
    ['STATUS@1', { id: 1, name: 'Meter 1' }],
    ['STATUS@meter 2', { id: 2 }],
    ['STATUS@line:1', deviceView(1, [1, 2, 3])],
    ['GETID@1', { id: 1, identification: 'Meter number 1  ' }],
    ['GETVARS@2', { id: 2, reading: readingView(2) }],
    ['GETDEFS@1', { id: 1, model: 'PM710' }],
    ['GETSTATUS@1', { id: 1, lastTime: AT }],
    ['GETCONF', { devices: {} }],
    ['LIST', { node: { id: 4 }, analyzers: [{ id: 1 }, { id: 2 }, { id: 3 }] }],
    ['TREE', { name: 'root' }],
    ['WHY@3', { name: 'analyzer:3' }],
    ['WHY@line:1', { name: 'device:1' }],
    ['OWED', { deliveries: [] }],
    ['PARKED@mqtt', { deliveries: [{ exporter: 'mqtt', parked: 0, records: [] }] }],
    ['ALARMS', { alarms: [] }],
    ['LINES', { lines: [] }],
    ['RECORDS@1:5', { id: 1, records: [{ analyzer: 1 }] }],
    ['QUIT', { words: 'the connection is closed' }],
    ['UNSUBSCRIBE', { what: [] }],
    ['AUTH@anything', { access: 'full' }],
  ])('answers %s', async (request, data) => {
    const { json } = await startControl();
    const client = await json();
    client.send(`$${request};\r`);
    const command = request.split('@')[0];
    expect(await client.json()).toMatchObject({ ok: true, command, data });
  });

  it.each([
    ['START@1', 'start 1'],
    ['STARTALL', 'startAll'],
    ['STOP@Meter 2', 'stop 2'],
    ['PAUSE@1', 'pause analyzer 1 '],
    ['PAUSE@1:600', 'pause analyzer 1 600'],
    ['PAUSE@line:1:60', 'pause device 1 60'],
    ['RESUME@1', 'resume analyzer 1'],
    ['RESUME@line:1', 'resume device 1'],
    ['FORCEREQ@3', 'readNow 3'],
    ['FAULT@1:silence:30', 'fault 1 silence 30'],
    ['SHUTDOWN', 'shutdown'],
  ])('carries %s out, and says in the log who asked', async (request, done) => {
    const { json, plant, log } = await startControl();
    const client = await json();
    client.send(`$${request};\r`);
    expect(await client.json()).toMatchObject({ ok: true });
    expect(plant.done).toEqual([done]);
    expect(log.matching(/^127\.0\.0\.1 asked/).map(({ text }) => text)).toEqual([
      `127.0.0.1 asked ${request}: ${done.split(' ')[0]} is done`,
    ]);
  });

  it.each<[string, RefusalCode]>([
    ['STATUS@9', 'NO_SUCH_ANALYZER'],
    ['PAUSE@line:7', 'NO_SUCH_DEVICE'],
    ['SUBSCRIBE@frames:7', 'NO_SUCH_DEVICE'],
    ['START@line:1', 'BAD_ARGUMENT'],
    ['HISTORY@line:1:TPF:60', 'BAD_ARGUMENT'],
    ['PAUSE', 'BAD_ARGUMENT'],
    ['NONSENSE', 'UNKNOWN_COMMAND'],
    ['SETQUERY', 'NOT_IMPLEMENTED'],
  ])('refuses %s with %s', async (request, code) => {
    const { json } = await startControl();
    const client = await json();
    client.send(`$${request};\r`);
    const command = request.split('@')[0];
    expect(await client.json()).toMatchObject({ ok: false, command, error: { code } });
  });

  it.each(['LIST', 'WHY@1', 'RECORDS@1', 'PAUSE@1'])('answers %s with the time of the server', async (request) => {
    const { json } = await startControl();
    const client = await json();
    client.send(`$${request};\r$PAUSE@77;\r`);
    expect(await client.json()).toMatchObject({ ok: true, at: AT });
    expect(await client.json()).not.toHaveProperty('at');
  });

  it('tells who names a line where an analyzer is meant how to find one', async () => {
    const { json } = await startControl();
    const client = await json();
    client.send('$GETVARS@line:1;\r');
    const hint = 'name one of its analyzers: "lector ctl status line:1" lists them';
    expect(await client.json()).toMatchObject({ error: { hint } });
  });

  it.each([
    ['IDENT@1', 'identify 1 10000', { identification: 'Again 1 ' }],
    ['RELOAD', 'reload false', { applied: true }],
    ['RELOAD@plan', 'reload true', { applied: false }],
  ])('answers %s when it is done', async (request, asked, data) => {
    const { json, plant } = await startControl();
    const client = await json();
    client.send(`$${request};\r$VERSION;\r`);
    while (plant.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(client.unread).toBe('');
    plant.settle();
    expect(await client.json()).toMatchObject({ command: request.split('@')[0], data });
    expect(await client.json()).toMatchObject({ command: 'VERSION' });
    expect(plant.done).toEqual([asked]);
  });

  it('gives each of many requests in one piece its answer, in order', async () => {
    const { json } = await startControl();
    const client = await json();
    const requests = Array.from({ length: 500 }, (_, n) => ['STATUS@1', 'GETID@2', 'NONE', 'RECORDS@3'][n % 3] ?? '');
    client.send(
      requests
        .filter((each) => each !== 'NONE')
        .map((each) => `$${each};\r\n`)
        .join(''),
    );
    for (const request of requests.filter((each) => each !== 'NONE')) {
      const [command, id] = request.split('@');
      expect(await client.json()).toMatchObject({ ok: true, command, data: { id: Number(id) } });
    }
  });

  it('answers texts of all languages', async () => {
    const { json } = await startControl();
    const client = await json();
    client.send(Buffer.from('$STATUS@Küche Ⅻ 電;\r'));
    const { error } = await client.json();
    expect(error).toMatchObject({ message: 'no analyzer Küche Ⅻ 電; there are 1, 2, 3' });
  });

  it('tells what is wrong with a line, and closes at the eleventh of a kind', async () => {
    const { json } = await startControl();
    const client = await json();
    client.send('what\r'.repeat(12));
    for (let n = 0; n < 11; n += 1) {
      expect(await client.json()).toMatchObject({ ok: false, command: '', error: { code: 'FORMAT_ERROR' } });
    }
    expect(await client.rest()).toBe('');
  });

  it('says that a bug is one, and serves on', async () => {
    const { json, plant, log } = await startControl();
    plant.bugs.add('analyzer').add('identify');
    const client = await json();
    client.send('$STATUS@1;\r$IDENT@1;\r$VERSION;\r');
    const answer = await client.json();
    expect(answer).toMatchObject({ ok: false, command: 'STATUS', error: { code: 'UNEXPECTED' } });
    expect(JSON.stringify(answer)).not.toContain('.ts:');
    plant.settle();
    expect(await client.json()).toMatchObject({ command: 'IDENT', error: { code: 'UNEXPECTED' } });
    expect(await client.json()).toMatchObject({ ok: true, command: 'VERSION' });
    expect(log.matching(/could not be answered/)).toHaveLength(2);
  });

  it('closes after QUIT and SHUTDOWN are answered', async () => {
    const { json, plant } = await startControl();
    for (const request of ['QUIT', 'SHUTDOWN']) {
      const client = await json();
      client.send(`$${request};\r$START@1;\r`);
      expect((await client.rest()).split('\r\n')).toHaveLength(2);
    }
    expect(plant.done).toEqual(['shutdown']);
  });

  it('goes on after a SHUTDOWN that was refused', async () => {
    const { json, plant } = await startControl();
    plant.refusals.set('shutdown', 'SHUTTING_DOWN');
    const client = await json();
    client.send('$SHUTDOWN;\r$VERSION;\r');
    expect(await client.json()).toMatchObject({ ok: false });
    expect(await client.json()).toMatchObject({ ok: true });
  });
});
