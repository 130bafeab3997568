import { describe, expect, it } from 'vitest';
import { HELP_TEXT } from '../../src/protocol/commands.ts';
import type { RefusalCode } from '../../src/protocol/operator.ts';
import { pickle } from '../../src/protocol/pickle.ts';
import { connect } from './raw-client.ts';
import { startControl } from './running-control.ts';
import { analyzerView } from './views.ts';

const UNKNOWN = 'SRV_ERR 0:\tno analyzer 9; there are 1, 2, 3';

describe('the classic dialect', () => {
  it('greets a hello with two bytes and no more', async () => {
    const { dial } = await startControl();
    const client = await dial();
    client.send('#$');
    expect(await client.take(2)).toBe('$#');
    client.send('$HELP;\r');
    expect(await client.line()).toBe(HELP_TEXT);
    expect(client.unread).toBe('');
  });

  it.each([
    ['START@1', 'START\tOK', 'start 1'],
    ['STARTALL', 'STARTING', 'startAll'],
    ['PAUSE@1', 'PAUSED', 'pause analyzer 1 '],
    ['RESUME@2', 'RESUMED', 'resume analyzer 2'],
    ['FORCEREQ@3', 'FORCE REQUESTED', 'readNow 3'],
    ['PAUSE@01', 'PAUSED', 'pause analyzer 1 '],
    ['PAUSE1', 'PAUSED', 'pause analyzer 1 '],
    ['PAUSE/1', 'PAUSED', 'pause analyzer 1 '],
    ['pause@1', 'PAUSED', 'pause analyzer 1 '],
  ])('carries %s out', async (request, answer, done) => {
    const { classic, plant } = await startControl();
    const client = await classic();
    client.send(`$${request};\r`);
    expect(await client.line()).toBe(answer);
    expect(plant.done).toEqual([done]);
  });

  it.each([
    ['HELP', HELP_TEXT],
    ['SETQUERY', 'NOT IMPLEMENTED'],
    ['GETID@1', 'Meter number 1  '],
    ['STATUS@1', 'STARTED\tCOMM\t'],
    ['GETVARS@2', pickle({ lastRead: '', values: { TPF: [2.5] } })],
    ['GETDEFS@1', pickle({ TPF: { registre: 4033n, descripcio: 'Tensió' } })],
    ['GETSTATUS@1', pickle({ lastTime: 0, ERR: 0n })],
    ['GETCONF', pickle({ devices: {}, equips: new Map([[1n, { requests: ['TPF'] }]]) })],
    ['GETCONF@XML', pickle({ devices: {}, equips: new Map([[1n, { requests: ['TPF'] }]]) })],
    ['GETID@9', 'INT_ERR'],
    ['GETID', 'INT_ERR'],
    ['START@9', UNKNOWN],
    ['PAUSE@9', UNKNOWN],
    ['STATUS@9', UNKNOWN],
    ['IDENT@9', UNKNOWN],
    ['GETVARS@9', UNKNOWN],
    ['GETVARS', 'SRV_ERR 0:\tno analyzer ; there are 1, 2, 3'],
    ['STOP@1', 'ERR'],
    ['LIST', 'ERR'],
    ['CONSTRUCTOR', 'ERR'],
    ['TOSTRING', 'ERR'],
  ])('answers %s', async (request, answer) => {
    const { classic } = await startControl();
    const client = await classic();
    client.send(`$${request};\r`);
    // a pickle has no CR in it, so the line is the whole answer
    expect(await client.line()).toBe(answer);
  });

  it.each<[string, string, RefusalCode, string]>([
    ['START@1', 'start', 'ALREADY_STARTED', 'ALLREADY START'],
    ['PAUSE@1', 'pause', 'NOT_STARTED', 'IS STOPPED'],
    ['RESUME@1', 'resume', 'NOT_STARTED', 'IS STOPPED'],
    ['GETID@1', 'identification', 'NOT_READY', 'INT_ERR'],
    ['FORCEREQ@1', 'readNow', 'PAUSED', 'SRV_ERR 0:\treadNow cannot be: PAUSED'],
    ['SHUTDOWN', 'shutdown', 'SHUTTING_DOWN', 'SRV_ERR 0:\tshutdown cannot be: SHUTTING_DOWN'],
  ])('answers %s where the operator refuses %s with %s', async (request, command, code, answer) => {
    const { classic, plant } = await startControl();
    plant.refusals.set(command, code);
    const client = await classic();
    client.send(`$${request};\r$HELP;\r`);
    expect(await client.line()).toBe(answer);
    expect(await client.line()).toBe(HELP_TEXT);
  });

  it.each([
    ['paused', 'PAUSED\tNOCOMM\t'],
    ['stopped', 'STOPPED\tNOCOMM\t'],
    ['disabled', 'STOPPED\tNOCOMM\tdisabled'],
  ] as const)('shows a %s meter in the words of before', async (state, answer) => {
    const { classic, plant } = await startControl();
    plant.analyzers.set(1, analyzerView(1, { state, comm: false }));
    const client = await classic();
    client.send('$STATUS@1;\r');
    expect(await client.line()).toBe(answer);
  });

  it.each<[string, RefusalCode | null, string, string]>([
    ['IDENT@1', null, 'Again 1 ', 'identify 1 1800'],
    ['IDENT@1', 'IDENTIFY_FAILED', 'IDENT ERROR', 'identify 1 1800'],
    ['RELOAD', null, 'RELOAD\tOK', 'reload false'],
    ['RELOAD', 'CONFIG_INVALID', 'SRV_CONF_ERR', 'reload false'],
  ])('answers %s when it is done (%s)', async (request, code, answer, asked) => {
    const { classic, plant } = await startControl();
    if (code !== null) plant.refusals.set(request.startsWith('IDENT') ? 'identify' : 'reload', code);
    const [slow, quick] = [await classic(), await classic()];
    slow.send(`$${request};\r$GETID@2;\r`);
    quick.send('$GETID@3;\r');
    // another client is not held up, and what the same one asked next waits its turn
    expect(await quick.line()).toBe('Meter number 3  ');
    expect(slow.unread).toBe('');
    plant.settle();
    expect(await slow.line()).toBe(answer);
    expect(await slow.line()).toBe('Meter number 2  ');
    expect(plant.done).toEqual([asked]);
  });

  it.each(['QUIT', 'SHUTDOWN'])('answers %s and closes', async (request) => {
    const { classic, plant } = await startControl();
    const client = await classic();
    client.send(`$${request};\r$START@1;\r`);
    expect(await client.rest()).toBe('DISCONNECTED!\r');
    expect(plant.done).toEqual(request === 'QUIT' ? [] : ['shutdown']);
  });

  it('answers ten wrong lines of a kind, and closes at the eleventh', async () => {
    const { classic } = await startControl();
    const client = await classic();
    client.send(['$WRONG;\r'.repeat(10), 'wrong\r'.repeat(10), '$GETID@1;\r'].join(''));
    for (let n = 0; n < 10; n += 1) expect(await client.line()).toBe('ERR');
    for (let n = 0; n < 10; n += 1) expect(await client.line()).toBe('FORMAT_ERROR');
    expect(await client.line()).toBe('Meter number 1  ');
    client.send('$WRONG;\r$GETID@1;\r');
    expect(await client.rest()).toBe('DISCONNECTED!\r');
  });

  it('says that a bug is one, once in the log and without its stack to the client', async () => {
    const { classic, plant, log } = await startControl();
    plant.bugs.add('legacy.vars').add('reload');
    const client = await classic();
    client.send('$GETVARS@1;\r$GETVARS@1;\r$RELOAD;\r$GETID@1;\r');
    const words = 'SRV_ERR 0:\tunexpected: legacy.vars fell over; this is a bug of Lector, details in the log';
    expect(await client.line()).toBe(words);
    expect(await client.line()).toBe(words);
    plant.settle();
    expect(await client.line()).toBe(words.replace('legacy.vars', 'reload'));
    expect(await client.line()).toBe('Meter number 1  ');
    expect(log.matching(/GETVARS could not be answered/)).toHaveLength(1);
    expect(log.matching(/GETVARS/)[0]?.facts.stack).toMatch(/at /);
  });

  it('is spoken over the unix socket too', async () => {
    const { socket, plant } = await startControl();
    const client = await connect({ path: socket });
    client.send('#$$PAUSE@2;\r$QUIT;\r');
    expect(await client.rest()).toBe('$#PAUSED\rDISCONNECTED!\r');
    expect(plant.done).toEqual(['pause analyzer 2 ']);
  });

  it('answers one who ends its side before it reads', async () => {
    const { dial, plant } = await startControl();
    const client = await dial();
    client.send('#$$GETID@1;\r$IDENT@2;\r$GETID@3;\r$GETI');
    client.socket.end();
    expect(await client.take(19)).toBe('$#Meter number 1  \r');
    plant.settle();
    expect(await client.rest()).toBe('Again 2 \rMeter number 3  \r');
  });

  it.each(['#X', 'GE', '$#'])('closes without a word after the hello %s', async (hello) => {
    const { dial } = await startControl();
    const client = await dial();
    client.send(`${hello}$HELP;\r`);
    expect(await client.rest()).toBe('');
  });
});
