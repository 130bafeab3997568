import { describe, expect, it } from 'vitest';
import { DEVICE, LIST, SAMPLES } from '../client/sample-views.ts';
import { asked, ran, serving } from './ctl-host.ts';

describe('what lector ctl asks', () => {
  it.each([
    ['pause 1', 'PAUSE 1'],
    ['pause 1 2,5 7-8', 'PAUSE 1|PAUSE 2|PAUSE 5|PAUSE 7|PAUSE 8'],
    ['pause 1 --for 10m', 'PAUSE 1:600'],
    ['pause line:1 --for 90', 'PAUSE line:1:90'],
    ['pause 1 2 10m', 'PAUSE 1:600|PAUSE 2:600'],
    ['resume Kitchen', 'RESUME Kitchen'],
    ['start 1', 'START 1'],
    ['startall', 'STARTALL'],
    ['stop 1 2', 'STOP 1|STOP 2'],
    ['status 1', 'STATUS 1'],
    ['status', 'LIST'],
    ['list', 'LIST'],
    ['vars 1', 'GETVARS 1|GETDEFS 1'],
    ['vars 1 --json', 'GETVARS 1'],
    ['defs 1', 'GETDEFS 1'],
    ['conf', 'GETCONF'],
    ['ident 1', 'IDENT 1'],
    ['why 3 line:1', 'WHY 3|WHY line:1'],
    ['tree', 'TREE'],
    ['records 1', 'RECORDS 1'],
    ['records 1 2 --count 5', 'RECORDS 1:5|RECORDS 2:5'],
    ['fault 2 3 silence --for 30s', 'FAULT 2:silence:30|FAULT 3:silence:30'],
    ['fault 2 CRC', 'FAULT 2:crc:60'],
    ['fault 2 silence 30s', 'FAULT 2:silence:30'],
    ['alarms', 'ALARMS'],
    ['owed', 'OWED'],
    ['parked', 'PARKED'],
    ['parked clientRest', 'PARKED clientRest'],
    ['retry localFile:/var/dades', 'RETRY localFile:/var/dades'],
    ['lines', 'LINES'],
    ['history 1 PAT', 'HISTORY 1:PAT:3600'],
    ['history 1 PAT,TPF FRE --last 10m', 'HISTORY 1:PAT:600|HISTORY 1:TPF:600|HISTORY 1:FRE:600'],
    ['history 1 PAT 10m', 'HISTORY 1:PAT:600'],
    ['reload', 'RELOAD'],
    ['reload --plan', 'RELOAD plan'],
    ['shutdown', 'SHUTDOWN'],
    ['version', 'VERSION'],
  ])('%s', async (line, requests) => {
    const server = await serving();
    expect(await ran(server.socket, line.split(' '))).toMatchObject({ code: 0, err: '' });
    expect(asked(server)).toEqual(requests.split('|'));
  });

  const states = ['polling', 'failed', 'paused', 'stopped', 'disabled', 'held', 'recording', 'connecting'];
  // one that is called so is not meant
  const plant = states.map((state, n) => ({ ...LIST.analyzers[0], id: n + 1, name: n === 3 ? 'all' : '', state }));
  const big = { ...LIST, analyzers: plant.toReversed() };

  it.each([
    ['pause all', ['1', '2', '6', '7', '8'].map((id) => `PAUSE ${id}`)],
    ['pause ALL --for 10m', ['1', '2', '6', '7', '8'].map((id) => `PAUSE ${id}:600`)],
    ['pause all 10m', ['1', '2', '6', '7', '8'].map((id) => `PAUSE ${id}:600`)],
    ['resume all', ['3', '6'].map((id) => `RESUME ${id}`)],
    ['stop all', ['1', '2', '3', '6', '7', '8'].map((id) => `STOP ${id}`)],
  ])('%s asks for every analyzer that it can concern, and says a line of each', async (line, requests) => {
    const server = await serving((name, argument, peer) =>
      peer.answer(name, name === 'LIST' ? big : { analyzers: [], words: `${name} ${argument}` }),
    );
    const { code, out } = await ran(server.socket, line.split(' '));
    expect([code, out]).toEqual([0, requests.map((each) => `${each}\n`).join('')]);
    expect(asked(server)).toEqual(['LIST', ...requests]);
  });

  it('"all" prints a list as JSON, whoever there is, and says where it concerns nobody', async () => {
    const server = await serving((name, _argument, peer) =>
      peer.answer(name, name === 'LIST' ? { ...LIST, analyzers: plant.slice(2, 3) } : SAMPLES.RESUME),
    );
    expect(JSON.parse((await ran(server.socket, ['resume', 'all', '--json'])).out)).toEqual([SAMPLES.RESUME]);
    expect(await ran(server.socket, ['pause', 'all', '--json'])).toEqual({ code: 0, out: '[]\n', err: '' });
    expect(await ran(server.socket, ['pause', 'all'])).toEqual({ code: 0, out: 'No analyzer runs.\n', err: '' });
  });

  it('"all" stands alone', async () => {
    const server = await serving();
    const { code, err } = await ran(server.socket, ['stop', '1', 'all']);
    expect([code, err]).toEqual([2, expect.stringMatching(/^lector: expected "all" alone, or some analyzers/)]);
    expect(asked(server)).toEqual([]);
  });

  it('a name with blanks is one name', async () => {
    const server = await serving();
    await ran(server.socket, ['status', 'Main switchboard']);
    expect(asked(server)).toEqual(['STATUS Main switchboard']);
  });
});

describe('what lector ctl prints to a pipe', () => {
  it.each([
    ['pause 1', [SAMPLES.PAUSE.words]],
    [
      'list',
      [
        'id|name|model|line|state|since|age|kW|kWh today|error',
        '1|Main switchboard|PM710|1|polling|2026-11-25T08:00:00.000+01:00|1.2|12.4|84.2|-',
        '2|Pump room|CVMk|1|failed|2026-11-25T17:00:05.000+01:00|-|-|-|no answer within 1 s',
      ],
    ],
    [
      'vars 1',
      [
        'id|code|phase|value|unit|description|doubt',
        '1|TPF|L1|230.12|V|Tensió Fase-Neutre|-',
        '1|TPF|L2|229.8|V|Tensió Fase-Neutre|-',
        '1|TPF|L3|231.04|V|Tensió Fase-Neutre|-',
        '1|PAT|total|12.4|kW|Potència Activa total|-',
        '1|CEA|total|123456|kWh|Energia Activa|-',
        '1|FPT|total|-|-|Factor de potència|-',
      ],
    ],
    [
      'history 1 PAT',
      ['id|time|code|values', '1|2026-11-25T18:04:42.123+01:00|PAT|12.3', '1|2026-11-25T18:05:42.123+01:00|PAT|-'],
    ],
    [
      'alarms',
      [
        'severity|subject|label|since|what is wrong|rule',
        'error|analyzer:2|Pump room|2026-11-25T17:00:05.000+01:00|no answer within 1 s|silent',
      ],
    ],
    [
      'parked',
      [
        'exporter|analyzer|until|reason',
        'clientRest:https://centre/ws|2|2026-11-25T17:45:00.000+01:00|another record of this window is there',
      ],
    ],
    [
      'owed',
      [
        'exporter|target|state|owed|oldest|parked|per min|next try|error',
        'localFile dades|dades|idle|3|2026-11-25T17:45:00.000+01:00|0|2|-|-',
      ],
    ],
    [
      'lines',
      [
        'line|where|state|busy|planned|per s|transactions|waiting|errors|asking|error',
        '1|/dev/ttyUSB0 19200 8N1|open|0.074|0.07|0.55|12345|1|timeout 7|analyzer 2: FC3 3999..4050 (312 ms)|-',
      ],
    ],
    [
      'tree',
      [
        'name|label|state|since|restarts|held',
        'root|IES Sa Garriga|running|2026-11-25T08:00:00.000+01:00|1/3|-',
        'device:1|/dev/ttyUSB0 19200 8N1|open|2026-11-25T08:00:00.000+01:00|0/3|-',
        'analyzer:2|Pump room|held|2026-11-25T17:00:05.000+01:00|4/3|unexpected: x is undefined',
      ],
    ],
    [
      'reload --plan',
      [
        'subject|change|what|effect',
        'analyzer:3|changed|address 3 -> 4|it is identified anew',
        '-|restart|[Control] port 50007 -> 50008|at the next start',
      ],
    ],
    [
      'version',
      ['version|protocol|runtime|pid|started|access', '0.1.0|1|Node 24.21.0|4242|2026-11-25T08:00:00.000+01:00|full'],
    ],
    ['ident 1', ['id|identification', '1|PM710 v3.02']],
  ])('%s', async (line, lines) => {
    const server = await serving();
    const { out } = await ran(server.socket, line.split(' '));
    expect(out).toBe(lines.map((each) => `${each.replaceAll('|', '\t')}\n`).join(''));
  });

  it('records have a line for each variable, and what was added for counters', async () => {
    const record = { ...SAMPLES.RECORDS.records[0], variables: { CEA: { ...counter, aggregate: 'counter' } } };
    const empty = { ...SAMPLES.RECORDS.records[1], n: 0, variables: {} };
    const server = await serving((name, _argument, peer) => peer.answer(name, { id: 1, records: [record, empty] }));
    const { out } = await ran(server.socket, ['records', '1']);
    expect(out.split('\n').map((line) => line.split('\t').slice(1))).toEqual([
      ['until', 'readings', 'code', 'values', 'added', 'flags'],
      ['2026-11-25T17:45:00.000+01:00', '15/15', 'CEA', '123456', '3.1', '-'],
      ['2026-11-25T18:00:00.000+01:00', '0/15', '-', '-', '-', '-'],
      [],
    ]);
  });

  it('analyzers and lines of one command have a table each', async () => {
    const server = await serving((name, argument, peer) =>
      peer.answer(name, argument.startsWith('line') ? DEVICE : LIST.analyzers[0]),
    );
    const { out } = await ran(server.socket, ['status', '1', 'line:1']);
    expect(out.split('\n').map((line) => line.split('\t').slice(0, 2).join(' '))).toEqual([
      'id name',
      '1 Main switchboard',
      '',
      'line where',
      'line:1 /dev/ttyUSB0 19200 8N1',
      '',
    ]);
  });
});

const counter = SAMPLES.RECORDS.records[0]?.variables.CEA;

describe('--json', () => {
  it.each([
    ['status 1', SAMPLES.STATUS],
    ['status 1 1', SAMPLES.STATUS],
    ['status 1 2', [SAMPLES.STATUS, SAMPLES.STATUS]],
    ['status', LIST.analyzers],
    ['list', LIST],
    ['vars 1', SAMPLES.GETVARS],
    ['history 1 PAT', SAMPLES.HISTORY],
    ['conf', SAMPLES.GETCONF],
    ['pause 1', SAMPLES.PAUSE],
  ])('%s prints what the server said', async (line, data) => {
    const server = await serving();
    const { code, out } = await ran(server.socket, [...line.split(' '), '--json'], 80);
    expect([code, JSON.parse(out)]).toEqual([0, data]);
  });

  it('holds nothing that a terminal acts on', async () => {
    const words = 'a\x1b[31m\u009b\u202e';
    const server = await serving((name, _argument, peer) => peer.answer(name, { analyzers: [1], words }));
    const { out } = await ran(server.socket, ['pause', '1', '--json']);
    expect(JSON.parse(out).words).toBe(words);
    expect(out).toMatch(/^[\n -~]+$/);
  });
});
