import { describe, expect, it } from 'vitest';
import { DEVICE, LIST, SAMPLES } from '../client/sample-views.ts';
import { asked, ran, serving } from './ctl-host.ts';

describe('what lector ctl prints to a terminal', () => {
  it('a table with times as people say them', async () => {
    const server = await serving();
    const { out } = await ran(server.socket, ['list'], 110);
    expect(out.split('\n')).toEqual([
      'id  name              model  line  state     since    age     kW  kWh today',
      ' 1  Main switchboard  PM710     1  polling    10 h  1.2 s  12.40      84.20',
      ' 2  Pump room         CVMk      1  failed   65 min      -      -          -',
      '',
      '2 failed: no answer within 1 s',
      '',
    ]);
  });

  it('what is to be known of some, in full below the list, once where it is the same', async () => {
    const [good, failed] = LIST.analyzers;
    const message = 'unit 9 did not answer: check its address, its wiring and its power';
    const paused = { ...good, id: 7, state: 'paused', pausedUntil: '2026-11-25T18:15:00.000+01:00' };
    const lost = [2, 5].map((id) => ({ ...failed, id, error: { code: 'LINE_TIMEOUT', message } }));
    const withLine = [8, 9].map((id) => ({ ...good, id, state: 'paused', pausedBy: 'line' }));
    const list = { ...LIST, analyzers: [...lost, good, paused, ...withLine] };
    const server = await serving((name, _argument, peer) => peer.answer(name, list));
    expect((await ran(server.socket, ['list'], 60)).out.split('\n').slice(8)).toEqual([
      '2, 5 failed: unit 9 did not answer: check its address, its',
      'wiring and its power',
      '7 paused until 18:15:00',
      '8, 9 paused with its line',
      '',
    ]);
    const plain = (await ran(server.socket, ['list'])).out.split('\n');
    expect(plain.map((line) => line.split('\t').at(-1)).slice(4, 7)).toEqual([
      '-',
      ...withLine.map(() => 'paused with its line'),
    ]);
  });

  it('what happened to something below how it is now, causes and all', async () => {
    const label = 'analyzer 2 (CVMk "Pump room")';
    const message = 'unit 2 on /dev/ttyUSB0 did not answer within 1000 ms: check its wiring and its power';
    const [failed, polling] = SAMPLES.WHY.changes;
    const cause = { code: 'LINE_TIMEOUT', message };
    const changes = [
      { ...failed, words: `${label} is not read: ${message}`, cause },
      { ...polling, words: 'it was lost', cause: { ...cause, message: 'the line is closed' } },
    ];
    const server = await serving((name, _argument, peer) =>
      peer.answer(name, name === 'WHY' ? { ...SAMPLES.WHY, label, changes } : LIST.analyzers[1]),
    );
    expect((await ran(server.socket, ['why', '2'], 80)).out.split('\n')).toEqual([
      `${label}: failed since 17:00:05 (65 min), tried again at`,
      '18:07:00',
      'time      state    what happened                                        next try',
      '17:00:05  failed   is not read: unit 2 on /dev/ttyUSB0 did not answer   18:07:00',
      '                   within 1000 ms: check its wiring and its power',
      '08:00:01  polling  it was lost: the line is closed                      -',
      '',
    ]);
    expect(asked(server)).toEqual(['WHY 2', 'STATUS 2']);
  });

  it('alarms in full', async () => {
    const message = 'is not read: unit 2 on /dev/ttyUSB0 did not answer: check its address, its wiring and its power';
    const alarms = [{ ...SAMPLES.ALARMS.alarms[0], message }];
    const server = await serving((name, _argument, peer) => peer.answer(name, { alarms }));
    expect((await ran(server.socket, ['alarms'], 80)).out.split('\n')).toEqual([
      'severity  label       since  what is wrong',
      'error     Pump room  65 min  is not read: unit 2 on /dev/ttyUSB0 did not answer:',
      '                             check its address, its wiring and its power',
      '',
    ]);
  });

  it('no line is wider than the terminal', async () => {
    const server = await serving();
    for (const command of ['list', 'alarms', 'why 2', 'status 1 2', 'lines', 'owed', 'parked', 'records 1']) {
      const { out } = await ran(server.socket, command.split(' '), 80);
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('a single analyzer, and a single line, as a card', async () => {
    const server = await serving((name, argument, peer) =>
      peer.answer(name, argument === 'line:1' ? DEVICE : LIST.analyzers[0]),
    );
    expect((await ran(server.socket, ['status', '1'], 80)).out).toMatch(/^analyzer +1, Main switchboard/);
    expect((await ran(server.socket, ['status', 'line:1'], 80)).out).toMatch(/^line +1, \/dev\/ttyUSB0/);
  });

  it('ages by the clock of the server, where this machine has another', async () => {
    const early = (iso: string) => new Date(Date.parse(iso) - 3_600_000).toISOString();
    const slow = { ...LIST.analyzers[0], since: early('2026-11-25T18:05:00.000+01:00') };
    const now = early('2026-11-25T18:05:43.323+01:00');
    const server = await serving((name, _argument, peer) => peer.answer(name, slow, now));
    expect((await ran(server.socket, ['status', '1'], 80)).out).toMatch(/polling since 16:05:00 \(43 s\)/);
    expect((await ran(server.socket, ['status', '1', '2'], 80)).out).toMatch(/polling +43 s/);
  });

  it.each([
    ['alarms', /2 days/],
    ['tree', /2 days/],
    ['owed', /2 days/],
    ['why 1', /2026-11-25 1\d:/],
    ['records 1', /2026-11-25 1\d:/],
    ['history 1 PAT', /2026-11-25 1\d:/],
    ['vars 1', /2026-11-25 1\d:/],
  ])('%s tells ages and days by the clock of the server, which answers with it', async (words, expected) => {
    const later = await serving((name, _argument, peer) =>
      peer.answer(name, SAMPLES[name as keyof typeof SAMPLES], '2026-11-27T18:05:43.000+01:00'),
    );
    const same = await serving();
    expect((await ran(same.socket, words.split(' '), 200)).out).not.toMatch(expected);
    expect((await ran(later.socket, words.split(' '), 200)).out).toMatch(expected);
  });

  it('the tree as a tree', async () => {
    const server = await serving();
    const { out } = await ran(server.socket, ['tree'], 100);
    expect(out.split('\n').map((line) => line.slice(0, 17).trimEnd())).toEqual([
      'name',
      'root',
      '└─ device:1',
      '   └─ analyzer:2',
      '',
    ]);
  });

  it('the tree without what is said twice', async () => {
    const [device] = SAMPLES.TREE.children;
    const children = [
      { ...device, label: 'device 1 (/dev/ttyUSB0 at 19200 baud)', children: [] },
      { ...device, name: 'delivery:localFile:/dades', kind: 'delivery', label: 'localFile:/dades', children: [] },
    ];
    const server = await serving((name, _argument, peer) => peer.answer(name, { ...SAMPLES.TREE, children }));
    const { out } = await ran(server.socket, ['tree'], 100);
    expect(out.split('\n').map((line) => line.slice(0, 39).trimEnd())).toEqual([
      'name         label',
      'root         IES Sa Garriga',
      '├─ device:1  /dev/ttyUSB0 at 19200 baud',
      '└─ delivery  localFile:/dades',
      '',
    ]);
  });

  it('a sentence where nothing is wrong', async () => {
    const server = await serving((name, _argument, peer) => peer.answer(name, { alarms: [] }));
    expect((await ran(server.socket, ['alarms'], 80)).out).toBe('Nothing is wrong.\n');
    expect((await ran(server.socket, ['alarms'])).out).toBe('severity\tsubject\tlabel\tsince\twhat is wrong\trule\n');
  });
});
