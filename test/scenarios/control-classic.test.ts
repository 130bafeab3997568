import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type RawClient } from '../control/raw-client.ts';
import { type LectorProcess, plantXml, SIMULATED, startLector, writePlant } from '../support/lector-process.ts';

const ends: (() => void)[] = [];
let folder = '';
let lector: LectorProcess;
let port = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lector-classic-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const lines = [
    { id: 1, ...SIMULATED },
    { id: 2, ...SIMULATED },
  ];
  const meters = [
    { id: 1, device: 1, model: 'PM710' },
    { id: 12, device: 1 },
    { id: 3, device: 2 },
  ];
  writePlant(
    folder,
    plantXml(lines, meters).replace(
      'id="2" type="simulated" enabled="true"',
      'id="2" type="simulated" enabled="false"',
    ),
  );
  lector = startLector({ folder, onEnd: (end) => ends.push(end) });
  port = Number(/:(\d+)$/.exec((await lector.entry(/control port listens/)).msg)?.[1]);
  await lector.entry(/all 2 analyzers are read/);
}, 60_000);
afterAll(() => {
  for (const end of ends.splice(0).reverse()) end();
});

const dial = async (): Promise<RawClient> => {
  const client = await connect({ host: '127.0.0.1', port });
  ends.push(() => void client.socket.destroy());
  return client;
};
async function greeted(): Promise<RawClient> {
  const client = await dial();
  client.send('#$');
  expect(await client.take(2)).toBe('$#');
  return client;
}
/** All that is answered to bytes; HELP behind them shows that nothing more comes and that the connection stays. */
async function answersTo(bytes: string): Promise<readonly string[]> {
  const client = await greeted();
  client.send(`${bytes}$HELP;\r`);
  const answers: string[] = [];
  for (let answer = await client.line(); answer !== HELP; answer = await client.line()) answers.push(answer);
  expect(client.unread).toBe('');
  client.socket.destroy();
  return answers;
}

const HELP = [
  'QUIT SHUTDOWN START STARTALL PAUSE RESUME RELOAD STATUS GETID GETVARS GETDEFS GETSTATUS FORCEREQ GETCONF IDENT',
  'SETQUERY HELP',
].join(' ');
const READ = 'STARTED\tCOMM\t';
const UNKNOWN = (id: string) => `SRV_ERR 0:\tno analyzer ${id}; there are 1, 12, 3`;

describe('the classic dialect of a running server, sentence by sentence', () => {
  it('F60 the hello may come in pieces, and a command right behind it', async () => {
    const client = await dial();
    client.socket.setNoDelay(true);
    client.send('#');
    await new Promise((resolve) => setImmediate(resolve));
    client.send('$$STATUS@1;\r');
    expect(await client.take(2)).toBe('$#');
    expect(await client.line()).toBe(READ);
  });

  it.each([
    ['GE'],
    ['$#'],
    ['\r\n'],
    ['##'],
    ['#\0'],
  ])('F60 after %j the connection is closed without a word', async (hello) => {
    const client = await dial();
    client.send(`${hello}$STATUS@1;\r`);
    expect(await client.rest()).toBe('');
  });

  it.each([
    ['$STATUS@1;\r', READ],
    ['$STATUS1;\r', READ],
    ['$status@1;\r', READ],
    ['$STATUS 1;\r', READ],
    ['$STATUS;1;\r', UNKNOWN('""')],
    ['$STATUS@01;\r', READ],
    ['$STATUS@12;\r', READ],
    ['$STATUS@1;anything\r', READ],
    ['$STATUS@1;$PAUSE@1;\r', READ],
    ['$STATUS\x001;\r', READ],
    ['$STATUS\xe91;\r', READ],
    ['\n$STATUS@1;\r', READ],
    ['$STATUS@1;\r\n', READ],
    ['$STATUS@1;890123456\r', READ],
    ['$STATUS@1;8901234567\r', READ],
    ['$STATUS@1;89012345678\r', 'FORMAT_ERROR'],
    ['$STATUS@3;\r', 'STOPPED\tNOCOMM\tdisabled'],
    ['$STATUS@9;\r', UNKNOWN('9')],
    ['$STATUS;\r', UNKNOWN('""')],
    ['$STATUS@A;\r', UNKNOWN('"A"')],
    ['$PAUSE@9;\r', UNKNOWN('9')],
    ['$GETVARS@9;\r', UNKNOWN('9')],
    ['$GETID@9;\r', 'INT_ERR'],
    ['$GETID;\r', 'INT_ERR'],
    ['$GETID@3;\r', 'INT_ERR'],
    ['$GETID@1;\r', 'Schneider Electric PM710'],
    ['$IDENT@1;\r', 'Schneider Electric PM710'],
    ['$IDENT@3;\r', 'IDENT ERROR'],
    ['$START@1;\r', 'ALLREADY START'],
    ['$START@3;\r', expect.stringMatching(/^SRV_ERR 0:\t[\x20-\x7e]+$/)],
    ['$STARTALL;\r', 'STARTING'],
    ['$STARTALL@7;\r', 'STARTING'],
    ['$PAUSE@3;\r', 'IS STOPPED'],
    ['$RESUME@3;\r', 'IS STOPPED'],
    ['$FORCEREQ@1;\r', 'FORCE REQUESTED'],
    ['$RELOAD;\r', 'RELOAD\tOK'],
    ['$SETQUERY;\r', 'NOT IMPLEMENTED'],
    ['$NONSENSE;\r', 'ERR'],
    ['$STOP@1;\r', 'ERR'],
    ['$LIST;\r', 'ERR'],
    ['$AUTH@X;\r', 'ERR'],
    ['$STATUSX1;\r', 'ERR'],
    ['$TOSTRING;\r', 'ERR'],
    ['STATUS@1;\r', 'FORMAT_ERROR'],
    ['$STATUS@1\r', 'FORMAT_ERROR'],
    ['$STATUS@@1;\r', 'FORMAT_ERROR'],
    ['$STATUS@1 ;\r', 'FORMAT_ERROR'],
    ['$;\r', 'FORMAT_ERROR'],
    ['\r', 'FORMAT_ERROR'],
    ['\n\n$STATUS@1;\r', 'FORMAT_ERROR'],
    [`${'$STATUS@1;'.repeat(300)}\r`, 'FORMAT_ERROR'],
  ])('F60 %j is answered %j', async (bytes, answer) => {
    expect(await answersTo(bytes)).toEqual([answer]);
  });

  it('PAUSE and RESUME are answered at once, and again', async () => {
    const asked = '$PAUSE@12;\r$STATUS@12;\r$PAUSE@12;\r$START@12;\r$STATUS@1;\r$RESUME@12;\r$RESUME@12;\r';
    const [paused, status, ...others] = await answersTo(asked);
    expect(paused).toBe('PAUSED');
    expect(status).toMatch(/^PAUSED\t(COMM\t|NOCOMM\t[\x20-\x7e]*)$/);
    expect(others).toEqual(['PAUSED', 'ALLREADY START', READ, 'RESUMED', 'RESUMED']);
  });

  it.each([
    ['$NOPE;\r', 'ERR'],
    ['nope\r', 'FORMAT_ERROR'],
  ])('F60 ten of %j are answered, the eleventh closes; others between do not count', async (line, answer) => {
    const client = await greeted();
    const other = line.startsWith('$') ? 'x\r' : '$X;\r';
    client.send(`${`${line}$STATUS@1;\r`.repeat(5)}${other.repeat(3)}${line.repeat(5)}`);
    for (let n = 0; n < 5; n += 1) expect([await client.line(), await client.line()]).toEqual([answer, READ]);
    for (let n = 0; n < 3; n += 1) await client.line();
    for (let n = 0; n < 5; n += 1) expect(await client.line()).toBe(answer);
    client.send(`${line}$STATUS@1;\r`);
    expect(await client.rest()).toBe('DISCONNECTED!\r');
  });

  it('QUIT is answered, and what follows it is not', async () => {
    const client = await greeted();
    client.send('$QUIT;\r$STATUS@1;\r');
    expect(await client.rest()).toBe('DISCONNECTED!\r');
  });

  it('a client that ends its side still gets all answers', async () => {
    const client = await greeted();
    client.socket.end('$GETID@1;\r$IDENT@1;\r$STATUS@1;\r$STAT', 'latin1');
    expect(await client.rest()).toBe(`Schneider Electric PM710\rSchneider Electric PM710\r${READ}\r`);
  });

  it('the unix socket speaks the same, for its user and group alone', async () => {
    const path = join(folder, 'data', 'run', 'lector.sock');
    const socket = createConnection({ path });
    ends.push(() => void socket.destroy());
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const seen = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
      });
      socket.on('close', () => resolve(text));
    });
    socket.write('#$$STATUS@1;\r$QUIT;\r');
    expect(await seen).toBe(`$#${READ}\rDISCONNECTED!\r`);
  });

  it('SHUTDOWN is answered while another waits; all are closed, the process ends in order', async () => {
    const [one, other, idle] = [await greeted(), await greeted(), await greeted()];
    other.send('$IDENT@12;\r');
    one.send('$SHUTDOWN;\r');
    expect(await one.rest()).toBe('DISCONNECTED!\r');
    expect(await other.rest()).toMatch(/^([\x20-\x7e]*\r)?$/);
    expect(await idle.rest()).toBe('');
    const end = await lector.ended;
    expect([end.code, lector.stderr()]).toEqual([0, '']);
    expect(lector.entries.filter(({ level }) => level !== 'info').map(({ msg }) => msg)).toEqual([]);
  }, 30_000);
});
